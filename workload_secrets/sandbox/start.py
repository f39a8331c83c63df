"""Starts all servers of a sandbox, in the order that keeps the whole short."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workload_secrets.errors import InputError
from workload_secrets.sandbox import databases, kubernetes, objects, vaults
from workload_secrets.sandbox.aws import server as aws
from workload_secrets.sandbox.certificates import Authority
from workload_secrets.sandbox.files import below, private_folder, write_json
from workload_secrets.sandbox.handle import Cluster, ClusterSpec, Part, Sandbox, StackAccess, StackSpec
from workload_secrets.sandbox.identities import Identities
from workload_secrets.sandbox.kube_binary import KubeBinary
from workload_secrets.sandbox.ports import free_ports
from workload_secrets.sandbox.rest import Rest
from workload_secrets.sandbox.servers import Servers
from workload_secrets.sandbox.vaults import Vault

_OTHER_PARTITIONS: Final = ("cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-")
Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to start: one cluster a name, one account an id."""

    specs: tuple[StackSpec, ...]
    clusters: Mapping[str, ClusterSpec]
    accounts: tuple[str, ...]

    @classmethod
    def of(cls, specs: Sequence[StackSpec]) -> Plan:
        """Raises InputError where two stacks contradict each other."""
        clusters: dict[str, ClusterSpec] = {}
        issuers: dict[str, str] = {}
        for spec in specs:
            known = clusters.setdefault(spec.cluster.name, spec.cluster)
            if known != spec.cluster:
                raise InputError(
                    f"stack {spec.stack}: cluster {known.name} has another issuer or API audience than in "
                    "an earlier stack; two stacks of one cluster must declare the same, or name two clusters"
                )
            if issuers.setdefault(known.issuer, known.name) != known.name:
                raise InputError(
                    f"stack {spec.stack}: clusters {issuers[known.issuer]} and {known.name} declare the same "
                    f"issuer {known.issuer}; an issuer belongs to one cluster"
                )
            if spec.region is not None and spec.region.startswith(_OTHER_PARTITIONS):
                raise InputError(
                    f"stack {spec.stack}: facts.aws.region is {spec.region}; allowed in a sandbox: regions "
                    "of the partition aws, since the emulator makes ARNs of no other; use `preview` for it"
                )
        names = [spec.stack for spec in specs]
        if len(set(names)) != len(names):
            raise InputError(f"stacks {', '.join(names)}: each may be named once")
        vaults.agree(specs)
        accounts = sorted({spec.account_id for spec in specs if spec.account_id is not None})
        return cls(specs=tuple(specs), clusters=clusters, accounts=tuple(accounts))


@dataclass(frozen=True, kw_only=True)
class _Aws:
    emulator: Part
    front: Part
    accounts: Mapping[str, aws.Account]


def start_all(
    servers: Servers, plan: Plan, *, name: str, folder: Path, binary: KubeBinary, progress: Progress
) -> Sandbox:
    """Starts every server, waits for all, then makes the stacks' access. Raises ServerError."""
    started = time.monotonic()
    authority = Authority(folder, name)
    starting = [
        kubernetes.start(
            servers, spec, binary, free_ports(3), authority.server(f"kubernetes-{spec.name}"), authority.file
        )
        for spec in plan.clusters.values()
    ]
    clusters = {item.cluster.name: item.cluster for item in starting}
    started_vaults = vaults.start(servers, plan.specs, folder, authority)
    emulated = _start_aws(servers, plan, folder, authority, list(clusters.values()))
    stored = databases.start(servers, plan.specs, folder, authority)
    for vault in started_vaults.values():
        vaults.finish(servers, vault, folder, authority.file)
        progress(_line(vault.part, started))
    if emulated is not None:
        _finish_aws(servers, emulated, authority.file)
        progress(_line(emulated.front, started))
    for database in stored.values():
        databases.finish(servers, database, authority.file)
        progress(_line(database.part, started))
    for item in starting:
        kinds = {
            k for spec in plan.specs if spec.cluster.name == item.cluster.name for k in spec.custom_kinds
        }
        kubernetes.finish(servers, item, sorted(kinds))
        progress(_line(item.api, started))
    logins = {item.cluster.name: item.login for item in starting}
    stacks = {
        spec.stack: _access(
            spec,
            clusters,
            logins,
            folder,
            authority.file,
            _vault_of(spec, started_vaults),
            emulated,
        )
        for spec in plan.specs
    }
    first = next(iter(started_vaults.values()), None)
    declared = [vault.cluster for vault in started_vaults.values() if vault.cluster]
    return Sandbox(
        name=name,
        folder=folder,
        ca_file=authority.file,
        parts=tuple(servers.parts),
        clusters=clusters,
        stacks=stacks,
        vault_address=None if first is None else first.part.address,
        vault_admin_token_file=None if first is None else first.admin_file,
        aws_url=None if emulated is None else emulated.front.address,
        databases={place: database.server for place, database in stored.items()},
        substitutions=tuple(line for cluster in declared for line in cluster.substitutions),
    )


