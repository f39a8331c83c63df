"""IAM policy documents as data. Whatever can't be read stays visible as unknown.

Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, cast

from workload_secrets.decide.glob import Globs, matches

# Policy variables work only in this version; older documents take `${` literally.
VARIABLES_SINCE: Final = "2012-10-17"
MANY: Final = 8
"""So many values are worth an index."""
_LISTS: Final = ("Action", "Resource", "Principal")
_KEYS: Final = frozenset(("Sid", "Effect", "Condition", *_LISTS, *(f"Not{name}" for name in _LISTS)))


@dataclass(frozen=True, kw_only=True)
class _Values:
    """Texts that a statement lists; None for one that isn't known."""

    values: tuple[str | None, ...]

    def near(self, actual: str) -> Sequence[str | None]:
        """Those that `actual` may match as patterns: the others need no look. Texts with a
        variable and those that aren't known are always among them."""
        return self.values if len(self.values) < MANY else [*self._open, *self._globs.matching(actual)]

    @cached_property
    def _open(self) -> list[str | None]:
        return [v for v in self.values if v is None or "${" in v]

    @cached_property
    def _globs(self) -> Globs:
        return Globs(v for v in self.values if v is not None and "${" not in v)


@dataclass(frozen=True, kw_only=True)
class Names(_Values):
    """A list element, inverted for Not…"""

    inverted: bool

    def admits(self, action: str) -> bool:
        """Whether this, as a list of actions, may name one that is given in small letters."""
        found = {None if v is None else matches(v.lower(), action) for v in self.values}
        return (True not in found) if self.inverted else (True in found or None in found)


@dataclass(frozen=True, kw_only=True)
class Principals:
    """A Principal element by kind: `AWS`, `Federated`, `Service`; `*` alone is kind `*`."""

    kinds: Mapping[str, tuple[str | None, ...]]
    inverted: bool


@dataclass(frozen=True, kw_only=True)
class Test(_Values):
    """One key of one operator of a Condition element."""

    operator: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement. `label` names it in reasons: policy, and Sid or index."""

    label: str
    allow: bool
    action: Names
    resource: Names | None
    principal: Principals | None
    tests: tuple[Test, ...]
    variables: bool


@dataclass(frozen=True, kw_only=True)
class Document:
    """A policy document. `problem` is set where it isn't known or is malformed."""

    name: str
    statements: tuple[Statement, ...] = ()
    problem: str | None = None
    _aimed: dict[str, tuple[Statement, ...]] = field(
        default_factory=dict[str, tuple[Statement, ...]], compare=False, repr=False
    )

    def aimed_at(self, action: str) -> tuple[Statement, ...]:
        """The statements that may concern an action; kept, since a document is asked often."""
        action = action.lower()
        if action not in self._aimed:
            self._aimed[action] = tuple(s for s in self.statements if s.action.admits(action))
        return self._aimed[action]

    def condition_keys(self) -> Iterator[str]:
        """Every condition key that any statement names."""
        for statement in self.statements:
            for test in statement.tests:
                yield test.key


Source = Document | Mapping[str, Any] | str | object | None


class _MalformedError(Exception):
    pass


def read(source: Source, name: str) -> Document:
    """Reads a document from a mapping or JSON text.

    Anything else (None, the graph's UNKNOWN) and malformed text give a document with a
    `problem`, which every question answers with unknown. Never raises.
    """
    if isinstance(source, Document):
        return source
    if isinstance(source, str):
        try:
            source = json.loads(source, object_pairs_hook=_no_duplicates)
        except (ValueError, RecursionError):
            return Document(name=name, problem="is not valid JSON, or has a duplicate key")
    if not isinstance(source, Mapping):
        return Document(name=name, problem="is not known")
    try:
        return _document(cast("Mapping[str, Any]", source), name)
    except _MalformedError as error:
        return Document(name=name, problem=f"is malformed: {error}")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _document(data: Mapping[str, Any], name: str) -> Document:
    raw = data.get("Statement")
    items: list[Any] = [raw] if isinstance(raw, Mapping) else _sequence(raw)
    variables = data.get("Version") == VARIABLES_SINCE
    statements = tuple(_statement(item, name, index, variables) for index, item in enumerate(items))
    if not statements:
        raise _MalformedError("it has no statement")
    return Document(name=name, statements=statements)


def _sequence(raw: Any) -> list[Any]:
    if isinstance(raw, Sequence) and not isinstance(raw, str):
        return list(cast("Sequence[Any]", raw))
    raise _MalformedError("Statement is neither an object nor a list")


def _statement(item: Any, name: str, index: int, variables: bool) -> Statement:
    if not isinstance(item, Mapping):
        raise _MalformedError(f"statement {index} is not an object")
    data = cast("Mapping[str, Any]", item)
    unknown = sorted(set(data) - _KEYS)
    if unknown:
        raise _MalformedError(f"statement {index} has the unknown element {unknown[0]}")
    effect = data.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise _MalformedError(f"statement {index} has no Effect of Allow or Deny")
    sid = data.get("Sid")
    label = f"statement {sid if isinstance(sid, str) and sid else index} of {name}"
    action = _names(data, "Action", index)
    if action is None:
        raise _MalformedError(f"statement {index} has no Action")
    return Statement(
        label=label,
        allow=effect == "Allow",
        action=action,
        resource=_names(data, "Resource", index),
        principal=_principals(data, index),
        tests=tuple(_tests(data.get("Condition", {}), index)),
        variables=variables,
    )


def _one_of(data: Mapping[str, Any], key: str, index: int) -> tuple[Any, bool] | None:
    if key in data and f"Not{key}" in data:
        raise _MalformedError(f"statement {index} has both {key} and Not{key}")
    for name, inverted in ((key, False), (f"Not{key}", True)):
        if name in data:
            return data[name], inverted
    return None


def _names(data: Mapping[str, Any], key: str, index: int) -> Names | None:
    found = _one_of(data, key, index)
    return None if found is None else Names(values=_values(found[0]), inverted=found[1])


def _principals(data: Mapping[str, Any], index: int) -> Principals | None:
    found = _one_of(data, "Principal", index)
    if found is None:
        return None
    value, inverted = found
    if value == "*":
        return Principals(kinds={"*": ("*",)}, inverted=inverted)
    if isinstance(value, str):
        raise _MalformedError(f"statement {index} has a Principal that is text other than *")
    if not isinstance(value, Mapping):
        return Principals(kinds={"*": (None,)}, inverted=inverted)
    kinds = cast("Mapping[str, Any]", value)
    return Principals(kinds={k: _values(v) for k, v in kinds.items()}, inverted=inverted)


def _values(value: Any) -> tuple[str | None, ...]:
    """The texts of a scalar or a list; None for each one that isn't a scalar."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(_text(v) for v in cast("Sequence[Any]", value))
    return (_text(value),)


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def _tests(condition: Any, index: int) -> Iterator[Test]:
    if not isinstance(condition, Mapping):
        yield Test(operator="unknown", key="unknown", values=(None,))
        return
    for operator, keys in cast("Mapping[str, Any]", condition).items():
        if not isinstance(keys, Mapping):
            raise _MalformedError(f"statement {index} has a {operator} that is not an object")
        for key, value in cast("Mapping[str, Any]", keys).items():
            yield Test(operator=operator, key=key, values=_values(value))
