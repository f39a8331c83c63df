"""Plain YAML scalars that readers take for different values.

The engine reads a stack file by the rules of Go's yaml.v3, and everything else here by those of
YAML 1.1: `012345678901` is a number without its zero for one and text for the other, `yes` is text
or true, `12:30:45` a text or a number, `1e3` a number or text, a date a time or text. Only what both
read alike is taken; what they don't is refused, since quotes make it clear.
(gopkg.in/yaml.v3 3.0.1, resolve.go; https://yaml.org/type/)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, cast

import yaml

from workload_secrets.errors import InputError
from workload_secrets.graph import yamlfile

_ALIKE: Final = re.compile(r"~|null|Null|NULL|true|True|TRUE|false|False|FALSE|0|-?[1-9][0-9]{0,17}|")
"""Null, truth values and decimal numbers of at most 18 digits, which fit in 64 bits."""
_FRACTION: Final = re.compile(r"-?(0|[1-9][0-9]{0,8})\.[0-9]{0,5}[1-9]")
"""Fractions that are printed as they are written."""
_DIFFERENT: Final = re.compile(
    r"""
    yes | Yes | YES | no | No | NO | on | On | ON | off | Off | OFF
    | [-+]?\.(inf|Inf|INF) | \.(nan|NaN|NAN) | = | <<
    | [-+]?[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9_]+)?       # also with a leading zero or plus
    | [-+]?\.[0-9_]+([eE][-+]?[0-9_]+)?
    | [-+]?0[xX][0-9a-fA-F_]+ | [-+]?0[bB][01_]+ | [-+]?0[oO][0-7_]+
    | [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?            # base 60
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt\ \t].*)?             # a date or a time
    """,
    re.VERBOSE,
)
_REMEDY: Final = "allowed: text in quotes, true, false, null, or a decimal number; remedy: put it in quotes"


def refuse_ambiguous(data: bytes, name: str, *, below: str) -> None:
    """Raises InputError for the first ambiguous scalar or key below the top-level key `below`, and for
    a YAML tag. `name` is the file, whose bytes are well-formed YAML."""
    root = yamlfile.compose(data, name)
    if b"!" in data:
        _refuse_tags(data, name)
    if not isinstance(root, yaml.MappingNode):
        return
    pairs: list[tuple[yaml.Node, yaml.Node]] = root.value
    for place, scalar in _scalars([(below, value) for key, value in pairs if key.value == below]):
        if not scalar.style and _ambiguous(scalar.value):
            line = scalar.start_mark.line + 1
            raise InputError(
                f"{name}:{line}: {place}: got a number, date or truth value without quotes that the engine "
                f"reads differently from other YAML readers; {_REMEDY}"
            )


def _ambiguous(text: str) -> bool:
    return not (_ALIKE.fullmatch(text) or _FRACTION.fullmatch(text)) and bool(_DIFFERENT.fullmatch(text))


def _refuse_tags(data: bytes, name: str) -> None:
    """A tag such as `!!int` gives a value another type, and readers differ in which they know."""
    parse = cast("Callable[..., Iterable[Any]]", yaml.parse)  # pyright: ignore[reportUnknownMemberType]
    for event in parse(data, Loader=yamlfile.LOADER):
        tag, mark = getattr(event, "tag", None), event.start_mark
        if tag is not None:
            line = mark.line + 1
            raise InputError(f"{name}:{line}: got a YAML tag; allowed: values without one; remedy: remove it")


def _scalars(start: Sequence[tuple[str, yaml.Node]]) -> Iterator[tuple[str, yaml.ScalarNode]]:
    """Every key and value with its place, in the file's order."""
    todo = list(start)
    while todo:
        place, node = todo.pop()
        if isinstance(node, yaml.ScalarNode):
            yield place, node
        elif isinstance(node, yaml.MappingNode):
            pairs: list[tuple[yaml.Node, yaml.Node]] = node.value
            for inner, value in reversed(pairs):
                todo += ((f"{place}.{inner.value}", value), (f"{place}.{inner.value}", inner))
        elif isinstance(node, yaml.SequenceNode):
            items: list[yaml.Node] = node.value
            todo.extend((f"{place}[{i}]", items[i]) for i in reversed(range(len(items))))
