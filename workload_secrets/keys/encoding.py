"""The two ways a set of keys is stored: nested JSON (AWS) and a flat dotted map (Vault).

`VCS.GithubAdminPAT` is `{"VCS": {"GithubAdminPAT": …}}` nested and one dotted key flat.
A name is split on its first dot only. Both ways are lossless, except that going from
nested to flat drops keys whose value is the empty string: PMP's Vault form has only keys
with a value.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Final, Literal, TypeAlias, cast

from workload_secrets.errors import InputError

Encoding: TypeAlias = Literal["nested", "flat"]
Nested: TypeAlias = dict[str, str | dict[str, str]]
_KINDS: Final[tuple[tuple[type, str], ...]] = (
    (dict, "an object"),
    (list, "a list"),
    (bool, "a boolean"),
    (int, "a number"),
    (float, "a number"),
)


def nested(flat: Mapping[str, str]) -> Nested:
    """Groups dotted names by what stands before the first dot; the order is kept.

    Raises InputError where a name is also the group of another (`A` beside `A.b`).
    """
    result: Nested = {}
    for name, value in flat.items():
        group, dot, rest = name.partition(".")
        if not dot:
            if name in result:
                raise _clash(name)
            result[name] = value
            continue
        members = result.setdefault(group, {})
        if isinstance(members, str):
            raise _clash(group)
        members[rest] = value
    return result


def flat(nested: Mapping[str, object], *, keep_empty: bool = False) -> dict[str, str]:
    """Joins group and name by a dot; drops empty strings unless `keep_empty`.

    Raises InputError, naming the key and never its value, where the value isn't text, is
    nested deeper than one level, or a top-level name holds a dot of its own.
    """
    result: dict[str, str] = {}
    for group, members in nested.items():
        if "." in group:
            raise InputError(
                f"key {group!r}: a nested secret has the part after the first dot one level down; "
                f'write it as {{"{group.partition(".")[0]}": {{"{group.partition(".")[2]}": …}}}}'
            )
        if isinstance(members, Mapping):
            for rest, value in cast("Mapping[str, object]", members).items():
                result[f"{group}.{rest}"] = _text(f"{group}.{rest}", value)
        else:
            result[group] = _text(group, members)
    return result if keep_empty else {name: value for name, value in result.items() if value}


def template(names: Iterable[str], encoding: Encoding) -> str:
    """The JSON text in which every key of `names` is an empty string, in their order."""
    empty = dict.fromkeys(names, "")
    return json.dumps(nested(empty) if encoding == "nested" else empty, indent=2, ensure_ascii=False)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise InputError(
            f"key {name!r}: the value is {_kind(value)}, only text is allowed; write it as a string"
        )
    return value


def _kind(value: object) -> str:
    return next((word for type_, word in _KINDS if isinstance(value, type_)), "null")


def _clash(name: str) -> InputError:
    return InputError(f"key {name!r} is a value and also the group of other keys; rename one of them")
