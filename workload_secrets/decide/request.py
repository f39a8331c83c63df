"""A request to AWS as the evaluators see it, and policy variables resolved from it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

from workload_secrets.decide.glob import Pattern, tokens


@dataclass(frozen=True, kw_only=True)
class Request:
    """Who asks for what.

    `principal` is the ARN of an IAM role or user (never a session), the ARN of an OIDC
    provider, or a service principal. `context` maps condition keys (any case) to a text,
    a list of texts (a multi-valued key), or None for a key that is certainly absent;
    anything else is a value that isn't known. A key that isn't in it is absent if
    `complete`, else unknown.
    """

    action: str
    resource: str = "*"
    principal: str = ""
    context: Mapping[str, Any] = field(default_factory=dict[str, Any])
    complete: bool = False

    @cached_property
    def _keys(self) -> Mapping[str, Any]:
        return {k.lower(): v for k, v in self.context.items()}

    def value(self, key: str) -> tuple[str, ...] | str | Unsure | None:
        """The value of a condition key: list, text, None if absent, or `UNSURE`."""
        key = key.lower()
        if key not in self._keys:
            return None if self.complete else UNSURE
        raw = self._keys[key]
        if raw is None or isinstance(raw, str):
            return raw
        if isinstance(raw, bool):
            return "true" if raw else "false"
        if isinstance(raw, int | float):
            return str(raw)
        if isinstance(raw, Sequence):
            items = cast("Sequence[Any]", raw)
            if all(isinstance(i, str) for i in items):
                return tuple(items) or None
        return UNSURE


class Unsure:
    """Stands for a context value that isn't known."""


UNSURE = Unsure()
_VARIABLE = re.compile(r"\$\{([^}]*)\}")


def expand(text: str, request: Request) -> Pattern | None:
    """The pattern a policy text stands for, with its variables replaced by literals.

    None where a variable has no value that is certain, or one with a wildcard in it.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    parts: list[Any] = []
    end = 0
    for found in _VARIABLE.finditer(text):
        parts += tokens(text[end : found.start()])
        literal = _variable(found.group(1), request)
        if literal is None:
            return None
        parts += literal
        end = found.end()
    return (*parts, *tokens(text[end:]))


def _variable(body: str, request: Request) -> str | None:
    if body in ("*", "?", "$"):
        return body
    key, comma, default = body.partition(",")
    value = request.value(key.strip())
    if value is None and comma:
        value = default.strip().strip("'")
    if not isinstance(value, str) or "*" in value or "?" in value:
        return None
    return value
