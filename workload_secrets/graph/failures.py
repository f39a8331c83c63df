"""What a program raised, as an error for its user: no values, only frames of the project."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pulumi
from pydantic import ValidationError

from workload_secrets.errors import InputError, WorkloadSecretsError
from workload_secrets.graph.errors import ProgramError
from workload_secrets.graph.shape import chain
from workload_secrets.outside import OutsideText

# Their messages name code, not values.
_SAFE: Final = (ImportError, NameError, AttributeError, SyntaxError, TypeError, RecursionError)


def translate(error: BaseException, root: Path) -> WorkloadSecretsError:
    """The error to show. A configuration error keeps its message and is the user's."""
    links = list(causes(error))
    for link in links:
        if isinstance(link, WorkloadSecretsError):
            return link
        if is_config(link, root):
            return InputError(message(link))
    if any(isinstance(link, RecursionError) for link in links):
        return ProgramError(chain("the program"))
    innermost = links[-1]
    name = type(innermost).__name__
    text = f"{name}: {OutsideText(innermost)}" if isinstance(innermost, _SAFE) else name
    where = [place for link in links for place in frames(link, root)]
    return ProgramError(
        f"the program failed with {text}, at {' < '.join(reversed(where)) or 'an unknown line'}"
    )


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from, outermost first."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def is_config(error: BaseException, root: Path) -> bool:
    """A ConfigError of the components, an error of pulumi.Config, or a ValueError from there."""
    if isinstance(error, (pulumi.ConfigMissingError, pulumi.ConfigTypeError)):
        return True
    if not isinstance(error, ValueError):
        return False
    if any(cls.__name__ == "ConfigError" for cls in type(error).__mro__):
        return True
    return any("config" in Path(place.rpartition(":")[0]).parts for place in frames(error, root))


def message(error: BaseException) -> str:
    """The text to show, with the rules of the review that are about it; pydantic's own text
    would print the input."""
    if not isinstance(error, ValidationError):
        rules = ", ".join(getattr(error, "rules", ()))
        return f"{error}\nrules of the review about this: {rules}" if rules else str(error)
    lines = [
        f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
        for item in error.errors(include_input=False, include_url=False, include_context=False)
    ]
    return "\n".join(lines)


def frames(error: BaseException, root: Path) -> list[str]:
    """`file:line` of the frames in the project, outermost first."""
    found: list[str] = []
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if path.is_relative_to(root) and "site-packages" not in path.parts:
            found.append(f"{path.relative_to(root).as_posix()}:{frame.lineno}")
    return found
