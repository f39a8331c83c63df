"""{environment} and {Environment} in names that every environment shares."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from components.config.problem import Problem, shown

# Double braces are another's: a server's variables in SQL, an agent's templates.
_BRACES: Final = re.compile(r"(?<!\{)\{([^{}]*)\}(?!\})")


def resolve(value: Any, *, environment: str, key: str, problems: list[Problem]) -> Any:
    """A copy of `value` with every placeholder replaced; unknown ones become problems."""
    if isinstance(value, str):
        return _text(value, environment=environment, key=key, problems=problems)
    if isinstance(value, Mapping):
        return {
            name: resolve(inner, environment=environment, key=f"{key}.{name}", problems=problems)
            for name, inner in cast("Mapping[str, Any]", value).items()
        }
    if isinstance(value, list | tuple):
        return [
            resolve(inner, environment=environment, key=f"{key}.{index}", problems=problems)
            for index, inner in enumerate(cast("list[Any]", value))
        ]
    return value


def _text(value: str, *, environment: str, key: str, problems: list[Problem]) -> str:
    known = {"environment": environment, "Environment": environment.capitalize()}
    for name in _BRACES.findall(value):
        if name not in known:
            problems.append(
                Problem(
                    key=key,
                    got=shown("{" + name + "}"),
                    allowed="the placeholders {environment} and {Environment}",
                    remedy="write the name out, or use one of the two",
                )
            )
    return _BRACES.sub(lambda match: known.get(match.group(1), match.group(0)), value)
