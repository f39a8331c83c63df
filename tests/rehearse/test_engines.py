"""Certificates and encryption, rehearsed on real servers: every right, every use, every refusal."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from tests import rehearsing
from tests.rehearsing import stack_file

PROJECT = Path(__file__).parents[2]
pytestmark = pytest.mark.sandbox

SUBSTITUTED: Final = {
    "engines": (
        "certificate of the external CA for PKI mount partner-crypt",
        "publicKeyFiles of the declared cluster",
    ),
    "engines-existing": (
        "CA of the existing PKI mount pki",
        "publicKeyFiles of the declared cluster",
        "transit key transit/keys/pii → a new key, rotated until it has version 3",
    ),
}
USED: Final = {
    "engines": (
        "partner-cert: shop got a certificate for host.partners.example of 3600 seconds",
        "shop-cert: shop got a certificate for shop.crypt.example of 86400 seconds",
        "partner-crypt: tidies itself every 43200 seconds",
        "pki/root-crypt: tidies itself every 43200 seconds",
        "pki/crypt: tidies itself every 43200 seconds",
        "lookup: shop encrypted, export decrypted it to the same",
        "pii: shop encrypted, export decrypted it to the same, after a rotation from version 1 to 2, export "
        "still decrypted it, rewrapper rewrapped it to version 2, its deletion is refused",
    ),
    "engines-existing": (
        "shop-cert: shop got a certificate for shop.joint.example of 600 seconds",
        "pii: shop encrypted, shop decrypted it to the same, after a rotation from version 3 to 4",
    ),
}
GRANTED: Final = {"engines": (11, 69), "engines-existing": (4, 12)}


def rehearsed(stack: str) -> dict[str, Any]:
    done = rehearsing.ended(stack_file(stack))
    assert "PRIVATE KEY" not in done.stdout + done.stderr
    assert "vault:v" not in done.stdout + done.stderr
    return rehearsing.rehearsed(stack_file(stack))[0]


def starts(lines: list[str], wanted: tuple[str, ...]) -> bool:
    return len(lines) == len(wanted) and all(a.startswith(b) for a, b in zip(lines, wanted, strict=True))


@pytest.mark.parametrize("stack", GRANTED)
def test_every_verb_is_for_those_who_declared_it(stack: str) -> None:
    found = rehearsed(stack)
    assert (found["differences"], found["missing"], found["passed"]) == ([], [], True)
    granted, refused = GRANTED[stack]
    assert f"{granted} as declared granted, {refused} refused by logins" in found["summary"]


@pytest.mark.parametrize("stack", USED)
def test_what_was_granted_was_used(stack: str) -> None:
    found = rehearsed(stack)
    assert starts(found["usage"], USED[stack]), found["usage"]
    assert found["misuse"] == []


@pytest.mark.parametrize("stack", SUBSTITUTED)
def test_what_stands_in_for_something_else_is_listed(stack: str) -> None:
    found = rehearsed(stack)
    assert starts(found["substitutions"], SUBSTITUTED[stack]), found["substitutions"]


def test_what_the_provider_forgets_at_first_is_listed() -> None:
    found = rehearsed("engines-existing")
    said = "minEncryptionVersion of transit key transit/keys/pii"
    assert any(line.startswith(said) for line in found["notEnforced"]), found["notEnforced"]


@pytest.mark.parametrize("stack", SUBSTITUTED)
def test_a_second_up_makes_no_authority_or_key_anew(stack: str) -> None:
    """Intermediates aren't signed again either, and keys keep their versions."""
    up, again, refresh = rehearsed(stack)["deployed"][1:4]
    count = up.removeprefix("up: ").removesuffix(" created")
    assert (again, refresh) == (f"up again: {count} unchanged", f"refresh: {count} unchanged")
