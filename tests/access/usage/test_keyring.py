"""A keyring that is not as declared is found by reading it as Kong does."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.access.usage.fakes import Http
from workload_secrets.access.observed.attempt import refused
from workload_secrets.access.observed.vault import VaultLogin
from workload_secrets.access.usage.context import Usage, UsageContext
from workload_secrets.access.usage.keyring import prove
from workload_secrets.declaration import Grant, Secret
from workload_secrets.declaration.gateway import Gateway

SECRET = Secret(backend="vault", mount="m", path="edge/ring")


class Vault:
    """The server, with what is wrong with it by name."""

    def __init__(self, wrong: str = "") -> None:
        self.wrong = wrong
        self.versions = 1

    def rewrite(self, _: str) -> Mapping[str, str]:
        self.versions += self.wrong != "one version stays"
        return {}

    def __call__(self, who: str, method: str, path: str, body: Mapping[str, Any]) -> tuple[int, Any]:
        assert (who, body) == ("kong-dp", {})
        place, _, version = path.partition("?version=")
        if (method, place) == ("GET", "m/metadata/edge/ring") and self.wrong != "no metadata":
            return 200, {"versions": {str(number + 1): {} for number in range(self.versions)}}
        if (method, place) == ("GET", "m/data/edge/ring"):
            if self.wrong == "drops the old one" and version == "1":
                return 404, "gone"
            return 200, {"data": {"id": "a"} if self.wrong == "another key" else {"id": "a", "key": "b"}}
        return (200, {}) if self.wrong == f"{method} {path}" else (403, "permission denied")


def used(vault: Vault, *, writer: bool = True, login: bool = True) -> Usage:
    grants = (Grant(secret="ring", verb="write"),) if writer else ()
    declaration = SimpleNamespace(
        gateways={
            "edge": Gateway(workload="kong-dp", version="3.14", vaults={}, keyring="ring"),
            "none": Gateway(workload="kong-dp", version="3.14", vaults={}),
        },
        secrets={"ring": SECRET},
        principals={"admin": SimpleNamespace(grants=grants)},
    )

    def log_in(who: str) -> Any:
        return VaultLogin(cast("Any", Http(who, vault)), "") if login else refused("login")

    made = SimpleNamespace(declaration=declaration, vault_login=log_in, rewrite=vault.rewrite)
    return prove(cast("UsageContext", made))


def test_a_keyring_as_declared_is_proven_in_one_line() -> None:
    assert used(Vault()) == Usage(
        (
            "edge: kong-dp reads the versions of keyring ring and each with id and key, an old one too; it "
            "may list, delete and destroy nothing there",
        )
    )


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ("no metadata", "kong-dp can't read m/metadata/edge/ring: HTTP 403 permission denied"),
        ("one version stays", "a second value was written, and one version is there"),
        ("drops the old one", "doesn't get id and key by m/data/edge/ring?version=1: HTTP 404, 0 keys"),
        ("another key", "doesn't get id and key by m/data/edge/ring?version=1: HTTP 200, 1 keys"),
        ("LIST m/metadata/edge", "kong-dp isn't refused at LIST m/metadata/edge: HTTP 200"),
        ("DELETE m/metadata/edge/ring", "isn't refused at DELETE m/metadata/edge/ring: HTTP 200"),
        ("PUT m/destroy/edge/ring", "isn't refused at PUT m/destroy/edge/ring: HTTP 200"),
    ],
)
def test_what_is_not_as_declared_is_named(wrong: str, found: str) -> None:
    (problem,) = used(Vault(wrong)).problems
    assert problem.startswith("edge: ")
    assert found in problem


def test_a_gateway_that_cannot_log_in_is_a_problem() -> None:
    (problem,) = used(Vault(), login=False).problems
    assert problem == "edge: kong-dp can't log in for its keyring: login"


def test_a_keyring_that_nobody_writes_is_said() -> None:
    assert used(Vault(), writer=False).lines == (
        "edge: nobody of the stack writes ring, so there was no version of it to read",
    )
