"""Whether the Runtime of a Mendix app names the declared account, said in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import pytest

from tests.stacks.read import ROOT
from workload_secrets.access.derived import declaration_of
from workload_secrets.access.observed import pods
from workload_secrets.access.observed.cluster import ClusterClient, RefusedError
from workload_secrets.errors import ServerError
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph

CUSTOM, DEFAULT, OWN = "pmp-vault-generic", "pmp-vault-openshift", "pmp-vault"
PATH = "/apis/privatecloud.mendix.com/v1alpha1/namespaces/feature-test/runtimes/mxplatform"
WHERE = "pmp: Runtime feature-test/mxplatform"
TO_DO = (
    "name that account in spec.template.spec.serviceAccountName, or give the app an account of its own name"
)


@cache
def graph(stack: str) -> Graph:
    return capture(ROOT, str(ROOT / "examples" / f"{stack}.yaml"))


class _Cluster:
    def __init__(self, runtime: Any, status: int) -> None:
        self._runtime, self._status = runtime, status

    def read(self, path: str) -> Mapping[str, Any]:
        assert path == PATH
        if self._status != 200:
            raise RefusedError("GET: no", self._status)
        return self._runtime


def faults(stack: str, runtime: Any = None, status: int = 200) -> tuple[str, ...]:
    cluster = cast("ClusterClient", _Cluster(runtime, status))
    return pods.faults(declaration_of(graph(stack)), graph(stack), cluster)


def naming(account: str) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"serviceAccountName": account}}}}


def test_nobody_looks_where_the_operator_takes_the_account_by_itself() -> None:
    assert faults(OWN, status=500) == ()


@pytest.mark.parametrize(
    ("stack", "runtime"),
    [
        (CUSTOM, naming("pmp-secret-accessor")),
        (DEFAULT, naming("default")),
        (DEFAULT, {"spec": {"template": {"spec": {}}}}),
        (DEFAULT, {}),
    ],
)
def test_a_runtime_with_the_declared_account_has_no_fault(stack: str, runtime: Any) -> None:
    assert faults(stack, runtime) == ()


@pytest.mark.parametrize(
    ("stack", "runtime", "found", "wanted"),
    [
        (CUSTOM, {"spec": {"template": {"spec": {}}}}, "default", "pmp-secret-accessor"),
        (CUSTOM, {}, "default", "pmp-secret-accessor"),
        (CUSTOM, {"spec": {"template": ["odd"]}}, "default", "pmp-secret-accessor"),
        (
            CUSTOM,
            {"spec": {"template": {"spec": {"serviceAccountName": 7}}}},
            "default",
            "pmp-secret-accessor",
        ),
        (CUSTOM, naming("mxplatform"), "mxplatform", "pmp-secret-accessor"),
        (DEFAULT, naming("mxplatform"), "mxplatform", "default"),
    ],
)
def test_a_runtime_that_was_rolled_back_is_named(stack: str, runtime: Any, found: str, wanted: str) -> None:
    assert faults(stack, runtime) == (f"{WHERE} runs the app as {found}, not as {wanted}; {TO_DO}",)


def test_an_app_that_is_not_there_is_its_operators_to_make() -> None:
    assert faults(CUSTOM, status=404) == (f"{WHERE} is not there; Mendix's operator makes it with the app",)


def test_who_may_not_look_finds_nothing_out() -> None:
    with pytest.raises(ServerError, match="lacks a right"):
        faults(CUSTOM, status=403)
