"""How AWS Secrets Manager rotates a secret: by which function, and when.

The function itself, its code and its network belong to its owner.
"""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator

from components.config.base import Model
from components.config.fields import RoleArn
from components.config.problem import refuse
from components.config.rules import between, pattern

LEAST_HOURS: Final = 4
"""Secrets Manager rotates at most this often.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html"""

_RATE: Final = re.compile(r"rate\(([1-9][0-9]{0,3}) (hour|hours|day|days)\)")
# Minutes are 0 and the year is *; hours are one number, or a start and a step.
_DAY: Final = r"(?:\?|[0-9*,/LW#-]+)"
_CRON: Final = re.compile(
    rf"cron\(0 ([0-9]{{1,2}})(?:/([0-9]{{1,2}}))? {_DAY} [A-Z0-9*,/-]+ [A-Z0-9?*,/L#-]+ \*\)"
)
_ALLOWED: Final = (
    f"rate(N hours), rate(N days) or cron(0 HOUR DAY MONTH WEEKDAY *), every {LEAST_HOURS} hours at most"
)


def _schedule(value: str) -> str:
    if rate := _RATE.fullmatch(value):
        if rate.group(2).startswith("hour") and int(rate.group(1)) < LEAST_HOURS:
            refuse(value, _ALLOWED, f"choose {LEAST_HOURS} hours or more")
    elif cron := _CRON.fullmatch(value):
        hour, step = int(cron.group(1)), cron.group(2)
        if hour > 23 or (step is not None and int(step) < LEAST_HOURS):
            refuse(value, _ALLOWED, f"choose an hour from 0 to 23, and a step of {LEAST_HOURS} or more")
    else:
        refuse(value, _ALLOWED, "write it as in the page of AWS on rotation schedules; times are UTC")
    return value


Schedule = Annotated[str, AfterValidator(_schedule)]
FunctionArn = Annotated[
    str,
    pattern(
        r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}",
        "the ARN of one Lambda function, without version or alias",
        "write arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME",
    ),
]
# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotationRulesType.html
AfterDays = Annotated[int, between(1, 1000, "days", "choose how long a value may live")]


class Rotation(Model):
    """Either `after_days` or `schedule` (UTC). `function_role_arn` is the role the function
    runs as: it reads and writes the secret, so it has to be known.

    `immediately`: also once when the rotation is declared or changed.
    """

    function_arn: FunctionArn
    function_role_arn: RoleArn
    after_days: AfterDays | None = None
    schedule: Schedule | None = None
    immediately: bool = False
