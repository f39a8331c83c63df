"""The project's own stacks pass the pack, in a first preview and in the update after it."""

from __future__ import annotations

import pytest

from policies.guardrails.catalogue import ALL
from policies.guardrails.verdict import Settings
from tests.policies.cases import TODAY
from tests.policies.engine.drive import Said, operation
from tests.policies.engine.exported import export
from tests.policies.engine.graphs import captured, planted, unknowns
from tests.policies.engine.server import Start
from workload_secrets.graph.model import PLATFORM_TYPE, Graph, Mode
from workload_secrets.graph.state import from_state
from workload_secrets.review.run import review

STACKS = ("dev", "prod", "engines", "kong", "pmp-aws", "vault-guide-server")
SECRET = "aws:secretsmanager/secret:Secret"
POLICY = "vault:index/policy:Policy"
MODES: tuple[Mode, ...] = ("preview", "update")
OTHERS = 'path "others-dev/data/key" {\n  capabilities = ["read"]\n}\n'
PLANTED = {
    "SM-01": (SECRET, {"kmsKeyId": "alias/aws/secretsmanager"}),
    "VLT-06": (POLICY, {"policy": OTHERS}),
}
"""A rule about one resource, and a rule about the stack, which an update asks as soon as it can."""
HOLDER = "vault:jwt/authBackendRole:AuthBackendRole"
"""What gives the planted policy to somebody who isn't declared to have it."""


def said(graph: Graph, mode: Mode) -> Said:
    return operation(graph, Start(dry_run=mode == "preview", stack=graph.stack))


@pytest.mark.parametrize("stack", STACKS)
def test_a_first_preview_passes_and_lists_what_only_the_update_can_check(stack: str):
    graph = captured(stack, "preview")
    found = said(graph, "preview")
    assert [told.text for told in found.mandatory] == []
    assert found.advisory == found.deferred
    for told in found.deferred:
        assert told.text.endswith("; the update checks it")
        assert told.policy == ("guardrails-advice" if told.urn else "guardrails-stack-advice")


def test_what_a_first_preview_cannot_know_is_put_off_and_not_dropped():
    """The keys are made in the same change, so their ARNs aren't known."""
    graph = captured("dev", "preview")
    assert unknowns(graph)
    deferred = said(graph, "preview").deferred
    secrets = {r.urn for r in graph.of(SECRET) if ("kmsKeyId",) in r.unknowns}
    assert secrets
    assert {told.urn for told in deferred if told.rule == "SM-01"} == secrets
    assert {"IAM-01", "IAM-02"} <= {told.rule for told in deferred}


@pytest.mark.parametrize("stack", STACKS)
def test_the_update_after_it_passes_and_leaves_nothing_open(stack: str):
    graph = captured(stack, "update")
    assert unknowns(graph) == 0
    assert said(graph, "update").all == ()


@pytest.mark.parametrize("stack", STACKS)
def test_what_is_deployed_then_passes_from_its_exported_state(stack: str, tmp_path):
    graph = from_state(export(captured(stack, "update"), tmp_path / "state.json"))
    settings = Settings(rules=ALL, stack=graph.stack)
    assert review(graph, settings, today=TODAY, way="state").verdict.refused == ()


@pytest.mark.parametrize("mode", MODES)
def test_a_platform_tells_the_engine_what_it_tells_everybody(mode: Mode):
    platform = captured("dev", mode).only(PLATFORM_TYPE)
    assert platform.inputs["declaration"] == platform.outputs["declaration"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("rule", PLANTED)
def test_a_planted_violation_is_refused(rule: str, mode: Mode):
    type_, inputs = PLANTED[rule]
    graph, urn = planted(captured("dev", mode), type_, **inputs)
    found = said(graph, mode)
    refused = [told for told in found.mandatory if told.rule == rule]
    early = rule == "SM-01" or mode == "update"
    assert refused
    assert all("remedy: " in told.text and " violation " in told.text for told in refused)
    assert {told.policy for told in refused} == {"guardrails" if early else "guardrails-stack"}
    assert found.stopped is (mode == "update")
    if rule == "SM-01" or mode == "preview":
        assert {told.urn for told in refused} == {urn}
    else:
        assert {told.urn.split("::")[2].split("$")[-1] for told in refused} == {HOLDER}
        assert all(f" of dev::{POLICY}::" in told.text for told in refused)


def test_an_update_stops_at_the_resource_that_is_refused():
    graph, urn = planted(captured("dev", "update"), SECRET, kmsKeyId="alias/aws/secretsmanager")
    found = said(graph, "update")
    assert found.stopped
    assert {told.urn for told in found.mandatory} == {urn}


def test_what_is_still_not_known_in_an_update_is_refused():
    found = said(captured("dev", "preview"), "update")
    assert found.stopped
    assert {told.rule for told in found.mandatory} <= {"SM-01", "IAM-01"}
    assert all(" not evaluable " in told.text for told in found.mandatory)
    assert found.deferred == ()
