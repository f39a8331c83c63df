"""Handing a database's admin password to Vault once, right after the connection was made.

Outside Pulumi's state: the password is no input, and it is worthless a moment later. The engine
doesn't repeat a failed hook; `workload-secrets database init` does the same again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from workload_secrets.errors import WorkloadSecretsError
from workload_secrets.keys.database_root import AdminPassword, Connection, State, hand_over
from workload_secrets.keys.vault_http import VaultHttp


class PasswordError(RuntimeError):
    """The password could not be handed over. The message holds names and codes, never values."""


@dataclass(frozen=True, kw_only=True)
class DatabaseTarget:
    """Which connection, on which Vault, and where this machine has the admin's password.

    `ca_file` None trusts the system's authorities. `namespace` is the Vault namespace.
    """

    address: str
    ca_file: str | None
    namespace: str | None
    connection: Connection
    password: AdminPassword


def database_hook(name: str, target: DatabaseTarget) -> pulumi.ResourceHook:
    """A hook, unique by `name`, that makes the connection work when it was created."""

    def run(_: pulumi.ResourceHookArgs) -> None:
        initialise(target)

    return pulumi.ResourceHook(name, run)


def initialise(target: DatabaseTarget, environment: Mapping[str, str] = os.environ) -> State:
    """Hands the password over and rotates it, with VAULT_TOKEN as the provider takes it.

    Raises PasswordError when token or password are missing, or when Vault refuses.
    """
    token = environment.get("VAULT_TOKEN", "")
    path = target.connection.path
    if not token:
        raise PasswordError(f"connection {path}: VAULT_TOKEN is not set; set it, then {_REMEDY}")
    http = VaultHttp(target.address, target.ca_file, token, target.namespace)
    try:
        return hand_over(http, target.connection, target.password, environment)
    except WorkloadSecretsError as error:
        raise PasswordError(f"{error}; {_NOT_YET}") from None
    except Exception as error:  # the engine logs the text of any error
        raise PasswordError(f"connection {path}: {type(error).__name__}; {_NOT_YET}") from None


_REMEDY = "run `workload-secrets database init`"
_NOT_YET = f"the connection has no password yet: {_REMEDY}"
