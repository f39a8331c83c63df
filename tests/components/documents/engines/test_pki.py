"""What a deployer may do with PKI mounts."""

from __future__ import annotations

from typing import Any

import pytest

from components.config.load import parse
from components.documents.engines.pki import deployer_paths, existing_mounts, used_mounts
from tests.stacks.read import ROOT, changed


def config(stack: str = "engines", **changes: Any):
    return parse(changed(stack, changes), file=f"{stack}.yaml", folder=ROOT)


def test_the_deployer_makes_mounts_cas_and_roles_and_issues_nothing():
    paths = deployer_paths(config())
    assert paths["pki/root-crypt/issuers/generate/root/internal"] == ("update",)
    assert paths["pki/crypt/issuers/generate/intermediate/internal"] == ("update",)
    assert paths["pki/crypt/intermediate/set-signed"] == ("update",)
    assert paths["pki/root-crypt/root/sign-intermediate"] == ("update",)
    assert paths["pki/crypt/roles/shop"] == ("create", "read", "update", "delete")
    assert paths["sys/mounts/pki/crypt"] == ("create", "read", "update")
    assert not [path for path in paths if "/issue/" in path or "/sign/" in path or "exported" in path]


def test_only_in_development_is_a_mount_deleted():
    assert "delete" in deployer_paths(config(tier="development"))["sys/mounts/pki/crypt"]


def test_an_existing_mount_gets_roles_and_nothing_else():
    found = config("engines-existing")
    assert set(deployer_paths(found)) == {"pki/roles/shop"}
    assert existing_mounts(found) == ("pki",)


def test_a_root_that_no_secret_uses_is_made_for_what_it_signs_and_first():
    assert list(used_mounts(config())) == ["root", "partner", "web"]


@pytest.mark.parametrize("waits", [True, False])
def test_a_mount_that_waits_for_its_certificate_is_made_without_a_secret(waits: bool):
    later = {"mount": "later", "commonName": "L", "kind": "intermediate" if waits else "root"}
    changes: dict[str, Any] = {"shared/pkiMounts/later": later}
    found = config(**changes)
    assert ("later" in used_mounts(found)) is waits
    assert ("later/issuers/generate/intermediate/internal" in deployer_paths(found)) is waits
