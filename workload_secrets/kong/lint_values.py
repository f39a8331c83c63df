"""What a single field of a decK file holds: a reference, a variable, a literal credential."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final, cast

from workload_secrets.kong.credential_fields import Kind, sounds_secret
from workload_secrets.kong.deckfile import Field, Unquoted
from workload_secrets.kong.finding import Problem
from workload_secrets.kong.reference import START, BadReference, Reference, is_reference, parse

_VARIABLE: Final = re.compile(r'\$\{\{-?\s*env\s+["`]DECK_\w+["`]', re.ASCII)
"""decK reads only variables whose name begins so (pkg/file/template.go of go-database-reconciler)."""
_PRIVATE_KEY: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----", re.ASCII)
_USER_IN_URL: Final = re.compile(
    r"[a-z][a-z0-9+.-]{0,20}://[^/\s:@]{0,256}:[^/\s@]{1,1024}@", re.IGNORECASE | re.ASCII
)
"""Bounded: a text of megabytes must not take minutes."""
_HEADER: Final = re.compile(
    r"((proxy-)?authorization\s*:\s*(basic|bearer)\s+[\w+/=.~-]{4,}|(basic|bearer)\s+[\w+/=.~-]{16,})",
    re.IGNORECASE | re.ASCII,
)
_PRIVATE_JWK: Final = frozenset({"d", "k", "p", "q", "dp", "dq", "qi", "oth"})
_BY_REFERENCE: Final = 'write a {vault://…} reference, or ${{ env "DECK_…" }}'
_BY_VARIABLE: Final = 'write ${{ env "DECK_…" }}'
_LITERAL: Final = "a credential stands here in clear text"


def has_variable(field: Field) -> bool:
    """Whether decK fills the field, or a part of it, from its environment."""
    return isinstance(field.value, str) and _VARIABLE.search(field.value) is not None


def reference_in(field: Field) -> Reference | None:
    """The reference that a field is as a whole, where it is a well-formed one."""
    try:
        return parse(field.value) if isinstance(field.value, str) else None
    except BadReference:
        return None


def problems(field: Field, kind: Kind | None, *, known: bool) -> Iterator[Problem]:
    """What is wrong with a field, whatever is declared. `kind` is what Kong's schema says of it,
    `known` whether that schema is known."""
    value = field.value
    if isinstance(value, Unquoted):
        yield _malformed("YAML reads a reference without quotes as a mapping", "put it in quotes")
    elif isinstance(value, str) and START.lstrip("{") in value.lower():
        yield from _near(value, kind, known=known)
    elif not has_variable(field):
        yield from _literal(field, kind, known=known)


def _near(text: str, kind: Kind | None, *, known: bool) -> Iterator[Problem]:
    """A text that is a reference, or has one inside."""
    if not is_reference(text):
        yield from _no_reference(text)
        return
    try:
        parse(text)
    except BadReference as bad:
        yield _malformed(f"no reference that Kong resolves; allowed: {bad.allowed}", bad.remedy)
        return
    if kind == "fixed":
        yield Problem(
            "violation",
            "unresolved-reference",
            "Kong resolves no reference in this field: its text would be the credential",
            _BY_VARIABLE,
        )
    elif kind is None and known:
        yield Problem(
            "warning",
            "unresolved-reference",
            "Kong's schema has no reference in this field: its text would be the value",
            "use a field that is referenceable",
        )


def _no_reference(text: str) -> Iterator[Problem]:
    inside = text.lower()
    if inside.startswith(START) and inside.endswith("}"):
        yield _malformed("Kong knows references by vault:// in lower case", "write {vault://…}")
    elif START in inside:
        yield Problem(
            "violation",
            "embedded-reference",
            "a reference with text around it stays as it is: Kong resolves whole values only",
            "write the reference alone, and the whole text into the secret",
        )
    elif inside.startswith("vault://"):
        yield _malformed("a reference without braces stays as it is", "write {vault://…}")


def _literal(field: Field, kind: Kind | None, *, known: bool) -> Iterator[Problem]:
    value = field.value
    if value in (None, "") or isinstance(value, bool):
        return
    text = str(value)
    if kind in ("secret", "fixed") and not _is_public_jwk(field, text):
        remedy = _BY_REFERENCE if kind == "secret" else _BY_VARIABLE
        yield Problem("violation", "literal-credential", _LITERAL, remedy)
    elif _PRIVATE_KEY.search(text):
        yield Problem(
            "violation", "literal-credential", "a private key stands here in clear text", _BY_REFERENCE
        )
    elif _USER_IN_URL.search(text):
        yield Problem(
            "violation",
            "literal-credential",
            "the user and password of an address stand here in clear text",
            _BY_REFERENCE if kind == "plain" else _BY_VARIABLE,
        )
    elif _is_header(field.shape, text.strip()):
        yield Problem(
            "violation", "literal-credential", "a header's credential stands here in clear text", _BY_VARIABLE
        )
    elif (not known or ".headers." in field.shape) and sounds_secret(field.shape):
        yield Problem(
            "warning", "literal-credential", "this looks like a credential in clear text", _BY_VARIABLE
        )


def _is_header(shape: str, text: str) -> bool:
    """`Authorization: Bearer …` as one text, or under the header's name."""
    return bool(_HEADER.fullmatch(text) or _HEADER.fullmatch(f"{shape.rpartition('.')[2]}: {text}"))


def _is_public_jwk(field: Field, text: str) -> bool:
    if not field.shape.endswith("jwk"):
        return False
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and not _PRIVATE_JWK & cast("dict[str, Any]", found).keys()


def _malformed(what: str, remedy: str) -> Problem:
    return Problem("violation", "malformed-reference", what, remedy)
