"""A server's stack as plain data, for tests."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import yaml

from components.config.load import parse_server
from components.config.vault_server import ServerStack
from components.declared.server import declaration
from tests.stacks.read import ROOT
from workload_secrets.declaration.server import VaultServer

FILE = ROOT / "examples" / "vault-guide-server.yaml"
VAULT = {
    "vaultServer/product": "vault",
    "vaultServer/version": "2.0.4",
    "vaultServer/release": "vault",
}
"""What makes the example a server of the other product."""
STATIC = {"type": "static", "secret": {"name": "unseal", "key": "key"}, "keyId": "2026"}


def data(changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The example's keys, with values put at slash-separated places; `...` removes a key."""
    found = yaml.safe_load(FILE.read_text("utf-8"))["config"]
    made: dict[str, Any] = {key.removeprefix("workload-secrets:"): value for key, value in found.items()}
    made = copy.deepcopy(made)
    for place, value in (changes or {}).items():
        *parents, last = place.split("/")
        target: Any = made
        for part in parents:
            target = target.setdefault(part, {})
        if value is ...:
            target.pop(last, None)
        else:
            target[last] = value
    return made


def stack(changes: Mapping[str, Any] | None = None) -> ServerStack:
    """The example as a checked model."""
    return parse_server(data(changes), file="server.yaml", folder=ROOT)


def declared(changes: Mapping[str, Any] | None = None) -> VaultServer:
    """The server as its declaration has it."""
    server = declaration(stack(changes)).vault_server
    assert server is not None
    return server
