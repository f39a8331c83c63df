"""Vault and OpenBao policy text read into rules, as strictly as the server reads it.

Follows openbao/openbao vault/policy.go. python-hcl2 keeps quotes in strings and merges
duplicate attributes without a word, so its syntax tree is walked here. It is imported where it
is needed: that takes a third of a second, and most texts are of the plain form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from hcl2.rules.base import BodyRule

CAPABILITIES: Final = frozenset(
    ("create", "read", "update", "delete", "list", "sudo", "deny", "patch", "scan")
)
_LEGACY: Final[Mapping[str, tuple[str, ...]]] = {
    "deny": ("deny",),
    "read": ("read", "list"),
    "write": ("create", "read", "update", "delete", "list"),
    "sudo": ("create", "read", "update", "delete", "list", "sudo"),
}
# Settings whose effect depends on more than path and capability.
LIMITS: Final = frozenset(
    (
        "allowed_parameters",
        "denied_parameters",
        "required_parameters",
        "min_wrapping_ttl",
        "max_wrapping_ttl",
        "mfa_methods",
        "pagination_limit",
        "expiration",
        "list_scan_response_keys_filter_path",
        "control_group",
    )
)
UNNEEDED: Final = frozenset(("not_after", "not_before"))
"""Parameters that no request needs to be what it is: limiting them leaves every verb whole."""
_KEYS: Final = LIMITS | {"comment", "policy", "capabilities"}
_Pairs = list[tuple[str, Any]]
# The plain form that the program writes, read without the parser: it takes 1.4 ms a block.
# No escape, template of HCL or comment is in it, so that both ways read the same.
_BLOCK: Final = re.compile(
    r'\s*path "([^"\\$%\n]*)" \{\n\s*capabilities = \[((?:"[a-z]+"(?:, "[a-z]+")*)?)\]\n'
    r'(\s*allowed_parameters = \{\n\s*"\*" = \[\]\n\s*"not_after" = \[""\]\n\s*"not_before" = \[""\]\n'
    r"\s*\}\n)?\}\n"
)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One `path` block: the path as written without its leading slash."""

    path: str
    capabilities: frozenset[str]
    limits: frozenset[str] = frozenset()


class HclError(ValueError):
    """A policy the server would refuse. The message names the policy."""


def rules(text: str, name: str) -> tuple[Rule, ...]:
    """The rules of a policy in HCL or JSON. Raises HclError naming the policy."""
    try:
        return tuple(_rule(path, pairs) for path, pairs in blocks(text))
    except HclError as error:
        raise HclError(f"Vault policy {name}: {error}") from None


def _plain_blocks(text: str) -> list[tuple[str, _Pairs]] | None:
    """The blocks of a text in the plain form; None for any other text."""
    found: list[tuple[str, _Pairs]] = []
    at = 0
    while match := _BLOCK.match(text, at):
        listed = [c.strip('"') for c in match.group(2).split(", ") if c]
        pairs: _Pairs = [("capabilities", listed)]
        if match.group(3):
            pairs.append(("allowed_parameters", {"*": [], **{name: [""] for name in sorted(UNNEEDED)}}))
        found.append((match.group(1), pairs))
        at = match.end()
    return found if not text[at:].strip() else None


def blocks(text: str) -> list[tuple[str, list[tuple[str, Any]]]]:
    """Every path as written, with its attributes as pairs: duplicates stay visible. Raises
    HclError."""
    return _plain_blocks(text) or (
        _json_blocks(text) if text.lstrip().startswith("{") else list(_hcl_blocks(text))
    )


def _hcl_blocks(text: str) -> Iterator[tuple[str, _Pairs]]:
    from hcl2.rules.base import AttributeRule, BlockRule

    for child in _parsed(text).children:
        if isinstance(child, BlockRule):
            labels = [str(label.serialize()) for label in child.labels]
            if labels[0] != "path" or len(labels) != 2:
                raise HclError(f"a block {labels[0]}; only path with one label is allowed")
            yield _unquoted(labels[1]), list(_pairs(child.body))
        elif isinstance(child, AttributeRule):
            _top_level(str(child.identifier.serialize()))


def _top_level(key: str) -> None:
    if key != "name":
        raise HclError(f"the key {key} at the top; only path and name are allowed")


