"""Lets machines and holders of tokens call from their networks, and intruders fail as often as they like.

After five wrong secret ids in a row the server refuses a role id for 15 minutes, the right
secret id too. One refusal would then hide another, and prove nothing.
https://openbao.org/docs/concepts/user-lockout/
"""

from __future__ import annotations

from workload_secrets.declaration import Declaration
from workload_secrets.declaration.identity import TokenFacts
from workload_secrets.errors import ServerError
from workload_secrets.sandbox.handle import Sandbox
from workload_secrets.sandbox.rest import Rest

_ADDRESSES = "addresses of machines → X-Forwarded-For, which the sandbox's Vault believes"
_OFF = {"user_lockout_config": {"lockout_disable": True}}


def lift(sandbox: Sandbox, stack: str, declaration: Declaration) -> tuple[str, ...]:
    """Switches the lockout off on the mounts of the stack's machines, as the sandbox's
    administrator; returns what was changed. Raises ServerError."""
    mounts = sorted(
        {
            (principal.vault.vault_namespace or "", principal.vault.auth_mount)
            for principal in declaration.principals.values()
            if principal.vault and principal.identity and principal.identity.method == "approle"
        }
    )
    access = sandbox.stacks[stack]
    for namespace, mount in mounts:
        if access.vault_address is None or access.vault_admin_token_file is None:
            raise ServerError("the sandbox has no Vault: no stack of it uses one")
        headers = {"X-Vault-Token": access.vault_admin_token_file.read_text()}
        if namespace:
            headers["X-Vault-Namespace"] = namespace
        rest = Rest(access.vault_address, sandbox.ca_file, headers)
        rest.call("POST", f"/v1/sys/auth/{mount}/tune", _OFF)
    lines = tuple(
        f"auth mount {mount}: its lockout after wrong secret ids is off, so that each refusal is its own"
        for _, mount in mounts
    )
    return (*lines, _ADDRESSES) if mounts or _bound_tokens(declaration) else ()


def _bound_tokens(declaration: Declaration) -> bool:
    identities = [principal.identity for principal in declaration.principals.values()]
    return any(isinstance(identity, TokenFacts) and identity.bound_cidrs for identity in identities)
