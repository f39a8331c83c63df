"""How IAM's documents, actions and ARNs are read and counted."""

from __future__ import annotations

from typing import Any

import pytest

from policies.guardrails.aws import actions, declared, trusts
from policies.guardrails.aws.documents import size
from policies.guardrails.resource import Resource
from policies.guardrails.rule import Context
from policies.guardrails.secret_text import exactly, looks, sounds, stands_for
from tests.policies.cases import TODAY


def document(value: Any) -> Resource:
    return Resource(urn="u", type="aws:iam/policy:Policy", name="it", inputs={"policy": value})


@pytest.mark.parametrize(
    ("value", "characters"),
    [
        (None, 0),
        ({}, 2),
        ({"a": "b"}, 9),
        ({"a": "b", "c": ["d", "e", "f"]}, 27),
        ({"a": []}, 8),
        ({"a": ["b"]}, 11),
        ({"a": {"b": 12}}, 14),
        (' {"a": "b",  "c": []} ', 16),
        ({"a b": "c d"}, 11),
    ],
)
def test_a_document_is_as_long_as_iam_counts_it(value: Any, characters: int) -> None:
    assert size(document(value), "policy") == characters


@pytest.mark.parametrize(
    ("pattern", "whole"),
    [
        ("*", True),
        ("?", True),
        ("GetSecretValue", False),
        ("kms:*", True),
        ("KMS:**", True),
        ("kms:?*", True),
        ("kms:De*", False),
        ("km?:Decrypt", True),
        ("k*:Decrypt", True),
        ("s3:*", True),
        ("s3:?*?", True),
        ("s3:Get*", False),
        ("s3:???", False),
        ("s3:GetObject", False),
        ("a:b:*", False),
    ],
)
def test_a_pattern_names_all_of_a_service_or_not(pattern: str, whole: bool) -> None:
    assert actions.whole_service(pattern) is whole


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("kms:decrypt", ["kms:Decrypt"]),
        ("KMS:ReEncrypt*", ["kms:ReEncryptFrom", "kms:ReEncryptTo"]),
        ("kms:Decryp?", ["kms:Decrypt"]),
        ("km?:decrypt", ["kms:Decrypt"]),
        ("*:decrypt", ["kms:Decrypt"]),
        ("kms:Nothing", []),
        ("s3:GetObject", None),
        ("Decrypt", None),
    ],
)
def test_a_pattern_names_known_actions(pattern: str, names: list[str] | None) -> None:
    found = actions.named(pattern)
    assert (None if found is None else sorted(action.name for action in found)) == names


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:secretsmanager:eu-central-1:111122223333:secret:a/b-AbCdEf", "a/b"),
        ("arn:aws:secretsmanager:eu-central-1:111122223333:secret:a:b-??????", "a:b"),
        ("arn:aws:secretsmanager:eu-central-1:111122223333:secret:a-b", "a-b"),
        ("arn:aws:secretsmanager:eu-central-1:111122223333:secret:-AbCdEf", "-AbCdEf"),
        ("arn:aws:secretsmanager:eu-central-1:111122223333:secret:*", "*"),
        ("arn:aws:secretsmanager:eu-central-1:111122223333:other:a-AbCdEf", None),
        ("arn:aws:kms:eu-central-1:111122223333:secret:a-AbCdEf", None),
        ("arn:aws:secretsmanager:eu-central-1:111122223333:secret", None),
        ("billing", None),
    ],
)
def test_a_secrets_arn_holds_its_name(arn: str, name: str | None) -> None:
    assert declared.secret_name(arn) == name


@pytest.mark.parametrize(
    ("arn", "issuer"),
    [
        ("arn:aws:iam::111122223333:oidc-provider/oidc.example/id/1", "oidc.example/id/1"),
        ("arn:aws:iam::111122223333:oidc-provider/a:oidc-provider/b", "a:oidc-provider/b"),
        ("arn:aws:iam::111122223333:saml-provider/x", None),
        ("urn:aws:iam::111122223333:oidc-provider/x", None),
        ("cognito-identity.amazonaws.com", None),
        ("", None),
    ],
)
def test_a_providers_arn_holds_its_issuer(arn: str, issuer: str | None) -> None:
    assert trusts.issuer_of(arn) == issuer


