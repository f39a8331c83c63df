"""What replaces a resource, and what a server may choose, is what the real providers' schemas say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from workload_secrets.graph.changes import CHOSEN, REPLACED, changed
from workload_secrets.sandbox.deploy.registry import HANDLERS

SCHEMAS: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "provider_schemas.yaml").read_text("utf-8")
)
_MOVED = "the provider remounts it, which is no change of one object"
_LEFT_BEHIND = "the provider writes to the other mount and keeps the id of the first"
_RENAMED = "the provider leaves the old connection behind, with its name as the id"
_PLACE_OF_TOKENS = "the provider has no such input: tokens have one place"
REPLACED_HERE_ALONE = {
    ("vault:database/secretBackendConnection:SecretBackendConnection", "name"): _RENAMED,
    ("vault:index/authBackend:AuthBackend", "path"): _MOVED,
    ("vault:jwt/authBackend:AuthBackend", "path"): _MOVED,
    ("vault:index/mount:Mount", "path"): _MOVED,
    ("vault:pkiSecret/backendConfigAutoTidy:BackendConfigAutoTidy", "backend"): _LEFT_BEHIND,
    ("vault:pkiSecret/secretBackendConfigUrls:SecretBackendConfigUrls", "backend"): _LEFT_BEHIND,
    ("vault:tokenauth/authBackendRole:AuthBackendRole", "backend"): _PLACE_OF_TOKENS,
}
DEFAULTED = {
    ("aws:eks/podIdentityAssociation:PodIdentityAssociation", "disableSessionTags"),
    ("vault:index/audit:Audit", "path"),
    ("vault:index/authBackend:AuthBackend", "path"),
    ("vault:index/policy:Policy", "allowOverwrite"),
}
"""Computed, and yet the same wherever nothing is given: a default, or a place."""


def names(type_: str, *parts: str) -> list[str]:
    return [name for part in parts for name in SCHEMAS[type_][part]]


def test_the_schemas_are_of_every_type() -> None:
    assert SCHEMAS.keys() == HANDLERS.keys()


@pytest.mark.parametrize("type_", sorted(SCHEMAS))
def test_an_input_replaces_where_the_provider_says_so(type_: str) -> None:
    for name in names(type_, "replaces", "computed", "updated"):
        _, replacing = changed(type_, {name: "a"}, {name: "b"})
        theirs = name in SCHEMAS[type_]["replaces"]
        ours_alone = (type_, name) in REPLACED_HERE_ALONE
        assert bool(replacing) == (theirs or ours_alone), name
        assert not (theirs and ours_alone), f"{name}: no difference any more"


@pytest.mark.parametrize("type_", sorted(SCHEMAS))
def test_the_server_may_choose_where_the_provider_says_so(type_: str) -> None:
    theirs = {name for name in names(type_, "computed") if (type_, name) not in DEFAULTED}
    assert CHOSEN.get(type_, frozenset()) == theirs


def test_the_tables_name_no_type_that_has_no_handler() -> None:
    assert REPLACED.keys() == HANDLERS.keys()
    assert CHOSEN.keys() <= HANDLERS.keys()


@pytest.mark.parametrize(
    ("type_", "path", "replaces"),
    [
        ("kubernetes:apps/v1:Deployment", "spec.selector", True),
        ("kubernetes:apps/v1:Deployment", "spec.revisionHistoryLimit", False),
        ("kubernetes:apps/v1:StatefulSet", "spec.revisionHistoryLimit", True),
        ("kubernetes:apps/v1:StatefulSet", "spec.podManagementPolicy", True),
        ("kubernetes:apps/v1:StatefulSet", "spec.serviceName", True),
        ("kubernetes:apps/v1:StatefulSetPatch", "spec.serviceName", False),
        ("kubernetes:apps/v1:StatefulSetPatch", "metadata.name", True),
        ("kubernetes:core/v1:ServiceAccount", "metadata.namespace", True),
        ("kubernetes:helm.sh/v3:Release", "namespace", True),
        ("kubernetes:helm.sh/v3:Release", "chart", False),
        ("kubernetes:helm.sh/v3:Release", "version", False),
    ],
)
def test_of_objects_only_what_the_provider_says(type_: str, path: str, replaces: bool) -> None:
    head, _, inner = path.partition(".")

    def given(value: str) -> dict[str, Any]:
        return {head: {inner: value} if inner else value}

    assert changed(type_, given("a"), given("b")) == ([path], [path] if replaces else [])
