"""What findings mean: refused, warned of, put off or waived; and what the pack's files may say."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from policies.guardrails import enforcement, settings, waivers, ways, yaml_file
from policies.guardrails.catalogue import ALL, rules
from policies.guardrails.enforcement import Enforcement
from policies.guardrails.resource import Resource
from policies.guardrails.rule import Context, Rule, Sight
from policies.guardrails.run import Finding, Outcome
from policies.guardrails.stack import Stack
from policies.guardrails.verdict import Settings, Verdict, verdict
from policies.guardrails.waivers import Waiver

TODAY = date(2026, 6, 1)
CONTEXT = Context(way="monitor", tier="development", today=TODAY, declared={"environment": "dev"})
PLACE = "dev::x:index:Thing::it"


def rule(id_: str, *needs: Sight) -> Rule:
    about: Any = dict.fromkeys(("title", "why", "remedy", "reference"), "-")
    checks: Any = lambda resource, context: ()  # noqa: E731
    return Rule(id=id_, severity="low", types=("*",), check=checks, needs=frozenset(needs), **about)


RULE = rule("R-1")
MARKS = rule("R-2", "secrets")
SETTINGS = Settings(rules=(RULE, MARKS), stack="dev")


def finding(
    outcome: Outcome = "violation", of: Rule = RULE, name: str = "it", urn: str | None = None
) -> Finding:
    urn = f"urn:pulumi:dev::p::x:index:Thing::{name}" if urn is None else urn
    return Finding(rule=of, outcome=outcome, urn=urn, type="x:index:Thing", name=name, source="", text="-")


def waiver(**changed: Any) -> Waiver:
    one = Waiver(rule="R-1", resource=PLACE, owner="team", reason="soon", expires=TODAY)
    return replace(one, **changed)


def judged(*findings: Finding, context: Context = CONTEXT, **changed: Any) -> Verdict:
    return verdict(findings, replace(SETTINGS, **changed), context)


def test_what_nobody_waives_is_refused() -> None:
    one = finding()
    assert judged(one) == Verdict(refused=(one,))
    assert not judged(one).passed
    assert judged() == Verdict()
    assert judged().passed


def test_a_waiver_covers_one_rule_on_one_resource() -> None:
    one, other, third = finding(), finding(name="other"), finding(of=MARKS)
    made = judged(one, other, one, third, waivers=(waiver(),))
    assert made == Verdict(refused=(other, third), waived=(one, one), live=(waiver(),))


def test_a_crash_and_what_is_not_known_are_never_waived() -> None:
    crash, unknown = finding("crash"), finding("not evaluable")
    made = judged(crash, unknown, waivers=(waiver(),))
    assert made.refused == (crash, unknown)
    assert made.problems == (f"R-1 on {PLACE}: waives nothing; remove it, it is team's",)
    assert not replace(made, refused=()).passed


def test_what_is_not_known_is_put_off_where_values_may_still_come() -> None:
    unknown, crash = finding("not evaluable"), finding("crash")
    made = judged(unknown, crash, waivers=(waiver(),), deferring=True)
    assert made == Verdict(refused=(crash,), deferred=(unknown,))


def test_what_a_way_cannot_see_is_no_finding_there() -> None:
    unknown, violation = finding("not evaluable", MARKS), finding(of=MARKS)
    idle = waiver(rule="R-2")
    there = replace(CONTEXT, way="engine")
    assert judged(unknown, context=there, waivers=(idle,)) == Verdict()
    assert judged(unknown, waivers=(idle,)).refused == (unknown,)
    assert judged(waivers=(idle,)).problems != ()
    assert judged(violation, context=there).refused == (violation,)


def test_a_stack_wide_finding_keeps_the_waivers_of_its_rule() -> None:
    unknown = finding("not evaluable", urn="")
    assert judged(unknown, waivers=(waiver(),), deferring=True).problems == ()
    assert (
        judged(finding("not evaluable"), waivers=(waiver(resource="dev::a::b"),), deferring=True).problems
        != ()
    )


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"rule": "R-9"}, f"R-9 on {PLACE}: there is no such rule; correct its id"),
        (
            {"expires": TODAY - timedelta(days=1)},
            f"R-1 on {PLACE}: expired on 2026-05-31; team has to mend the resource or renew it",
        ),
        (
            {"expires": TODAY + timedelta(days=91)},
            f"R-1 on {PLACE}: lasts until 2026-08-31; at most 90 days from today are allowed",
        ),
    ],
)
def test_a_bad_waiver_waives_nothing_and_is_a_problem(changed: dict[str, Any], says: str) -> None:
    one = finding()
    assert judged(one, waivers=(waiver(**changed),)) == Verdict(refused=(one,), problems=(says,))


def test_a_waiver_may_last_ninety_days_and_its_last_day_counts() -> None:
    one = finding()
    for day in (TODAY, TODAY + timedelta(days=90)):
        assert judged(one, waivers=(waiver(expires=day),)).passed


def test_a_waiver_of_another_stack_says_nothing() -> None:
    theirs = waiver(resource="prod::x:index:Thing::it")
    assert judged(waivers=(theirs, waiver(resource="prod::a::b", rule="R-9"))) == Verdict()
    assert judged(finding(), waivers=(theirs,)).refused == (finding(),)


def test_a_rule_only_warns_where_the_environment_says_so() -> None:
    one, other = finding(), finding(of=MARKS)
    soft = Enforcement({"dev": frozenset({"R-1"})})
    assert judged(one, other, enforcement=soft) == Verdict(refused=(other,), warned=(one,))
    for there in (
        replace(CONTEXT, tier="production"),
        replace(CONTEXT, declared={"environment": "test"}),
        replace(CONTEXT, declared={}),
        replace(CONTEXT, declared=None),
    ):
        assert judged(one, context=there, enforcement=soft) == Verdict(refused=(one,))


def test_a_program_without_an_environment_never_only_warns() -> None:
    soft = Enforcement({"XXXX": frozenset({"R-1"}), "None": frozenset({"R-1"})})
    for declared in (None, {}, {"environment": ""}):
        assert soft.level("R-1", replace(CONTEXT, declared=declared)) == "mandatory"


GOOD = """
- rule: R-1
  resource: dev::x:index:Thing::it
  owner: team
  reason: soon
  expires: 2026-06-01
