"""The keys of a stack file, from the models that read it.

What a key is for stands in `keys.yaml`; everything else is taken from the models.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Union, cast

import yaml
from pydantic import AfterValidator, BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError, PydanticUndefined

from components.config.stack import StackConfig
from components.config.vault_server import ServerStack
from components.config.workloads import Grant, ServiceAccountRef
from docs.generator import markdown

MEANINGS: Final = Path(__file__).with_name("keys.yaml")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One key. `key` is dotted camelCase; NAME stands for a name of the user's choice."""

    key: str
    kind: str
    default: str


def rows() -> tuple[Row, ...]:
    """Every key of a stack file, in the models' order; keys that kinds of secret share once."""
    found: dict[str, Row] = {}
    server = ServerStack.model_fields["vault_server"]
    for row in (*_rows(StackConfig, ""), *_field("vaultServer", _annotation(server), "")):
        before = found.get(row.key)
        kinds = [before.kind, row.kind] if before and before.kind != row.kind else [row.kind]
        defaults = [row.default]
        if before and before.default != row.default and "`" in before.default and "`" in row.default:
            defaults = [before.default, row.default]
        found[row.key] = Row(key=row.key, kind=" or ".join(kinds), default=" or ".join(defaults))
    return tuple(found.values())


def meanings() -> dict[str, str]:
    """What each key is for. What workloads and writers share stands under `workloads`."""
    return yaml.safe_load(MEANINGS.read_text("utf-8"))


def meaning_key(key: str, texts: Mapping[str, str]) -> str:
    """Under which key the meaning of `key` stands."""
    return key if key in texts else key.replace("writers.", "workloads.", 1)


def table(root: str) -> list[str]:
    """The keys below a top-level key, or the plain top-level keys for `stack`."""
    texts = meanings()
    chosen = [row for row in rows() if _below(row.key, root)]
    return markdown.table(
        ("key", "value", "default", "what it is for"),
        (
            (markdown.code(row.key), row.kind, row.default, texts[meaning_key(row.key, texts)])
            for row in chosen
        ),
    )


def _below(key: str, root: str) -> bool:
    return key in ("environment", "tier") if root == "stack" else key.partition(".")[0] == root


def _rows(model: type[BaseModel], prefix: str) -> Iterator[Row]:
    for name, field in model.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        yield from _field(key, _annotation(field), _default(field))


def _field(key: str, kind: Any, default: str) -> Iterator[Row]:
    inner = _without_none(kind)
    base, _ = _parts(inner)
    if typing.get_origin(base) is Mapping:
        name, value = typing.get_args(base)
        members = _models(value)
        if not members:
            yield Row(key=key, kind=f"map of text to {_kind(value)}", default=default)
            return
        yield Row(key=key, kind=f"map; the name is {_kind(name)}", default=default)
        for member in members:
            yield from _rows(member, f"{key}.NAME.")
    elif members := _models(base):
        kind = "a name, or an object" if base is ServiceAccountRef else "object"
        yield Row(key=key, kind=kind, default=default)
        for member in members:
            yield from _rows(member, f"{key}.")
    else:
        yield Row(key=key, kind=_kind(inner), default=default)


def _models(kind: Any) -> tuple[type[BaseModel], ...]:
    """The models behind a type: one, or those of a union of kinds."""
    base, _ = _parts(kind)
    if typing.get_origin(base) in (types.UnionType, Union):
        return tuple(model for member in typing.get_args(base) for model in _models(member))
    return (base,) if isinstance(base, type) and issubclass(base, BaseModel) and base is not Grant else ()


def _kind(kind: Any) -> str:
    """What is allowed, in words: the models' own."""
    base, checks = _parts(kind)
    if base is Grant:
        return "a secret's name, or {secret: NAME, verb: read}"
    if typing.get_origin(base) is Literal:
        return " or ".join(markdown.code(str(value)) for value in typing.get_args(base))
    if typing.get_origin(base) is tuple:
        return f"list; each {_kind(typing.get_args(base)[0])}"
    if base is bool:
        return "true or false"
    for check in checks:
        if text := _allowed(check, base):
            return text
    return "number" if base is int else "text"


def _allowed(check: AfterValidator, base: Any) -> str:
    """A check names what it allows when it refuses, so it is given what it must refuse."""
    refused: Any = -1 if base is int else "\n"
    try:
        cast("Any", check.func)(refused)
    except PydanticCustomError as error:
        return str((error.context or {})["allowed"])
    return ""


def _annotation(field: FieldInfo) -> Any:
    kind: Any = field.annotation
    for extra in field.metadata:
        kind = Annotated[kind, extra]
    return kind


def _parts(kind: Any) -> tuple[Any, list[AfterValidator]]:
    if typing.get_origin(kind) is Annotated:
        base, *extras = typing.get_args(kind)
        inner, checks = _parts(base)
        return inner, [*checks, *(extra for extra in extras if isinstance(extra, AfterValidator))]
    return kind, []


def _without_none(kind: Any) -> Any:
    if typing.get_origin(kind) in (types.UnionType, Union):
        members = [member for member in typing.get_args(kind) if member is not type(None)]
        if len(members) == 1:
            return members[0]
    return kind


def _default(field: FieldInfo) -> str:
    value: Any = field.default
    if value is PydanticUndefined:
        return "required"
    if isinstance(value, Mapping):
        return ", ".join(markdown.code(name) for name in cast("Mapping[str, Any]", value))
    if value is None or isinstance(value, BaseModel) or value in ((), {}, ""):
        return ""
    return markdown.code(str(value).lower() if isinstance(value, bool) else str(value))
