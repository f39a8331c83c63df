"""What refuses, what only warns, and what a waiver does, as the engine is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.policies.engine.copies import CRASHING, copied
from tests.policies.engine.drive import Engine, Level, Said, operation
from tests.policies.engine.graphs import graph, resource
from tests.policies.engine.server import Start, serving
from tests.policies.fuzz import CANARIES, KNOWN_FORM, NAMED
from workload_secrets.graph.model import Graph

TODAY = datetime.now(UTC).date()
SECRET = "aws:secretsmanager/secret:Secret"
OPEN = resource(SECRET, "open", {"name": "open"})
"""A secret without a key of its own: SM-01 refuses it."""
DEV = {"tier": "development", "environment": "dev"}
PROD = {"tier": "production", "environment": "dev"}


def waiver(rule: str = "SM-01", stack: str = "dev", days: int = 30) -> str:
    return (
        f"- rule: {rule}\n"
        f"  resource: {stack}::{SECRET}::open\n"
        "  owner: platform-team\n"
        "  reason: moves to its own key with the next release\n"
        f"  expires: {TODAY + timedelta(days=days)}\n"
    )


def said(
    folder: Path,
    found: Graph,
    files: dict[str, str],
    levels: dict[str, Level] | None = None,
    *,
    catalogue: str = "",
) -> Said:
    """All that a copy of the pack says in a preview, with these files."""
    made = copied(folder, files, catalogue=catalogue)
    return operation(found, Start(dry_run=True, folder=made), levels)


def rules(found: Said, level: Level) -> set[str]:
    return {told.rule for told in found.all if told.level == level}


def test_a_live_waiver_lets_its_finding_pass_and_is_listed(tmp_path: Path):
    found = said(tmp_path, graph(OPEN, declaration=DEV), {"waivers.yaml": waiver()})
    assert "SM-01" not in {told.rule for told in found.all}
    (listed,) = [told for told in found.advisory if told.rule == "waiver"]
    assert f"until {TODAY + timedelta(days=30)}, by platform-team: moves to its own key" in listed.text
    assert listed.policy == "guardrails-stack-advice"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (waiver(days=-1), "expired on"),
        (waiver(days=91), "at most 90 days from today are allowed"),
        (waiver("SM-99"), "there is no such rule"),
        (waiver("SM-04"), "waives nothing"),
        (waiver(stack="prod", days=-1), ""),
    ],
    ids=("expired", "too long", "unknown rule", "unused", "of another stack"),
)
def test_a_waiver_that_does_not_hold_waives_nothing_and_is_refused_if_it_is_the_stacks(
    tmp_path: Path, text: str, says: str
):
    found = said(tmp_path, graph(OPEN, declaration=DEV), {"waivers.yaml": text})
    assert "SM-01" in rules(found, "mandatory")
    about = [told for told in found.all if told.rule == "waiver"]
    assert [told.level for told in about] == (["mandatory"] if says else [])
    assert all(says in told.text for told in about)


def test_a_waiver_whose_rule_the_engine_cannot_see_is_not_called_unused(tmp_path: Path):
    waivers = waiver("META-01") + waiver("IAM-08")
    found = said(tmp_path, graph(OPEN, declaration=DEV), {"waivers.yaml": waivers})
    assert "waiver" not in {told.rule for told in found.all}


@pytest.mark.parametrize(
    ("declaration", "level"), [(DEV, "advisory"), (PROD, "mandatory"), (None, "mandatory")]
)
def test_a_rule_that_warns_in_development_refuses_in_production(
    tmp_path: Path, declaration: dict[str, str] | None, level: Level
):
    found = said(tmp_path, graph(OPEN, declaration=declaration), {"enforcement.yaml": "dev: [SM-01]"})
    assert {told.level for told in found.all if told.rule == "SM-01"} == {level}
    assert "SM-02" in rules(found, "mandatory")


def test_a_crash_in_a_rule_is_its_own_finding_and_hides_no_other(tmp_path: Path):
    found = said(tmp_path, graph(OPEN, declaration=DEV), {}, catalogue=CRASHING)
    (crash,) = [told for told in found.all if told.rule == "TST-01"]
    assert crash.level == "mandatory"
    assert "TST-01 (low) crash: the rule failed: KeyError" in crash.text
    assert {"SM-01", "SM-02"} <= rules(found, "mandatory")


@pytest.mark.parametrize(
    ("policy", "level"),
    [
        ("guardrails", "disabled"),
        ("guardrails-advice", "disabled"),
        ("guardrails", "advisory"),
        ("all", "disabled"),
    ],
)
def test_a_policy_whose_level_the_user_sets_has_it_and_breaks_no_other(
    tmp_path: Path, policy: str, level: Level
):
    every = ("guardrails", "guardrails-advice", "guardrails-stack", "guardrails-stack-advice")
    levels: dict[str, Level] = dict.fromkeys(every if policy == "all" else (policy,), level)
    given = {"waivers.yaml": waiver("SM-01") + waiver("SM-04"), "enforcement.yaml": "dev: [SM-01]"}
    other = resource(SECRET, "other", {"name": "other"})
    unchecked = resource("pulumi:providers:aws", "aws", {"skipRequestingAccountId": "true"})
    found = said(tmp_path, graph(OPEN, other, unchecked, declaration=DEV), given, levels)
    told = {(one.policy, one.level) for one in found.all}
    expected: set[tuple[str, Level]] = {
        ("guardrails", "mandatory"),
        ("guardrails-advice", "advisory"),
        ("guardrails-stack", "mandatory"),
        ("guardrails-stack-advice", "advisory"),
    }
    changed = {(name, levels.get(name, was)) for name, was in expected}
    assert told == {(name, now) for name, now in changed if now != "disabled"}
    unused = [one.text for one in found.all if "waives nothing" in one.text]
    assert all("SM-04" in text for text in unused)


def test_no_message_holds_a_value(tmp_path: Path):
    resources = (
        resource(SECRET, "a", {"name": KNOWN_FORM, "policy": f'{{"Statement": "{KNOWN_FORM}"}}'}),
        resource(
            "aws:secretsmanager/secretVersion:SecretVersion",
            "b",
            {"secretId": "a", "secretString": NAMED},
            secrets=frozenset({("secretString",)}),
        ),
        resource(
            "vault:kv/secretV2:SecretV2", "c", {"mount": "kv", "dataJson": f'{{"password": "{NAMED}"}}'}
        ),
        resource("kubernetes:core/v1:ConfigMap", "d", {"data": {"password": NAMED, "note": KNOWN_FORM}}),
        resource("vault:index/policy:Policy", "e", {"name": "e", "policy": f'path "{KNOWN_FORM}" {{}}'}),
        resource("pulumi:providers:vault", "f", {"token": KNOWN_FORM, "address": f"https://u:{NAMED}@v/"}),
        resource("aws:iam/rolePolicy:RolePolicy", "g", {"role": KNOWN_FORM, "policy": KNOWN_FORM}),
    )
    found = said(tmp_path, graph(*resources, declaration=PROD), {})
    assert len({told.rule for told in found.mandatory}) > 8
    assert [t.text for t in found.all if any(canary in t.text for canary in CANARIES)] == []


@pytest.mark.parametrize(
    ("named", "refused"),
    [("https://127.0.0.1:4566", False), ("https://127.0.0.1:9999", True), ("", True)],
)
def test_the_emulator_of_a_rehearsal_passes_in_production_where_the_engine_names_it(
    named: str, refused: bool
):
    url = "https://127.0.0.1:4566"
    provider = resource("pulumi:providers:aws", "aws", {"endpoints": f'[{{"iam":"{url}"}}]'})
    declared = {**PROD, "endpoints": {"aws": {"url": url}}}
    start = Start(dry_run=True)
    with serving(start) as server:
        engine = Engine(server, start)
        engine.configure({}, {"guardrails": {"rehearsedEmulator": named}} if named else None)
        found = engine.run(graph(provider, declaration=declared))
    assert ("META-04" in rules(found, "mandatory")) is refused


def test_marks_of_secrets_change_nothing_of_what_is_found():
    marked = resource(
        "kubernetes:core/v1:Secret",
        "s",
        {"metadata": {"name": "s"}, "stringData": {"password": NAMED}},
        secrets=frozenset({("stringData",)}),
    )
    start = Start(dry_run=True)
    with serving(start) as server:
        engine = Engine(server, start)
        stack = graph(OPEN, marked, declaration=PROD)
        assert engine.run(stack, marked=True).all == engine.run(stack, marked=False).all
