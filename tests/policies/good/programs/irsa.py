"""https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html: the trust
follows the provider's outputs, the subject is a list of one, the policy is attached."""

import json

import common
import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

cloud, cluster = common.in_aws(), common.in_cluster()
provider = aws.iam.OpenIdConnectProvider(
    "cluster-oidc",
    url="https://oidc.eks.us-west-2.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF",
    client_id_lists=["sts.amazonaws.com"],
    opts=cloud,
)


def trust(values: list[str]) -> str:
    arn, url = values
    issuer = url.removeprefix("https://")
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Orders",
                    "Effect": "Allow",
                    "Principal": {"Federated": [arn]},
                    "Action": ["sts:AssumeRoleWithWebIdentity"],
                    "Condition": {
                        "StringEquals": {
                            f"{issuer}:sub": ["system:serviceaccount:orders:orders-reader"],
                            f"{issuer}:aud": ["sts.amazonaws.com"],
                        }
                    },
                }
            ],
        }
    )


key = aws.kms.Key("orders-key", enable_key_rotation=True, opts=common.protected(cloud))
alias = aws.kms.Alias("orders-alias", name="alias/orders", target_key_id=key.key_id, opts=cloud)
secret = aws.secretsmanager.Secret(
    "orders-db", name="orders/db", kms_key_id=key.arn, opts=common.protected(cloud)
)
aws.secretsmanager.SecretRotation(
    "orders-db-rotation",
    secret_id=secret.id,
    rotation_lambda_arn=f"arn:aws:lambda:{common.REGION}:{common.ACCOUNT}:function:rotate-orders-db",
    rotation_rules={"automatically_after_days": 30},
    opts=cloud,
)
policy = aws.iam.Policy(
    "orders-reader",
    name="orders-reader",
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secret.arn},
                {
                    "Effect": "Allow",
                    "Action": "kms:Decrypt",
                    "Resource": key.arn,
                    "Condition": {
                        "StringEquals": {"kms:ViaService": f"secretsmanager.{common.REGION}.amazonaws.com"}
                    },
                },
            ],
        }
    ),
    opts=cloud,
)
role = aws.iam.Role(
    "orders-reader",
    name="orders-reader",
    assume_role_policy=pulumi.Output.all(provider.arn, provider.url).apply(trust),
    opts=cloud,
)
aws.iam.RolePolicyAttachment("orders-reader", role=role.name, policy_arn=policy.arn, opts=cloud)

account = kubernetes.core.v1.ServiceAccount(
    "orders-reader",
    metadata={
        "name": "orders-reader",
        "namespace": "orders",
        "annotations": {"eks.amazonaws.com/role-arn": role.arn},
    },
    automount_service_account_token=False,
    opts=cluster,
)
kubernetes.apps.v1.Deployment(
    "orders",
    metadata={"name": "orders", "namespace": "orders"},
    spec=common.spec(
        {
            "selector": {"match_labels": {"app": "orders"}},
            "template": {
                "metadata": {"labels": {"app": "orders"}},
                "spec": {
                    "service_account_name": account.metadata.name,
                    "automount_service_account_token": False,
                    "containers": [common.container()],
                },
            },
        }
    ),
    opts=cluster,
)
