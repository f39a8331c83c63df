"""What a review says of a stack beside its findings."""

from __future__ import annotations

import re
from datetime import date

from policies.guardrails.catalogue import ALL
from tests.review.planted import TODAY, dev, planted, resource, settings, waiver, wide
from tests.stacks.read import ROOT
from workload_secrets.graph.model import UNKNOWN, Graph
from workload_secrets.review.remark import NEW_ACCESS as RIGHTS
from workload_secrets.review.run import NEW_ACCESS, Review, review, strictest
from workload_secrets.review.views import declared_of

ROLE_POLICY = "dev::aws:iam/rolePolicy:RolePolicy::wide"


def against(base: Graph, graph: Graph, *, accept: bool = False) -> Review:
    return review(graph, settings(), today=TODAY, base=base, accept_new_access=accept)


def new(found: Review) -> list[str]:
    return [f.text for f in found.verdict.refused if f.rule.id == NEW_ACCESS]


def test_new_access_is_refused_and_names_the_role() -> None:
    (text,) = new(against(dev(), dev(wide(action="secretsmanager:GetSecretValue"))))
    assert "role dev-pmp" in text
    assert "secretsmanager:GetSecretValue" in text


def test_the_remedy_names_the_option_and_the_label() -> None:
    found = against(dev(), dev(wide()))
    (rule,) = {f.rule for f in found.verdict.refused if f.rule.id == NEW_ACCESS}
    assert "--accept-new-access" in rule.remedy
    assert "label new-access-accepted" in rule.remedy


def test_accepted_access_is_listed_and_refuses_nothing_else_is_let_through() -> None:
    found = against(dev(), dev(wide()), accept=True)
    assert new(found) == []
    assert {f.rule.id for f in found.accepted} == {NEW_ACCESS}
    assert {f.rule.id for f in found.verdict.refused} >= {"IAM-01", "IAM-02"}


def test_what_could_not_be_compared_is_never_accepted() -> None:
    unknown = resource("aws:iam/rolePolicy:RolePolicy", "later", {"role": "dev-pmp", "policy": UNKNOWN})
    found = review(dev(unknown), strictest(dev()), today=TODAY, base=dev(), accept_new_access=True)
    assert NEW_ACCESS in {f.rule.id for f in found.verdict.refused if f.outcome == "not evaluable"}


def test_no_change_and_removed_access_are_no_finding() -> None:
    assert new(against(dev(), dev())) == []
    assert new(against(dev(wide()), dev())) == []


def test_without_a_base_nothing_is_new() -> None:
    assert new(review(dev(wide()), settings(), today=TODAY)) == []


def test_waivers_in_force_are_of_this_stack_and_in_time() -> None:
    good = waiver("IAM-01", ROLE_POLICY)
    others = (waiver("IAM-02", ROLE_POLICY, date(2026, 5, 31)), waiver("IAM-01", "prod::a::b"))
    found = review(dev(wide()), settings(good, *others), today=TODAY)
    assert found.waivers == (good,)
    assert "IAM-01" not in {f.rule.id for f in found.verdict.refused}
    assert [r.text for r in found.remarks if "expired on 2026-05-31" in r.text]


def test_a_program_that_declares_nothing_is_judged_as_production() -> None:
    graph = planted(Graph(project="p", stack="dev", mode="update", resources=(), outputs={}), wide())
    found = review(graph, strictest(graph), today=TODAY)
    assert (found.declared, found.tier) == (False, "production")
    assert found.waivers == ()


def test_the_declaration_is_found_among_inputs_where_no_output_has_it() -> None:
    graph = dev()
    platform = graph.only("workload-secrets:platform:Platform")
    assert platform.inputs["declaration"] == platform.outputs["declaration"]
    assert (declared_of(graph) or {})["tier"] == "development"


def test_the_label_is_the_one_that_the_workflow_asks_for() -> None:
    workflow = (ROOT / ".github" / "workflows" / "pull-request.yml").read_text("utf-8")
    (label,) = re.findall(r"github\.event\.label\.name == '([\w-]+)'", workflow)
    rules = {rule.id: rule for rule in ALL}
    assert rules[NEW_ACCESS].remedy == RIGHTS.remedy
    assert rules[NEW_ACCESS].remedy.endswith(f"the label {label}")