def test_the_account_is_declared_or_the_only_one_that_is_allowed() -> None:
    def account(allowed: Any, here: Any = None) -> str | None:
        made = Resource(urn="u", type="t", name="n", inputs={}, provider={"allowedAccountIds": allowed})
        context = Context(way="monitor", tier="production", today=TODAY, declared=here)
        return declared.account_of(made, context)

    assert account(["1"]) == "1"
    assert account(("1",)) == "1"
    assert account(["1", "2"]) is None
    assert account([]) is None
    assert account([1]) is None
    assert account("1") is None
    assert account(["1"], {"facts": {"aws": {"accountId": "3"}}}) == "3"
    assert account(["1"], {"facts": {"aws": {"region": "3"}}}) == "1"


HERE = declared.Home(partition="aws", region="eu-central-1", account="111122223333")


@pytest.mark.parametrize(
    ("arn", "home", "words"),
    [
        ("arn:aws:secretsmanager:eu-central-1:111122223333:secret:a-AbCdEf", HERE, "a"),
        ("arn:aws:secretsmanager:eu-central-1:111122223333:secret:a-AbCdEf", declared.Home(), "a"),
        (
            "arn:aws:secretsmanager:eu-north-1:111122223333:secret:a-AbCdEf",
            HERE,
            "a in eu-north-1 of account 111122223333",
        ),
        (
            "arn:aws:secretsmanager:eu-central-1:999999999999:secret:a-AbCdEf",
            HERE,
            "a in eu-central-1 of account 999999999999",
        ),
        (
            "arn:aws-cn:secretsmanager:eu-central-1:111122223333:secret:a-AbCdEf",
            HERE,
            "a in eu-central-1 of account 111122223333",
        ),
        ("arn:aws-cn:secretsmanager:eu-central-1:111122223333:secret:a-AbCdEf", declared.Home(), "a"),
    ],
)
def test_a_secret_in_words_says_where_only_if_it_is_elsewhere(
    arn: str, home: declared.Home, words: str
) -> None:
    assert declared.spoken(arn, home) == words


def test_likely_secrets_are_at_home_then_elsewhere() -> None:
    made = list(declared.likely(HERE)("arn:aws:secretsmanager:*:111122223333:secret:PMP-*-??????"))
    assert made[0] == "arn:aws:secretsmanager:eu-central-1:111122223333:secret:PMP-Staging-Credentials-AbCdEf"
    assert any(":eu-north-1:" in arn for arn in made)
    assert not any("999999999999" in arn for arn in made)
    anywhere = list(declared.likely(declared.Home())("*"))
    assert anywhere[0] == (
        "arn:aws:secretsmanager:eu-central-1:111122223333:secret:Staging-Credentials-AbCdEf"
    )
    other = list(declared.likely(HERE)("arn:aws:secretsmanager:eu-central-1:?11122223333:secret:a"))
    assert "arn:aws:secretsmanager:eu-central-1:999999999999:secret:a" in other


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Basic YWRtaW46aHVudGVyMg==", "a basic authorization"),
        ("basic YWRtaW46aHVudGVyMjIy", "a basic authorization"),
        ("basic authentication", None),
        ("postgresql://app:hunter2@db/app", "an address with a password"),
        ("LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0t", "a private key in base64"),
        ("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t", None),
    ],
)
def test_a_secret_is_told_by_its_form(text: str, what: str | None) -> None:
    assert looks(text) == what


def test_what_is_too_long_to_be_a_name_or_a_placeholder_is_none() -> None:
    assert sounds("a" * 192 + "password")
    assert not sounds("a" * 193 + "password")
    assert exactly("p-a_s.s word")
    assert exactly("_" * 192 + "password")
    assert not exactly("_" * 193 + "password")
    assert stands_for("${" + "a" * 997 + "}")
    assert not stands_for("${" + "a" * 998 + "}")
