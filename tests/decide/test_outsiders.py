"""Who outside its account a resource's policy lets in."""

from __future__ import annotations

from typing import Any

import pytest

from workload_secrets.decide.outsiders import Outsider, outsiders
from workload_secrets.decide.statements import read

ACCOUNT = "111122223333"
SECRET = f"arn:aws:secretsmanager:eu-central-1:{ACCOUNT}:secret:billing-AbCdEf"
READ = "secretsmanager:GetSecretValue"
ORG = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
HERE = {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}


def found(principal: Any, account: str | None = ACCOUNT, **more: Any) -> list[Outsider]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": READ, "Resource": "*", **more}
    document = read({"Version": "2012-10-17", "Statement": [statement]}, "secret policy")
    assert document.problem is None
    return list(outsiders(document, account=account, resource=SECRET, actions=[READ]))


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        {"AWS": "*"},
        {"AWS": "444455556666"},
        {"AWS": "arn:aws:iam::444455556666:root"},
        {"AWS": ["arn:aws:iam::111122223333:role/own", "arn:aws:iam::444455556666:role/x"]},
        {"AWS": "AROAEXAMPLEID"},
        {"Service": "lambda.amazonaws.com"},
        {"Federated": "cognito-identity.amazonaws.com"},
        {"CanonicalUser": "0a1b2c"},
    ],
)
def test_an_outsider_gets_in(principal: Any) -> None:
    assert [one.sure for one in found(principal)] == [True]


def test_a_session_of_another_account_may_get_in() -> None:
    (one,) = found({"AWS": "arn:aws:sts::444455556666:assumed-role/x/session"})
    assert one.who == "account 444455556666"


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        {"AWS": ACCOUNT},
        {"AWS": f"arn:aws:iam::{ACCOUNT}:role/rotation"},
        {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/x/session"},
    ],
)
def test_its_own_account_is_no_outsider(principal: Any) -> None:
    assert found(principal) == []


def test_only_a_condition_that_keeps_others_out_narrows() -> None:
    assert found("*", Condition=HERE) == []
    assert found("*", Condition={"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/*"}}) == []
    assert [one.sure for one in found("*", Condition=ORG)] == [False]
    assert [one.sure for one in found("*", Condition={"Bool": {"aws:SecureTransport": "true"}})] == [True]
    assert found("*", Condition={"StringLike": {"aws:PrincipalAccount": "*"}}) != []
    assert found("*", Condition={"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}) != []


def test_a_service_is_bound_to_the_account_it_works_for() -> None:
    mine = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert found({"Service": "lambda.amazonaws.com"}, Condition=mine) == []


def test_not_this_one_is_everyone_else() -> None:
    document = read(
        {
            "Statement": {
                "Effect": "Allow",
                "NotPrincipal": {"AWS": ACCOUNT},
                "Action": "*",
                "Resource": "*",
            }
        },
        "secret policy",
    )
    assert list(outsiders(document, account=ACCOUNT, resource=SECRET, actions=[READ])) != []


def test_a_deny_of_all_other_accounts_keeps_them_out() -> None:
    document = read(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": "*", "Action": READ, "Resource": "*"},
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "secretsmanager:*",
                    "Resource": "*",
                    "Condition": {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}},
                },
            ],
        },
        "secret policy",
    )
    assert list(outsiders(document, account=ACCOUNT, resource=SECRET, actions=[READ])) == []


def test_without_an_account_only_everyone_is_found() -> None:
    assert found("*", account=None) != []
    assert found({"AWS": "arn:aws:iam::444455556666:root"}, account=None) == []
