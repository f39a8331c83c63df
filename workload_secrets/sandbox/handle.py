"""A running sandbox, as others use it: where its servers are and how to act in them.

Every address is on 127.0.0.1. The file `sandbox.json` in the sandbox's folder holds what
this module holds, sealed; credentials stand beside it in files of mode 0600.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workload_secrets.declaration.server import VaultServer


@dataclass(frozen=True, kw_only=True)
class ClusterSpec:
    """One Kubernetes API to run: `name` is the stack's `facts.cluster.name`."""

    name: str
    issuer: str
    api_audience: str


@dataclass(frozen=True, kw_only=True)
class StackSpec:
    """One stack to make room for.

    `stack` is its name; `account_id` its AWS account, or None; `vault_policy`,
    `iam_policy` and `rbac` are its deployer's documents, `courier_policy` its courier's (None
    where no machine is handed a secret id) and `prover_rbac` its prover's, as the program derived
    them (rbac: lists of Kubernetes objects as dicts). Stacks that declare the same
    `vault_server` share one Vault. `server` is a server that the stack
    itself runs: then the Vault at its address is that server, as three nodes. `job_issuers` sign
    tokens that are shown to AWS, beside the cluster. `custom_kinds` are the custom resources that
    the stack makes, each by group, version and kind.
    """

    stack: str
    cluster: ClusterSpec
    uses_vault: bool
    account_id: str | None = None
    region: str | None = None
    vault_policy: str | None = None
    courier_policy: str | None = None
    vault_namespace: str | None = None
    vault_server: str = ""
    vault_product: str = ""
    vault_version: str = ""
    iam_policy: str | None = None
    rbac: tuple[Mapping[str, Any], ...] = ()
    prover_rbac: tuple[Mapping[str, Any], ...] = ()
    databases: tuple[str, ...] = ()
    server: VaultServer | None = None
    job_issuers: tuple[str, ...] = ()
    custom_kinds: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Part:
    """One running server."""

    name: str
    version: str
    address: str
    pid: int
    started: float
    log: Path


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A running Kubernetes API. Token files hold bearer tokens, mode 0600."""

    name: str
    issuer: str
    api_audience: str
    api_server: str
    ca_file: Path
    admin_token_file: Path
    reviewer_token_file: Path
    signing_key_file: Path
    public_key_file: Path


@dataclass(frozen=True, kw_only=True)
class DatabaseServer:
    """A running PostgreSQL. `superuser_file` holds the password of the sandbox's superuser."""

    host: str
    port: int
    superuser_file: Path


@dataclass(frozen=True, kw_only=True)
class StackAccess:
    """The credentials of one stack's deployer and prover.

    `deployer_exec` and `prover_exec` are files with a Kubernetes ExecCredential;
    `vault_token_file` holds the deployer's Vault token for `vault_address`, whose
    administrator's is in `vault_admin_token_file` and its courier's in `courier_token_file`;
    `aws_credentials_file` is an AWS shared credentials file with profiles `deployer` and
    `admin` (the account's root).
    `vault_nodes` are the addresses of a server of several nodes, whose folders `node-N` lie
    in `vault_folder`.
    """

    stack: str
    cluster: str
    deployer_exec: Path
    prover_exec: Path
    vault_address: str | None = None
    vault_token_file: Path | None = None
    vault_admin_token_file: Path | None = None
    courier_token_file: Path | None = None
    aws_credentials_file: Path | None = None
    region: str | None = None
    vault_nodes: tuple[str, ...] = ()
    vault_folder: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """A running sandbox. `vault_admin_token_file` can make prerequisites, and is not root.
    Where stacks declare several Vaults, these two fields are the first one's. `databases`: by
    the HOST:PORT that stacks declare, what stands in for it."""

    name: str
    folder: Path
    ca_file: Path
    parts: tuple[Part, ...]
    clusters: Mapping[str, Cluster]
    stacks: Mapping[str, StackAccess]
    vault_address: str | None = None
    vault_admin_token_file: Path | None = None
    aws_url: str | None = None
    databases: Mapping[str, DatabaseServer] = field(default_factory=dict[str, DatabaseServer])
    substitutions: tuple[str, ...] = field(default_factory=tuple)

    def has_own_vault(self, stack: str) -> bool:
        """Whether the stack's Vault is a Vault of the user's own, and no OpenBao in its place."""
        address = self.stacks[stack].vault_address
        return any(part.address == address and part.name.startswith("vault") for part in self.parts)
