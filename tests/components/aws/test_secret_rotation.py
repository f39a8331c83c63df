"""Rotation of a secret: the function, its rights, and the order."""

from __future__ import annotations

import json

import pytest

from components.aws.secret import RotationArgs, Secret, SecretArgs
from tests.engine import SCOPE, declare, names
from workload_secrets.graph.model import Graph, Mode

ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
POLICY = "aws:secretsmanager/secretPolicy:SecretPolicy"
FUNCTION = "arn:aws:lambda:eu-central-1:111122223333:function:rotate"
ROLE = "arn:aws:iam::111122223333:role/rotate"
MODES: tuple[Mode, ...] = ("preview", "update")
DAYS = RotationArgs(function_arn=FUNCTION, role_arn=ROLE, after_days=30)


def secret(rotation: RotationArgs | None, mode: Mode = "update") -> Graph:
    args = SecretArgs(
        scope=SCOPE, secret_name="dev/x", key_arn="arn:k", recovery_window_days=7, rotation=rotation
    )
    return declare(lambda opts: Secret("x", args, opts), mode)


@pytest.mark.parametrize("mode", MODES)
def test_rotation_says_that_nothing_happens_at_once(mode: Mode) -> None:
    made = secret(DAYS, mode).only(ROTATION)
    assert made.name == "x-rotation"
    assert {key: value for key, value in made.inputs.items() if key != "secretId"} == {
        "rotationLambdaArn": FUNCTION,
        "rotationRules": {"automaticallyAfterDays": 30},
        "rotateImmediately": False,
    }


def test_a_schedule_stands_alone() -> None:
    rotation = RotationArgs(function_arn=FUNCTION, role_arn=ROLE, schedule="rate(12 hours)", immediately=True)
    made = secret(rotation).only(ROTATION)
    assert made.inputs["rotationRules"] == {"scheduleExpression": "rate(12 hours)"}
    assert made.inputs["rotateImmediately"] is True


@pytest.mark.parametrize("mode", MODES)
def test_it_waits_for_the_policy_that_lets_the_function_in(mode: Mode) -> None:
    graph = secret(DAYS, mode)
    assert names(graph, graph.only(ROTATION).options.depends_on) == {"x-policy", "x-secret"}


@pytest.mark.parametrize("mode", MODES)
def test_the_policy_grants_the_functions_role_what_rotating_needs(mode: Mode) -> None:
    document = json.loads(secret(DAYS, mode).only(POLICY).inputs["policy"])
    (allow,) = (s for s in document["Statement"] if s["Effect"] == "Allow")
    assert allow["Principal"] == {"AWS": ROLE}
    assert allow["Action"] == [
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
    ]


def test_without_rotation_nobody_is_granted_anything() -> None:
    graph = secret(None)
    assert graph.of(ROTATION) == ()
    document = json.loads(graph.only(POLICY).inputs["policy"])
    assert [s["Effect"] for s in document["Statement"]] == ["Deny"]
