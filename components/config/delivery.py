"""How a workload's pods get their secrets. Each way has its options in a model of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator

from components.config.agent import AgentOptions
from components.config.base import Model
from components.config.delivery_objects import CsiOptions, EsoOptions, VsoOptions
from components.config.fields import AccountName, KeyName, Line
from components.config.problem import refuse_unseen
from components.config.rules import between, pattern

Way = Literal["direct", "agent", "csi", "eso", "vso"]
TargetKind = Literal["Deployment", "StatefulSet", "CronJob", "Job"]
Format = Literal["env", "json", "keys", "template"]

TEMPLATE_MAX: Final = 16_384
"""Characters. All annotations of an object together have 256 KiB.
https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/"""


def _template(value: str) -> str:
    if not 0 < len(value) <= TEMPLATE_MAX or "\0" in value:
        refuse_unseen(f"text of at most {TEMPLATE_MAX} characters", "shorten the template")
    return value


FileName = Annotated[
    str,
    pattern(
        r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?",
        "1 to 63 letters, digits and _.-, a letter or digit at both ends",
        "rename the file",
    ),
]
Mode = Annotated[
    str, pattern(r"0[0-7]{3}", "four octal digits in quotes, such as '0400'", "put the mode in quotes")
]
Template = Annotated[str, AfterValidator(_template)]
TokenSeconds = Annotated[
    int, between(600, 86_400, "seconds", "Kubernetes mints no token for less than ten minutes")
]


class Target(Model):
    """An object of the workload's namespace that is there already and gets a patch.

    A Job gets none: Kubernetes refuses any change of its pod template (tried with 1.35, suspended
    ones too). What it needs is handed out, to be written where the Job is made.
    """

    kind: TargetKind
    name: AccountName


class DeliveredFile(Model):
    """One file, for `format: keys` a folder with a file for each key.

    `names` gives keys of the secret other names: of variables (env), of members (json), of
    files (keys). `optional`: keys whose absence is no error; they are left out then.
    `template` is the text inside `{{ with secret … }}`, so that its dot is the secret.
    `mode` absent: 0400 where the agent runs as the app's user, else 0444.
    """

    secret: Line
    format: Format = "env"
    template: Template | None = None
    mode: Mode | None = None
    names: Mapping[KeyName, Line] = {}
    optional: tuple[KeyName, ...] = ()
    command: Line | None = None


class Delivery(Model):
    """What a workload says of its delivery. `token_seconds` is the life of a projected token.

    Options of one way stand in a model of its own here, such as `agent`; given together with
    another way they are refused (components/config/checks/delivery.py).
    """

    delivery: Way = "direct"
    target: Target | None = None
    files: Mapping[FileName, DeliveredFile] = {}
    token_seconds: TokenSeconds = 3600
    agent: AgentOptions | None = None
    csi: CsiOptions | None = None
    eso: EsoOptions | None = None
    vso: VsoOptions | None = None
