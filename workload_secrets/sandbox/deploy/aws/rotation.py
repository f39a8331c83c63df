"""Rotation of a secret by a function: kept as it is declared, never run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workload_secrets.sandbox.deploy.aws.provider import AwsProvider, ask, same_region
from workload_secrets.sandbox.deploy.call import Call
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.outcome import Outcome, whole


def secret_rotation(call: Call, inputs: Inputs) -> Outcome:
    """aws:secretsmanager/secretRotation:SecretRotation."""
    provider: AwsProvider = call.provider
    client = provider.client("secretsmanager")
    same_region(provider, inputs)
    arn, function = inputs.text("secretId"), inputs.text("rotationLambdaArn")
    rules = inputs.nested("rotationRules")
    days, schedule = rules.number("automaticallyAfterDays"), rules.optional_text("scheduleExpression")
    immediately = inputs.flag("rotateImmediately", default=True)
    inputs.finish()
    call.notes.not_enforced(
        "rotateImmediately of a secret's rotation: function and schedule are kept, the function isn't run"
    )
    wanted = {"function": function, "days": days, "schedule": schedule}

    def read() -> Mapping[str, Any] | None:
        found: Mapping[str, Any] = (
            ask(client, "describe_secret", absent=("ResourceNotFoundException",), SecretId=arn) or {}
        )
        if not found.get("RotationEnabled"):
            return None
        kept: Mapping[str, Any] = found.get("RotationRules", {})
        return {
            "function": found.get("RotationLambdaARN"),
            "days": kept.get("AutomaticallyAfterDays"),
            "schedule": kept.get("ScheduleExpression"),
        }

    def put() -> None:
        asked = {"AutomaticallyAfterDays": days, "ScheduleExpression": schedule}
        ask(
            client,
            "rotate_secret",
            SecretId=arn,
            RotationLambdaARN=function,
            RotationRules={name: value for name, value in asked.items() if value is not None},
            RotateImmediately=False,
        )

    def delete() -> None:
        ask(client, "cancel_rotate_secret", SecretId=arn)

    managed = whole(f"rotation of secret {arn}", wanted, read, put, delete)
    state, found = call.settle(managed)
    given = {"automaticallyAfterDays": found["days"], "scheduleExpression": found["schedule"]}
    return Outcome(
        state=state,
        outputs={
            "id": arn,
            "secretId": arn,
            "rotationEnabled": True,
            "rotationLambdaArn": found["function"],
            "rotationRules": {name: value for name, value in given.items() if value is not None},
            "rotateImmediately": immediately,
        },
    )
