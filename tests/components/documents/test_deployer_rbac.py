"""RBAC of the deployer and the prover."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from components.documents.deployer_rbac import (
    DEPLOYER,
    PROVER,
    CustomNames,
    StackObjects,
    deployer_rbac,
    prover_rbac,
)

STACK = StackObjects(
    created_namespaces=("billing",),
    existing_namespaces=("feature-test",),
    created_accounts=(("billing", "billing"), ("feature-test", "mxplatform")),
    existing_accounts=(("feature-test", "default"),),
    patched_accounts=(("feature-test", "default"),),
    operator_namespaces=("mendix",),
    binding="reviewers",
)


def rules(objects: list[dict[str, Any]]) -> dict[str | None, list[tuple[str, tuple[str, ...], object]]]:
    """Resource, verbs and names of each rule, by namespace."""
    return {
        found["metadata"].get("namespace"): [
            (rule["resources"][0], tuple(rule["verbs"]), rule.get("resourceNames")) for rule in found["rules"]
        ]
        for found in objects
        if "rules" in found
    }


def test_the_deployer_is_bound_by_name_and_creates_in_its_namespaces():
    owned = ("delete", "get", "patch")
    assert rules(deployer_rbac(STACK)) == {
        None: [
            ("namespaces", ("create", "list", "watch"), None),
            ("namespaces", owned, ["billing"]),
            ("serviceaccounts", ("create", "list", "watch"), None),
            ("serviceaccounts", owned, ["billing"]),
            ("clusterrolebindings", ("create", "list", "watch"), None),
            ("clusterrolebindings", owned, ["reviewers"]),
            ("clusterroles", ("bind",), ["system:auth-delegator"]),
        ],
        "feature-test": [
            ("serviceaccounts", ("create", "list", "watch"), None),
            ("serviceaccounts", owned, ["mxplatform"]),
            ("serviceaccounts", ("get", "patch"), ["default"]),
        ],
        "mendix": [("operatorconfigurations", ("get", "patch"), ["mendix-operator-configuration"])],
    }


def test_a_deletion_can_be_waited_for():
    """The provider's informer lists and watches the kind without naming the object."""
    for held in rules(deployer_rbac(STACK)).values():
        deleted = {resource for resource, verbs, _ in held if "delete" in verbs}
        watched = {
            resource for resource, verbs, names in held if {"list", "watch"} <= set(verbs) and not names
        }
        assert watched == deleted


def test_namespaces_that_are_kept_can_not_be_deleted():
    found = rules(deployer_rbac(replace(STACK, keeps_namespaces=True)))[None]
    assert [rule for rule in found if rule[0] == "namespaces"] == [
        ("namespaces", ("create",), None),
        ("namespaces", ("get", "patch"), ["billing"]),
    ]


def test_the_deployer_mints_no_token_and_reads_no_secret():
    resources = {rule[0] for held in rules(deployer_rbac(STACK)).values() for rule in held}
    assert not {"serviceaccounts/token", "secrets"} & resources


def test_the_prover_mints_tokens_of_the_stacks_accounts_only():
    found = rules(prover_rbac(STACK))
    assert found["billing"] == [
        ("serviceaccounts", ("get",), ["billing"]),
        ("serviceaccounts/token", ("create",), ["billing"]),
    ]
    assert found["feature-test"] == [
        ("serviceaccounts", ("get",), ["default", "mxplatform"]),
        ("serviceaccounts/token", ("create",), ["default", "mxplatform"]),
    ]
    assert found[None] == [("namespaces", ("get",), ["billing", "feature-test", "mendix"])]


def test_every_role_is_bound_to_one_user():
    for objects, user in ((deployer_rbac(STACK), DEPLOYER), (prover_rbac(STACK), PROVER)):
        bindings = [found for found in objects if "subjects" in found]
        assert len(bindings) == len(objects) / 2
        for binding in bindings:
            subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}
            assert binding["subjects"] == [subject]


def test_an_empty_stack_grants_nothing():
    assert deployer_rbac(StackObjects()) == []
    assert prover_rbac(StackObjects()) == []


STORES = ("external-secrets.io", "secretstores")
WITH_OBJECTS = StackObjects(
    created_namespaces=("billing", "shop"),
    existing_namespaces=("ops",),
    custom=(
        CustomNames(group=STORES[0], plural=STORES[1], namespace="billing", names=("b",)),
        CustomNames(group=STORES[0], plural=STORES[1], namespace="ops", names=("c", "d")),
        CustomNames(group=STORES[0], plural=STORES[1], namespace="shop", names=("a",)),
    ),
)


def test_the_deployer_owns_exactly_the_stacks_objects_by_name():
    owned = ("delete", "get", "patch")
    found = rules(deployer_rbac(WITH_OBJECTS))
    assert found["ops"] == [
        ("secretstores", ("create", "list", "watch"), None),
        ("secretstores", owned, ["c", "d"]),
    ]
    assert found[None][-2:] == [
        ("secretstores", ("create", "list", "watch"), None),
        ("secretstores", owned, ["a", "b"]),
    ]
    assert set(found) == {None, "ops"}, "no Role can stand before its namespace"


def test_the_prover_reads_the_stacks_objects_and_changes_none():
    found = rules(prover_rbac(WITH_OBJECTS))
    assert {place: held for place, held in found.items() if place} == {
        "billing": [("secretstores", ("get",), ["b"])],
        "ops": [("secretstores", ("get",), ["c", "d"])],
        "shop": [("secretstores", ("get",), ["a"])],
    }


def test_a_patched_object_is_changed_by_the_deployer_and_read_by_the_prover_by_name() -> None:
    stack = StackObjects(
        targets=(("CronJob", "production", "nightly"), ("Deployment", "production", "api-service"))
    )
    assert rules(deployer_rbac(stack)) == {
        "production": [
            ("cronjobs", ("get", "patch"), ["nightly"]),
            ("deployments", ("get", "patch"), ["api-service"]),
        ]
    }
    groups = [rule["apiGroups"] for o in deployer_rbac(stack) for rule in o.get("rules", ())]
    assert groups == [["batch"], ["apps"]]
    assert rules(prover_rbac(stack)) == {
        "production": [("cronjobs", ("get",), ["nightly"]), ("deployments", ("get",), ["api-service"])]
    }


CLUSTER_SCOPED = StackObjects(
    created_namespaces=("billing",),
    custom=(
        CustomNames(group="a.example", plural="stores", namespace="billing", names=("mine",)),
        CustomNames(group="b.example", plural="vaults", namespace=None, names=("x", "y")),
    ),
)


def test_objects_in_no_namespace_are_changed_by_name_and_made_cluster_wide():
    owned = ("delete", "get", "patch")
    assert rules(deployer_rbac(CLUSTER_SCOPED))[None][2:] == [
        ("stores", ("create", "list", "watch"), None),
        ("stores", owned, ["mine"]),
        ("vaults", ("create", "list", "watch"), None),
        ("vaults", owned, ["x", "y"]),
    ]


def test_the_prover_reads_objects_in_no_namespace_by_name():
    assert rules(prover_rbac(CLUSTER_SCOPED)) == {
        None: [("namespaces", ("get",), ["billing"]), ("vaults", ("get",), ["x", "y"])],
        "billing": [("stores", ("get",), ["mine"])],
    }
