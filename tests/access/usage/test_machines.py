"""A server that gives secret ids otherwise than declared is found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.access.usage import handing
from workload_secrets.access.usage.context import Usage
from workload_secrets.access.usage.machines import prove
from workload_secrets.declaration import Principal, VaultIdentity
from workload_secrets.declaration.identity import ApproleFacts, JwtFacts
from workload_secrets.keys.vault_http import Answer

Server = Callable[[str, str, int | None], Answer]
FACTS = ApproleFacts(
    method="approle",
    bound_cidrs=("10.1.0.0/24",),
    token_bound_cidrs=("10.1.0.0/24",),
    secret_id_ttl_seconds=600,
    secret_id_uses=3,
)
VAULT = VaultIdentity(auth_mount="m", role="backup", audience="")
JOB = JwtFacts(method="jwt", issuer="https://i", subject="s", audience="a")
PRINCIPALS = {
    "backup": Principal(kind="workload", identity=FACTS, vault=VAULT),
    "job": Principal(kind="workload", identity=JOB, vault=VAULT),
    "pod": Principal(kind="workload", namespace="n", service_account="s", vault=VAULT),
}


class Http:
    def __init__(self, who: str, server: Server) -> None:
        self._who, self._server = who, server

    def as_token(self, token: str, namespace: str | None = None) -> Http:
        return Http(token, self._server)

    def call(
        self, _method: str, path: str, _body: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        return self._server(self._who, path, handing.wrapping(headers))


def good(who: str, path: str, wrap: int | None) -> Answer:
    """A server as declared."""
    if path == "sys/wrapping/unwrap":
        return Answer(200, {"data": {"secret_id": "s", "secret_id_ttl": 600, "secret_id_num_uses": 3}})
    if who == "courier" and wrap is not None and wrap <= 600:
        return Answer(200, {"wrap_info": {"token": "w", "ttl": wrap}})
    return Answer(403, {"errors": ["permission denied"]})


def used(tmp_path: Path, server: Server, *, courier: bool = True) -> Usage:
    return prove(handing.context(tmp_path, PRINCIPALS, Http("admin", server), courier=courier))


def test_a_server_as_declared_has_one_line_a_machine(tmp_path: Path) -> None:
    assert used(tmp_path, good) == Usage(
        (
            "backup: the courier gets secret ids only wrapped, good for 600 s and 3 logins; "
            "the deployer gets none",
        )
    )


def unwrapped(who: str, path: str, wrap: int | None) -> Answer:
    return (
        Answer(200, {"data": {"secret_id": "s"}})
        if wrap is None and who == "courier"
        else good(who, path, wrap)
    )


def long(who: str, path: str, wrap: int | None) -> Answer:
    return good(who, path, min(wrap or 0, 600) or None) if who == "courier" else good(who, path, wrap)


def deployer(who: str, path: str, wrap: int | None) -> Answer:
    return good("courier", path, wrap)


def endless(who: str, path: str, wrap: int | None) -> Answer:
    if path == "sys/wrapping/unwrap":
        return Answer(200, {"data": {"secret_id_ttl": 0, "secret_id_num_uses": 0}})
    return good(who, path, wrap)


def broken(who: str, path: str, wrap: int | None) -> Answer:
    return Answer(403, {"errors": ["permission denied"]})


@pytest.mark.parametrize(
    ("server", "problem"),
    [
        (unwrapped, "the courier can get a secret id that isn't wrapped"),
        (long, "the courier can have a secret id wrapped for 3600 s"),
        (deployer, "the deployer can get a secret id, and log in as the machine"),
        (
            endless,
            "a secret id is good for 0 s and any number of logins; declared: good for 600 s and 3 logins",
        ),
        (broken, "the courier gets no secret id: HTTP 403 permission denied"),
    ],
)
def test_what_is_not_as_declared_is_a_problem(tmp_path: Path, server: Server, problem: str) -> None:
    found = used(tmp_path, server)
    assert f"backup: {problem}" in found.problems
    assert found.lines == ()


def test_without_a_courier_nothing_is_claimed(tmp_path: Path) -> None:
    assert used(tmp_path, good, courier=False).problems == (
        "backup: there is no courier to hand over a secret id",
    )