"""


def test_waivers_are_read_as_they_stand(tmp_path: Path) -> None:
    file = tmp_path / "waivers.yaml"
    assert waivers.read(file) == ()
    file.write_text("")
    assert waivers.read(file) == ()
    file.write_text(GOOD + GOOD.replace("Thing::it", "Thing::other"))
    assert waivers.read(file) == (waiver(), waiver(resource=PLACE.replace("::it", "::other")))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{a: 1}", "waivers.yaml: got dict; allowed: a list of waivers"),
        ("- 1", "waivers.yaml: entry 1: allowed: exactly the keys rule, resource, owner, reason, expires"),
        (
            GOOD + "  more: 1",
            "waivers.yaml: entry 1: allowed: exactly the keys rule, resource, owner, reason, expires",
        ),
        (
            GOOD.replace("2026-06-01", "soon"),
            "waivers.yaml: entry 1: expires: allowed: a date such as 2026-12-31",
        ),
        (
            GOOD.replace("2026-06-01", "2026-06-01 10:00:00"),
            "waivers.yaml: entry 1: expires: allowed: a date such as 2026-12-31",
        ),
        (GOOD.replace("team", "' '"), "waivers.yaml: entry 1: owner: allowed: a text"),
        (GOOD.replace("soon", "7"), "waivers.yaml: entry 1: reason: allowed: a text"),
        (
            GOOD.replace("dev::x:index:Thing::it", "dev::it"),
            "waivers.yaml: entry 1: resource: allowed: STACK::TYPE::NAME, as in a finding",
        ),
        (GOOD + GOOD, "waivers.yaml: entry 2: an earlier entry waives the same; keep one"),
    ],
)
def test_a_file_of_waivers_is_refused_in_a_sentence(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text(text)
    with pytest.raises(waivers.BadWaivers) as refused:
        waivers.read(file)
    assert str(refused.value) == says


def test_enforcement_is_read_as_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "enforcement.yaml"
    assert enforcement.read(file, ["R-1"]) == Enforcement()
    file.write_text("dev: [R-1, R-2]\n7: []\n")
    read = enforcement.read(file, ["R-1", "R-2"])
    assert read == Enforcement({"dev": frozenset({"R-1", "R-2"}), "7": frozenset()})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[a]", "enforcement.yaml: got list; allowed: environments with rules"),
        ("dev: R-1", "enforcement.yaml: dev: got str; allowed: a list of rule ids"),
        ("dev: [R-9]", "enforcement.yaml: dev: R-9: there is no such rule; correct its id"),
    ],
)
def test_a_file_of_enforcement_is_refused_in_a_sentence(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "enforcement.yaml"
    file.write_text(text)
    with pytest.raises(enforcement.BadEnforcement) as refused:
        enforcement.read(file, ["R-1"])
    assert str(refused.value) == says


def test_a_folder_has_the_settings_of_the_pack(tmp_path: Path) -> None:
    (tmp_path / "waivers.yaml").write_text(GOOD)
    (tmp_path / "enforcement.yaml").write_text("dev: [VLT-07]")
    assert settings.read(tmp_path, stack="dev") == Settings(
        rules=ALL,
        stack="dev",
        waivers=(waiver(),),
        enforcement=Enforcement({"dev": frozenset({"VLT-07"})}),
    )
    (tmp_path / "enforcement.yaml").write_text("dev: [R-9]")
    with pytest.raises(settings.BadSettings):
        settings.read(tmp_path, stack="dev")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"a: 1\nb: [", "pack.yaml: line 2: not YAML: "),
        (b"a: 1\na: 2", "pack.yaml: line 1: not YAML: a key stands twice"),
        (b"on: 2026-02-30", "pack.yaml: not YAML, or a date that doesn't exist"),
        (b"\xff\xfe\xfa", "pack.yaml: not YAML, or a date that doesn't exist"),
    ],
)
def test_a_file_that_is_no_yaml_is_refused_in_a_sentence(tmp_path: Path, text: bytes, says: str) -> None:
    file = tmp_path / "pack.yaml"
    file.write_bytes(text)
    with pytest.raises(yaml_file.BadFile, match=rf"^{re.escape(says)}"):
        yaml_file.load(file)


def test_a_file_that_cannot_be_opened_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(yaml_file.BadFile, match=rf"^{tmp_path.name}: can't be read: Is a directory$"):
        yaml_file.load(tmp_path)


def test_why_a_way_cannot_see_a_rule_names_every_reason() -> None:
    both = rule("R-3", "secrets", "retainOnDelete")
    engine = ways.BLIND["engine"]
    assert ways.unseen(both, "engine") == f"{engine['secrets']}; {engine['retainOnDelete']}"
    assert ways.unseen(both, "monitor") is None
    assert ways.not_seen([RULE, both], "engine") == {"R-3": ways.unseen(both, "engine")}


def test_a_rule_about_new_access_sees_nothing_without_a_base() -> None:
    access = rule("R-4", "baseline")
    assert ways.blind(access, CONTEXT)
    assert not ways.blind(access, replace(CONTEXT, baseline=Stack([])))
    assert ways.blind(access, replace(CONTEXT, baseline=Stack([]), way="state"))
    assert not ways.blind(RULE, CONTEXT)


def test_a_store_that_another_stack_shares_on_purpose_is_waived_at_the_object_that_names_it() -> None:
    type_ = "kubernetes:external-secrets.io/v1:ExternalSecret"
    reference = {"kind": "ClusterSecretStore", "name": "shared"}
    inputs = {
        "metadata": {"name": "shop", "namespace": "shop"},
        "spec": {"secretStoreRef": reference, "data": [{"sourceRef": {"storeRef": reference}}]},
    }
    there = Resource(urn=f"urn:pulumi:dev::p::{type_}::shop", type=type_, name="shop", inputs=inputs)
    found = rules().review(Stack([there]), CONTEXT)
    assert {one.rule.id for one in found} == {"K8S-10"}
    waived = waiver(rule="K8S-10", resource=f"dev::{type_}::shop")
    assert not judged(*found, rules=ALL).passed
    assert judged(*found, rules=ALL, waivers=(waived,)).passed
