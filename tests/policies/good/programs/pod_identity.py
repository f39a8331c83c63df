"""https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html, with the conditions of its
second example, for a StatefulSet. The key is one that somebody else made."""

import json

import common
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

KEY = f"arn:aws:kms:{common.REGION}:{common.ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
cloud, cluster = common.in_aws(), common.in_cluster()
secret = aws.secretsmanager.Secret(
    "ledger", name="ledger-signing", kms_key_id=KEY, recovery_window_in_days=14, opts=common.protected(cloud)
)
aws.secretsmanager.SecretRotation(
    "ledger-rotation",
    secret_id=secret.arn,
    rotation_lambda_arn=f"arn:aws:lambda:{common.REGION}:{common.ACCOUNT}:function:rotate-ledger",
    rotation_rules={"schedule_expression": "rate(60 days)"},
    opts=cloud,
)
role = aws.iam.Role(
    "ledger",
    name="ledger-pods",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "AllowEksAuthToAssumeRoleForPodIdentity",
                    "Effect": "Allow",
                    "Principal": {"Service": "pods.eks.amazonaws.com"},
                    "Action": ["sts:AssumeRole", "sts:TagSession"],
                    "Condition": {
                        "StringEquals": {
                            "aws:RequestTag/kubernetes-namespace": ["ledger"],
                            "aws:RequestTag/kubernetes-service-account": ["ledger"],
                            "aws:RequestTag/eks-cluster-arn": [
                                f"arn:aws:eks:{common.REGION}:{common.ACCOUNT}:cluster/main"
                            ],
                        }
                    },
                }
            ],
        }
    ),
    opts=cloud,
)
aws.iam.RolePolicy(
    "ledger",
    role=role.id,
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Read",
                    "Effect": "Allow",
                    "Action": ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
                    "Resource": [
                        f"arn:aws:secretsmanager:{common.REGION}:{common.ACCOUNT}:secret:ledger-signing-??????"
                    ],
                },
                {
                    "Sid": "Decrypt",
                    "Effect": "Allow",
                    "Action": ["kms:Decrypt"],
                    "Resource": [KEY],
                    "Condition": {
                        "StringEquals": {"kms:ViaService": [f"secretsmanager.{common.REGION}.amazonaws.com"]}
                    },
                },
            ],
        }
    ),
    opts=cloud,
)
aws.eks.PodIdentityAssociation(
    "ledger",
    cluster_name="main",
    namespace="ledger",
    service_account="ledger",
    role_arn=role.arn,
    opts=cloud,
)
kubernetes.core.v1.ServiceAccount(
    "ledger",
    metadata={"name": "ledger", "namespace": "ledger"},
    automount_service_account_token=False,
    opts=cluster,
)
kubernetes.apps.v1.StatefulSet(
    "ledger",
    metadata={"name": "ledger", "namespace": "ledger"},
    spec=common.spec(
        {
            "service_name": "ledger",
            "selector": {"match_labels": {"app": "ledger"}},
            "template": {
                "metadata": {"labels": {"app": "ledger"}},
                "spec": {"service_account_name": "ledger", "containers": [common.container("ledger")]},
            },
        }
    ),
    opts=cluster,
)
