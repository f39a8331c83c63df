"""https://external-secrets.io/latest/provider/aws-access/: the operator reads as the ServiceAccount
of the namespace; a CSI volume beside it reads as the pod
(https://github.com/aws/secrets-store-csi-driver-provider-aws)."""

import json

import common
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

ISSUER = "oidc.eks.us-west-2.amazonaws.com/id/FEDCBA9876543210FEDCBA9876543210"
PROVIDER = f"arn:aws:iam::{common.ACCOUNT}:oidc-provider/{ISSUER}"
KEY = f"arn:aws:kms:{common.REGION}:{common.ACCOUNT}:key/0f0f0f0f-12ab-34cd-56ef-1234567890ab"
cloud, cluster = common.in_aws(), common.in_cluster()


def reader(name: str) -> None:
    secret = aws.secretsmanager.Secret(name, name=f"web-{name}", kms_key_id=KEY, opts=common.protected(cloud))
    aws.secretsmanager.SecretRotation(
        name,
        secret_id=secret.id,
        rotation_lambda_arn=f"arn:aws:lambda:{common.REGION}:{common.ACCOUNT}:function:rotate-{name}",
        rotation_rules={"schedule_expression": "cron(0 4 1 * ? *)"},
        opts=cloud,
    )
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                f"{ISSUER}:sub": f"system:serviceaccount:web:{name}",
                f"{ISSUER}:aud": "sts.amazonaws.com",
            }
        },
    }
    resource = f"arn:aws:secretsmanager:{common.REGION}:{common.ACCOUNT}:secret:web-{name}-??????"
    via = {"StringEquals": {"kms:ViaService": f"secretsmanager.{common.REGION}.amazonaws.com"}}
    access = [
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": resource},
        {"Effect": "Allow", "Action": "secretsmanager:DescribeSecret", "Resource": resource},
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY, "Condition": via},
    ]
    role = aws.iam.Role(
        name,
        name=f"web-{name}",
        assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": statement}),
        inline_policies=[
            {"name": "read", "policy": json.dumps({"Version": "2012-10-17", "Statement": access})}
        ],
        opts=cloud,
    )
    kubernetes.core.v1.ServiceAccount(
        name,
        metadata={
            "name": name,
            "namespace": "web",
            "annotations": {
                "eks.amazonaws.com/role-arn": role.arn,
                "eks.amazonaws.com/sts-regional-endpoints": "true",
            },
        },
        automount_service_account_token=False,
        opts=cluster,
    )


reader("sessions")
reader("assets")
kubernetes.apiextensions.CustomResource(
    "store",
    api_version="external-secrets.io/v1",
    kind="SecretStore",
    metadata={"name": "sessions", "namespace": "web"},
    spec={
        "provider": {
            "aws": {
                "service": "SecretsManager",
                "region": common.REGION,
                "auth": {"jwt": {"serviceAccountRef": {"name": "sessions"}}},
            }
        }
    },
    opts=cluster,
)
kubernetes.apiextensions.CustomResource(
    "sessions",
    api_version="external-secrets.io/v1",
    kind="ExternalSecret",
    metadata={"name": "sessions", "namespace": "web"},
    spec={
        "refreshInterval": "1h0m0s",
        "secretStoreRef": {"name": "sessions", "kind": "SecretStore"},
        "target": {"name": "sessions"},
        "data": [{"secretKey": "cookie-key", "remoteRef": {"key": "web-sessions", "property": "cookieKey"}}],
    },
    opts=cluster,
)
kubernetes.apiextensions.CustomResource(
    "assets",
    api_version="secrets-store.csi.x-k8s.io/v1",
    kind="SecretProviderClass",
    metadata={"name": "assets", "namespace": "web"},
    spec={
        "provider": "aws",
        "parameters": {"objects": "- objectName: web-assets\n  objectType: secretsmanager\n"},
    },
    opts=cluster,
)
kubernetes.apps.v1.Deployment(
    "assets",
    metadata={"name": "assets", "namespace": "web"},
    spec=common.spec(
        {
            "selector": {"match_labels": {"app": "assets"}},
            "template": {
                "metadata": {"labels": {"app": "assets"}},
                "spec": {
                    "service_account_name": "assets",
                    "volumes": [
                        {
                            "name": "secrets",
                            "csi": {
                                "driver": "secrets-store.csi.k8s.io",
                                "read_only": True,
                                "volume_attributes": {"secretProviderClass": "assets"},
                            },
                        }
                    ],
                    "containers": [
                        common.container(
                            volume_mounts=[{"name": "secrets", "mount_path": "/secrets", "read_only": True}]
                        )
                    ],
                },
            },
        }
    ),
    opts=cluster,
)
