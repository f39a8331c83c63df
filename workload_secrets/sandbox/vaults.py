"""The Vaults of a sandbox: one OpenBao for each that the stacks declare, or the user's own Vault.

Where a stack runs the server itself, its declared texts are started as three nodes; else one
node stands for it. Every login's secret id works once and is used up here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from workload_secrets.errors import InputError
from workload_secrets.sandbox import openbao, raft, vault_server
from workload_secrets.sandbox.certificates import Authority
from workload_secrets.sandbox.files import private_folder, write_private
from workload_secrets.sandbox.handle import Part, StackSpec
from workload_secrets.sandbox.openbao import Account
from workload_secrets.sandbox.ports import free_ports
from workload_secrets.sandbox.raft import RaftCluster
from workload_secrets.sandbox.rest import Rest
from workload_secrets.sandbox.servers import Servers
from workload_secrets.sandbox.vault_server import VaultBinary

DEPLOYER_FILE: Final = "vault.token"
COURIER_FILE: Final = "courier.token"
_NO_VAULT: Final = "# This stack declares nothing in Vault.\n"


@dataclass(frozen=True, kw_only=True)
class Vault:
    """A started Vault and the logins it gets, by the file in `stacks/` that the token goes to.
    `part` is asked first; `cluster` is set where it is a declared server of several nodes; `own`
    where it is the user's own Vault."""

    part: Part
    admin: Account
    admin_file: Path
    logins: Mapping[str, Account]
    cluster: RaftCluster | None = None
    own: bool = False


def start(
    servers: Servers, specs: Sequence[StackSpec], folder: Path, authority: Authority
) -> Mapping[str, Vault]:
    """Starts one Vault for each declared address; nobody waits for it yet. Raises ServerError.

    Where all stacks at an address declare the product Vault, the user's own is started if there is
    one. A server that a stack runs itself is always OpenBao.
    """
    binary = vault_server.find()
    users: dict[str, list[StackSpec]] = {spec.server.address: [] for spec in specs if spec.server}
    for spec in specs:
        if spec.uses_vault:
            users.setdefault(spec.vault_server, []).append(spec)
    started: dict[str, Vault] = {}
    for number, (address, own) in enumerate(users.items()):
        name = f"openbao-{number}" if number else "openbao"
        declared = next((spec for spec in specs if spec.server and spec.server.address == address), None)
        logins = dict(login for spec in own for login in _logins(spec))
        if declared is None and binary and all(spec.vault_product == "vault" for spec in own):
            folder_name = name.replace("openbao", vault_server.NAME)
            started[address] = _start_own(servers, binary, logins, folder / folder_name, authority)
        elif declared is None:
            started[address] = _start_one(servers, logins, folder / name, authority)
        else:
            started[address] = _start_declared(servers, declared, logins, folder / name, authority)
    return started


def agree(specs: Sequence[StackSpec]) -> None:
    """Raises InputError where two stacks run a server at one address, or where a stack takes a
    declared server for another product or version."""
    seen: dict[str, str] = {}
    for spec in specs:
        if spec.server and seen.setdefault(spec.server.address, spec.stack) != spec.stack:
            raise InputError(
                f"stacks {seen[spec.server.address]} and {spec.stack}: both run a server at "
                f"{spec.server.address}; give one of them another release, namespace or address"
            )
    servers = {spec.server.address: spec.server for spec in specs if spec.server}
    for spec in specs:
        server = servers.get(spec.vault_server) if spec.uses_vault else None
        if server and (spec.vault_product, _minor(spec.vault_version)) != (
            server.product,
            _minor(server.version),
        ):
            raise InputError(
                f"stack {spec.stack}: facts.vault is {spec.vault_product} {spec.vault_version}, but the "
                f"server at {server.address} is declared as {server.product} {server.version}; "
                "correct one of them"
            )


def _minor(version: str) -> str:
    """MAJOR.MINOR: the patch and the edition don't decide what can be declared."""
    return ".".join(version.removesuffix("+ent").split(".")[:2])


