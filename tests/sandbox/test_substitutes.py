"""What stands in for the declared things in a stack file for the Pulumi CLI."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from components.config.load import parse
from tests.captured import captured
from tests.stacks.read import ROOT, data
from workload_secrets.access.derived import declaration_of
from workload_secrets.sandbox import substitutes

KEY = "a key that the sandbox signs with as this issuer"


def sandbox(folder: Path, stack: str) -> Any:
    cluster = SimpleNamespace(public_key_file=ROOT / "tests/stacks/generic-issuer.pem")
    access = SimpleNamespace(cluster="c")
    return SimpleNamespace(folder=folder, clusters={"c": cluster}, stacks={stack: access})


def made(folder: Path, stack: str, **changes: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    config = {**data(stack), **changes}
    declaration = declaration_of(captured(stack))
    found, said = substitutes.configuration(sandbox(folder, stack), stack, declaration, config)
    assert config == {**data(stack), **changes}, "what is given stays as it is"
    return found, said


def test_the_cluster_s_keys_stand_in_for_its_discovery(tmp_path: Path) -> None:
    changed, said = made(tmp_path, "dev")
    assert set(changed) == {"facts"}
    assert changed["facts"]["vault"]["publicKeyFiles"] == [str(ROOT / "tests/stacks/generic-issuer.pem")]
    assert said == (
        "discovery of https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE → "
        "the sandbox cluster's public keys",
    )
    parse({**data("dev"), **changed}, file="Pulumi.sandbox.yaml", folder=ROOT)


def test_every_other_issuer_gets_a_key_of_its_own(tmp_path: Path) -> None:
    changed, said = made(tmp_path, "identities")
    logins = [*changed["workloads"].values(), *changed["writers"].values()]
    files = {
        login["identity"]["issuer"]: login["identity"]["publicKeyFiles"]
        for login in logins
        if login.get("identity", {}).get("method") == "jwt"
    }
    assert set(files) == {"https://token.actions.githubusercontent.com", "https://gitlab.example/ci"}
    assert len({name for (name,) in files.values()}) == 2
    assert all(Path(name).read_text().startswith("-----BEGIN PUBLIC KEY") for (name,) in files.values())
    assert sum(KEY in line for line in said) == 2
    parse({**data("identities"), **changed}, file="Pulumi.sandbox.yaml", folder=ROOT)


@pytest.mark.parametrize("stack", ["rotated", "prod"])
def test_audit_devices_of_vault_are_left_to_their_owner(tmp_path: Path, stack: str) -> None:
    devices = {"file": {"type": "file", "path": "/vault/audit/audit.log"}}
    shared = {**data(stack)["shared"], "audit": {"devices": devices}}
    changed, said = made(tmp_path, stack, shared=shared)
    product = data(stack)["facts"].get("vault", {}).get("product")
    assert ("shared" in changed) is (product == "vault")
    if product == "vault":
        assert changed["shared"]["audit"] == {"devices": devices, "manage": "existing"}
        assert any(line.startswith("audit device file of type file: not made") for line in said)


def test_nothing_is_changed_where_nothing_stands_in(tmp_path: Path) -> None:
    assert made(tmp_path, "aws-only") == ({}, ())
