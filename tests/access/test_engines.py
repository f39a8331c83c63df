"""Certificates and keys: what policies grant on them, and which changes would lose them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workload_secrets.access.change import change
from workload_secrets.access.compare import compare
from workload_secrets.access.declared import declared
from workload_secrets.access.derived import declaration_of, derived
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph

PROJECT = Path(__file__).parents[2]
POLICY = "vault:index/policy:Policy"
ROOT = "vault:pkiSecret/secretBackendRootCert:SecretBackendRootCert"
REQUEST = "vault:pkiSecret/secretBackendIntermediateCertRequest:SecretBackendIntermediateCertRequest"
KEY = "vault:transit/secretBackendKey:SecretBackendKey"
Edit = Callable[[Graph, str, str, Callable[[dict[str, Any]], None]], Graph]


@pytest.fixture(scope="module")
def engines() -> Graph:
    return capture(PROJECT, "tests/stacks/engines.yaml")


def differences(graph: Graph) -> list[str]:
    found = compare(declared(declaration_of(graph)), derived(graph), "derived")
    return sorted(f"{d.principal} {d.verb} {d.secret}" for d in found)


def test_the_policies_grant_what_is_declared(engines: Graph) -> None:
    assert differences(engines) == []


@pytest.mark.parametrize(
    ("path", "capability", "expected"),
    [
        ("transit-crypt/decrypt/pii", "update", "shop decrypt pii"),
        ("transit-crypt/export/encryption-key/pii", "read", "shop decrypt pii"),
        ("transit-crypt/rewrap/+", "update", "shop rewrap pii"),
        ("transit-crypt/keys/pii", "update", "shop write pii"),
        ("pki/crypt/roles/*", "create", "shop write shop-cert"),
        ("transit-crypt/keys/", "list", "shop list pii"),
    ],
)
def test_what_a_policy_grants_too_much_is_named(
    engines: Graph, edit: Edit, path: str, capability: str, expected: str
) -> None:
    def widen(inputs: dict[str, Any]) -> None:
        inputs["policy"] += f'\npath "{path}" {{ capabilities = ["{capability}"] }}\n'

    assert expected in differences(edit(engines, POLICY, "shop-policy", widen))


@pytest.mark.parametrize("path", ["pki/crypt/sign/shop", "pki/crypt/sign-verbatim/shop"])
def test_signing_a_request_is_issuing_too(engines: Graph, edit: Edit, path: str) -> None:
    def widen(inputs: dict[str, Any]) -> None:
        inputs["policy"] += f'\npath "{path}" {{ capabilities = ["update"] }}\n'

    assert "export issue shop-cert" in differences(edit(engines, POLICY, "export-policy", widen))


def test_a_policy_that_limits_more_than_dates_leaves_the_right_open(engines: Graph, edit: Edit) -> None:
    def narrow(inputs: dict[str, Any]) -> None:
        inputs["policy"] = inputs["policy"].replace('"not_after"', '"common_name"')

    assert "shop issue shop-cert" in differences(edit(engines, POLICY, "shop-policy", narrow))


@pytest.mark.parametrize(
    ("type_", "name", "key", "value"),
    [
        (ROOT, "root-root", "commonName", "Another root"),
        (ROOT, "root-root", "keyType", "rsa"),
        (REQUEST, "web-request", "keyBits", 256),
        (KEY, "pii-key", "type", "rsa-3072"),
        (KEY, "lookup-key", "derived", False),
        (KEY, "pii-key", "name", "pii2"),
    ],
)
def test_what_would_lose_a_key_is_refused_and_the_way_round_named(
    engines: Graph, edit: Edit, type_: str, name: str, key: str, value: Any
) -> None:
    (refused,) = change(
        engines, edit(engines, type_, name, lambda inputs: inputs.update({key: value}))
    ).refused
    assert f"{key} would replace it: declare a" in refused


def test_a_shorter_rotation_is_no_loss(engines: Graph, edit: Edit) -> None:
    new = edit(engines, KEY, "pii-key", lambda inputs: inputs.update(autoRotatePeriod=3600))
    assert change(engines, new).refused == ()
