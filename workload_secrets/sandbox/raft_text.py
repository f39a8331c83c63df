"""What of a declared server's text has to be replaced before it can run on 127.0.0.1.

Everything else stays as it is declared, byte for byte. Each replacement is named in the
result of a rehearsal; a text that lacks what is to be replaced is an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workload_secrets.declaration.server import VaultServer
from workload_secrets.errors import ServerError
from workload_secrets.sandbox.ports import LOOPBACK

_SEAL: Final = re.compile(r'^seal "(?P<kind>[a-z]+)" \{\n(?:  .*\n)*\}\n', re.MULTILINE)
_REGISTRATION: Final = 'service_registration "kubernetes" {}\n'
_TLS_VERSION: Final = '  tls_min_version = "tls12"\n'
_FORWARDED: Final = (
    f'  x_forwarded_for_authorized_addrs = "{LOOPBACK}/32"\n  x_forwarded_for_reject_not_present = false\n'
)
_API: Final = '"[::]:8200"'
_CLUSTER: Final = '"[::]:8201"'
_AUDIT: Final = (
    'audit "file" "file" {\n  options {\n    file_path = "audit/file.log"\n    mode = "0600"\n  }\n}\n'
)


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where the nodes are here: a port each for the API and the cluster, and the seal's key."""

    ports: tuple[int, ...]
    cluster_ports: tuple[int, ...]
    seal_key: Path

    def api(self, node: int) -> str:
        """The address of a node."""
        return f"https://{LOOPBACK}:{self.ports[node]}"


def here(server: VaultServer, text: str, node: int, places: Places) -> str:
    """One of the declared texts, as node number `node` runs it here. Raises ServerError."""
    made = _replaced(text, _API, f'"{LOOPBACK}:{places.ports[node]}"')
    made = _replaced(made, _CLUSTER, f'"{LOOPBACK}:{places.cluster_ports[node]}"')
    made = _replaced(made, f'"{server.folder}/', '"')
    made = _replaced(made, _REGISTRATION, "")
    made = _replaced(made, _TLS_VERSION, _TLS_VERSION + _FORWARDED)
    for number, peer in enumerate(server.peers):
        # The certificate holds the declared name, so leader_tls_servername stays. Of five nodes
        # three run: the others' names lead to those.
        made = made.replace(f'"https://{peer}:8200"', f'"{places.api(number % len(places.ports))}"')
    made = _seal(made, places.seal_key)
    return made if server.product == "openbao" else _as_openbao(made)


def _replaced(text: str, old: str, new: str) -> str:
    if old not in text:
        raise ServerError(f"the server's text has no {old.strip()}, which the sandbox has to replace")
    return text.replace(old, new)


def _seal(text: str, key: Path) -> str:
    stanza = (
        f'seal "static" {{\n  current_key_id = "sandbox"\n  current_key = {json.dumps(key.as_uri())}\n}}\n'
    )
    found = _SEAL.search(text)
    if found is None:
        return text + stanza
    return text[: found.start()] + stanza + text[found.end() :]


def _as_openbao(text: str) -> str:
    """Vault's text for OpenBao: what OpenBao doesn't know goes, what replaces it comes."""
    without = _replaced(text, "disable_mlock = true\n", "disable_standby_reads = true\n")
    return without + _AUDIT


def substitutions(server: VaultServer) -> tuple[str, ...]:
    """What `here` replaces, for the result."""
    name = f"server {server.address}"
    found: Sequence[str] = (
        f"{name}, {server.replicas} nodes → three on {LOOPBACK}: listeners, addresses and the peers' ports",
        f"{name}: paths below {server.folder} → each node's own folder",
        f"{name}: certificate → the sandbox CA's, with the declared names and {LOOPBACK}",
        f"{name}: seal {server.seal} → static, with a key of the sandbox",
        f"{name}: service registration in Kubernetes → none: no pods run here",
        f"{name}: secret id from Secret {server.bootstrap_secret} → one that the sandbox makes"
        if server.initialises
        else f"{name}: initialisation by a person → the sandbox's own, without a root token",
        f"{name}: believes X-Forwarded-For from {LOOPBACK}, so that a proof can call from declared networks",
        f"{name}: autopilot's stabilization time 10s → 1s",
    )
    vault = f"product vault {server.version} → OpenBao, with an audit device in its text"
    return (*found, vault) if server.product == "vault" else tuple(found)
