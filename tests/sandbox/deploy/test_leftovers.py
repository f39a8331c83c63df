"""What counts as left after a destroy, and what has a reason to be there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stacks.read import ROOT, path
from workload_secrets.access.resources import custom
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Resource
from workload_secrets.sandbox.deploy.leftovers import Left, left, names

MOUNT = "vault:index/mount:Mount"
SECRET = "aws:secretsmanager/secret:Secret"


def resource(type_: str, outputs: dict[str, Any], provider: dict[str, Any] | None = None) -> Resource:
    return Resource(
        urn=f"urn:pulumi:one::small::{type_}::it",
        type=type_,
        name="it",
        parent=None,
        custom=True,
        inputs={},
        outputs=outputs,
        provider=provider or {},
    )


def problems(before: dict[str, Any], made: set[str], after: dict[str, Any], *kept: Resource) -> list[str]:
    return list(left(before, made, after, kept).problems)


def test_what_up_made_and_is_still_there_is_named() -> None:
    after = {"vault/sys/policies/acl/billing": {}, "vault/sys/policies/acl/prover": {}}
    made = {"vault/sys/policies/acl/billing"}
    assert problems({}, made, after) == ["vault/sys/policies/acl/billing is still there"]
    assert problems({}, made, {}) == []
    assert problems({}, {"aws/role/sandbox-cluster"}, {"aws/role/sandbox-cluster": {}}) == []


def test_what_is_protected_may_stay_and_nothing_beside_it() -> None:
    after = {"vault/team/sys/mounts/apps/": {}, "vault/team/apps/config": {}, "vault/sys/mounts/apps/": {}}
    kept = resource(MOUNT, {"path": "apps"}, {"namespace": "team"})
    found = left({}, after, after, [kept])
    assert found == Left(waiting=0, kept=2, accounts=0, problems=("vault/sys/mounts/apps/ is still there",))


def test_a_deletion_window_is_a_reason_to_be_there_and_its_absence_is_none() -> None:
    after = {
        "aws/secret/one": {"Name": "one", "DeletedDate": "2026-01-01"},
        "aws/secret/two": {"Name": "two"},
        "aws/key/1": {"KeyState": "PendingDeletion"},
        "aws/key/1/policy": "{}",
        "aws/key/2": {"KeyState": "Enabled"},
    }
    found = left({}, after, after, [])
    assert found.waiting == 2
    assert found.problems == ("aws/key/2 is still there", "aws/secret/two is still there")


def test_what_was_there_before_must_be_as_it_was() -> None:
    account = "kubernetes/ServiceAccount/shop/default"
    before = {
        account: {"metadata": {"name": "default", "resourceVersion": "1", "annotations": None}},
        "vault/sys/policies/acl/shared": {"policy": "a"},
        "vault/apps/metadata/token": {"versions": {"1": {}}, "max_versions": 3},
        "aws/role/gone": {},
    }
    after = {
        account: {"metadata": {"name": "default", "resourceVersion": "9", "annotations": {"role": "x"}}},
        "vault/sys/policies/acl/shared": {"policy": "b"},
        "vault/apps/metadata/token": {"versions": {"1": {}, "2": {}}, "max_versions": 3},
    }
    assert problems(before, set(), after) == [
        "aws/role/gone was there before, and is gone",
        f"{account} was there before, and is another now at metadata.annotations",
        "vault/sys/policies/acl/shared was there before, and is another now at policy",
    ]
    assert problems(before, set(), before) == []


def test_the_account_that_a_patch_gave_to_pods_is_counted_and_nothing_else_of_them_may_stay() -> None:
    name = "kubernetes/Deployment/shop/api"
    before = {name: {"spec": {"template": {"spec": {"containers": []}}}}}
    pods = {"serviceAccount": "api", "serviceAccountName": "api", "containers": []}
    after = {name: {"spec": {"template": {"spec": pods}}}}
    found = left(before, set(), after, [])
    assert (found.accounts, found.problems) == (1, ())
    pods["volumes"] = ["token"]
    assert problems(before, set(), after) == [
        f"{name} was there before, and is another now at spec.template.spec.volumes"
    ]


def test_a_value_that_differs_is_not_shown() -> None:
    (said,) = problems({"aws/role/a": {"tags": "first"}}, set(), {"aws/role/a": {"tags": "second"}})
    assert "first" not in said
    assert "second" not in said


@pytest.mark.parametrize("stack", ["engines", "prod", "eks", "ci"])
def test_everything_protected_has_a_name_in_a_listing_or_is_a_part_of_what_has(stack: str) -> None:
    """Certificates of an authority go with its mount, and a Helm release can't be made here."""
    parts = ("vault:pkiSecret/", "kubernetes:helm.sh/")
    graph = capture(ROOT, str(path(stack)) if stack != "prod" else stack)
    protected = [r for r in custom(graph) if r.options.protect and not r.type.startswith(parts)]
    assert protected
    assert all(names(r) for r in protected), [r.type for r in protected if not names(r)]
