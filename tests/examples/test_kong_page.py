"""What Kong's page shows is refused outside development, with what to write instead.

The page: https://developer.konghq.com/how-to/configure-hashicorp-vault-as-a-vault-backend/
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.examples.refusing import by_key, refused
from tests.stacks.read import ROOT
from workload_secrets.cli.main import run
from workload_secrets.errors import Exit

PAGE = ROOT / "tests" / "examples" / "kong-page.yaml"
EXAMPLE = ROOT / "examples" / "kong.yaml"
VAULT = "gateways.quickstart.vaults.hashicorp-vault"
EDGE = "gateways.edge.vaults.hashicorp-vault"


def test_the_pages_own_form_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["preview", str(PAGE), "--project", str(ROOT)]) == Exit.INPUT
    *problems, rules = capsys.readouterr().err.removeprefix("error: ").splitlines()
    found = by_key("\n".join(problems), "tests/examples/kong-page.yaml")
    assert rules == "rules of the review about this: VLT-01, KNG-02"
    assert {key: text.split("; remedy: ")[1] for key, text in found.items()} == {
        "endpoints.vault.address": "use TLS: secrets would travel in clear text",
        f"{VAULT}.protocol": "remove the key: over http values and logins would travel in clear text",
        f"{VAULT}.ttl": "write ttl: 300",
        f"{VAULT}.negTtl": "write negTtl: 60",
        f"{VAULT}.resurrectTtl": "write resurrectTtl: 3600",
    }


WELL_FORMED: dict[str, Any] = {
    "endpoints.vault.address": "https://vault.page.example:8200",
    f"{VAULT}.protocol": ...,
    f"{VAULT}.ttl": 300,
    f"{VAULT}.negTtl": 60,
    f"{VAULT}.resurrectTtl": 3600,
}


def test_over_tls_its_token_and_its_mount_are_refused() -> None:
    found = refused(PAGE, WELL_FORMED)
    assert found[f"{VAULT}.auth"].startswith('got "token"; allowed: a login, in tier production')
    assert found[f"{VAULT}.auth"].endswith(
        "remedy: use kubernetes where the gateway runs in the cluster, else cert or approle"
    )
    assert found[f"{VAULT}.mount"].endswith(
        "remedy: declare the mount in shared.kvMounts, or correct the name"
    )
    assert set(found) == {f"{VAULT}.auth", f"{VAULT}.mount", "secrets.acme.mount"}


def test_its_entity_pasted_is_refused_key_by_key_without_its_token() -> None:
    entity = {
        "name": "hcv",
        "prefix": "hashicorp-vault",
        "config": {"host": "host.docker.internal", "token": "hunter2", "mount": "secret", "protocol": "http"},
    }
    found = refused(PAGE, {**WELL_FORMED, VAULT: entity})
    assert found[f"{VAULT}.name"].endswith("its key is its prefix")
    assert found[f"{VAULT}.prefix"].endswith("remedy: remove it: the vault's key is its prefix")
    assert "the vault's own key here, or derived" in found[f"{VAULT}.config"]
    assert "hunter2" not in "".join(found.values())


@pytest.mark.parametrize(
    ("key", "value", "remedy"),
    [
        (f"{EDGE}.kv", "v1", "remove the key and use a KV version 2 mount"),
        (f"{EDGE}.protocol", "http", "remove the key: over http values and logins"),
        (f"{EDGE}.ttl", 0, "write ttl: 300"),
        (f"{EDGE}.ttl", ..., "write ttl: 300"),
        (f"{EDGE}.resurrectTtl", ..., "write resurrectTtl: 3600"),
        (f"{EDGE}.resurrectTtl", 0, "write resurrectTtl: 3600"),
        (f"{EDGE}.negTtl", ..., "write negTtl: 60"),
        (f"{EDGE}.mount", "secret", "declare the mount in shared.kvMounts"),
        (
            "gateways.edge.references.0",
            "{vault://other/customer/acme/name}",
            "declare the vault, or correct it",
        ),
        (
            "gateways.edge.references.0",
            "{vault://hashicorp-vault/customer/acme/nome}",
            "correct the last segment, or add the key to secrets.acme.keys",
        ),
        (
            "gateways.edge.references.0",
            "{vault://hashicorp-vault/customer/acne/name}",
            "declare the secret in secrets, or correct the path",
        ),
        (
            "gateways.edge.references.0",
            "Bearer {vault://hashicorp-vault/customer/acme/name}",
            "write it like that",
        ),
    ],
)
def test_a_single_mistake_names_its_key_and_remedy(key: str, value: Any, remedy: str) -> None:
    found = refused(EXAMPLE, {key: value})
    assert set(found) == {key}
    assert f"remedy: {remedy}" in found[key]
