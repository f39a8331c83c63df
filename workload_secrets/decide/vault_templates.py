"""Templated paths of Vault policies: `{{identity.entity.…}}`.

Follows openbao/openbao sdk/helper/identitytpl: a rule whose template has no value for
the caller is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_DIRECTIVE = re.compile(r"\{\{(.*?)\}\}")
_ALIASES: Final = "identity.entity.aliases."
# Directives with a value that only the server knows.
_OPEN: Final = (
    "identity.entity.id",
    "identity.entity.name",
    "identity.entity.metadata.",
    "identity.groups.",
    "time.",
)


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """A path with its templates filled in; None where the server leaves the rule out."""

    text: str | None


def resolve(path: str, identity: Mapping[str, str] | None) -> Resolved | str:
    """The path for this identity, or the reason why it isn't known."""
    directives = [d.strip() for d in _DIRECTIVE.findall(path)]
    if not directives:
        return Resolved(text=path)
    if identity is None:
        return "its template is filled at login"
    for directive in directives:
        value = identity.get(directive)
        if value is None:
            return (
                Resolved(text=None) if _certainly_absent(directive, identity) else f"{directive} is not known"
            )
        if any(c in value for c in "+*/"):
            return f"the value of {directive} has a wildcard or slash, which servers treat differently"
    return Resolved(text=_DIRECTIVE.sub(lambda found: identity[found.group(1).strip()], path))


def _certainly_absent(directive: str, identity: Mapping[str, str]) -> bool:
    """True where no server has a value: another mount's alias, metadata that a known alias
    does not have, and directives that don't exist."""
    if not directive.startswith(_ALIASES):
        return not directive.startswith(_OPEN)
    accessor, _, field = directive.removeprefix(_ALIASES).partition(".")
    known = any(k.startswith(f"{_ALIASES}{accessor}.") for k in identity)
    return not known or field.startswith("metadata.")


def could_match(path: str, asked: str) -> bool:
    """Whether some value of the templates makes the path match what is asked, slash or no slash."""
    literal = _DIRECTIVE.sub("\0", path)
    parts = {"\0": ".*", "+": "[^/]*"}
    pattern = "".join(parts.get(c, re.escape(c)) for c in literal.removesuffix("*"))
    pattern += ".*" if literal.endswith("*") else "/?"
    return re.fullmatch(pattern, asked) is not None
