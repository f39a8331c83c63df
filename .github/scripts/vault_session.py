#!/usr/bin/env python3
"""Runs a command with a Vault token that this job's OIDC token is exchanged for.

    vault_session.py COMMAND [ARGUMENT...]

The token exists for the command alone: it is in the command's environment, in no file and
in no later step, and it is revoked when the command ends. The command can't ask GitHub for
further tokens. Variables: VAULT_ADDR, VAULT_AUTH_MOUNT, VAULT_ROLE, VAULT_AUDIENCE; where
needed VAULT_CACERT, a file, and VAULT_NAMESPACE. Without VAULT_ADDR there is no login.

Ends as the command does, with 2 where a variable is missing, with 5 where a server failed.
https://docs.github.com/en/actions/reference/security/oidc
https://developer.hashicorp.com/vault/api-docs/auth/jwt#jwt-login
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from web import WebError, ask

_OF_GITHUB: Final = ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
_NEEDED: Final = ("VAULT_AUTH_MOUNT", "VAULT_ROLE", "VAULT_AUDIENCE", *_OF_GITHUB)
_OK: Final = range(200, 300)


@dataclass(frozen=True)
class Vault:
    """Where a Vault is, and how its certificate is checked."""

    address: str
    ca_file: str | None
    namespace: str | None

    def post(self, path: str, body: Mapping[str, str], token: str | None = None) -> tuple[int, bytes]:
        """One call. Raises WebError where Vault can't be reached by https."""
        if not self.address.startswith("https://"):
            raise WebError("VAULT_ADDR: not https")
        headers = {"Content-Type": "application/json", "X-Vault-Request": "true"}
        if self.namespace:
            headers["X-Vault-Namespace"] = self.namespace
        if token:
            headers["X-Vault-Token"] = token
        url = f"{self.address.rstrip('/')}/v1/{urllib.parse.quote(path)}"
        answer = ask("POST", url, headers, body=json.dumps(body).encode(), ca_file=self.ca_file)
        return answer.status, answer.body


def main(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Logs in, runs, revokes. The exit code of the process."""
    if not command:
        return _fail(2, "usage: vault_session.py COMMAND [ARGUMENT...]")
    inherited = {name: value for name, value in environment.items() if name not in _OF_GITHUB}
    if not environment.get("VAULT_ADDR"):
        _say("VAULT_ADDR is not set: no login to Vault")
        return subprocess.run(command, env=inherited, check=False).returncode
    missing = [name for name in _NEEDED if not environment.get(name)]
    if missing:
        return _fail(2, f"not set: {', '.join(missing)}; see docs/workflows.md")
    vault = Vault(
        environment["VAULT_ADDR"],
        environment.get("VAULT_CACERT") or None,
        environment.get("VAULT_NAMESPACE") or None,
    )
    try:
        token = _login(vault, environment)
    except WebError as error:
        return _fail(5, str(error))
    try:
        return subprocess.run(command, env={**inherited, "VAULT_TOKEN": token}, check=False).returncode
    finally:
        _revoke(vault, token)


def _login(vault: Vault, environment: Mapping[str, str]) -> str:
    mount = environment["VAULT_AUTH_MOUNT"].strip("/")
    body = {"role": environment["VAULT_ROLE"], "jwt": _identity(environment)}
    status, said = vault.post(f"auth/{mount}/login", body)
    if status not in _OK:
        raise WebError(f"login at auth/{mount} as role {body['role']}: status {status}")
    try:
        token = str(json.loads(said)["auth"]["client_token"])
    except (ValueError, KeyError, TypeError):
        raise WebError(f"login at auth/{mount}: the answer holds no token") from None
    return _masked(token, environment)


def _identity(environment: Mapping[str, str]) -> str:
    audience = urllib.parse.quote(environment["VAULT_AUDIENCE"], safe="")
    answer = ask(
        "GET",
        f"{environment['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience={audience}",
        {"Authorization": f"bearer {environment['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"},
    )
    if answer.status not in _OK:
        raise WebError(f"GitHub gave no OIDC token: status {answer.status}; needs id-token: write")
    try:
        return _masked(str(answer.json()["value"]), environment)
    except (KeyError, TypeError):
        raise WebError("GitHub's answer holds no OIDC token") from None


def _masked(value: str, environment: Mapping[str, str]) -> str:
    """Has the runner hide a value from every log. Elsewhere it would only be shown."""
    if environment.get("GITHUB_ACTIONS") == "true":
        sys.stdout.write(f"::add-mask::{value}\n")
        sys.stdout.flush()
    return value


def _revoke(vault: Vault, token: str) -> None:
    try:
        status, _ = vault.post("auth/token/revoke-self", {}, token)
    except WebError as error:
        _say(f"the Vault token was not revoked and ends by itself: {error}")
        return
    if status not in _OK:
        _say(f"the Vault token was not revoked and ends by itself: status {status}")


def _fail(code: int, message: str) -> int:
    _say(f"error: {message}")
    return code


def _say(line: str) -> None:
    sys.stderr.write(f"vault_session: {line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
