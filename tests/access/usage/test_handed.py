"""A server that makes tokens otherwise than declared is found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.access.usage import handing
from workload_secrets.access.usage.context import Usage
from workload_secrets.access.usage.handed import prove
from workload_secrets.declaration import Principal, VaultIdentity
from workload_secrets.declaration.identity import TokenFacts
from workload_secrets.keys.vault_http import Answer

Server = Callable[[str, str, Mapping[str, Any], int | None], Answer]
FACTS = TokenFacts(method="token", life_seconds=600, bound_cidrs=("10.1.0.0/24",))
VAULT = VaultIdentity(auth_mount="token", role="edge", audience="")
PRINCIPALS = {
    "edge": Principal(kind="workload", identity=FACTS, vault=VAULT),
    "pod": Principal(kind="workload", namespace="n", service_account="s", vault=VAULT),
}
MAKER = "auth/token/create/edge"
REFUSED = Answer(403, {"errors": ["permission denied"]})


class Http:
    def __init__(self, who: str, server: Server, address: str = "") -> None:
        self._who, self._server, self._address = who, server, address

    def as_token(self, token: str, namespace: str | None = None) -> Http:
        return Http(token, self._server, self._address)

    def from_address(self, address: str) -> Http:
        return Http(self._who, self._server, address)

    def call(
        self, _method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        if self._who == "made" and self._address != "10.1.0.1":
            return REFUSED
        return self._server(self._who, path, body or {}, handing.wrapping(headers))


def token(**changes: Any) -> Answer:
    said = {"creation_ttl": 600, "renewable": False, "orphan": True, "type": "service", "period": 0}
    return Answer(200, {"data": said | changes})


def good(who: str, path: str, body: Mapping[str, Any], wrap: int | None) -> Answer:
    """A server as declared."""
    if path == "sys/wrapping/unwrap":
        return Answer(200, {"auth": {"client_token": "made"}})
    if who == "made":
        return token() if path.endswith("lookup-self") else Answer(400, {"errors": ["not renewable"]})
    if who == "courier" and path == MAKER and wrap is not None and wrap <= 600 and body.keys() <= {"ttl"}:
        return Answer(200, {"wrap_info": {"token": "w", "ttl": wrap}})
    return REFUSED


def used(tmp_path: Path, server: Server, *, courier: bool = True) -> Usage:
    return prove(handing.context(tmp_path, PRINCIPALS, Http("admin", server), courier=courier))


def test_a_server_as_declared_has_one_line_a_token(tmp_path: Path) -> None:
    assert used(tmp_path, good) == Usage(
        (
            "edge: the courier gets tokens only wrapped and with no wish but for a shorter life, "
            "good for 600 s; the deployer gets none",
        )
    )


def unwrapped(who: str, path: str, body: Mapping[str, Any], wrap: int | None) -> Answer:
    return Answer(200, {}) if who == "courier" and wrap is None else good(who, path, body, wrap)


def long(who: str, path: str, body: Mapping[str, Any], wrap: int | None) -> Answer:
    return good(who, path, body, min(wrap, 600) if wrap else None)


def deployer(who: str, path: str, body: Mapping[str, Any], wrap: int | None) -> Answer:
    return good("courier" if who == "deployer" else who, path, body, wrap)


def wishes(who: str, path: str, body: Mapping[str, Any], wrap: int | None) -> Answer:
    return good(who, path, {} if "policies" in body else body, wrap)


def anywhere(who: str, path: str, body: Mapping[str, Any], wrap: int | None) -> Answer:
    return good(who, MAKER if path == "auth/token/create" else path, body, wrap)


def saying(**changes: Any) -> Server:
    def server(who: str, path: str, body: Mapping[str, Any], wrap: int | None) -> Answer:
        return token(**changes) if path.endswith("lookup-self") else good(who, path, body, wrap)

    return server


def renewed(who: str, path: str, body: Mapping[str, Any], wrap: int | None) -> Answer:
    return Answer(200, {}) if path.endswith("renew-self") else good(who, path, body, wrap)


def broken(who: str, path: str, body: Mapping[str, Any], wrap: int | None) -> Answer:
    return REFUSED


@pytest.mark.parametrize(
    ("server", "problem"),
    [
        (unwrapped, "the courier can get a token that isn't wrapped"),
        (long, "the courier can have a token wrapped for 3600 s"),
        (deployer, "the deployer can get a token, and read as its holder"),
        (wishes, "the courier may set policies of a token"),
        (anywhere, "the courier can have a token made at auth/token/create, by no role"),
        (saying(creation_ttl=2_764_800), "a token is good for 2764800 s; declared: good for 600 s"),
        (saying(renewable=True), "a token can be renewed"),
        (saying(renewable=True, period=600), "a token can be renewed, for ever"),
        (renewed, "a token can be renewed"),
        (
            saying(orphan=False),
            "a token isn't an orphan service token: it ends with the courier's, or can't be revoked",
        ),
        (
            saying(type="batch"),
            "a token isn't an orphan service token: it ends with the courier's, or can't be revoked",
        ),
        (broken, "the courier gets no token: HTTP 403 permission denied"),
    ],
)
def test_what_is_not_as_declared_is_a_problem(tmp_path: Path, server: Server, problem: str) -> None:
    found = used(tmp_path, server)
    assert f"edge: {problem}" in found.problems
    assert found.lines == ()


def test_without_a_courier_nothing_is_claimed(tmp_path: Path) -> None:
    assert used(tmp_path, good, courier=False).problems == ("edge: there is no courier to hand over a token",)
