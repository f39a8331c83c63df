"""A program with one planted violation, which `test_before_made` gives the engine."""

import json

import pulumi
import pulumi_aws as aws
import pulumi_vault as vault

config = pulumi.Config()
case, unknown = config.require("case"), config.require("unknown") == "true"
url = config.require("aws")
HOST = "oidc.eks.eu-central-1.amazonaws.com/id/ABCDEF0123456789"
ARN = f"arn:aws:iam::111122223333:oidc-provider/{HOST}"

declaration = {
    "tier": "development",
    "environment": "dev",
    "endpoints": {"aws": {"url": url}},
    "facts": {
        "aws": {"accountId": "111122223333", "region": "eu-central-1", "partition": "aws"},
        "cluster": {"oidcIssuer": f"https://{HOST}"},
        "vault": {"product": "openbao"},
    },
    "secrets": {},
    "principals": {
        name: {"kind": "workload", "namespace": "shop", "serviceAccount": name, "grants": []}
        for name in ("reader", "other")
    },
}
platform = pulumi.ComponentResource(
    "workload-secrets:platform:Platform", "platform", {"declaration": declaration}
)
below = pulumi.ResourceOptions(parent=platform)  # which is registered first then
cloud = aws.Provider(
    "aws",
    region="eu-central-1",
    allowed_account_ids=["111122223333"],
    endpoints=[aws.ProviderEndpointArgs(eks=url, iam=url, kms=url, secretsmanager=url, sts=url)],
    opts=below,
)
server = vault.Provider(
    "vault",
    address=config.require("address"),
    ca_cert_file=config.require("ca"),
    skip_child_token=True,
    opts=below,
)
in_aws = pulumi.ResourceOptions(parent=platform, provider=cloud)
in_vault = pulumi.ResourceOptions(parent=platform, provider=server)


def trust(*accounts: str) -> dict[str, object]:
    subjects = [f"system:serviceaccount:shop:{account}" for account in accounts]
    return {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Federated": ARN},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {
                    f"{HOST}:sub": subjects[0] if len(subjects) == 1 else subjects,
                    f"{HOST}:aud": "sts.amazonaws.com",
                }
            },
        },
    }


def text(document: object, base: pulumi.Output) -> pulumi.Input:
    """A document as text, which depends on what is made first where the preview isn't to know it."""
    made = document if isinstance(document, str) else json.dumps(document)
    return base.apply(lambda _: made) if unknown else made


def allowing(*actions: str) -> dict[str, object]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": statement}


def login(policy: pulumi.Input[str]) -> None:
    """A machine's role that attaches a policy."""
    name = "missing" if case == "missing" else "holder"
    mount = vault.AuthBackend(f"{name}-mount", type="approle", path="approle", opts=in_vault)
    vault.approle.AuthBackendRole(
        name,
        backend=mount.path,
        role_name=name,
        token_policies=[policy],
        token_bound_cidrs=["10.0.0.0/24"],
        token_no_default_policy=True,
        token_ttl=600,
        token_max_ttl=600,
        secret_id_ttl=600,
        secret_id_num_uses=1,
        secret_id_bound_cidrs=["10.0.0.0/24"],
        opts=in_vault,
    )


def base() -> aws.iam.Role:
    """A role that is sound, made before the document in question."""
    return aws.iam.Role("base", name="reader", assume_role_policy=json.dumps(trust("reader")), opts=in_aws)


def after(made: aws.iam.Role) -> pulumi.ResourceOptions:
    """Without a dependency the engine may be at both at once, and refuse before the sound one is made."""
    return pulumi.ResourceOptions(parent=platform, provider=cloud, depends_on=[made])


if case == "wildcard":
    first = base()
    document = text(allowing("secretsmanager:GetSecretValue"), first.arn)
    aws.iam.RolePolicy("wildcard", name="wildcard", role="reader", policy=document, opts=after(first))
elif case == "grows":
    first = base()
    document = text(allowing("iam:PutRolePolicy"), first.arn)
    aws.iam.RolePolicy("grows", name="grows", role="reader", policy=document, opts=after(first))
elif case == "shared":
    first = base()
    trusted = text(trust("reader", "other"), first.arn)
    aws.iam.Role("shared", name="shared", assume_role_policy=trusted, opts=after(first))
elif case == "server":
    mount = vault.Mount("base", path="refused", type="kv-v2", opts=in_vault)
    rules = text('path "sys/policies/acl/*" {\n  capabilities = ["update"]\n}\n', mount.accessor)
    policy = vault.Policy("server", name="server", policy=rules, allow_overwrite=False, opts=in_vault)
    login(policy.name)
elif case == "missing":
    login("ghost")