def _vault_of(spec: StackSpec, started: Mapping[str, Vault]) -> Vault | None:
    """The Vault that a stack runs, or the one that it configures."""
    if spec.server:
        return started[spec.server.address]
    return started[spec.vault_server] if spec.uses_vault else None


def _line(part: Part, started: float) -> str:
    return f"{part.name} {part.version} at {part.address} ({time.monotonic() - started:.1f} s)"


def _start_aws(
    servers: Servers, plan: Plan, folder: Path, authority: Authority, clusters: Sequence[Cluster]
) -> _Aws | None:
    if not plan.accounts:
        return None
    accounts = {name: aws.Account.make(name) for name in plan.accounts}
    own = private_folder(folder / "aws")
    port, upstream = free_ports(2)
    emulator = servers.start(aws.emulator(own, upstream))
    pair = authority.server("aws-front")
    front = aws.front(own, (port, upstream), pair, list(accounts.values()), _issuers(plan, folder, clusters))
    return _Aws(emulator=emulator, front=servers.start(front), accounts=accounts)


def _issuers(plan: Plan, folder: Path, clusters: Sequence[Cluster]) -> dict[str, Path]:
    """Whose tokens AWS can check, with the file of the public key."""
    jobs, made = {issuer for spec in plan.specs for issuer in spec.job_issuers}, Identities(folder)
    keys = {issuer: made.issuer(issuer).public_key_file for issuer in sorted(jobs)}
    return keys | {cluster.issuer: cluster.public_key_file for cluster in clusters}


def _finish_aws(servers: Servers, emulated: _Aws, ca_file: Path) -> None:
    servers.wait(emulated.emulator, lambda: aws.healthy(emulated.emulator.address))
    rest = Rest(emulated.front.address, ca_file, {})
    servers.wait(emulated.front, lambda: rest.answers(aws.HEALTH, aws.FRONT_REFUSES))


def _access(
    spec: StackSpec,
    clusters: Mapping[str, Cluster],
    logins: Mapping[str, kubernetes.Login],
    folder: Path,
    ca_file: Path,
    vault: Vault | None,
    emulated: _Aws | None,
) -> StackAccess:
    own = private_folder(below(folder / "stacks", spec.stack))
    cluster, login = clusters[spec.cluster.name], logins[spec.cluster.name]
    objects.apply(kubernetes.admin(cluster), spec.rbac, suffix=spec.stack)
    # Its Roles stand in namespaces that only the deploy makes.
    write_json(own / kubernetes.PROVER_OBJECTS, list(spec.prover_rbac))
    aws_file = None
    if emulated is not None and spec.account_id is not None:
        account = emulated.accounts[spec.account_id]
        aws_file = aws.credentials(own / "aws.ini", spec, emulated.front.address, ca_file, account)
    return StackAccess(
        stack=spec.stack,
        cluster=cluster.name,
        deployer_exec=kubernetes.exec_credential(own / "deployer.json", login.deployer),
        prover_exec=kubernetes.exec_credential(own / "prover.json", login.prover),
        vault_address=vault.part.address if vault is not None else None,
        vault_token_file=own / vaults.DEPLOYER_FILE if vault is not None and spec.uses_vault else None,
        courier_token_file=own / vaults.COURIER_FILE if spec.courier_policy else None,
        vault_admin_token_file=vault.admin_file if vault is not None else None,
        aws_credentials_file=aws_file,
        region=spec.region,
        vault_nodes=vault.cluster.addresses if vault is not None and vault.cluster else (),
        vault_folder=vault.cluster.folder if vault is not None and vault.cluster else None,
    )
