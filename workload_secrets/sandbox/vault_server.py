"""A Vault server of the user's own, for stacks that declare the product Vault.

Vault can't initialise itself as OpenBao does: it is initialised and unsealed by its API. The root
token that this gives is used at once to make the sandbox's accounts, then revoked; it is written
nowhere. https://developer.hashicorp.com/vault/api-docs/system/init
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workload_secrets.errors import ServerError
from workload_secrets.sandbox import openbao
from workload_secrets.sandbox.certificates import Pair
from workload_secrets.sandbox.files import private_folder, write_private
from workload_secrets.sandbox.openbao import Account
from workload_secrets.sandbox.ports import LOOPBACK
from workload_secrets.sandbox.rest import Rest
from workload_secrets.sandbox.servers import Command

VARIABLE: Final = "WORKLOAD_SECRETS_VAULT"
"""Names the binary."""
NAME: Final = "vault"
"""How the part's name begins."""
_ANSWER_SECONDS: Final = 30.0
_ANSWERS: Final = "/v1/sys/health?uninitcode=200&sealedcode=200&standbyok=true"


@dataclass(frozen=True, kw_only=True)
class VaultBinary:
    """The user's own `vault`."""

    path: Path
    version: str


def find(environment: Mapping[str, str] | None = None) -> VaultBinary | None:
    """What WORKLOAD_SECRETS_VAULT names; None where it isn't set.

    Raises ServerError where that is no Vault that runs here.
    """
    named = (os.environ if environment is None else environment).get(VARIABLE)
    if not named:
        return None
    version = _said(named)
    if version is None:
        raise ServerError(
            f"{VARIABLE}={named}: `{named} version` doesn't answer as Vault; name the path of a vault "
            "binary, or unset it: then OpenBao stands in for Vault"
        )
    return VaultBinary(path=Path(named).absolute(), version=version)


def _said(path: str) -> str | None:
    try:
        done = subprocess.run(
            [path, "version"],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=_ANSWER_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.match(r"Vault v(\d+\.\d+\.\d+\S*)", done.stdout)
    return found.group(1) if found and done.returncode == 0 else None


def command(binary: VaultBinary, folder: Path, port: int, cluster_port: int, pair: Pair) -> Command:
    """The server to run, with its configuration written to `folder`."""
    private_folder(folder / "data")
    config = write_private(folder / "server.hcl", configuration(folder, port, cluster_port, pair))
    return Command(
        name=NAME,
        version=binary.version,
        address=f"https://{LOOPBACK}:{port}",
        argv=[str(binary.path), "server", f"-config={config}"],
        environment={},
    )


def configuration(folder: Path, port: int, cluster_port: int, pair: Pair) -> str:
    """As OpenBao's, without what only OpenBao knows. It asks nothing outside: no telemetry, no update.

    https://developer.hashicorp.com/vault/docs/configuration
    """
    return "disable_mlock = true\n" + openbao.listening(folder, port, cluster_port, pair)


def answers(rest: Rest) -> bool:
    """Whether the server listens by now; it is neither initialised nor unsealed."""
    return rest.answers(_ANSWERS)


def unseal(rest: Rest) -> str:
    """Initialises the server with one key and unseals it; the root token. Raises ServerError."""
    made = rest.call("PUT", "/v1/sys/init", {"secret_shares": 1, "secret_threshold": 1})
    rest.call("PUT", "/v1/sys/unseal", {"key": made["keys"][0]})
    return str(made["root_token"])


def make_accounts(root: Rest, audit_file: Path, accounts: Sequence[Account]) -> None:
    """Makes the audit device and the accounts, then revokes the root token. Raises ServerError, for a
    stack inside a namespace too where the Vault has none."""
    device = {"type": "file", "options": {"file_path": str(audit_file), "mode": "0600"}}
    root.call("PUT", "/v1/sys/audit/sandbox", device)
    openbao.make_accounts(root, accounts)
    root.call("POST", "/v1/auth/token/revoke-self", {})
