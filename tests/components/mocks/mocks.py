"""Pulumi's own mocks, as its documentation has them: no engine, no provider, nothing of our tool.

https://www.pulumi.com/docs/iac/concepts/testing/unit/
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs

ACCOUNT, REGION = "111122223333", "eu-central-1"
SECRET_MARK = "4dabf18193072939515e22adb298388d"
"""The key under which the SDK sends a secret value (pulumi/runtime/rpc.py)."""


class Mocks(pulumi.runtime.Mocks):
    """Stands for every provider: gives the inputs back, and at an update what a real one computes."""

    def __init__(self, *, preview: bool) -> None:
        self._preview = preview
        self.inputs: dict[tuple[str, str], dict[str, Any]] = {}

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        key = (args.typ, args.name)
        assert key not in self.inputs, f"{key} is registered twice"
        self.inputs[key] = args.inputs
        if self._preview:
            return "", args.inputs
        return f"{args.name}-id", {**args.inputs, **_computed(args.typ, args.inputs.get("name", args.name))}

    def call(self, args: MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        raise AssertionError(f"{args.token}: the components look nothing up")


def _computed(type_: str, name: str) -> dict[str, str]:
    match type_:
        case "aws:secretsmanager/secret:Secret":
            return {"arn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-a1B2c3"}
        case "aws:iam/role:Role":
            return {"arn": f"arn:aws:iam::{ACCOUNT}:role/{name}"}
        case "aws:kms/key:Key":
            return {"arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{name}", "keyId": name}
        case _:
            return {}


class Monitor(MockMonitor):
    """Remembers what `MockResourceArgs` leaves out: the parent and the options of a registration."""

    def __init__(self, mocks: Mocks) -> None:
        super().__init__(mocks)
        self.requests: dict[tuple[str, str], Any] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 the SDK's name
        self.requests[request.type, request.name] = request
        return super().RegisterResource(request)


@dataclass(frozen=True)
class Registered:
    """One resource as the program registered it. `parent`, `provider` and `waits_for` are TYPE::NAME."""

    inputs: dict[str, Any]
    parent: str
    provider: str
    waits_for: set[str]
    protect: bool
    retain_on_delete: bool
    ignore_changes: list[str]
    secret_outputs: list[str]
    after_create: list[str]


class Cloud:
    """What a program registers, under mocks of its own."""

    def __init__(self, *, stack: str = "unit", preview: bool = False) -> None:
        self.stack = stack
        self.preview = preview
        self.mocks = Mocks(preview=preview)
        self.monitor = Monitor(self.mocks)

    def begin(self) -> None:
        """Sets the mocks. Call it first in a function that `pulumi.runtime.test` decorates."""
        pulumi.runtime.set_mocks(
            self.mocks,
            project="workload-secrets",
            stack=self.stack,
            preview=self.preview,
            monitor=self.monitor,
        )

    @property
    def registered(self) -> set[tuple[str, str]]:
        """Type and name of everything that was registered."""
        return set(self.mocks.inputs)

    @property
    def marked(self) -> set[tuple[str, str]]:
        """Everything with a secret among its inputs."""
        return {key for key, inputs in self.mocks.inputs.items() if SECRET_MARK in str(inputs)}

    def __getitem__(self, key: tuple[str, str]) -> Registered:
        request = self.monitor.requests[key]
        return Registered(
            inputs=self.mocks.inputs[key],
            parent=_tail(request.parent),
            provider=_tail(request.provider.rpartition("::")[0]),
            waits_for={_tail(urn) for urn in request.dependencies},
            protect=request.protect,
            retain_on_delete=request.retainOnDelete,
            ignore_changes=list(request.ignoreChanges),
            secret_outputs=list(request.additionalSecretOutputs),
            after_create=list(request.hooks.after_create),
        )


def _tail(urn: str) -> str:
    """`TYPE::NAME` of a URN, without the types of its parents."""
    return urn.rpartition("$")[2] if "$" in urn else "::".join(urn.split("::")[2:])


def deployed(program: Callable[[], object], *, preview: bool = False) -> Cloud:
    """Runs a program under Pulumi's mocks, to the end of its last registration."""
    cloud = Cloud(preview=preview)

    @pulumi.runtime.test
    def run() -> None:
        cloud.begin()
        program()

    run()
    return cloud
