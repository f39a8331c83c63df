"""What a preview says of pod templates that their owners have still to see to."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.stacks.read import ROOT, path
from workload_secrets.access.derived import declaration_of
from workload_secrets.access.notices import pod_templates
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph


@pytest.fixture(scope="module")
def graph() -> Graph:
    return capture(ROOT, str(path("agent")))


def test_an_agent_without_a_ca_and_a_volume_nobody_mounts_are_named(graph: Graph) -> None:
    found = [notice.text for notice in pod_templates(graph, declaration_of(graph))]
    assert [text.partition(":")[0] for text in found] == ["api-service", "itself", "pasted"]
    assert "the injector must bring it" in found[0]
    assert "must mount the volume workload-secrets-token" in found[1]


def test_with_a_public_ca_nothing_is_taken_for_granted(graph: Graph) -> None:
    declaration = declaration_of(graph)
    assert declaration.endpoints.vault is not None
    vault = declaration.endpoints.vault.model_copy(update={"ca_file": None})
    ends = declaration.endpoints.model_copy(update={"vault": vault})
    found = list(pod_templates(graph, declaration.model_copy(update={"endpoints": ends})))
    assert [notice.text.partition(":")[0] for notice in found] == ["itself"]


def test_a_jobs_owner_is_told_why_there_is_no_patch(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs: Any = copy.deepcopy(dict(graph.platform_output("delivery")))
    outputs["nightly"]["note"] = "a Job's pod template can't be changed once it is made"
    declaration = declaration_of(graph)
    monkeypatch.setattr(Graph, "platform_output", lambda *_: outputs)
    found = [notice.text for notice in pod_templates(graph, declaration)]
    assert any(text.startswith("nightly: a Job's pod template can't be changed") for text in found)
