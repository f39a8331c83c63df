"""A declared Vault or OpenBao server as it travels in the graph."""

from __future__ import annotations

from typing import Literal

from workload_secrets.declaration.secret import DeclarationModel


class VaultServer(DeclarationModel):
    """A server that the stack runs, with the two texts its nodes start from.

    `peers` are the nodes' DNS names, `names` all names of the certificate, `folder` the
    product's in its image. `initialises`: the first text makes the login `bootstrap_role` at
    the AppRole mount `bootstrap_mount`; its secret id comes from a Kubernetes Secret by the
    variable `secret_id_variable`. `audit_file` is the device that writes to a file.
    """

    product: Literal["vault", "openbao"]
    version: str
    address: str
    namespace: str
    release: str
    phase: Literal["firstStart", "running"]
    replicas: int
    seal: Literal["awskms", "static", "transit", "shamir"]
    folder: str
    peers: tuple[str, ...]
    names: tuple[str, ...]
    first_start: str
    running: str
    initialises: bool
    bootstrap_mount: str
    bootstrap_role: str
    bootstrap_policy: str
    bootstrap_secret: str
    secret_id_variable: str
    audit_file: str
