"""IAM documents."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.config.errors import ConfigError
from components.documents import iam
from components.documents.arn import AwsScope
from components.documents.iam import SecretGrant
from tests.engine import ISSUER, SCOPE

HOST = ISSUER.removeprefix("https://")
SUBJECT = "system:serviceaccount:feature-test:mxplatform"
KEY = "arn:aws:kms:eu-central-1:111122223333:key/0a1b"
READ = SecretGrant(key="pmp-credentials", name="PMP-Dev-Credentials")
WRITE = SecretGrant(key="billing", name="dev/billing", write=True)
BILLING = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:dev/billing-??????"
PMP = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:PMP-Dev-Credentials-??????"


def statements(text: str) -> list[dict[str, Any]]:
    document = json.loads(text)
    assert document["Version"] == "2012-10-17"
    return document["Statement"]


def test_trust_compares_subject_and_audience_exactly():
    (statement,) = statements(
        iam.irsa_trust(SCOPE, issuer=ISSUER, subject=SUBJECT, audience="sts.amazonaws.com")
    )
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{HOST}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{HOST}:aud": "sts.amazonaws.com", f"{HOST}:sub": SUBJECT}},
    }


def test_a_trust_document_above_iams_limit_is_refused_with_its_length():
    with pytest.raises(ConfigError, match=r"has \d{4} characters, IAM takes 2048: shorten"):
        iam.irsa_trust(SCOPE, issuer=ISSUER, subject="s" * 2048, audience="a")


def test_a_trust_document_of_exactly_the_limit_is_taken():
    room = iam.TRUST_LIMIT - len(iam.irsa_trust(SCOPE, issuer=ISSUER, subject="", audience="a"))
    text = iam.irsa_trust(SCOPE, issuer=ISSUER, subject="s" * room, audience="a")
    assert len(text) == iam.TRUST_LIMIT
    with pytest.raises(ConfigError):
        iam.irsa_trust(SCOPE, issuer=ISSUER, subject="s" * (room + 1), audience="a")


def test_pod_identity_is_bound_to_cluster_namespace_and_account():
    (statement,) = statements(
        iam.pod_identity_trust(SCOPE, cluster="dev", namespace="billing", service_account="billing")
    )
    assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert statement["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert statement["Condition"] == {
        "StringEquals": {
            "aws:RequestTag/eks-cluster-arn": "arn:aws:eks:eu-central-1:111122223333:cluster/dev",
            "aws:RequestTag/kubernetes-namespace": "billing",
            "aws:RequestTag/kubernetes-service-account": "billing",
        }
    }


def test_access_has_one_statement_a_secret_sorted_by_key():
    assert statements(iam.secrets_access(SCOPE, [READ, WRITE])) == [
        {
            "Sid": "WriteBilling",
            "Effect": "Allow",
            "Action": [
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
            ],
            "Resource": BILLING,
        },
        {
            "Sid": "ReadPmpCredentials",
            "Effect": "Allow",
            "Action": ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
            "Resource": PMP,
        },
    ]


def test_a_reader_decrypts_with_one_key_through_secrets_manager_for_its_secrets():
    (statement,) = statements(iam.kms_access(SCOPE, [READ], key_arn=KEY))
    assert statement["Action"] == "kms:Decrypt"
    assert statement["Resource"] == KEY
    assert statement["Condition"] == {
        "StringEquals": {"kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com"},
        "StringLike": {"kms:EncryptionContext:SecretARN": [PMP]},
    }


def test_a_writer_encrypts_only_what_it_writes():
    decrypt, encrypt = statements(iam.kms_access(SCOPE, [READ, WRITE], key_arn=KEY))
    assert decrypt["Condition"]["StringLike"]["kms:EncryptionContext:SecretARN"] == [PMP, BILLING]
    assert encrypt["Action"] == "kms:GenerateDataKey"
    assert encrypt["Condition"]["StringLike"]["kms:EncryptionContext:SecretARN"] == [BILLING]


def test_the_key_policy_keeps_an_administrator_that_cannot_decrypt():
    administration, use = statements(iam.key_policy(SCOPE))
    assert administration["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert "kms:PutKeyPolicy" in administration["Action"]
    assert not {"kms:Decrypt", "kms:Encrypt", "kms:*", "kms:CreateGrant"} & set(administration["Action"])
    assert use["Condition"] == {
        "StringEquals": {"kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com"}
    }


def test_named_administrators_stand_beside_the_account():
    _, named, _ = statements(iam.key_policy(SCOPE, administrators=["arn:b", "arn:a"]))
    assert named["Principal"] == {"AWS": ["arn:a", "arn:b"]}


def test_the_secrets_own_policy_refuses_other_accounts_and_grants_nothing():
    (statement,) = statements(iam.secret_policy(SCOPE))
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}


@pytest.mark.parametrize(
    ("region", "partition", "service"),
    [
        ("eu-central-1", "aws", "secretsmanager.eu-central-1.amazonaws.com"),
        ("cn-north-1", "aws-cn", "secretsmanager.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "secretsmanager.us-gov-west-1.amazonaws.com"),
    ],
)
def test_partition_and_service_follow_the_region(region: str, partition: str, service: str):
    scope = AwsScope(account_id="111122223333", region=region)
    assert scope.secret("a").startswith(f"arn:{partition}:secretsmanager:{region}:")
    assert scope.secrets_manager_service == service


def test_equal_documents_are_equal_bytes():
    assert iam.secrets_access(SCOPE, [READ, WRITE]) == iam.secrets_access(SCOPE, [WRITE, READ])


def test_policies_that_iam_would_refuse_together_are_refused_before_the_key_exists():
    grants = [SecretGrant(key=f"k{i}", name=f"n{i}-{'x' * 100}", write=True) for i in range(20)]
    assert len(iam.secrets_access(SCOPE, grants[:8])) < iam.INLINE_LIMIT
    with pytest.raises(ConfigError, match=r"together has \d{5} characters, IAM takes 10240"):
        iam.secrets_access(SCOPE, grants)