def finish(servers: Servers, vault: Vault, folder: Path, ca_file: Path) -> None:
    """Waits until it answers, then logs everybody in. Raises ServerError."""
    rest = Rest(vault.part.address, ca_file, {})
    if vault.own:
        _make_own(servers, vault, rest, ca_file)
    servers.wait(vault.part, lambda: openbao.unsealed(rest))
    if vault.cluster:
        token = vault.cluster.bootstrap()
        raft.make_accounts(vault.cluster, token, [vault.admin, *vault.logins.values()])
    for name, account in vault.logins.items():
        token, file = openbao.login(vault.part.address, ca_file, account), folder / "stacks" / name
        write_private(private_folder(file.parent) / file.name, token)
    write_private(vault.admin_file, openbao.login(vault.part.address, ca_file, vault.admin))


def _make_own(servers: Servers, vault: Vault, rest: Rest, ca_file: Path) -> None:
    """What OpenBao does by itself when it starts."""
    servers.wait(vault.part, lambda: vault_server.answers(rest))
    root = Rest(vault.part.address, ca_file, {"X-Vault-Token": vault_server.unseal(rest)})
    servers.wait(vault.part, lambda: openbao.unsealed(rest))
    audit_file = vault.admin_file.parent / "audit.log"
    vault_server.make_accounts(root, audit_file, [vault.admin, *vault.logins.values()])


def _start_one(servers: Servers, logins: Mapping[str, Account], folder: Path, authority: Authority) -> Vault:
    own = private_folder(folder)
    admin = Account.make(openbao.ADMIN, openbao.ADMIN_POLICY)
    port, cluster_port = free_ports(2)
    pair = authority.server(own.name)
    command = openbao.command(own, port, cluster_port, pair, [admin, *logins.values()])
    part = servers.start(replace(command, name=own.name))
    return Vault(part=part, admin=admin, admin_file=own / "admin.token", logins=logins)


def _start_own(
    servers: Servers, binary: VaultBinary, logins: Mapping[str, Account], folder: Path, authority: Authority
) -> Vault:
    own = private_folder(folder)
    admin = Account.make(openbao.ADMIN, openbao.ADMIN_POLICY)
    port, cluster_port = free_ports(2)
    command = vault_server.command(binary, own, port, cluster_port, authority.server(own.name))
    part = servers.start(replace(command, name=own.name))
    return Vault(part=part, admin=admin, admin_file=own / "admin.token", logins=logins, own=True)


def _start_declared(
    servers: Servers,
    spec: StackSpec,
    logins: Mapping[str, Account],
    folder: Path,
    authority: Authority,
) -> Vault:
    """The first node initialises itself; the others wait for it and join unaided."""
    assert spec.server is not None  # noqa: S101 - the caller chose it by its server
    cluster = RaftCluster.make(spec.server, folder, authority)
    parts = [servers.start(cluster.command(node, first_start=node == 0)) for node in range(raft.NODES)]
    return Vault(
        part=parts[0],
        admin=Account.make(openbao.ADMIN, openbao.ADMIN_POLICY),
        admin_file=cluster.folder / "admin.token",
        logins=logins,
        cluster=cluster,
    )


def _logins(spec: StackSpec) -> Iterator[tuple[str, Account]]:
    """The stack's deployer, and its courier where machines are handed secret ids."""
    yield f"{spec.stack}/{DEPLOYER_FILE}", _account(spec, "deployer", spec.vault_policy or _NO_VAULT)
    if spec.courier_policy:
        yield f"{spec.stack}/{COURIER_FILE}", _account(spec, "courier", spec.courier_policy)


def _account(spec: StackSpec, who: str, policy: str) -> Account:
    """A login of the stack in Vault: inside its namespace, unless its policy names that itself."""
    namespace = spec.vault_namespace.strip("/") if spec.vault_namespace else None
    outside = namespace is not None and (f'"{namespace}/' in policy or "sys/namespaces/" in policy)
    return Account.make(f"{who}-{spec.stack}", policy, None if outside else namespace)
