"""Rotation of a secret is kept and not run; audit devices are declared only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from workload_secrets.sandbox.aws.profile import admin_client
from workload_secrets.sandbox.deploy.notes import Notes
from workload_secrets.sandbox.deploy.outcome import HandlerError, Outcome
from workload_secrets.sandbox.handle import Sandbox

pytestmark = pytest.mark.sandbox
Make = Callable[..., Outcome]
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
AUDIT = "vault:index/audit:Audit"
FUNCTION = "arn:aws:lambda:eu-central-1:111122223333:function:rotate"
LOGGED = {"log_raw": "false", "hmac_accessor": "true", "elide_list_responses": "true"}


@pytest.fixture
def secret(sandbox: Sandbox) -> Iterator[str]:
    manager = admin_client(sandbox, "dev", "secretsmanager")
    yield manager.create_secret(Name="deploy/rotated")["ARN"]
    manager.delete_secret(SecretId="deploy/rotated", ForceDeleteWithoutRecovery=True)


def rotation(secret: str, **changes: Any) -> dict[str, Any]:
    return {
        "secretId": secret,
        "rotationLambdaArn": FUNCTION,
        "rotationRules": {"automaticallyAfterDays": 30},
        "rotateImmediately": False,
        **changes,
    }


def test_a_rotation_is_made_once_and_changed_in_place(make: Make, secret: str, notes: Notes) -> None:
    assert make(ROTATION, rotation(secret)).state == "created"
    assert make(ROTATION, rotation(secret)).state == "same"
    changed = make(ROTATION, rotation(secret, rotationRules={"scheduleExpression": "rate(12 hours)"}))
    assert changed.state == "updated"
    assert changed.outputs["rotationRules"] == {"scheduleExpression": "rate(12 hours)"}
    (said,) = notes.lists()["notEnforced"]
    assert "the function isn't run" in said


def test_no_input_of_a_rotation_is_dropped(make: Make, secret: str) -> None:
    with pytest.raises(HandlerError, match=r"rotationRules\.duration"):
        make(ROTATION, rotation(secret, rotationRules={"automaticallyAfterDays": 30, "duration": "3h"}))


def device(**options: str) -> dict[str, Any]:
    return {"type": "file", "path": "file", "options": {"file_path": "/log", **LOGGED, **options}}


def test_an_audit_device_is_declared_only(make: Make, notes: Notes) -> None:
    made = make(AUDIT, device(mode="0600"))
    assert (made.state, made.outputs["id"]) == ("same", "file")
    (said,) = notes.lists()["declaredOnly"]
    assert "not made; the server here has a log of its own" in said


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (device(log_raw="true"), "log_raw must be written out"),
        (device(prefix="x"), "no handler for option prefix"),
        ({**device(), "type": "kafka"}, "input type is kafka"),
        ({**device(), "local": True}, "local is supported here only as False"),
        ({**device(), "namespace": "n"}, "no handler for input namespace"),
    ],
)
def test_a_device_that_is_not_understood_is_an_error(make: Make, inputs: dict[str, Any], said: str) -> None:
    with pytest.raises(HandlerError, match=said):
        make(AUDIT, inputs)
