from __future__ import annotations

from typing import Any

import pytest

from components.config.errors import ConfigError
from components.config.load import parse
from components.config.stack import StackConfig
from tests.stacks.read import changed

FUNCTION = "arn:aws:lambda:eu-central-1:111122223333:function:rotate"
ROLE = "arn:aws:iam::111122223333:role/rotation/rotate"
GOOD: dict[str, Any] = {"functionArn": FUNCTION, "functionRoleArn": ROLE, "afterDays": 30}


def config(**rotation: Any) -> StackConfig:
    """The dev stack with a rotated secret; a value of `...` takes a key away."""
    given = {key: value for key, value in (GOOD | rotation).items() if value is not ...}
    return parse(changed("dev", {"secrets/billing-payments/rotation": given}), file="dev.yaml")


def message(**rotation: Any) -> str:
    with pytest.raises(ConfigError) as refused:
        config(**rotation)
    return str(refused.value)


def test_nothing_is_rotated_at_once_unless_asked_for() -> None:
    secret = config().secrets["billing-payments"]
    assert secret.backend == "aws"
    assert secret.rotation is not None
    assert secret.rotation.immediately is False


@pytest.mark.parametrize(
    "schedule",
    [
        "rate(4 hours)",
        "rate(1 day)",
        "rate(10 days)",
        "cron(0 8 1 * ? *)",
        "cron(0 0/4 * * ? *)",
        "cron(0 23 ? * SUN#1 *)",
        "cron(0 2 L 1,7 ? *)",
    ],
)
def test_a_schedule_of_four_hours_or_more_is_fine(schedule: str) -> None:
    config(afterDays=..., schedule=schedule)


@pytest.mark.parametrize(
    "schedule",
    [
        "rate(3 hours)",
        "rate(0 days)",
        "rate(90 minutes)",
        "cron(0 0/3 * * ? *)",
        "cron(30 8 1 * ? *)",
        "cron(0 24 1 * ? *)",
        "cron(0 * * * ? *)",
        "cron(0 8 1 * ? 2027)",
        "every day",
        "rate(1 day) ",
    ],
)
def test_a_schedule_that_aws_would_refuse_is_refused_here(schedule: str) -> None:
    found = message(afterDays=..., schedule=schedule)
    assert found.startswith("dev.yaml: secrets.billing-payments.rotation.schedule: got ")
    assert "every 4 hours at most" in found


def test_one_way_to_say_when_is_needed_and_no_more() -> None:
    both = message(schedule="rate(1 day)")
    assert "rotation: got afterDays and schedule; allowed: one of the two" in both
    assert "rotation: got neither afterDays nor schedule; allowed: one of the two" in message(afterDays=...)


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        (
            "functionArn",
            FUNCTION.replace("eu-central-1", "eu-west-1"),
            "the account and region of facts.aws",
        ),
        ("functionArn", FUNCTION.replace("1111", "9999"), "the account and region of facts.aws"),
        ("functionArn", FUNCTION.replace("aws:", "aws-cn:", 1), "the account and region of facts.aws"),
        ("functionArn", f"{FUNCTION}:7", "without version or alias"),
        ("functionArn", FUNCTION.replace("rotate", "*"), "without version or alias"),
        ("functionRoleArn", ROLE.replace("1111", "9999"), "the secret refuses all others"),
        ("functionRoleArn", ROLE.replace("rotate", "*"), "without wildcards"),
        ("afterDays", 0, "1 to 1000 days"),
        ("afterDays", 1001, "1 to 1000 days"),
    ],
)
def test_a_function_and_role_of_elsewhere_are_refused(key: str, value: Any, allowed: str) -> None:
    found = message(**{key: value})
    assert f"secrets.billing-payments.rotation.{key}: " in found
    assert allowed in found


def test_the_function_may_not_run_as_a_workload() -> None:
    found = message(functionRoleArn="arn:aws:iam::111122223333:role/dev-billing")
    assert "this one is of billing; remedy: give the function a role of its own" in found


def test_a_function_without_its_role_is_refused() -> None:
    assert "rotation.functionRoleArn" in message(functionRoleArn=...)
