"""Tables of what the real providers ask of their servers, by resource type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from docs.generator.markdown import code, table
from workload_secrets.sandbox.calls import aws, kubernetes, vault
from workload_secrets.sandbox.calls.row import Operation, Row

_OPERATIONS: Final[tuple[Operation, ...]] = ("create", "read", "update", "delete")
_HEADER: Final = ("resource", *_OPERATIONS, "read in")


def calls(system: str) -> list[str]:
    """A row for each resource type; what a create or update reads back stands there too."""
    rows, shown, version = _SYSTEMS[system]
    lines = [
        (code(_short(type_)), *(_cell(row, operation, shown) for operation in _OPERATIONS), row.file)
        for type_, row in sorted(rows.items())
    ]
    return [f"{version}.", "", *table(_HEADER, lines)]


def not_made() -> list[str]:
    """The AWS calls that the sandbox's plugins never make, with the reason."""
    return table(("action", "why not"), [(code(action), why) for action, why in aws.NOT_MADE_HERE.items()])


def _cell(row: Row[Any], operation: Operation, shown: Callable[[Any], str]) -> str:
    return ", ".join(dict.fromkeys(shown(call) for call in row.calls(operation)))


def _short(type_: str) -> str:
    return type_.partition(":")[2]


def _aws(call: aws.Call) -> str:
    if call.given:
        return f"{code(call.action)} (with {call.given})"
    return f"{code(call.action)} (without {call.absent})" if call.absent else code(call.action)


def _vault(call: vault.Call) -> str:
    method = "POST" if call.method == "ACT" else call.method
    return code(f"{method} {call.path}")


def _kubernetes(call: kubernetes.Call) -> str:
    return code(call.verb) if call.named else f"{code(call.verb)} (kind)"


_SYSTEMS: Final[Mapping[str, tuple[Mapping[str, Row[Any]], Callable[[Any], str], str]]] = {
    "aws": (aws.ROWS, _aws, aws.VERSION),
    "kubernetes": (kubernetes.ROWS, _kubernetes, kubernetes.VERSION),
    "vault": (vault.ROWS, _vault, vault.VERSION),
}
