"""The ServiceAccount of a Mendix app: named like the app, another one, or `default`."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from components.config.load import parse
from components.platform.platform import Platform, PlatformArgs
from tests.engine import ROOT, declare
from tests.stacks.read import changed
from workload_secrets.graph.model import Graph

CREATED = "kubernetes:core/v1:ServiceAccount"
PATCHED = "kubernetes:core/v1:ServiceAccountPatch"
VAULT_ROLE = "vault:kubernetes/authBackendRole:AuthBackendRole"
JWT_ROLE = "vault:jwt/authBackendRole:AuthBackendRole"
ANNOTATIONS = {
    "eks.amazonaws.com/role-arn": "arn:aws:iam::444455556666:role/prod-pmp",
    "eks.amazonaws.com/sts-regional-endpoints": "true",
    "privatecloud.mendix.com/environment-account": "true",
}
FORMS: dict[str, tuple[Any, str, str]] = {
    "named like the app": ({}, "mxplatform", CREATED),
    "by its name alone": ("pmp-secret-accessor", "pmp-secret-accessor", CREATED),
    "as an object": ({"name": "pmp-secret-accessor"}, "pmp-secret-accessor", CREATED),
    "made by somebody else": (
        {"name": "pmp-secret-accessor", "manage": "existing"},
        "pmp-secret-accessor",
        PATCHED,
    ),
    "default": ("default", "default", PATCHED),
    "default as an object": ({"name": "default"}, "default", PATCHED),
    "default with manage": ({"name": "default", "manage": "existing"}, "default", PATCHED),
}
every_form = pytest.mark.parametrize("form", FORMS)


@cache
def platform(stack: str, form: str) -> Graph:
    config = parse(changed(stack, {"workloads/pmp/serviceAccount": FORMS[form][0]}), file=stack, folder=ROOT)
    return declare(lambda _: Platform("platform", PlatformArgs(config=config, root=ROOT)), "update")


@every_form
def test_the_account_is_made_or_patched_with_its_role_and_for_the_operator(form: str):
    _, account, type_ = FORMS[form]
    graph = platform("prod", form)
    found = [
        r for kind in (CREATED, PATCHED) for r in graph.of(kind) if r.name in ("pmp-account", "pmp-patch")
    ]
    assert [(r.type, r.inputs["metadata"]["name"]) for r in found] == [(type_, account)]
    assert found[0].inputs["metadata"]["annotations"] == ANNOTATIONS


@every_form
def test_the_role_in_vault_follows_the_account(form: str):
    (role,) = (r for r in platform("prod", form).of(VAULT_ROLE) if r.name == "pmp-role")
    assert role.inputs["roleName"] == "pmp-secret-accessor-role"
    assert role.inputs["boundServiceAccountNames"] == [FORMS[form][1]]
    assert role.inputs["boundServiceAccountNamespaces"] == ["feature-test"]


@every_form
def test_the_role_of_a_jwt_mount_follows_the_account(form: str):
    (role,) = (r for r in platform("dev", form).of(JWT_ROLE) if r.name == "pmp-role")
    assert role.inputs["boundSubject"] == f"system:serviceaccount:feature-test:{FORMS[form][1]}"


@every_form
def test_the_role_in_aws_follows_the_account(form: str):
    (role,) = (r for r in platform("prod", form).of("aws:iam/role:Role") if r.name == "pmp-role")
    trust = json.loads(role.inputs["assumeRolePolicy"])["Statement"][0]["Condition"]["StringEquals"]
    assert f"system:serviceaccount:feature-test:{FORMS[form][1]}" in trust.values()


@every_form
def test_the_panel_rows_and_the_policy_stay(form: str):
    graph, plain = platform("prod", form), platform("prod", "named like the app")
    assert graph.platform_output("panel") == plain.platform_output("panel")
    policies = [
        {r.name: r.inputs["policy"] for r in g.of("vault:index/policy:Policy")} for g in (graph, plain)
    ]
    assert policies[0] == policies[1]


@every_form
def test_the_prover_looks_at_the_runtime_where_a_person_names_the_account(form: str):
    graph, account = platform("prod", form), FORMS[form][1]
    declaration = graph.platform_output("declaration")
    runtimes = [p for p in declaration["prerequisites"] if p["kind"] == "mendixRuntime"]
    rules = [
        rule
        for found in graph.platform_output("prover")["rbac"]
        for rule in found.get("rules", ())
        if rule["resources"] == ["runtimes"]
    ]
    if account == "mxplatform":
        assert (runtimes, rules) == ([], [])
        return
    assert runtimes == [{"kind": "mendixRuntime", "namespace": "feature-test", "name": "mxplatform"}]
    assert [(r["apiGroups"], r["resourceNames"], r["verbs"]) for r in rules] == [
        (["privatecloud.mendix.com"], ["mxplatform"], ["get"])
    ]


@every_form
def test_the_deployer_gets_no_right_on_a_runtime(form: str):
    rbac = platform("prod", form).platform_output("deployer")["rbac"]
    assert "runtimes" not in json.dumps(rbac)
