"""Keys, used by the workloads that may: a round trip, a rotation, a rewrap, and the refusals."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Mapping
from typing import Any, Final

from workload_secrets.access.observed.attempt import Attempt
from workload_secrets.access.observed.vault import BAD, DENIED, NO_CONTENT, OK, VaultLogin
from workload_secrets.access.usage.context import Usage, UsageContext
from workload_secrets.access.verbs import path_of
from workload_secrets.declaration.secret import Secret, Verb
from workload_secrets.errors import ServerError
from workload_secrets.keys.vault_http import Answer

_VERBS: Final[tuple[Verb, ...]] = ("encrypt", "decrypt", "rewrap")


def prove(context: UsageContext) -> Usage:
    """Every key of the stack."""
    lines: list[str] = []
    problems: list[str] = []
    for name, secret in context.of("transit").items():
        try:
            lines.append(f"{name}: {_Key(context, name, secret).proven()}")
        except _NotAsDeclaredError as error:
            problems.append(f"{name}: {error}")
    return Usage(tuple(lines), tuple(problems))


class _NotAsDeclaredError(Exception):
    """The first thing that is not as declared."""


class _Key:
    def __init__(self, context: UsageContext, name: str, secret: Secret) -> None:
        self._context = context
        self._secret = secret
        self._users = {verb: context.users(name, verb) for verb in _VERBS}
        self._plain = base64.b64encode(secrets.token_bytes(24)).decode()
        derived = secret.transit is not None and secret.transit.derived
        self._extra = {"context": base64.b64encode(b"workload-secrets").decode()} if derived else {}

    def proven(self) -> str:
        """What was done. Raises _NotAsDeclaredError."""
        if not self._users["encrypt"]:
            return "nobody of the stack encrypts, so that there was nothing to decrypt"
        old = self._encrypted()
        said = [f"{_listed(self._users['encrypt'])} encrypted"]
        said += self._read_back(old, "decrypted it to the same")
        self._kept_out(old)
        if self._context.admin is not None:
            said += self._rotated(self._context.admin, old)
        return ", ".join(said)

    def _rotated(self, admin: VaultLogin, old: str) -> Iterator[str]:
        before = self._version(admin)
        self._expect(admin, "POST", f"keys/{self._secret.path}/rotate", (OK, NO_CONTENT))
        yield f"after a rotation from version {before} to {self._version(admin)}"
        yield from self._read_back(old, "still decrypted it")
        if _of(self._encrypted()) != before + 1:
            raise _NotAsDeclaredError("after the rotation the old version still encrypts")
        for user in self._users["rewrap"]:
            new = self._text(self._call(user, "rewrap", {"ciphertext": old}), "ciphertext", user, "rewrap")
            if _of(new) != before + 1:
                raise _NotAsDeclaredError(f"{user} rewrapped to version {_of(new)}, not to {before + 1}")
            self._read_back(new, "")
            yield f"{user} rewrapped it to version {before + 1}"
        if self._secret.transit is not None and not self._secret.transit.deletion_allowed:
            self._expect(admin, "DELETE", f"keys/{self._secret.path}", (BAD,))
            yield "its deletion is refused"

    def _encrypted(self) -> str:
        """What each of those that may encrypts; the last one's ciphertext."""
        found = ""
        for user in self._users["encrypt"]:
            answer = self._call(user, "encrypt", {"plaintext": self._plain})
            found = self._text(answer, "ciphertext", user, "encrypt")
        return found

    def _read_back(self, ciphertext: str, said: str) -> list[str]:
        for user in self._users["decrypt"]:
            answer = self._call(user, "decrypt", {"ciphertext": ciphertext})
            if self._text(answer, "plaintext", user, "decrypt") != self._plain:
                raise _NotAsDeclaredError(f"{user} decrypted something else than was encrypted")
        return [f"{_listed(self._users['decrypt'])} {said}"] if self._users["decrypt"] else []

    def _kept_out(self, ciphertext: str) -> None:
        """Whoever has one verb has no other, with a body that would do."""
        bodies: Mapping[Verb, Mapping[str, str]] = {
            "encrypt": {"plaintext": self._plain},
            "decrypt": {"ciphertext": ciphertext},
            "rewrap": {"ciphertext": ciphertext},
        }
        for user in sorted({user for users in self._users.values() for user in users}):
            for verb in _VERBS:
                if user not in self._users[verb] and self._call(user, verb, bodies[verb]).status != DENIED:
                    raise _NotAsDeclaredError(f"{user} may {verb}, which is not declared")

    def _call(self, user: str, verb: Verb, body: Mapping[str, str]) -> Answer:
        login = self._context.vault_login(user)
        if isinstance(login, Attempt):
            raise _NotAsDeclaredError(f"{user} can't log in: {login.reason}")
        return login.at(self._secret).call("POST", path_of(self._secret, verb), {**body, **self._extra})

    def _text(self, answer: Answer, name: str, user: str, verb: Verb) -> str:
        if answer.status != OK:
            raise _NotAsDeclaredError(f"{user} can't {verb}: HTTP {answer.status} {answer.errors}".rstrip())
        return str(answer.part("data")[name])

    def _version(self, admin: VaultLogin) -> int:
        answer = self._expect(admin, "GET", f"keys/{self._secret.path}", (OK,))
        return int(answer.part("data", "latest_version"))

    def _expect(self, admin: VaultLogin, method: str, below: str, statuses: tuple[int, ...]) -> Any:
        """One request of the sandbox's administrator."""
        path = f"{self._secret.mount}/{below}"
        answer = admin.at(self._secret).call(method, path)
        if answer.status == DENIED:
            raise ServerError(f"the sandbox's administrator may not {method} {path}")
        if answer.status not in statuses:
            raise _NotAsDeclaredError(f"{method} {path}: HTTP {answer.status} {answer.errors}".rstrip())
        return answer


def _of(ciphertext: str) -> int:
    """The version that a ciphertext names: vault:v2:..."""
    return int(ciphertext.split(":")[1].removeprefix("v"))


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(names)
