"""What a stack exports, from the models that the program fills."""

from __future__ import annotations

import typing
from typing import Final

from pydantic.alias_generators import to_camel

from components.outputs import Exported, IdentityRow, SecretRow
from components.platform.stack import ServerOutputs, StackOutputs
from docs.generator.markdown import code, table

KINDS: Final[dict[str, type[Exported]]] = {"stack": StackOutputs, "server": ServerOutputs}


def names(kind: str) -> list[str]:
    """Every export of a stack of this kind: `stack` or `server`."""
    return table(("output", "holds"), ((code(key), text) for key, text in _fields(KINDS[kind]).items()))


def secrets() -> list[str]:
    """The fields of a secret's row, each with the kinds of secret that have it."""
    models: tuple[type[Exported], ...] = typing.get_args(SecretRow)
    kinds = {str(model.model_fields["backend"].default): _fields(model) for model in models}
    fields = {key: text for found in kinds.values() for key, text in found.items()}
    rows = (
        (code(key), ", ".join(code(kind) for kind, found in kinds.items() if key in found), text)
        for key, text in fields.items()
    )
    return table(("field", "kinds", "what it is"), rows)


def identities() -> list[str]:
    """The fields of a workload's or a writer's row."""
    return table(("field", "what it is"), ((code(k), text) for k, text in _fields(IdentityRow).items()))


def _fields(model: type[Exported]) -> dict[str, str]:
    """What each field is, by its exported name. A field without a description is an error."""
    found: dict[str, str] = {}
    for name, field in model.model_fields.items():
        if not field.description:
            raise ValueError(f"{model.__name__}.{name} has no description")
        found[to_camel(name)] = field.description
    return found
