"""What a role reaches beyond what it may, with examples that are checked by the evaluator."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workload_secrets.decide.answer import Answer
from workload_secrets.decide.evaluate import identity
from workload_secrets.decide.reach import Beyond, beyond
from workload_secrets.decide.request import Request
from workload_secrets.decide.statements import read

READ = "secretsmanager:GetSecretValue"
HERE = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:"
OWN = f"{HERE}PMP-Dev-Credentials-??????"
EVERY = "arn:*:secretsmanager:*:*:secret:*"


def statement(effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": READ, **more}


def found(*statements: dict[str, Any], allowed: tuple[str, ...] = (OWN,), **more: Any) -> list[Beyond]:
    document = read({"Version": "2012-10-17", "Statement": list(statements)}, "it")
    assert document.problem is None
    return list(beyond([document], [READ], universe=EVERY, allowed=allowed, **more))


@pytest.mark.parametrize(
    "resource",
    [OWN, f"{HERE}PMP-Dev-Credentials-abc???", [OWN, "arn:aws:s3:::bucket/*"], "arn:aws:kms:*:*:key/*"],
)
def test_what_is_declared_and_other_services_are_not_beyond(resource: Any) -> None:
    assert found(statement(Resource=resource)) == []


@pytest.mark.parametrize(
    "resource",
    [
        "*",
        "arn:aws:secretsmanager:*:*:secret:PMP-*",
        f"{HERE}PMP-Dev-Credentials-*",
        f"{HERE}PMP-Dev-Credentials*",
        f"{HERE}PMP-???-Credentials-??????",
        f"{HERE}${{aws:PrincipalTag/app}}-??????",
        "arn:aws:*:eu-central-1:111122223333:*",
        f"{HERE}PMP-Prod-Credentials-??????",
    ],
)
def test_the_example_is_reached_and_not_declared(resource: str) -> None:
    (one,) = found(statement(Resource=resource))
    assert one.resource == resource
    assert not one.example.startswith(OWN.removesuffix("??????")) or one.example.count("-") != 3
    if "${" not in resource:
        request = Request(action=READ, resource=one.example)
        document = {"Version": "2012-10-17", "Statement": statement(Resource=resource)}
        assert identity([document], request).answer in (Answer.YES, Answer.UNKNOWN)


def test_two_declared_patterns_together_hold_one_that_neither_holds_alone() -> None:
    parts = (f"{HERE}a?-??????", f"{HERE}b?-??????")
    assert found(statement(Resource=f"{HERE}a1-??????"), allowed=parts) == []
    assert found(statement(Resource=f"{HERE}?1-??????"), allowed=parts) != []


def test_a_likely_example_is_taken_where_it_is_one() -> None:
    made = [f"{HERE}PMP-Dev-Credentials-AbCdEf", f"{HERE}PMP-Staging-Credentials-AbCdEf"]
    (one,) = found(statement(Resource=f"{HERE}PMP-*"), likely=lambda _: made)
    assert one.example == made[1]


def test_a_deny_without_conditions_takes_away() -> None:
    everything = statement(Resource="*")
    assert found(everything, statement("Deny", NotResource=OWN)) == []
    assert found(everything, statement("Deny", Resource="*")) == []
    assert found(everything, statement("Deny", Resource=f"{HERE}PMP-Prod-*")) != []
    unless = {"Bool": {"aws:SecureTransport": "false"}}
    assert found(everything, statement("Deny", NotResource=OWN, Condition=unless)) != []
    # A wildcard that would have to span fields of the ARN refuses nothing for certain.
    assert found(everything, statement("Deny", Resource="arn:*")) != []


def test_everything_but_a_few_is_nearly_everything() -> None:
    assert found(statement(NotResource=f"{HERE}PMP-Prod-*")) != []
    assert found(statement(NotResource="*")) == []


SHORT = st.text(alphabet="ab*?", min_size=1, max_size=3)
NAMES = ["a", "b", "ab", "ba", "aab", "z"]


@settings(derandomize=True, deadline=None)
@given(SHORT, SHORT, st.lists(SHORT, max_size=2))
def test_nothing_found_means_that_the_evaluator_finds_nothing(
    allow: str, deny: str, allowed: list[str]
) -> None:
    statements = [
        statement(Resource=f"{HERE}{allow}"),
        statement("Deny", NotResource=f"{HERE}{deny}"),
    ]
    patterns = tuple(f"{HERE}{name}" for name in allowed)
    if found(*statements, allowed=patterns):
        return
    document = {"Version": "2012-10-17", "Statement": statements}
    kept = [read({"Statement": statement(Resource=list(patterns))}, "allowed")] if patterns else []
    for name in NAMES:
        request = Request(action=READ, resource=f"{HERE}{name}")
        if identity([document], request).answer is Answer.YES:
            assert identity(kept, request).answer is Answer.YES
