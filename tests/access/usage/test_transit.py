"""A key that is not as declared is found by using it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.access.usage.fakes import context
from workload_secrets.access.usage.transit import prove
from workload_secrets.declaration.secret import Secret, TransitFacts

SECRET = Secret(backend="transit", mount="m", path="pii", transit=TransitFacts(type="aes256-gcm96"))
USERS = {"encrypt": ("shop",), "decrypt": ("export",), "rewrap": ("keeper",)}


class Transit:
    """The server, with what is wrong with it by name."""

    def __init__(self, wrong: str = "") -> None:
        self.wrong = wrong
        self.latest = 1

    def __call__(self, who: str, method: str, path: str, body: Mapping[str, Any]) -> tuple[int, Any]:
        request = path.split("/")[1]
        if who == "admin":
            return self._admin(method, path)
        if who not in USERS.get(request, ()) and self.wrong != "everybody may":
            return 403, "permission denied"
        if self.wrong == f"no {request}":
            return 400, "unsupported"
        if request == "encrypt":
            return 200, {"ciphertext": f"vault:v{self.latest}:{body['plaintext']}"}
        version, text = body["ciphertext"].removeprefix("vault:v").split(":", 1)
        if request == "rewrap":
            version = 1 if self.wrong == "rewraps to the old version" else self.latest
            return 200, {"ciphertext": f"vault:v{version}:{text}"}
        if self.wrong == "forgets" and int(version) < self.latest:
            return 400, "ciphertext version is too old"
        return 200, {"plaintext": "AAAA" if self.wrong == "another text" else text}

    def _admin(self, method: str, path: str) -> tuple[int, Any]:
        if method == "DELETE":
            return (204, None) if self.wrong == "deletes" else (400, "deletion is not allowed for this key")
        if path.endswith("/rotate"):
            self.latest += self.wrong != "doesn't rotate"
            return 204, None
        return 200, {"latest_version": self.latest}


def test_a_key_as_declared_is_proven_in_one_line() -> None:
    used = prove(context(Transit(), SECRET, USERS))
    assert used.problems == ()
    assert used.lines == (
        "it: shop encrypted, export decrypted it to the same, after a rotation from version 1 to 2, export "
        "still decrypted it, keeper rewrapped it to version 2, its deletion is refused",
    )


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ("everybody may", "it: export may encrypt, which is not declared"),
        ("no encrypt", "it: shop can't encrypt: HTTP 400 unsupported"),
        ("no decrypt", "it: export can't decrypt: HTTP 400 unsupported"),
        ("another text", "it: export decrypted something else than was encrypted"),
        ("forgets", "it: export can't decrypt: HTTP 400 ciphertext version is too old"),
        ("doesn't rotate", "it: after the rotation the old version still encrypts"),
        ("rewraps to the old version", "it: keeper rewrapped to version 1, not to 2"),
        ("deletes", "it: DELETE m/keys/pii: HTTP 204"),
    ],
)
def test_what_is_not_as_declared_is_named(wrong: str, found: str) -> None:
    used = prove(context(Transit(wrong), SECRET, USERS))
    assert (used.lines, used.problems) == ((), (found,))


def test_a_key_whose_guard_is_declared_off_is_not_deleted() -> None:
    facts = TransitFacts(type="aes256-gcm96", deletion_allowed=True)
    secret = SECRET.model_copy(update={"transit": facts})
    assert prove(context(Transit("deletes"), secret, USERS)).problems == ()


def test_a_derived_key_gets_its_context() -> None:
    seen: list[Mapping[str, Any]] = []
    server = Transit()

    def record(who: str, method: str, path: str, body: Mapping[str, Any]) -> tuple[int, Any]:
        seen.append(body if who != "admin" else {"context": "none"})
        return server(who, method, path, body)

    secret = SECRET.model_copy(update={"transit": TransitFacts(type="aes256-gcm96", derived=True)})
    assert prove(context(record, secret, USERS)).problems == ()
    assert all("context" in body for body in seen)


def test_without_an_encrypter_there_is_nothing_to_prove() -> None:
    used = prove(context(Transit(), SECRET, {"decrypt": ("export",)}))
    assert used.lines == ("it: nobody of the stack encrypts, so that there was nothing to decrypt",)
