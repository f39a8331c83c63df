"""Lends the login of ServiceAccounts a reviewer that the sandbox's Vault can be, while logins are tried.

Our own provider puts it in place of the declared one as it makes the login. A real provider writes
what is declared, and the sandbox's Vault runs in no pod and was handed no token.
https://openbao.org/docs/auth/kubernetes/
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from workload_secrets.declaration import Declaration
from workload_secrets.errors import ServerError
from workload_secrets.sandbox.handle import Sandbox
from workload_secrets.sandbox.rest import Rest

_LENT: Final = ("in-cluster", "dedicated")
_KEPT: Final = (
    "kubernetes_host",
    "kubernetes_ca_cert",
    "disable_iss_validation",
    "disable_local_ca_jwt",
    "issuer",
    "pem_keys",
)


def lend(
    sandbox: Sandbox, stack: str, declaration: Declaration
) -> tuple[Callable[[], None], tuple[str, ...]]:
    """Gives the stack's login the sandbox's reviewer, as its administrator.

    Answers what takes it back, and a line for the result; nothing is changed where the declared way
    works here. Raises ServerError.
    """
    vault, access = declaration.facts.vault, sandbox.stacks[stack]
    if vault is None or vault.reviewer not in _LENT or access.vault_admin_token_file is None:
        return (lambda: None), ()
    if access.vault_address is None:
        raise ServerError("the sandbox has no Vault: no stack of it uses one")
    headers = {"X-Vault-Token": access.vault_admin_token_file.read_text().strip()}
    if vault.namespace:
        headers["X-Vault-Namespace"] = vault.namespace
    rest = Rest(access.vault_address, sandbox.ca_file, headers)
    path = f"/v1/auth/{vault.auth_mount}/config"
    answered: dict[str, Any] = rest.call("GET", path)
    declared = {name: answered["data"][name] for name in _KEPT if name in answered["data"]}
    cluster = sandbox.clusters[access.cluster]
    lent = {
        **declared,
        "kubernetes_host": cluster.api_server,
        "kubernetes_ca_cert": cluster.ca_file.read_text(),
        "disable_local_ca_jwt": True,
        "token_reviewer_jwt": cluster.reviewer_token_file.read_text().strip(),
    }
    rest.call("POST", path, lent)
    line = f"reviewer {vault.reviewer} → the sandbox's own reviewer, while logins are tried"

    def take_back() -> None:
        """A write without the token erases it."""
        rest.call("POST", path, declared)

    return take_back, (line,)
