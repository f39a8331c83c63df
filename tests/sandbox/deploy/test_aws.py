"""AWS handlers on the real emulator: created, same, updated, same."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from workload_secrets.sandbox.deploy.aws.provider import SERVICES, AwsProvider
from workload_secrets.sandbox.deploy.notes import Notes
from workload_secrets.sandbox.deploy.outcome import HandlerError, Outcome
from workload_secrets.sandbox.handle import Sandbox

Make = Callable[..., Outcome]
KEY, ALIAS = "aws:kms/key:Key", "aws:kms/alias:Alias"
SECRET = "aws:secretsmanager/secret:Secret"
POLICY = "aws:secretsmanager/secretPolicy:SecretPolicy"
ROLE, ROLE_POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
OIDC = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
pytestmark = pytest.mark.sandbox


def document(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


ADMINISTRATOR = {
    "Sid": "Administrator",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
    "Action": "kms:*",
    "Resource": "*",
}
TRUST = document(
    {
        "Effect": "Allow",
        "Principal": {"Service": "pods.eks.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
    }
)
READ = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        SECRET,
        {"name": "deploy/a", "description": "a", "recoveryWindowInDays": 7, "tags": {"a": "1"}},
        {"description": "b", "tags": {"b": "2"}},
    ),
    (
        ROLE,
        {"name": "deploy-role", "assumeRolePolicy": TRUST, "description": "a", "tags": {"a": "1"}},
        {"maxSessionDuration": 7200, "tags": {"b": "2"}},
    ),
]


@pytest.mark.parametrize(("type_", "inputs", "change"), CASES, ids=[case[0] for case in CASES])
def test_a_second_run_changes_nothing_and_a_difference_is_written(
    make: Make, type_: str, inputs: dict[str, Any], change: dict[str, Any]
):
    states = [make(type_, values).state for values in (inputs, inputs, inputs | change, inputs | change)]
    assert states == ["created", "same", "updated", "same"]


@pytest.mark.parametrize("type_", [KEY, ALIAS, SECRET, POLICY, ROLE, ROLE_POLICY, OIDC, ASSOCIATION])
def test_an_input_without_handler_is_refused_and_nothing_is_made(make: Make, type_: str):
    inputs = {
        KEY: {"description": "never"},
        ALIAS: {"name": "alias/never", "targetKeyId": "x"},
        SECRET: {"name": "never"},
        POLICY: {"secretArn": "never", "policy": "{}"},
        ROLE: {"name": "never", "assumeRolePolicy": TRUST},
        ROLE_POLICY: {"name": "never", "role": "never", "policy": "{}"},
        OIDC: {"url": "https://never.example", "clientIdLists": ["x"]},
        ASSOCIATION: {"clusterName": "never", "namespace": "n", "serviceAccount": "s", "roleArn": "r"},
    }[type_]
    with pytest.raises(HandlerError, match="no handler for input colour"):
        make(type_, {**inputs, "colour": "red"})


def test_a_key_is_found_again_by_the_description_and_its_alias(make: Make):
    inputs = {
        "description": "secrets of deploy",
        "enableKeyRotation": True,
        "deletionWindowInDays": 30,
        "policy": document(ADMINISTRATOR),
        "tags": {"a": "1"},
    }
    key = make(KEY, inputs)
    alias = {"name": "alias/deploy", "targetKeyId": key.outputs["keyId"]}
    assert [make(ALIAS, alias).state for _ in range(2)] == ["created", "same"]
    again = make(KEY, inputs)
    assert (key.state, again.state) == ("created", "same")
    assert again.outputs["arn"] == key.outputs["arn"]
    changed = inputs | {"enableKeyRotation": False, "tags": {"b": "2"}}
    assert [make(KEY, changed).state for _ in range(2)] == ["updated", "same"]


def test_a_policy_belongs_to_its_secret(make: Make, notes: Notes):
    secret = make(SECRET, {"name": "deploy/policy"})
    deny = {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"}
    inputs = {"secretArn": secret.outputs["arn"], "policy": document(deny), "blockPublicPolicy": True}
    changed = inputs | {"policy": document(deny | {"Sid": "No"})}
    states = [make(POLICY, values).state for values in (inputs, inputs, changed, changed)]
    assert states == ["created", "same", "updated", "same"]
    assert any("blockPublicPolicy" in line for line in notes.lists()["notEnforced"])


def test_a_role_policy_belongs_to_its_role(make: Make):
    make(ROLE, {"name": "deploy-policy", "assumeRolePolicy": TRUST})
    inputs = {"name": "secrets", "role": "deploy-policy", "policy": document(READ)}
    changed = inputs | {"policy": document(READ | {"Sid": "Read"})}
    states = [make(ROLE_POLICY, values).state for values in (inputs, inputs, changed, changed)]
    assert states == ["created", "same", "updated", "same"]


def test_an_identity_provider_is_created_once_and_never_changed(make: Make):
    inputs = {"url": "https://oidc.deploy.example/id/A", "clientIdLists": ["sts.amazonaws.com"]}
    assert [make(OIDC, inputs).state for _ in range(2)] == ["created", "same"]
    with pytest.raises(HandlerError, match="differs in clientIdLists, which can't be changed in place"):
        make(OIDC, inputs | {"clientIdLists": ["other"]})


def test_a_pod_identity_is_a_record_and_says_so(make: Make, notes: Notes):
    role = make(ROLE, {"name": "deploy-pod", "assumeRolePolicy": TRUST}).outputs["arn"]
    inputs = {"clusterName": "dev", "namespace": "n", "serviceAccount": "s", "roleArn": role}
    assert [make(ASSOCIATION, inputs).state for _ in range(2)] == ["created", "same"]
    assert notes.lists()["declaredOnly"] == [
        "pod identity of n/s: the emulator has no eks-auth, so no login is rehearsed"
    ]


def test_the_servers_answer_is_in_the_message(make: Make):
    with pytest.raises(HandlerError, match="iam: put_role_policy: NoSuchEntity"):
        make(ROLE_POLICY, {"name": "x", "role": "absent", "policy": document(READ)})


def test_credentials_of_another_account_are_refused(
    sandbox: Sandbox, ambient: Callable[[], AbstractContextManager[None]]
):
    endpoints = [dict.fromkeys(SERVICES, sandbox.aws_url)]
    config = {"region": "eu-central-1", "allowedAccountIds": ["999999999999"], "endpoints": endpoints}
    refused = pytest.raises(HandlerError, match="account 111122223333, allowedAccountIds has 999999999999")
    with ambient(), refused:
        AwsProvider("aws", config).client("iam")
