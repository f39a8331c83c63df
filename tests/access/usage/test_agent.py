"""What the proof of agents says where an object in the cluster is not as declared."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.stacks.read import ROOT, path
from workload_secrets.access.derived import declaration_of
from workload_secrets.access.usage import agent
from workload_secrets.access.usage.context import UsageContext
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph
from workload_secrets.sandbox.pods import workload_object


@pytest.fixture(scope="module")
def graph() -> Graph:
    return capture(ROOT, str(path("agent")))


class _Cluster:
    """The patched Deployment of api-service, changed by `change`."""

    def __init__(self, graph: Graph, change: Callable[[dict[str, Any]], None]) -> None:
        self._outputs = cast("Mapping[str, Any]", graph.platform_output("delivery"))
        self._change = change

    def read(self, path: str) -> Mapping[str, Any]:
        made: Any = copy.deepcopy(workload_object("Deployment", "production", "api-service"))
        made["spec"]["template"] = copy.deepcopy(self._outputs["api-service"]["podTemplate"])
        self._change(made["spec"]["template"])
        return made


def _problems(graph: Graph, change: Callable[[dict[str, Any]], None]) -> tuple[str, ...]:
    """Of api-service alone; a change that stops it needs no server."""
    declared = declaration_of(graph)
    only = {"api-service": declared.principals["api-service"]}
    context = SimpleNamespace(
        stack="agent",
        declaration=declared.model_copy(update={"principals": only}),
        graph=graph,
        expected={},
        cluster=_Cluster(graph, change),
    )
    return agent.prove(cast("UsageContext", context)).problems


def _account(template: dict[str, Any]) -> None:
    template["spec"]["serviceAccountName"] = "default"


def _audience(template: dict[str, Any]) -> None:
    token = template["spec"]["volumes"][0]["projected"]["sources"][0]["serviceAccountToken"]
    token["audience"] = "sts.amazonaws.com"


def _volume(template: dict[str, Any]) -> None:
    del template["spec"]["volumes"]


def _off(template: dict[str, Any]) -> None:
    template["metadata"]["annotations"]["vault.hashicorp.com/agent-inject"] = "false"


def _strange(template: dict[str, Any]) -> None:
    template["metadata"]["annotations"]["vault.hashicorp.com/agent-configmap"] = "mine"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_account, "runs as default, not as api-service-sa"),
        (_audience, "has a token for sts.amazonaws.com, the role asks for another"),
        (_volume, "no projected token volume 'workload-secrets-token'"),
        (_off, "does not ask for an agent"),
        (_strange, "agent-configmap: not supported in the sandbox"),
    ],
)
def test_a_pod_that_could_not_get_its_files_is_a_problem(
    graph: Graph, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    (problem,) = _problems(graph, change)
    assert problem.startswith("api-service: ")
    assert words in problem


def test_a_secret_that_nobody_writes_is_said_and_not_counted(graph: Graph) -> None:
    assert _problems(graph, lambda _: None) == ()
