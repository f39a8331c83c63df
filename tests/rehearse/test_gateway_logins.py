"""Gateways outside the cluster, and certificates of the stack's own CAs, on real servers."""

from __future__ import annotations

from typing import Any

import pytest

from tests import rehearsing
from tests.rehearsing import stack_file

pytestmark = pytest.mark.sandbox


def rehearsed() -> dict[str, Any]:
    return rehearsing.rehearsed(stack_file("gateway-logins"))[0]


def changes(name: str) -> set[str]:
    principals = set(rehearsed()["principals"])
    return {p.partition("!")[2] for p in principals if p.startswith(f"{name}!")}


def test_every_declared_right_is_a_login_and_nobody_else_gets_in() -> None:
    found = rehearsed()
    assert (found["differences"], found["missing"], found["passed"]) == ([], [], True)
    tried = {c["principal"] for c in found["observed"] if c["answer"] == "yes" and c["tried"]}
    assert tried >= {"machines-counted", "machines-wrapped", "pods-by-cert", "pods-by-token", "appliance"}


def test_nobody_replays_a_secret_id_that_is_good_for_any_number_of_logins() -> None:
    assert changes("machines-uncounted") == {"mismatched", "unwrapped", "expired", "address"}
    assert changes("machines-counted") == {"replayed", *changes("machines-uncounted")}


def test_a_certificate_of_an_own_ca_has_the_intruders_of_any() -> None:
    assert changes("pods-by-cert") == {"authority", "name", "expired", "none"}
    assert changes("appliance") == {"authority", "name", "dns", "expired", "none"}


def test_only_what_is_not_of_this_vault_is_stood_in_for() -> None:
    lines = rehearsed()["substitutions"]
    assert not any("certificate authority" in line for line in lines)
    assert (
        "token endpoint https://idp.example/oauth/token → a token that the sandbox signs as its issuer"
        in lines
    )


def test_certificates_of_the_stacks_roles_open_the_logins_they_are_meant_for() -> None:
    lines = rehearsed()["usage"]
    assert {line for line in lines if "the certificate that" in line} == {
        "pods-by-cert: the certificate that kong-dp gets of gateway-cert logs in",
        "pods-by-cert: the certificate that shop gets of shop-cert is refused",
        "appliance: the certificate that kong-dp gets of gateway-cert is refused",
        "appliance: the certificate that shop gets of shop-cert is refused",
    }
