"""Identity, resource and key policies: the forms we emit and the wrong ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from workload_secrets.decide.answer import Answer
from workload_secrets.decide.iam import Key, Request, identity, secret_access
from workload_secrets.graph.model import UNKNOWN

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/dev-pmp"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
PREFIX = f"arn:aws:secretsmanager:eu-central-1:{ACCOUNT}:secret:"
OWN, OTHER = f"{PREFIX}PMP-Dev-Credentials-symbol", f"{PREFIX}PMP-Prod-Credentials-symbol"
PATTERN = f"{PREFIX}PMP-Dev-Credentials-??????"
KEY = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/symbol-0123456789ab"
READ = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]


def document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [dict(s) for s in statements]}


def allow(action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    return allow(action, resource, **more) | {"Effect": "Deny"}


def kms(action: Any = "kms:Decrypt", pattern: str = PATTERN) -> dict[str, Any]:
    condition = {
        "StringEquals": {"kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com"},
        "StringLike": {"kms:EncryptionContext:SecretARN": [pattern]},
    }
    return document(allow(action, KEY, Condition=condition))


ENABLES_IAM = document(allow("kms:*", "*", Principal={"AWS": ROOT}))
INSIDE_ONLY = document(
    deny(
        "secretsmanager:*",
        "*",
        Principal="*",
        Condition={"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}},
    ),
    deny("secretsmanager:*", "*", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}}),
)
READER = {"secrets": document(allow(READ, PATTERN)), "kms": kms()}


def answer(verb: Any = "read", secret: Any = OWN, **changes: Any) -> Answer:
    given: dict[str, Any] = {
        "role_arn": ROLE,
        "policies": READER,
        "secret_policy": INSIDE_ONLY,
        "key": Key(arn=KEY, policy=ENABLES_IAM),
    }
    return secret_access(verb, secret_arn=secret, **(given | changes)).answer


def test_a_reader_reads_its_own_secret_and_nothing_else() -> None:
    assert answer() is Answer.YES
    assert answer(secret=OTHER) is Answer.NO
    assert answer("write") is Answer.NO
    assert answer("list") is Answer.NO


def test_a_writer_needs_a_data_key_too() -> None:
    secrets = document(allow([*READ, "secretsmanager:PutSecretValue"], PATTERN))
    writer = {"secrets": secrets, "kms": kms(["kms:Decrypt", "kms:GenerateDataKey"])}
    assert answer("write", policies=writer) is Answer.YES
    assert answer("write", policies={"secrets": secrets, "kms": kms()}) is Answer.NO


def test_without_the_kms_grant_the_owner_is_refused() -> None:
    refused = secret_access(
        "read",
        role_arn=ROLE,
        secret_arn=OWN,
        policies={"secrets": READER["secrets"]},
        key=Key(arn=KEY, policy=ENABLES_IAM),
    )
    assert refused.answer is Answer.NO
    assert "no statement allows kms:Decrypt" in refused.reasons[-1]
    assert answer(policies={"secrets": READER["secrets"]}, key=None) is Answer.YES


def test_a_kms_grant_for_another_secret_does_not_decrypt_this_one() -> None:
    other = kms(pattern=f"{PREFIX}PMP-Prod-Credentials-??????")
    assert answer(policies={"secrets": READER["secrets"], "kms": other}) is Answer.NO


@pytest.mark.parametrize(
    "pattern", ["*", f"{PREFIX}PMP-*", "arn:aws:secretsmanager:*:*:secret:PMP-*", f"{PREFIX}*"]
)
def test_a_wildcard_resource_reads_the_neighbour(pattern: str) -> None:
    wide = {"secrets": document(allow(READ, pattern)), "kms": kms(pattern="*")}
    assert answer(secret=OTHER, policies=wide) is Answer.YES


def test_an_action_without_resource_is_granted_by_a_star_alone() -> None:
    asked = Request(action="kms:ListAliases", complete=True)
    assert identity([document(allow("kms:ListAliases", "*"))], asked).answer is Answer.YES
    assert identity([document(allow("kms:ListAliases", f"{PREFIX}*"))], asked).answer is Answer.NO


def test_a_name_with_a_star_covers_longer_names_and_six_marks_do_not() -> None:
    longer = f"{PREFIX}PMP-Dev-Credentials-Old-symbol"
    star = {"secrets": document(allow(READ, f"{PREFIX}PMP-Dev-Credentials-*"))}
    assert answer(secret=longer, policies=star, key=None) is Answer.YES
    assert answer(secret=longer, key=None) is Answer.NO


def test_not_resource_grants_every_other_secret() -> None:
    inverted = document({"Effect": "Allow", "Action": READ, "NotResource": OTHER})
    assert answer(policies=[inverted], key=None) is Answer.YES
    assert answer(secret=OTHER, policies=[inverted], key=None) is Answer.NO


def test_not_action_grants_every_other_action() -> None:
    inverted = document({"Effect": "Allow", "NotAction": "iam:*", "Resource": PATTERN})
    assert answer("write", policies=[inverted], key=None) is Answer.YES


@pytest.mark.parametrize("where", ["identity", "boundary", "secret_policy", "key_policy"])
def test_an_explicit_deny_anywhere_wins(where: str) -> None:
    stop = deny("*", "*")
    key_policy = document(*ENABLES_IAM["Statement"], stop | {"Principal": {"AWS": ROLE}})
    changes: dict[str, dict[str, Any]] = {
        "identity": {"policies": {**READER, "stop": document(stop)}},
        "boundary": {"boundary": document(allow("*", "*"), stop)},
        "secret_policy": {"secret_policy": document(stop | {"Principal": "*"})},
        "key_policy": {"key": Key(arn=KEY, policy=key_policy)},
    }
    assert answer(**changes[where]) is Answer.NO


def test_a_boundary_limits_what_identity_policies_grant() -> None:
    assert answer(boundary=document(allow("secretsmanager:*", "*"))) is Answer.NO
    assert answer(boundary=document(allow(["secretsmanager:*", "kms:*"], "*"))) is Answer.YES


def test_a_resource_policy_alone_grants_within_the_account() -> None:
    named = document(allow(READ, "*", Principal={"AWS": ROLE}))
    assert answer(policies=[], secret_policy=named, key=None) is Answer.YES
    delegating = document(allow(READ, "*", Principal={"AWS": ROOT}))
    assert answer(policies=[], secret_policy=delegating, key=None) is Answer.NO


def test_a_key_policy_that_does_not_enable_iam_refuses() -> None:
    foreign = document(allow("kms:*", "*", Principal={"AWS": "arn:aws:iam::444455556666:root"}))
    assert answer(key=Key(arn=KEY, policy=foreign)) is Answer.NO
    named = document(allow("kms:Decrypt", "*", Principal={"AWS": ROLE}))
    assert answer(policies={"secrets": READER["secrets"]}, key=Key(arn=KEY, policy=named)) is Answer.YES


def test_another_account_needs_both_sides() -> None:
    theirs = OWN.replace(ACCOUNT, "444455556666")
    mine = [document(allow(READ, "*"))]
    lets_in = document(allow(READ, "*", Principal={"AWS": ROLE}))
    assert answer(secret=theirs, policies=mine, secret_policy=None, key=None) is Answer.NO
    request = Request(action=READ[0], resource=theirs, principal=ROLE)
    assert identity(mine, request, resource_policy=lets_in).answer is Answer.YES
    assert identity([], request, resource_policy=lets_in).answer is Answer.NO


@pytest.mark.parametrize(
    "changes",
    [
        {"policies": [UNKNOWN]},
        {"policies": [None]},
        {"policies": ["{not json"]},
        {"policies": ['{"Statement": [], "Statement": []}']},
        {"boundary": UNKNOWN},
        {"secret_policy": UNKNOWN},
        {"secret": UNKNOWN},
        {"key": Key(arn=UNKNOWN, policy=ENABLES_IAM)},
        {"key": Key(arn=KEY, policy=UNKNOWN)},
        {"policies": [document(allow(READ, UNKNOWN))], "key": None},
        {"policies": [document(allow(UNKNOWN, PATTERN))], "key": None},
        {"policies": [document(allow(READ, PATTERN, Condition=UNKNOWN))], "key": None},
        {"policies": [document({"Effect": "Maybe", "Action": "*", "Resource": "*"})]},
    ],
)
def test_what_is_not_known_is_never_a_no(changes: dict[str, Any]) -> None:
    assert answer(**changes) is Answer.UNKNOWN


def test_an_unknown_document_does_not_hide_a_deny() -> None:
    assert answer(policies=[UNKNOWN, document(deny("*", "*"))]) is Answer.NO


def test_an_unknown_policy_beside_a_grant_might_deny() -> None:
    assert answer(policies={**READER, "later": UNKNOWN}) is Answer.UNKNOWN


def test_a_document_may_be_json_text() -> None:
    assert answer(policies=[json.dumps(p) for p in READER.values()]) is Answer.YES


def test_actions_ignore_case_and_resources_do_not() -> None:
    spelled = document(allow("SecretsManager:getsecretVALUE", PATTERN))
    assert answer(policies=[spelled], key=None) is Answer.YES
    assert answer(policies=[document(allow(READ, PATTERN.lower()))], key=None) is Answer.NO


def test_a_wildcard_that_spans_arn_fields_is_not_decided() -> None:
    spans = document(allow(READ, "arn:aws:secretsmanager:*:secret:PMP-*"))
    assert answer(policies=[spans], key=None) is Answer.UNKNOWN
    shortened = document(allow(READ, "arn:aws:secretsmanager:*"))
    assert answer(policies=[shortened], key=None) is Answer.YES


def test_policy_variables_are_replaced_or_stay_unknown() -> None:
    text = f"{PREFIX}PMP-${{aws:PrincipalTag/env}}-Credentials-??????"
    found = {"policies": [document(allow(READ, text))], "key": None}
    assert answer(**found) is Answer.UNKNOWN
    request = Request(
        action=READ[0], resource=OWN, principal=ROLE, context={"aws:PrincipalTag/env": "Dev"}, complete=True
    )
    assert identity([document(allow(READ, text))], request).answer is Answer.YES
    old = {"Version": "2008-10-17", "Statement": [allow(READ, text)]}
    assert identity([old], request).answer is Answer.NO


def test_reasons_name_statement_and_policy() -> None:
    named = {"secrets": document(allow(READ, PATTERN, Sid="ReadOwn"))}
    found = secret_access("read", role_arn=ROLE, secret_arn=OWN, policies=named)
    expected = "statement ReadOwn of identity policy secrets allows secretsmanager:GetSecretValue"
    assert expected in found.reasons
