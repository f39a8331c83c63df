"""A Kubernetes namespace."""

from __future__ import annotations

import pytest

from components.config.base import Manage
from components.kubernetes.namespace import TOKEN, Namespace, NamespaceArgs
from tests.engine import declare, inside
from workload_secrets.graph.model import Graph, Mode

NAMESPACE = "kubernetes:core/v1:Namespace"
MODES: tuple[Mode, ...] = ("preview", "update")


def namespace(mode: Mode, manage: Manage) -> Graph:
    args = NamespaceArgs(namespace="billing", manage=manage)
    return declare(lambda opts: Namespace("billing", args, opts), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_namespace_has_exactly_its_name(mode: Mode):
    made = namespace(mode, "create").only(NAMESPACE)
    assert made.name == "billing-namespace"
    assert made.inputs["metadata"] == {"name": "billing"}


@pytest.mark.parametrize("mode", MODES)
def test_an_existing_namespace_registers_nothing(mode: Mode):
    graph = namespace(mode, "existing")
    assert inside(graph, TOKEN) == ()
    assert graph.only(TOKEN).outputs == {"namespace": "billing"}
