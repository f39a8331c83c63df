"""A KV mount."""

from __future__ import annotations

import pytest

from components.config.base import Manage
from components.vault.kv_mount import TOKEN, KvMount, KvMountArgs
from tests.engine import declare, inside
from workload_secrets.graph.model import Graph, Mode

MOUNT = "vault:index/mount:Mount"
CONFIG = "vault:kv/secretBackendV2:SecretBackendV2"
MODES: tuple[Mode, ...] = ("preview", "update")


def mount(mode: Mode = "update", manage: Manage = "create", *, protect: bool = False) -> Graph:
    args = KvMountArgs(
        path="pmp-dev",
        manage=manage,
        max_versions=5,
        cas_required=True,
        delete_version_after_seconds=3600,
        protect=protect,
    )
    return declare(lambda opts: KvMount("pmp", args, opts), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_mount_is_of_version_two(mode: Mode):
    made = mount(mode).only(MOUNT)
    assert made.name == "pmp-mount"
    assert made.inputs == {"path": "pmp-dev", "type": "kv", "options": {"version": "2"}}


@pytest.mark.parametrize("mode", MODES)
def test_its_settings_are_written_and_wait_for_the_mount(mode: Mode):
    graph = mount(mode)
    config = graph.only(CONFIG)
    assert config.inputs == {
        "mount": "pmp-dev",
        "maxVersions": 5,
        "casRequired": True,
        "deleteVersionAfter": 3600,
    }
    assert config.options.property_dependencies["mount"] == (graph.only(MOUNT).urn,)
    assert {resource.type for resource in inside(graph, TOKEN)} == {MOUNT, CONFIG}


@pytest.mark.parametrize("mode", MODES)
def test_an_existing_mount_registers_nothing(mode: Mode):
    graph = mount(mode, "existing")
    assert inside(graph, TOKEN) == ()
    assert graph.only(TOKEN).outputs == {"path": "pmp-dev"}


@pytest.mark.parametrize("protect", [True, False])
def test_only_production_protects_and_retains_the_mount(protect: bool):
    options = mount(protect=protect).only(MOUNT).options
    assert (options.protect, options.retain_on_delete) == (protect, protect)


def test_the_output_is_the_path():
    assert mount().only(TOKEN).outputs == {"path": "pmp-dev"}
