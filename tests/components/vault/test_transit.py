"""Transit mounts and keys."""

from __future__ import annotations

from typing import Any

import pytest

from components.vault import transit_key, transit_mount
from components.vault.transit_key import TransitKey, TransitKeyArgs
from components.vault.transit_mount import TransitMount, TransitMountArgs
from tests.engine import declare, inside
from workload_secrets.graph.model import Graph, Mode

MOUNT = "vault:index/mount:Mount"
KEY = "vault:transit/secretBackendKey:SecretBackendKey"
MODES: tuple[Mode, ...] = ("preview", "update")


def key(mode: Mode = "update", **given: Any) -> Graph:
    args = TransitKeyArgs(mount="transit", key="pii", **given)
    return declare(lambda opts: TransitKey("pii", args, opts), mode)


def mount(mode: Mode = "update", **given: Any) -> Graph:
    return declare(lambda opts: TransitMount("keys", TransitMountArgs(path="transit", **given), opts), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_key_can_t_leave_and_can_t_be_deleted(mode: Mode):
    assert key(mode, auto_rotate_seconds=86400).only(KEY).inputs == {
        "backend": "transit",
        "name": "pii",
        "type": "aes256-gcm96",
        "autoRotatePeriod": 86400,
        "minDecryptionVersion": 1,
        "minEncryptionVersion": 0,
        "derived": False,
        "convergentEncryption": False,
        "deletionAllowed": False,
        "exportable": False,
        "allowPlaintextBackup": False,
    }


def test_the_same_ciphertext_needs_a_context():
    found = key(convergent=True).only(KEY).inputs
    assert found["convergentEncryption"] is found["derived"] is True


@pytest.mark.parametrize("protect", [True, False])
def test_only_production_protects_and_retains_mount_and_key_that_may_be_deleted(protect: bool):
    for options in (
        key(protect=protect, deletion_allowed=True).only(KEY).options,
        mount(protect=protect).only(MOUNT).options,
    ):
        assert (options.protect, options.retain_on_delete) == (protect, protect)


def test_a_key_that_its_server_won_t_delete_is_protected_in_every_tier():
    options = key(protect=False).only(KEY).options
    assert (options.protect, options.retain_on_delete) == (True, True)


@pytest.mark.parametrize("mode", MODES)
def test_an_existing_mount_registers_nothing(mode: Mode):
    graph = mount(mode, manage="existing")
    assert inside(graph, transit_mount.TOKEN) == ()
    assert graph.only(transit_mount.TOKEN).outputs == {"path": "transit"}


def test_outputs_are_the_paths():
    assert key().only(transit_key.TOKEN).outputs == {"path": "transit/keys/pii"}
    assert mount().only(transit_mount.TOKEN).outputs == {"path": "transit"}
