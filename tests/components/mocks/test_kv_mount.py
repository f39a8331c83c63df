"""A KV version 2 mount."""

from __future__ import annotations

from collections.abc import Coroutine

import pulumi
import pytest

from components.config.base import Manage
from components.vault.kv_mount import KvMount, KvMountArgs
from tests.components.mocks.mocks import Cloud, deployed

MOUNT = ("vault:index/mount:Mount", "pmp-mount")
CONFIG = ("vault:kv/secretBackendV2:SecretBackendV2", "pmp-config")
COMPONENT = ("workload-secrets:vault:KvMount", "pmp")


def mount(manage: Manage = "create", *, protect: bool = False) -> KvMount:
    args = KvMountArgs(
        path="pmp-dev",
        manage=manage,
        description="Secrets of the platform",
        max_versions=5,
        delete_version_after_seconds=3600,
        protect=protect,
    )
    return KvMount("pmp", args)


def test_the_mount_is_of_version_two(preview: bool) -> None:
    assert deployed(mount, preview=preview)[MOUNT].inputs == {
        "path": "pmp-dev",
        "type": "kv",
        "options": {"version": "2"},
        "description": "Secrets of the platform",
    }


def test_its_settings_are_for_this_mount_and_wait_for_it(preview: bool) -> None:
    config = deployed(mount, preview=preview)[CONFIG]
    assert config.inputs == {
        "mount": "pmp-dev",
        "maxVersions": 5,
        "casRequired": False,
        "deleteVersionAfter": 3600,
    }
    assert config.waits_for == {"::".join(MOUNT)}


def test_both_are_children_of_the_component(preview: bool) -> None:
    cloud = deployed(mount, preview=preview)
    assert cloud.registered == {COMPONENT, MOUNT, CONFIG}
    assert cloud[MOUNT].parent == cloud[CONFIG].parent == "::".join(COMPONENT)


def test_an_existing_mount_is_left_alone(preview: bool) -> None:
    assert deployed(lambda: mount("existing"), preview=preview).registered == {COMPONENT}


@pytest.mark.parametrize("protect", [True, False])
def test_a_protected_mount_survives_its_code(protect: bool) -> None:
    made = deployed(lambda: mount(protect=protect))[MOUNT]
    assert (made.protect, made.retain_on_delete) == (protect, protect)


def test_no_input_is_secret(preview: bool) -> None:
    assert deployed(mount, preview=preview).marked == set()


@pytest.mark.parametrize("manage", ["create", "existing"])
@pulumi.runtime.test
def test_the_output_is_the_path_at_a_preview_too(
    manage: Manage, preview: bool
) -> Coroutine[None, None, None]:
    Cloud(preview=preview).begin()
    made = mount(manage)

    async def check() -> None:
        assert await made.path.future() == "pmp-dev"
        assert not await made.path.is_secret()

    return check()
