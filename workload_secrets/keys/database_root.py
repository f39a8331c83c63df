"""Handing the password of a database's admin to Vault once, and making it worthless at once.

The program's hook and `workload-secrets database init` share it. No argument of a command and
no input of Pulumi ever holds the password; afterwards only the Vault server knows the new one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from workload_secrets.errors import InputError, ServerError
from workload_secrets.keys.vault_http import Answer, VaultHttp
from workload_secrets.outside import SECRETS

_DONE: Final = (200, 204)
_MISSING: Final = 404
_MAX_BYTES: Final = 4096
State = Literal["rotated", "initialised"]


@dataclass(frozen=True, kw_only=True)
class AdminPassword:
    """Where this machine has the password: an environment variable or a file, one of the two."""

    env: str | None = None
    file: Path | None = None

    @property
    def described(self) -> str:
        """The source in words, without what is in it."""
        return f"environment variable {self.env}" if self.env else f"file {self.file}"

    def read(self, environment: Mapping[str, str] = os.environ) -> str:
        """The password. Raises InputError where there is none, or more than one line."""
        try:
            found = environment.get(self.env, "") if self.env else self._text()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"{self.described} can't be read ({type(error).__name__}); save the admin's password there"
            ) from None
        password = found.removesuffix("\n").removesuffix("\r")
        if not password or not password.isprintable():
            raise InputError(
                f"{self.described} holds no password; it needs the admin's, as one line of printable text"
            )
        SECRETS.learn(password)
        return password

    def _text(self) -> str:
        with (self.file or Path()).open("rb") as stream:
            return stream.read(_MAX_BYTES).decode()


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A connection that the stack declares: MOUNT/config/NAME."""

    mount: str
    name: str

    @property
    def path(self) -> str:
        return f"{self.mount}/config/{self.name}"


def hand_over(
    http: VaultHttp,
    connection: Connection,
    password: AdminPassword,
    environment: Mapping[str, str] = os.environ,
) -> State:
    """Makes the connection work and rotates the admin's password, so that the given one fails.

    A connection that works already is rotated once more and its password stays unread: an
    old password never gets over a newer one. Repeating is safe at any point. Raises InputError
    where the password's source is empty, ServerError where Vault refuses; neither holds it.
    """
    if _rotate(http, connection).status in _DONE:
        return "rotated"
    found = http.call("GET", connection.path)
    if found.status not in _DONE:
        what = "is not there; deploy the stack first" if found.status == _MISSING else _said(found)
        raise ServerError(f"connection {connection.path}: {what}")
    text = password.read(environment)
    written = http.call("POST", connection.path, {"password": text, "verify_connection": True})
    if written.status not in _DONE:
        raise ServerError(
            f"connection {connection.path}: Vault can't connect with the password of {password.described} "
            f"({_said(written)}); check it, the database's address and caFile, then run "
            "`workload-secrets database init`"
        )
    rotated = _rotate(http, connection)
    if rotated.status not in _DONE:
        raise ServerError(
            f"connection {connection.path}: the admin's password works but was not rotated "
            f"({_said(rotated)}); everybody who knows it can still use it until "
            "`workload-secrets database init` was run"
        )
    return "initialised"


def _rotate(http: VaultHttp, connection: Connection) -> Answer:
    return http.call("POST", f"{connection.mount}/rotate-root/{connection.name}", {})


def _said(answer: Answer) -> str:
    return f"{answer.status} {answer.errors}".strip()
