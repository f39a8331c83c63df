"""How rules are run: three outcomes, no crash hides another rule's finding, no value is printed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.guardrails.catalogue import ALL, rules
from policies.guardrails.resource import UNKNOWN, Resource
from policies.guardrails.rule import Check, Context, Rule, StackRule, Violation
from policies.guardrails.run import Rules
from policies.guardrails.secret_text import hidden, looks, stands_for
from policies.guardrails.stack import Stack
from tests.policies.cases import TODAY
from tests.policies.fuzz import KNOWN_FORM, MARKED, Choose, fuzz, generate, lost, problems

CONTEXT = Context(way="monitor", tier="production", today=TODAY)
EVERY = rules()
ABOUT: dict[str, Any] = {
    "severity": "low",
    "title": "it is so",
    "why": "So it is.",
    "remedy": "do it",
    "reference": "https://example.com/",
}


def choosing(data: bytes) -> Choose:
    """Numbers out of bytes, then zeros: one draw for Hypothesis, and shorter is simpler."""
    rest = iter(data)
    return lambda below: (next(rest, 0) << 8 | next(rest, 0)) % below


def resource(**inputs: object) -> Resource:
    return Resource(
        urn="urn:pulumi:test::p::x:index:Thing::it",
        type="x:index:Thing",
        name="it",
        inputs=inputs,
        secrets=frozenset({("hidden",)}),
    )


def rule(id_: str, check: Check) -> Rule:
    return Rule(id=id_, types=("*",), check=check, **ABOUT)


def says(found: Resource, context: Context) -> Iterator[Violation]:
    del context
    yield Violation(f"it is called {found.text('name')}", ("name",))


def crashes(found: Resource, context: Context) -> Iterator[Violation]:
    yield from says(found, context)
    raise KeyError(KNOWN_FORM)


def asks(found: Resource, context: Context) -> Iterator[Violation]:
    yield from says(found, context)
    found.text("unknown")


def mistakes(found: Resource, context: Context) -> Iterator[Violation]:
    del context
    found.number("name")
    yield Violation("never")


def everywhere(stack: Stack, context: Context) -> Iterator[tuple[Resource, Violation]]:
    for found in stack.resources:
        for violation in crashes(found, context):
            yield found, violation


def outcomes(checks: Mapping[str, Check], **inputs: object) -> list[tuple[str, str]]:
    made = Rules([rule(id_, check) for id_, check in checks.items()])
    found = made.review(Stack([resource(**inputs)]), CONTEXT)
    return [(finding.rule.id, finding.outcome) for finding in found]


def test_a_crash_and_an_unknown_keep_what_was_found_before_and_all_other_rules():
    checks = {"A": crashes, "B": asks, "C": mistakes, "D": says}
    assert outcomes(checks, name="x", unknown=UNKNOWN) == [
        ("A", "violation"),
        ("A", "crash"),
        ("B", "violation"),
        ("B", "not evaluable"),
        ("C", "violation"),
        ("D", "violation"),
    ]


def test_a_crash_of_a_stack_wide_rule_is_a_finding_without_a_resource():
    made = Rules([StackRule(id="S", check=everywhere, **ABOUT), rule("D", says)])
    found = made.review(Stack([resource(name="x")]), CONTEXT)
    assert [(f.rule.id, f.outcome, bool(f.urn)) for f in found] == [
        ("D", "violation", True),
        ("S", "violation", True),
        ("S", "crash", False),
    ]
    assert all(KNOWN_FORM not in f.text for f in found)


@pytest.mark.parametrize("name", [KNOWN_FORM, f"a-{KNOWN_FORM}-b"])
def test_a_message_has_no_text_that_looks_like_a_secret(name: str):
    (found,) = Rules([rule("D", says)]).review(Stack([resource(name=name)]), CONTEXT)
    assert KNOWN_FORM not in found.text
    assert "…" in found.text


@pytest.mark.parametrize("value", [MARKED, [MARKED], {"a": {"b": MARKED}}])
def test_a_message_has_no_text_that_is_marked_secret(value: object):
    (found,) = Rules([rule("D", says)]).review(Stack([resource(name=MARKED, hidden=value)]), CONTEXT)
    assert found.text == "it is called …"


@settings(
    max_examples=2_000,
    database=None,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.binary(min_size=8, max_size=400))
def test_no_rule_crashes_or_prints_a_value_whatever_it_is_given(data: bytes):
    stack, context = generate(choosing(data))
    found = EVERY.review(stack, context)
    assert list(problems(stack, context, found)) == []


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(min_size=8, max_size=400))
def test_no_rule_hides_what_another_finds(data: bytes):
    stack, context = generate(choosing(data))
    assert list(lost(stack, context, EVERY.review(stack, context))) == []


def test_the_fast_driver_finds_nothing_either():
    assert fuzz(500, seed=6) == {}


@pytest.mark.parametrize(
    "text",
    [
        "eyJ",
        "AKIA",
        "ghp_",
        "glpat-",
        "://a:",
        "Basic ",
        "bearer ",
        "s.",
        "-----BEGIN PRIVATE KEY",
        "LS0tLS1CRUdJTi",
        "xoxb-",
        "{{",
        '{"password": ',
        "[",
    ],
)
def test_a_huge_value_takes_no_long_time(text: str):
    text *= 1_000_000 // len(text)
    started = time.perf_counter()
    EVERY.review(Stack([resource(text=text, password=text)]), CONTEXT)
    assert time.perf_counter() - started < 5


def test_what_looks_like_a_secret_is_taken_out_whole():
    text = f"postgresql://app:hunter2@db and {KNOWN_FORM}, then ghp_0123456789abcdefghijABCDEFGHIJ012345."
    assert hidden(text) == "postgresql://app:…@db and …, then …."


@pytest.mark.parametrize(
    "text",
    [
        "basic authentication is off",
        "bearer tokens are not taken here at all",
        "postgresql://{{username}}:{{password}}@db/app",
        "https://vault.example:8200/v1/sys/health",
        "arn:aws:secretsmanager:eu-central-1:111122223333:secret:a-AbCdEf",
        "system:serviceaccount:production:api",
        "oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
        "-----BEGIN CERTIFICATE-----",
        "registry.example/api@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    ],
)
def test_what_is_no_secret_stays(text: str):
    assert looks(text) is None
    assert hidden(text) == text


@pytest.mark.parametrize(
    "text", ["{{password}}", "${env:X}", "$(X)", "{vault://a/b/c}", "<token>", "****", "$X"]
)
def test_a_placeholder_stands_for_a_value(text: str):
    assert stands_for(text)


def test_every_rule_says_what_a_reader_needs():
    for one in ALL:
        assert one.title, one.id
        assert one.why.endswith("."), one.id
        assert one.remedy, one.id
        assert not one.remedy.endswith("."), one.id
        assert one.reference, one.id
