"""Transit keys on the real server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from workload_secrets.sandbox.deploy.notes import Notes
from workload_secrets.sandbox.deploy.outcome import HandlerError, Outcome
from workload_secrets.sandbox.deploy.vault.provider import VaultProvider
from workload_secrets.sandbox.openbao import ADMIN

Make = Callable[..., Outcome]
MOUNT, KEY = "vault:index/mount:Mount", "vault:transit/secretBackendKey:SecretBackendKey"
RIGHTS = (
    'path "transit-one/*" { capabilities = ["create", "read", "update", "delete"] }\n'
    'path "transit-one/keys/+" { capabilities = ["create", "read", "update", "delete"] }\n'
)
pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module", autouse=True)
def rights(vault_provider: VaultProvider) -> None:
    """The deployer's rights, given to the administrator that these tests deploy as."""
    policy = vault_provider.read(f"sys/policies/acl/{ADMIN}")
    assert policy is not None
    vault_provider.send("PUT", f"sys/policies/acl/{ADMIN}", {"policy": policy["policy"] + RIGHTS})


def key(name: str, **inputs: Any) -> dict[str, Any]:
    return {"backend": "transit-one", "name": name, "autoRotatePeriod": 86400, **inputs}


@pytest.fixture
def deploy(make: Make) -> Make:
    make(MOUNT, {"path": "transit-one", "type": "transit"})
    return make


def test_a_second_run_changes_nothing_and_a_new_period_is_written(deploy: Make):
    changed = key("two", autoRotatePeriod=0)
    states = [deploy(KEY, values).state for values in (key("two"), key("two"), changed, changed)]
    assert states == ["created", "same", "updated", "same"]


def test_a_key_says_its_newest_version(deploy: Make):
    made = deploy(KEY, key("outputs")).outputs
    assert (made["id"], made["latestVersion"]) == ("transit-one/keys/outputs", 1)


def test_a_minimum_above_the_first_version_is_reached_by_rotating(deploy: Make, notes: Notes):
    deploy(KEY, key("old", minDecryptionVersion=3))
    assert deploy(KEY, key("old", minDecryptionVersion=3)).outputs["latestVersion"] == 3
    assert any("transit-one/keys/old" in line for line in notes.lists()["substitutions"])


def test_what_the_provider_misspells_on_create_is_named(deploy: Make, notes: Notes):
    deploy(KEY, key("spelt", minEncryptionVersion=1))
    assert any("keys/spelt" in line for line in notes.lists()["notEnforced"])


def test_the_server_refuses_to_delete_a_key(deploy: Make, vault_provider: VaultProvider):
    deploy(KEY, key("guarded"))
    with pytest.raises(HandlerError, match="deletion is not allowed"):
        vault_provider.send("DELETE", "transit-one/keys/guarded")


def test_an_exported_key_can_t_be_made_secret_again(deploy: Make):
    deploy(KEY, key("open", exportable=True))
    with pytest.raises(HandlerError, match="read back differs from what was written in exportable"):
        deploy(KEY, key("open"))


def test_the_kind_of_a_key_is_never_changed(deploy: Make):
    deploy(KEY, key("kind"))
    with pytest.raises(HandlerError, match="differs in type, which can't be changed"):
        deploy(KEY, key("kind", type="rsa-3072"))


def test_an_input_without_handler_is_refused(deploy: Make):
    with pytest.raises(HandlerError, match="no handler for input colour"):
        deploy(KEY, key("never", colour="red"))
