"""What a patched object lacks, said in sentences."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest

from tests.stacks.read import ROOT, path
from workload_secrets.access.derived import declaration_of
from workload_secrets.access.observed import pods
from workload_secrets.access.observed.cluster import ClusterClient, RefusedError
from workload_secrets.errors import ServerError
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph
from workload_secrets.sandbox.pods import workload_object

WHERE = "api-service: Deployment production/api-service"


@pytest.fixture(scope="module")
def graph() -> Graph:
    return capture(ROOT, str(path("agent")))


class _Cluster:
    """Objects as they would stand after the deploy, then changed by `change`."""

    def __init__(self, graph: Graph, change: Callable[[dict[str, Any]], None] | None, status: int) -> None:
        self._outputs = cast("Mapping[str, Any]", graph.platform_output("delivery"))
        self._change, self._status = change, status

    def read(self, path: str) -> Mapping[str, Any]:
        name = path.rpartition("/")[2]
        if name == "api-service" and self._status != 200:
            raise RefusedError("GET: no", self._status)
        kind = {"deployments": "Deployment", "statefulsets": "StatefulSet", "cronjobs": "CronJob"}
        made: Any = copy.deepcopy(workload_object(kind[path.split("/")[-2]], "production", name))
        spec = made["spec"]
        holder = spec["jobTemplate"]["spec"] if "jobTemplate" in spec else spec
        holder["template"] = copy.deepcopy(self._outputs[name]["podTemplate"])
        if name == "api-service" and self._change:
            self._change(holder["template"])
        return made


def _faults(
    graph: Graph, change: Callable[[dict[str, Any]], None] | None = None, status: int = 200
) -> tuple[str, ...]:
    cluster = cast("ClusterClient", _Cluster(graph, change, status))
    return pods.faults(declaration_of(graph), graph, cluster)


def test_objects_as_handed_out_have_no_fault(graph: Graph) -> None:
    assert _faults(graph) == ()
    assert [name for name, _, _ in pods.patched(declaration_of(graph))] == [
        "api-service",
        "itself",
        "nightly",
    ]


def _other_account(template: dict[str, Any]) -> None:
    del template["spec"]["serviceAccountName"]


def _other_audience(template: dict[str, Any]) -> None:
    template["spec"]["volumes"][0]["projected"]["sources"][0]["serviceAccountToken"]["audience"] = "x"


def _no_volume(template: dict[str, Any]) -> None:
    template["spec"]["volumes"] = []


def _other_annotation(template: dict[str, Any]) -> None:
    template["metadata"]["annotations"]["vault.hashicorp.com/role"] = "other"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_other_account, "runs as default, not as api-service-sa; deploy the stack"),
        (_other_audience, "has no volume workload-secrets-token as declared; deploy the stack"),
        (_no_volume, "has no volume workload-secrets-token as declared; deploy the stack"),
        (
            _other_annotation,
            "has other annotations than declared (vault.hashicorp.com/role); deploy the stack",
        ),
    ],
)
def test_what_differs_is_said(graph: Graph, change: Callable[[dict[str, Any]], None], words: str) -> None:
    assert _faults(graph, change) == (f"{WHERE} {words}",)


def test_what_is_not_there_is_its_owners_to_make(graph: Graph) -> None:
    assert _faults(graph, status=404) == (f"{WHERE} is not there; its owner must make it",)


def test_who_may_not_look_finds_nothing_out(graph: Graph) -> None:
    with pytest.raises(ServerError, match="lacks a right"):
        _faults(graph, status=403)
