"""The auth mounts of those that are no pods."""

from __future__ import annotations

from typing import Any

import pytest

from components.vault.identity_mount import TOKEN, IdentityMount, IdentityMountArgs
from tests.engine import declare, inside
from workload_secrets.graph.model import Graph, Mode

ISSUER = "https://token.actions.githubusercontent.com"
MODES: tuple[Mode, ...] = ("preview", "update")


def mount(mode: Mode = "update", **changes: Any) -> Graph:
    given: dict[str, Any] = {"path": "ci", "method": "jwt", "issuer": ISSUER}
    return declare(lambda opts: IdentityMount("ci", IdentityMountArgs(**(given | changes)), opts), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_jwt_mount_trusts_one_issuer_by_its_discovery(mode: Mode) -> None:
    inputs = mount(mode).only("vault:jwt/authBackend:AuthBackend").inputs
    assert {key: inputs[key] for key in ("path", "type", "boundIssuer", "oidcDiscoveryUrl")} == {
        "path": "ci",
        "type": "jwt",
        "boundIssuer": ISSUER,
        "oidcDiscoveryUrl": ISSUER,
    }
    assert "jwtValidationPubkeys" not in inputs


def test_given_keys_take_the_place_of_discovery() -> None:
    inputs = mount(public_keys=("PEM",)).only("vault:jwt/authBackend:AuthBackend").inputs
    assert inputs["jwtValidationPubkeys"] == ["PEM"]
    assert inputs["boundIssuer"] == ISSUER
    assert "oidcDiscoveryUrl" not in inputs


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("method", ["approle", "cert"])
def test_the_other_mounts_have_nothing_to_configure(mode: Mode, method: str) -> None:
    graph = mount(mode, method=method, issuer=None, path=method)
    (resource,) = inside(graph, TOKEN)
    assert (resource.type, resource.inputs["type"]) == ("vault:index/authBackend:AuthBackend", method)
    assert resource.inputs["path"] == method


@pytest.mark.parametrize("method", ["jwt", "approle", "cert"])
def test_an_existing_mount_registers_nothing(method: str) -> None:
    graph = mount(method=method, manage="existing")
    assert inside(graph, TOKEN) == ()
    assert graph.only(TOKEN).outputs["path"] == "ci"
