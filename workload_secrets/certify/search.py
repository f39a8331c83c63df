"""Finding known values in a text, in every form that `encoded` gives, in one pass.

A text is sampled: of every form the first pieces are kept, and of the text every n-th piece is
compared, so many that no form can stand between two samples. The cost grows with the text, hardly
with the number of values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from workload_secrets.outside.encodings import encoded, skeleton

SHORTEST: Final = 8
"""Characters of a value from which on it can be told from ordinary text."""
_LONG: Final = 16
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_CANARY_END: Final = r"[A-Za-z0-9_-]*"
RAW: Final = "raw"
A_CANARY: Final = "a canary"
_BLOCK: Final = 100_000
"""Pieces of a text that are in memory at once."""


@dataclass(frozen=True)
class Hit:
    """`known`: a value or a canary, not what only looks like a secret."""

    secret: str
    form: str
    known: bool = True


class Search:
    """`values` are names by value, each of at least SHORTEST characters. `canary` is how canaries
    begin, empty where none is looked for; `canary_name` gives the name of a canary where it is known."""

    def __init__(
        self,
        values: Mapping[str, str],
        canary: str = "",
        canary_name: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        forms: dict[str, Hit] = {}
        for value, name in {**values, canary: A_CANARY}.items():
            for form in (*encoded(value), skeleton(value)):
                if len(form) >= SHORTEST:
                    forms.setdefault(form, Hit(name, _form(form, value)))
        self._forms = forms
        self._samples = [
            _Samples(group)
            for group in ([f for f in forms if len(f) < _LONG], [f for f in forms if len(f) >= _LONG])
            if group
        ]
        self._canary = canary
        self._canaries = re.compile(re.escape(canary) + _CANARY_END)
        self._canary_name = canary_name

    def hits(self, text: str) -> Iterator[Hit]:
        """What stands in the text, each form once, what is written as it is first."""
        found = [form for samples in self._samples for form in samples.found(text)]
        for form in sorted(found, key=lambda form: self._forms[form].form != RAW):
            if form == self._canary:
                yield from self._named(text)
            else:
                yield self._forms[form]

    def _named(self, text: str) -> Iterator[Hit]:
        names = {self._canary_name(found) for found in self._canaries.findall(text)}
        yield from (Hit(f"canary of {name}" if name else A_CANARY, RAW) for name in sorted(names, key=str))


class _Samples:
    def __init__(self, forms: Iterable[str]) -> None:
        forms = tuple(forms)
        self._step = min(map(len, forms)) - SHORTEST + 1
        self._pieces: dict[str, list[str]] = {}
        for form in forms:
            for start in range(self._step):
                self._pieces.setdefault(form[start : start + SHORTEST], []).append(form)

    def found(self, text: str) -> Iterator[str]:
        forms: dict[str, None] = {}
        for start in range(0, len(text) - SHORTEST + 1, self._step * _BLOCK):
            end = min(start + self._step * _BLOCK, len(text) - SHORTEST + 1)
            pieces = {text[at : at + SHORTEST] for at in range(start, end, self._step)}
            if not self._pieces.keys().isdisjoint(pieces):
                forms |= dict.fromkeys(form for piece in pieces for form in self._pieces.get(piece, ()))
        yield from (form for form in forms if form in text)


def _form(form: str, value: str) -> str:
    """What a form is called."""
    if form in (value, skeleton(value)):
        return RAW
    if form.lower() == value.encode(errors="surrogatepass").hex():
        return "hex"
    if "%" in form and unquote(unquote(form)) == value:
        return "URL-escaped"
    if "\\" in form:
        return "JSON-escaped"
    if "&" in form:
        return "HTML-escaped"
    if _BASE64.fullmatch(form) and form not in value:
        return "base64url" if "-" in form or "_" in form else "base64"
    return "escaped"
