"""A Vault namespace."""

from __future__ import annotations

import pytest

from components.config.base import Manage
from components.vault.vault_namespace import TOKEN, VaultNamespace, VaultNamespaceArgs
from tests.engine import declare, inside
from workload_secrets.graph.model import Graph, Mode

NAMESPACE = "vault:index/namespace:Namespace"
MODES: tuple[Mode, ...] = ("preview", "update")


def namespace(mode: Mode, manage: Manage, *, protect: bool = False) -> Graph:
    args = VaultNamespaceArgs(path="team", manage=manage, protect=protect)
    return declare(lambda opts: VaultNamespace("vault", args, opts), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_created_namespace_is_guarded_as_what_lies_in_it(mode: Mode):
    made = namespace(mode, "create", protect=True).only(NAMESPACE)
    assert made.inputs == {"path": "team"}
    assert (made.options.protect, made.options.retain_on_delete) == (True, True)


@pytest.mark.parametrize("mode", MODES)
def test_an_existing_namespace_registers_nothing(mode: Mode):
    graph = namespace(mode, "existing")
    assert inside(graph, TOKEN) == ()
    assert graph.only(TOKEN).outputs == {"path": "team"}
