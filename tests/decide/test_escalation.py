"""Ways to more rights, found by asking the evaluator."""

from __future__ import annotations

from typing import Any

import pytest

from workload_secrets.decide.escalation import Escalation, escalations
from workload_secrets.decide.statements import read

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/"
TAGGED = {"StringEquals": {"aws:ResourceTag/workload-secrets:stack": "dev"}}


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def found(*statements: dict[str, Any], holder: str | None = None) -> list[Escalation]:
    document = read({"Version": "2012-10-17", "Statement": list(statements)}, "it")
    assert document.problem is None
    return list(escalations([document], holder))


@pytest.mark.parametrize(
    ("statement", "right"),
    [
        (allow("iam:PassRole"), "iam:PassRole"),
        (allow("iam:Put*", f"{ROLE}*"), "iam:PutRolePolicy"),
        (allow("sts:AssumeRole", "arn:aws:iam::*:role/*"), "sts:AssumeRole"),
        (allow("iam:CREATEPOLICYVERSION"), "iam:CreatePolicyVersion"),
        (allow("lambda:*"), "lambda:UpdateFunctionCode"),
        (
            allow("iam:UpdateAssumeRolePolicy", f"arn:aws-cn:iam::{ACCOUNT}:role/*"),
            "iam:UpdateAssumeRolePolicy",
        ),
        ({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}, "iam:AttachRolePolicy"),
        (
            {"Effect": "Allow", "Action": "iam:PutRolePolicy", "NotResource": f"{ROLE}admin"},
            "iam:PutRolePolicy",
        ),
    ],
)
def test_a_way_is_found_however_it_is_written(statement: dict[str, Any], right: str) -> None:
    assert right in {right for one in found(statement) for right in one.rights}


@pytest.mark.parametrize(
    "statement",
    [
        allow("secretsmanager:GetSecretValue"),
        allow("iam:PutRolePolicy", [f"{ROLE}dev-pmp", f"{ROLE}dev-billing"]),
        allow("iam:PassRole", f"{ROLE}dev-pmp"),
        allow("sts:AssumeRole", f"{ROLE}one"),
        allow("kms:PutKeyPolicy", f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/*", Condition=TAGGED),
        allow(
            "iam:PutRolePolicy",
            f"{ROLE}*",
            Condition={"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::1:policy/b"}},
        ),
        allow(["iam:Get*", "iam:List*"]),
    ],
)
def test_exact_names_tags_and_a_boundary_leave_no_way(statement: dict[str, Any]) -> None:
    assert found(statement) == []


def test_a_deny_closes_a_way() -> None:
    refused = {"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"}
    assert found(allow("iam:PassRole"), refused) == []


def test_a_role_that_may_change_itself_escalates() -> None:
    own = f"{ROLE}dev-pmp"
    assert found(allow("iam:PutRolePolicy", own)) == []
    (one,) = found(allow("iam:PutRolePolicy", own), holder=own)
    assert one.on == "itself"


def test_passing_some_roles_to_something_new() -> None:
    passing = allow("iam:PassRole", f"{ROLE}app-*")
    assert found(passing) == []
    (one,) = found(passing, allow("lambda:CreateFunction"))
    assert one.rights == ("iam:PassRole", "lambda:CreateFunction")


def test_a_condition_that_cannot_be_decided_is_no_certain_way() -> None:
    (one,) = found(allow("sts:AssumeRole", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}))
    assert one.sure is False
