"""The rights of deployer and prover, made from a whole stack."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.config.load import parse
from components.config.stack import StackConfig
from components.documents import deployer
from tests.stacks.read import FLAVOURS, changed


def config(stack: str = "dev", **changes: Any) -> StackConfig:
    return parse(
        changed(stack, {place.replace("__", "/"): value for place, value in changes.items()}), file=stack
    )


@pytest.mark.parametrize("stack", ["dev", "prod", *FLAVOURS])
def test_no_stack_gives_its_deployer_a_right_to_read_a_value(stack: str):
    held = deployer.deployer(config(stack))
    assert "GetSecretValue" not in (held["iam"] or "")
    assert "/data/" not in (held["vault"] or "")
    rules = [rule for found in held["rbac"] for rule in found.get("rules", ())]
    assert not [rule for rule in rules if "secrets" in rule["resources"]]


@pytest.mark.parametrize("stack", ["dev", "prod", *FLAVOURS])
def test_a_system_that_the_stack_does_not_use_has_no_document(stack: str):
    found = config(stack)
    backends = {secret.backend for secret in found.secrets.values()}
    held = deployer.deployer(found)
    assert (held["iam"] is not None) == ("aws" in backends)
    assert (held["vault"] is not None) == ("vault" in backends)


def test_the_prover_may_ask_of_the_stacks_roles_and_nothing_else():
    (statement,) = json.loads(deployer.prover(config("dev"))["iam"])["Statement"]
    assert statement["Action"] == ["iam:SimulatePrincipalPolicy"]
    names = ("billing", "billing-admin", "pmp", "pmp-admin")
    assert statement["Resource"] == [f"arn:aws:iam::111122223333:role/dev-{name}" for name in names]
    assert deployer.prover(config("generic"))["iam"] is None


def test_production_may_not_delete_what_holds_values():
    held = deployer.deployer(config("prod"))
    actions = {a for s in json.loads(held["iam"])["Statement"] for a in s["Action"]}
    assert not {"secretsmanager:DeleteSecret", "kms:ScheduleKeyDeletion"} & actions


def test_the_tag_tells_environments_and_clusters_apart():
    assert deployer.stack_tag(config("dev")) == "dev/dev"
    assert deployer.stack_tag(config("prod")) == "prod/prod"


def test_an_existing_auth_mount_brings_its_own_reviewer():
    found = config("prod", shared__authMount={"manage": "existing"})
    assert deployer.reviewer_binding(found) is None
    assert deployer.reviewer_accounts(found) == ()


def test_the_binding_is_named_by_the_auth_mount():
    assert deployer.reviewer_binding(config("prod")) == "workload-secrets-kubernetes-reviewer"


def test_an_operator_is_patched_only_where_an_app_reads_from_vault():
    assert deployer.operator_namespaces(config("dev")) == ("mendix",)
    assert deployer.operator_namespaces(config("dev", workloads__pmp__reads=["pmp-credentials"])) == ()
