"""The key that unseals a server, and the role of its pods."""

from __future__ import annotations

import json

import pytest

from components.aws.unseal_key import TOKEN, UnsealKey, UnsealKeyArgs
from tests.engine import ISSUER, SCOPE, declare, inside, names
from workload_secrets.graph.model import Graph, Mode

KEY, ALIAS = "aws:kms/key:Key", "aws:kms/alias:Alias"
ROLE, POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
MODES: tuple[Mode, ...] = ("preview", "update")
GIVEN = "arn:aws:kms:eu-central-1:111122223333:key/1-2"


def unseal(mode: Mode = "update", existing: str | None = None, *, protect: bool = True) -> Graph:
    args = UnsealKeyArgs(
        scope=SCOPE,
        alias="alias/dev-unseal",
        role_name="dev-openbao-unseal",
        issuer=ISSUER,
        namespace="vault",
        service_account="openbao",
        existing_arn=existing,
        protect=protect,
        tags={"a": "b"},
    )
    return declare(lambda opts: UnsealKey("unseal", args, opts), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_protected_key_with_its_alias_role_and_policy(mode: Mode) -> None:
    graph = unseal(mode)
    assert {resource.type for resource in inside(graph, TOKEN)} == {KEY, ALIAS, ROLE, POLICY}
    key = graph.only(KEY)
    assert key.options.protect
    assert key.options.retain_on_delete
    assert (key.inputs["enableKeyRotation"], key.inputs["deletionWindowInDays"]) == (True, 30)


def test_the_key_waits_for_the_role_that_its_policy_names() -> None:
    """KMS refuses a policy whose principal isn't there."""
    graph = unseal()
    assert "unseal-role" in names(graph, graph.only(KEY).options.depends_on)


def test_only_the_servers_account_takes_the_role() -> None:
    (statement,) = json.loads(unseal().only(ROLE).inputs["assumeRolePolicy"])["Statement"]
    host = ISSUER.removeprefix("https://")
    assert statement["Condition"] == {
        "StringEquals": {
            f"{host}:aud": "sts.amazonaws.com",
            f"{host}:sub": "system:serviceaccount:vault:openbao",
        }
    }


def test_the_roles_policy_names_the_key_that_is_made() -> None:
    graph = unseal()
    (statement,) = json.loads(graph.only(POLICY).inputs["policy"])["Statement"]
    assert statement["Resource"] == graph.only(KEY).outputs["arn"]


def test_a_given_key_is_not_registered() -> None:
    graph = unseal(existing=GIVEN)
    assert {resource.type for resource in inside(graph, TOKEN)} == {ROLE, POLICY}
    (statement,) = json.loads(graph.only(POLICY).inputs["policy"])["Statement"]
    assert statement["Resource"] == GIVEN
    assert graph.only(TOKEN).outputs["key_arn"] == GIVEN
