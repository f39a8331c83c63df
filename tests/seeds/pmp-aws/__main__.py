"""Follows the page to the letter. What it leaves to the reader, the account and the issuer, is
configuration. Files hold what it prints: its policy, its template, its sample, its Deployment.
"""

import json
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import yaml

HERE = Path(__file__).parent
config = pulumi.Config()
account, issuer = config.require("account"), config.require("issuer")
cloud = pulumi.ResourceOptions(
    provider=aws.Provider("aws", region="eu-central-1", allowed_account_ids=[account])
)
cluster = pulumi.ResourceOptions(
    provider=kubernetes.Provider("kubernetes", kubeconfig=config.require("kubeconfig"))
)

# "Choose the type of secret as **Other type of secret**"; the wizard's encryption key stays as it
# is. "Enter a descriptive name for your secret, for example, *PMP-Production-Credentials*",
# "Review the details and click **Store** to create the secret": the page asks for no rotation.
# "The following is a JSON template. Copy this template into your secret"
credentials = aws.secretsmanager.Secret("credentials", name="PMP-Production-Credentials", opts=cloud)
aws.secretsmanager.SecretVersion(
    "credentials-template",
    secret_id=credentials.id,
    secret_string=(HERE.parents[1] / "data" / "pmp-aws-template.json").read_text("utf-8"),
    opts=cloud,
)

# "Enter the name of the secret that you created earlier, for example, *PMP-Credentials*"; its
# sample has comments, and a value.
renamed = aws.secretsmanager.Secret("renamed", name="PMP-Credentials", opts=cloud)
aws.secretsmanager.SecretVersion(
    "renamed-sample",
    secret_id=renamed.id,
    secret_string=(HERE / "sample.txt").read_text("utf-8"),
    opts=cloud,
)

# "**Trusted entity** - Select **Web identity**", "**Identity provider** - Choose your EKS
# cluster's OIDC provider", "**Audience** - `sts.amazonaws.com`"
role = aws.iam.Role(
    "role",
    name="PMP-SecretsManager-Role",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Federated": f"arn:aws:iam::{account}:oidc-provider/{issuer}"},
                    "Action": "sts:AssumeRoleWithWebIdentity",
                    "Condition": {"StringEquals": {f"{issuer}:aud": "sts.amazonaws.com"}},
                }
            ],
        }
    ),
    opts=cloud,
)
# "Create or attach a custom policy"; the console asks for a name, the page gives none.
policy = aws.iam.Policy(
    "policy",
    name="PMP-SecretsManager-Policy",
    policy=(HERE / "policy.json").read_text("utf-8"),
    opts=cloud,
)
aws.iam.RolePolicyAttachment("attachment", role=role.name, policy_arn=policy.arn, opts=cloud)

# "Enter a name for the service account, for example, *pmp-secrets-access*"; "Under **IAM role**,
# select the role you created above"
kubernetes.core.v1.ServiceAccount(
    "account",
    metadata={"name": "pmp-secrets-access", "annotations": {"eks.amazonaws.com/role-arn": role.arn}},
    opts=cluster,
)

# "adding the following annotation to your deployment YAML"
manifest = yaml.safe_load((HERE / "deployment.yaml").read_text("utf-8").replace("<your-account-id>", account))
kubernetes.apps.v1.Deployment(
    "deployment", metadata=manifest["metadata"], spec=manifest["spec"], opts=cluster
)
