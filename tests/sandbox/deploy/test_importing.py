"""Ids of imports, and what they stand for."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.captured import captured
from workload_secrets.access.resources import custom
from workload_secrets.graph.model import Resource
from workload_secrets.sandbox.deploy.importing import (
    FORMS,
    REFUSED,
    ImportedInputs,
    imported,
    place,
)
from workload_secrets.sandbox.deploy.outcome import HandlerError
from workload_secrets.sandbox.deploy.registry import HANDLERS

MOUNT = "vault:index/mount:Mount"
ROLE = "vault:kubernetes/authBackendRole:AuthBackendRole"
POLICY = "vault:index/policy:Policy"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"
STAND_INS = {
    "id": "1234-5678",
    "partition": "aws",
    "account": "111122223333",
    "region": "eu-central-1",
    "random": "a1B2c3",
}


def test_every_type_has_a_form_or_a_reason() -> None:
    assert not FORMS.keys() & REFUSED.keys()
    assert FORMS.keys() | REFUSED.keys() == HANDLERS.keys() | {"kubernetes:helm.sh/v3:Release"}


def id_of(resource: Resource) -> str:
    """The id as the form says, with what only a server knows made up."""
    values = {**resource.inputs, **STAND_INS}
    if "url" in values:
        values["url"] = values["url"].removeprefix("https://")
    return re.sub(r"\{(\w+)\}", lambda name: str(values[name.group(1)]), FORMS[resource.type].text)


@pytest.mark.parametrize("stack", ["dev", "database", "engines", "identities", "rotated"])
def test_an_id_stands_for_the_place_that_the_program_gives(stack: str) -> None:
    found = [r for r in custom(captured(stack)) if r.type in FORMS]
    assert found
    for resource in found:
        form = FORMS[resource.type]
        given = place(resource.type, id_of(resource))
        names = given.keys() - form.fixed.keys() - form.stand_ins.keys()
        assert {name: resource.inputs.get(name) for name in names} == {name: given[name] for name in names}


@pytest.mark.parametrize(
    ("type_", "id_", "said"),
    [
        (ROLE, "billing", "billing is no id of .* it has the form auth/BACKEND/role/ROLENAME"),
        (ROLE, "auth/kubernetes/role/", "has the form"),
        (
            "aws:secretsmanager/secret:Secret",
            "PMP",
            "arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:NAME",
        ),
        (ACCOUNT, "billing", "billing is no id of .* it has the form NAMESPACE/NAME"),
        ("kubernetes:core/v1:Namespace", "a/b", "has the form NAME$"),
        ("kubernetes:apps/v1:DeploymentPatch", "a/b", "a patch is no object of its own"),
        ("vault:index/certAuthBackendRole:CertAuthBackendRole", "x", "the real provider has no import"),
        ("vault:x:Y", "x", "no handler for type vault:x:Y"),
    ],
)
def test_an_id_of_another_form_is_refused_with_the_right_one(type_: str, id_: str, said: str) -> None:
    with pytest.raises(HandlerError, match=said):
        place(type_, id_)


def test_a_path_with_slashes_is_taken_apart_at_the_right_one() -> None:
    assert place(ROLE, "auth/a/role/b/role/c") == {"backend": "a/role/b", "roleName": "c"}
    assert place(MOUNT, "a/b") == {"path": "a/b"}
    assert place(POLICY, "p") == {"name": "p", "allowOverwrite": False}


def test_only_inputs_that_say_something_are_imported() -> None:
    known = {"path": "a"}
    inputs = ImportedInputs(known)
    assert inputs.text("type") == ""
    for name in ("path", "description", "local", "maxLeaseTtlSeconds"):
        inputs.take(name)
    outputs: dict[str, Any] = {
        **{"id": "a", "path": "a", "type": "kv", "description": "", "local": False},
        **{"maxLeaseTtlSeconds": 60, "accessor": "kv_1"},
    }
    assert imported(MOUNT, known, inputs, outputs) == {"path": "a", "type": "kv", "maxLeaseTtlSeconds": 60}


def test_of_an_object_comes_what_the_server_does_not_set_by_itself() -> None:
    known = place(ACCOUNT, "ops/writer")
    metadata = {
        "name": "writer",
        "namespace": "ops",
        "labels": {"a": "b"},
        "uid": "1",
        "resourceVersion": "2",
    }
    found = {**known, "metadata": metadata, "id": "ops/writer", "status": {}, "secrets": [{"name": "s"}]}
    assert imported(ACCOUNT, known, ImportedInputs(known), found) == {
        **{"apiVersion": "v1", "kind": "ServiceAccount", "secrets": [{"name": "s"}]},
        "metadata": {"name": "writer", "namespace": "ops", "labels": {"a": "b"}},
    }


def test_of_an_object_comes_only_what_its_kind_takes() -> None:
    """A namespace's finalizers are in its spec, which no program gives: the refresh after it was refused."""
    type_ = "kubernetes:core/v1:Namespace"
    known = place(type_, "ops")
    found = {**known, "metadata": {"name": "ops"}, "id": "ops", "spec": {"finalizers": ["kubernetes"]}}
    assert imported(type_, known, ImportedInputs(known), found) == known
    custom_type = "kubernetes:external-secrets.io/v1:ExternalSecret"
    given = place(custom_type, "a/b")
    secret = {**given, "id": "a/b", "spec": {"target": {}}, "status": {}}
    assert imported(custom_type, given, ImportedInputs(given), secret) == {**given, "spec": {"target": {}}}
