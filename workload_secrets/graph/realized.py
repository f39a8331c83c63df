"""What realizing a resource gives: its outputs and what was done, or a failure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from workload_secrets.errors import WorkloadSecretsError
from workload_secrets.graph.errors import RealizeError
from workload_secrets.graph.model import Path, Resource

Realize = Callable[[Resource], Mapping[str, Any]]
"""Gets a resource with its real inputs, gives its outputs: camelCase, with `id`."""
Invokes = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""Gets a function's token and arguments, gives its result; raises for an unknown token."""
Change = Literal["created", "updated", "same"]
MAX_CAUSES = 10


class Realized(dict[str, Any]):
    """Outputs that say what was done."""

    change: Change = "same"


class Created(Realized):
    """Outputs of a resource that was made now: its after_create hooks run."""

    change: Change = "created"


class Updated(Realized):
    """Outputs of a resource that was there and was changed: its after_update hooks run."""

    change: Change = "updated"


class Same(Realized):
    """Outputs of a resource that was there as declared. A plain mapping means the same."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """The first resource that failed. `message` never holds an input's value.

    `causes` are the errors it came from: the text of our own, only the type of others.
    """

    urn: str
    type: str
    name: str
    source: str
    message: str
    causes: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f"{self.source}: " if self.source else ""
        because = f" (from {', '.join(self.causes)})" if self.causes else ""
        return f"{where}{self.type} `{self.name}`: {self.message}{because}"


def change_of(outputs: Mapping[str, Any]) -> Change:
    """What was done."""
    return outputs.change if isinstance(outputs, Realized) else "same"


def output_secrets(found: Resource, outputs: Mapping[str, Any]) -> frozenset[Path]:
    """Whole outputs that hold a secret input or are listed in additionalSecretOutputs."""
    names = {path[0] for path in found.secrets} | set(found.options.additional_secret_outputs)
    return frozenset((name,) for name in names if name in outputs)


def failure(found: Resource, error: BaseException) -> Failure:
    """The failure of one resource with its chain of causes."""
    causes: list[str] = []
    cause = _next(error)
    while cause is not None and len(causes) < MAX_CAUSES:
        causes.append(_text(cause))
        cause = _next(cause)
    return Failure(
        urn=found.urn,
        type=found.type,
        name=found.name,
        source=found.source,
        message=_text(error),
        causes=tuple(causes),
    )


def _next(error: BaseException) -> BaseException | None:
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _text(error: BaseException) -> str:
    """Foreign messages can quote a request with its values, so only their type is shown."""
    own = isinstance(error, (RealizeError, WorkloadSecretsError))
    return str(error) if own else type(error).__name__
