import json
from pathlib import Path
from typing import Any

import pytest

from components import limits, naming
from components.config.errors import ConfigError


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("eu-central-1", "aws", "amazonaws.com"),
        ("us-east-1", "aws", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
        ("eusc-de-east-1", "aws-eusc", "amazonaws.eu"),
        ("us-iso-east-1", "aws-iso", "c2s.ic.gov"),
        ("us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov"),
        ("eu-isoe-west-1", "aws-iso-e", "cloud.adc-e.uk"),
        ("us-isof-south-1", "aws-iso-f", "csp.hci.ic.gov"),
    ],
)
def test_partition_and_suffix_follow_the_region(region: str, partition: str, suffix: str) -> None:
    assert (naming.partition(region), naming.dns_suffix(region)) == (partition, suffix)


def test_partitions_agree_with_botocore() -> None:
    import botocore

    file = Path(botocore.__file__).parent / "data" / "partitions.json"
    entries: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))["partitions"]
    for entry in entries:
        for region in entry["regions"]:
            if region.endswith("-global"):
                continue
            assert naming.partition(region) == entry["id"], region
            assert naming.dns_suffix(region) == entry["outputs"]["dnsSuffix"], region


def test_a_secret_arn_ends_in_exactly_six_question_marks() -> None:
    arn = naming.secret_arn("cn-north-1", "111122223333", "a/b")
    assert arn == "arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:a/b-??????"


def test_the_kms_alias_says_a_name_once() -> None:
    assert naming.kms_alias("dev", "dev") == "alias/dev-secrets"
    assert naming.kms_alias("dev", "blue") == "alias/dev-blue-secrets"


def test_a_role_name_at_the_limit_is_kept_and_one_over_it_refused() -> None:
    cluster = "c" * (limits.IAM_ROLE_NAME_MAX - 4)
    assert len(naming.iam_role_name(cluster, "abc")) == limits.IAM_ROLE_NAME_MAX
    with pytest.raises(ConfigError, match=r"65 characters.*at most 64"):
        naming.iam_role_name(cluster, "abcd")


def test_vault_role_names() -> None:
    assert naming.vault_role_name("billing", mendix=False) == "billing"
    assert naming.vault_role_name("pmp", mendix=True) == "pmp-secret-accessor-role"
    assert naming.vault_role_name("pmp", mendix=True, given="other") == "other"


def test_an_issuer_keeps_its_path_in_arns() -> None:
    issuer = "https://oidc.eks.eu-central-1.amazonaws.com/id/ABC"
    expected = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/ABC"
    assert naming.oidc_provider_arn("eu-central-1", "111122223333", issuer) == expected


def test_role_arns_have_the_partition() -> None:
    assert naming.role_arn("us-gov-west-1", "111122223333", "r") == "arn:aws-us-gov:iam::111122223333:role/r"
