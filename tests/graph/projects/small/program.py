"""A program with one resource of each kind that matters to the tests."""

import json

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pulumi_vault as vault


class Pair(pulumi.ComponentResource):
    def __init__(self, name: str, account: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__("test:index:Pair", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        key = aws.kms.Key(f"{name}-key", description="k", deletion_window_in_days=30, opts=child)
        secret = aws.secretsmanager.Secret(
            f"{name}-secret",
            name="PMP-Dev",
            kms_key_id=key.arn,
            opts=pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True),
        )
        role = aws.iam.Role(f"{name}-role", name="dev-pmp", assume_role_policy="{}", opts=child)
        self.arn = role.arn
        self.secret_arn = secret.arn
        self.register_outputs({"declaration": {"account": account, "n": 3}, "arn": role.arn})


def declare() -> None:
    config = pulumi.Config()
    shared = config.require_object("shared")
    cloud = aws.Provider(
        "aws", region=config.require("region"), allowed_account_ids=[config.require("account")]
    )
    server = vault.Provider("vault", address="https://vault.example:8200", skip_child_token=True)
    kubeconfig = json.dumps({"clusters": [{"name": "dev"}], "users": [{"name": "u", "user": {"exec": {}}}]})
    cluster = kubernetes.Provider("kubernetes", kubeconfig=kubeconfig)
    pair = Pair("pair", config.require("account"), pulumi.ResourceOptions(providers=[cloud]))
    mount = vault.Mount(
        "mount",
        path=shared["mount"],
        type="kv-v2",
        options={"versions": str(shared["versions"])},
        opts=pulumi.ResourceOptions(provider=server),
    )
    kubernetes.core.v1.ServiceAccount(
        "account",
        metadata={"name": "pmp", "namespace": "ns", "annotations": {"role": pair.arn}},
        opts=pulumi.ResourceOptions(provider=cluster, depends_on=[mount]),
    )
    pulumi.export("role", pair.arn)
    pulumi.export("hidden", pulumi.Output.secret("x"))
