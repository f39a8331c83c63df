"""Using a declared server: its nodes vote, speak TLS under their declared names, and audit.

Nothing here takes a node away; that the cluster survives that is a test of its own.
"""

from __future__ import annotations

import json
import socket
import ssl
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

from workload_secrets.access.usage.context import Usage, UsageContext
from workload_secrets.declaration.server import VaultServer
from workload_secrets.keys.vault_http import VaultHttp
from workload_secrets.outside import listed
from workload_secrets.sandbox.handle import StackAccess

_VOTE_SECONDS: Final = 60.0
"""Autopilot looks every ten seconds and makes a node a voter once it was stable."""
_TLS_SECONDS: Final = 10.0
_OK: Final = 200
_REFUSED: Final = (400, 403)
"""A wrong secret id; and its lockout, after several."""
Said = tuple[list[str], list[str]]
"""What worked and what did not."""


def prove(context: UsageContext) -> Usage:
    """What a server's stack proves; nothing where the stack runs none."""
    server, access = context.declaration.vault_server, context.sandbox.stacks[context.stack]
    if server is None or not access.vault_nodes or access.vault_admin_token_file is None:
        return Usage()
    ca_file = str(context.sandbox.ca_file)
    admin = VaultHttp(access.vault_nodes[0], ca_file).as_token(
        access.vault_admin_token_file.read_text(), None
    )
    lines: list[str] = []
    problems: list[str] = []
    for worked, failed in (
        _voters(admin, server, len(access.vault_nodes)),
        _tls(access.vault_nodes, server, ca_file),
        _audited(admin, server, access),
        _used_up(access, server, ca_file),
    ):
        lines += worked
        problems += failed
    name = f"server {server.release}"
    return Usage(tuple(f"{name}: {line}" for line in lines), tuple(f"{name}: {bad}" for bad in problems))


def _voters(admin: VaultHttp, server: VaultServer, wanted: int) -> Said:
    """One node initialised; the others joined it unaided and vote."""
    declared = {peer.partition(".")[0] for peer in server.peers[:wanted]}
    until, found = time.monotonic() + _VOTE_SECONDS, list[Mapping[str, Any]]()
    while time.monotonic() < until:
        answer = admin.call("GET", "sys/storage/raft/configuration")
        if answer.status == _OK:
            found = cast("list[Mapping[str, Any]]", answer.part("data", "config", "servers"))
            voters = {str(node["node_id"]) for node in found if node["voter"]}
            if voters == declared:
                leader = next(str(node["node_id"]) for node in found if node["leader"])
                return [f"{wanted} voters ({', '.join(sorted(voters))}), {leader} leads"], []
        time.sleep(0.5)
    seen = listed(f"{node['node_id']}{'' if node['voter'] else ' (no vote)'}" for node in found)
    return [], [f"no {wanted} voters after {_VOTE_SECONDS:.0f} s, only {seen or 'none'}"]


def _tls(nodes: Sequence[str], server: VaultServer, ca_file: str) -> Said:
    """Every node under every declared name, no older protocol, no plain HTTP."""
    problems = [problem for node in nodes for problem in _handshakes(node, server.names, ca_file)]
    if problems:
        return [], problems
    names = len(server.names)
    return [f"{len(nodes)} nodes prove {names} names by TLS, and refuse TLS 1.1 and plain HTTP"], []


def _handshakes(node: str, names: Sequence[str], ca_file: str) -> Iterator[str]:
    for name in names:
        try:
            _handshake(node, ssl.create_default_context(cafile=ca_file), name)
        except (OSError, ssl.SSLError) as error:
            yield f"{node} does not prove the name {name}: {type(error).__name__}"
    try:
        _handshake(node, _old_protocol(ca_file), names[0])
        yield f"{node} speaks TLS 1.1"
    except (OSError, ssl.SSLError):
        pass
    if not _plain_refused(node):
        yield f"{node} answers plain HTTP"


def _old_protocol(ca_file: str) -> ssl.SSLContext:
    """A client of TLS 1.1 and older alone. Python's own refusal of these must not stand in for
    the server's, and that it calls them old is known."""
    context = ssl.create_default_context(cafile=ca_file)
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    return context


def _handshake(node: str, context: ssl.SSLContext, name: str) -> None:
    with (
        socket.create_connection(_place(node), timeout=_TLS_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=name),
    ):
        pass


def _plain_refused(node: str) -> bool:
    with socket.create_connection(_place(node), timeout=_TLS_SECONDS) as plain:
        plain.sendall(b"GET /v1/sys/health HTTP/1.1\r\nHost: server\r\nConnection: close\r\n\r\n")
        try:
            first = plain.recv(64)
        except OSError:
            return True
    # Go answers such a request in clear text with 400 and hangs up.
    return not first or first.split(b" ")[1:2] == [b"400"]


def _audited(admin: VaultHttp, server: VaultServer, access: StackAccess) -> Said:
    """A request of ours stands in the audit file, its token only as a keyed hash."""
    folder = access.vault_folder
    if folder is None:
        return [], ["no folder of its nodes"]
    place = f"sys/policies/acl/audit-probe-{time.time_ns()}"
    admin.call("GET", place)
    files = sorted(folder.glob(f"node-*/audit/{server.audit_file}.log"))
    entries = [entry for file in files for entry in _entries(file, place)]
    if not entries:
        return [], [f"a request is in none of {len(files)} audit files"]
    token = str(admin.token).encode()
    if any(token in file.read_bytes() for file in files):
        return [], ["an audit file holds a token in clear text"]
    kinds = sorted({str(entry["type"]) for entry in entries})
    return [f"a request stands in the audit file as {' and '.join(kinds)}, its token hashed"], []


def _entries(file: Path, place: str) -> list[Mapping[str, Any]]:
    lines = [line for line in file.read_text(errors="replace").splitlines() if place in line]
    return [json.loads(line) for line in lines]


def _used_up(access: StackAccess, server: VaultServer, ca_file: str) -> Said:
    """The bootstrap login worked once, for the sandbox, and never again."""
    if not server.initialises or access.vault_folder is None:
        return [], []
    secret_id = (access.vault_folder / "secret-id").read_text()
    body = {"role_id": server.bootstrap_role, "secret_id": secret_id}
    anonymous = VaultHttp(access.vault_nodes[0], ca_file)
    answer = anonymous.call("POST", f"auth/{server.bootstrap_mount}/login", body)
    if answer.status in _REFUSED:
        return ["the bootstrap secret id worked once and is refused now"], []
    return [], [f"the bootstrap secret id again got HTTP {answer.status}, not a refusal"]


def _place(node: str) -> tuple[str, int]:
    parts = urlsplit(node)
    return str(parts.hostname), int(parts.port or 0)