def _parsed(text: str) -> BodyRule:
    import hcl2

    try:
        return hcl2.parses(text if text.endswith("\n") else text + "\n").body
    except Exception as error:  # the parser has no error class of its own
        raise HclError(f"it is not valid HCL ({type(error).__name__})") from None


def _pairs(body: BodyRule) -> Iterator[tuple[str, Any]]:
    from hcl2.rules.base import AttributeRule, BlockRule

    for child in body.children:
        if isinstance(child, AttributeRule):
            yield str(child.identifier.serialize()), _plain(child.expression.serialize())
        elif isinstance(child, BlockRule):
            yield str(child.labels[0].serialize()), {}


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value.startswith('"'):
        return _unquoted(value)
    if isinstance(value, list):
        return [_plain(v) for v in cast("list[Any]", value)]
    return value


def _unquoted(text: str) -> str:
    if not text.startswith('"'):
        return text
    try:
        return str(json.loads(text))
    except ValueError:
        raise HclError("a string with an escape that can't be read") from None


def _json_blocks(text: str) -> list[tuple[str, _Pairs]]:
    """Both forms of JSON: `path` as an object, or as a list of objects."""
    try:
        top: Any = json.loads(text, object_pairs_hook=_JsonPairs)
    except (ValueError, RecursionError):
        raise HclError("it is not valid JSON") from None
    found: list[tuple[str, _Pairs]] = []
    for key, value in top:
        if key == "path":
            for group in _groups(value):
                found += [(path, _json_pairs(body)) for path, body in _json_pairs(group)]
        else:
            _top_level(key)
    return found


def _groups(value: Any) -> list[Any]:
    if isinstance(value, list) and not isinstance(value, _JsonPairs):
        return cast("list[Any]", value)
    return [value]


class _JsonPairs(list[tuple[str, Any]]):
    """A JSON object as its pairs, so that duplicates stay visible."""


def _json_pairs(value: Any) -> _Pairs:
    if not isinstance(value, _JsonPairs):
        raise HclError("a path that is not an object")
    return value


def _rule(path: str, pairs: _Pairs) -> Rule:
    path = path.removeprefix("/")
    unknown = sorted({key for key, _ in pairs} - _KEYS)
    if unknown:
        raise HclError(f'path "{path}": the key {unknown[0]} is unknown')
    if "+*" in path:
        raise HclError(f'path "{path}": +* is not allowed')
    first, *others = path.split("{{")
    if "}}" in first or any(piece.count("}}") != 1 for piece in others):
        raise HclError(f'path "{path}": its double braces do not pair')
    granted: list[str] = []
    for key, value in pairs:
        if key == "capabilities":
            granted += _listed(value, path)
    for key, value in pairs:
        if key == "policy" and value != "":
            granted += _legacy(value, path)
    found = frozenset(("deny",)) if "deny" in granted else frozenset(granted)
    limits = frozenset(
        key for key, value in pairs if key in LIMITS and value not in (None, 0) and not _harmless(key, value)
    )
    return Rule(path=path, capabilities=found, limits=limits)


def _harmless(key: str, value: Any) -> bool:
    """Whether a limit concerns only what no request needs: all else is allowed, or isn't named."""
    if key not in ("allowed_parameters", "denied_parameters"):
        return False
    pairs = list(value.items()) if isinstance(value, Mapping) else value  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if not isinstance(pairs, list):
        return False
    names = {_unquoted(str(n)).lower(): v for n, v in cast("list[tuple[str, Any]]", pairs)}
    if key == "allowed_parameters" and names.pop("*", None) != []:
        return False
    return bool(names) and names.keys() <= UNNEEDED


def _listed(value: Any, path: str) -> list[str]:
    if not isinstance(value, Sequence) or isinstance(value, str | _JsonPairs):
        raise HclError(f'path "{path}": capabilities is not a list')
    for capability in cast("Sequence[Any]", value):
        if capability not in CAPABILITIES:
            raise HclError(f'path "{path}": the capability {capability} is unknown')
    return list(cast("Sequence[str]", value))


def _legacy(value: Any, path: str) -> tuple[str, ...]:
    if not isinstance(value, str) or value not in _LEGACY:
        raise HclError(f'path "{path}": policy must be one of {", ".join(_LEGACY)}')
    return _LEGACY[value]
