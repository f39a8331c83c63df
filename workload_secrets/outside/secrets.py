"""Every secret that this process has met, and how they are taken out of a text.

A process has one such list, because what one part has learnt another may print: the server that
answers a question of one client may quote a token of the other. It only grows while a command
runs, and it is never written anywhere.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, cast

from workload_secrets.outside.encodings import (
    TooManyReadings,
    canonical,
    composed,
    encoded,
    readings,
    skeleton,
)
from workload_secrets.outside.payload import secret_name, secrets_of
from workload_secrets.outside.shapes import without_shapes

REDACTED: Final = "[secret]"
_MARK: Final = "\ue000"
"""Stands for what was taken out while the rest is looked at. Of a private area of Unicode."""
PIECE: Final = 8
"""Characters in a row that give a secret away. A shorter secret can't be taken out without
showing by its place what it was, so a text with it is left out as a whole."""
_ALL_PIECES: Final = 512
_STEP: Final = 4
"""Of a value longer than `_ALL_PIECES`, such as a token, every fourth piece is kept: enough for
a part of 11 characters, and for its beginning."""
_WORKING_FOLDERS: Final = ("PWD", "OLDPWD")
"""https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html"""
_LONGEST: Final = 16_000
"""Characters of a text that are looked at; nobody reads more in an error."""
_STANDARD: Final = (
    "https://www.",
    "postgresql://",
    "-----BEGIN RSA PRIVATE KEY-----",
    "-----BEGIN EC PRIVATE KEY-----",
    "-----END RSA PRIVATE KEY-----",
    "-----BEGIN CERTIFICATE-----",
)
"""Parts of these tell nothing of a value that has them."""


def _pieces(text: str, step: int = 1) -> set[str]:
    last = len(text) - PIECE
    starts = {*range(0, last + 1, step), last} if last >= 0 else set[int]()
    return {text[start : start + PIECE] for start in starts}


def _kept_pieces(value: str) -> set[str]:
    texts = (canonical(value), canonical(skeleton(value)))
    return set[str]().union(*(_pieces(text, 1 if len(text) <= _ALL_PIECES else _STEP) for text in texts))


_TELLING_NOTHING: Final = frozenset[str]().union(*(_pieces(canonical(text)) for text in _STANDARD))


def secret_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables whose names say that they hold a secret."""
    return {
        name: value
        for name, value in environment.items()
        if secret_name(name) and name not in _WORKING_FOLDERS
    }


class _ShortSecret(Exception):  # noqa: N818 - no fault: the text is left out
    """A secret is in the text that is too short to be taken out."""


class Secrets:
    """Secrets, by value. May be used by several threads at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._long: dict[str, None] = {}
        self._short: set[str] = set()
        self._pieces: set[str] = set()

    def learn(self, *values: str | bytes | None) -> None:
        """From now on no text shows these. Blanks around a value and empty ones don't count."""
        for value in values:
            text = value.decode(errors="replace") if isinstance(value, bytes) else value or ""
            self._add(composed(text.strip()))

    def learn_from(self, message: object, *, request: bool = False) -> None:
        """Learns what a message of an API holds in fields that are for secrets."""
        self.learn(*secrets_of(message, request=request))

    def learn_environment(self, environment: Mapping[str, str]) -> None:
        """Learns the variables whose names say that they hold a secret."""
        self.learn(*secret_variables(environment).values())

    def forget(self) -> None:
        """Starts anew."""
        with self._lock:
            self._long.clear()
            self._short.clear()
            self._pieces.clear()

    def redacted(self, text: str) -> str | None:
        """The text without secrets. None where one or a part of one may still be in it: a short
        one, one that is cut, or one in a form that can't be taken out."""
        cut = composed(text[:_LONGEST]).replace(_MARK, "?")
        if len(text) > _LONGEST:
            cut = cut.rpartition(" ")[0]  # a value may be cut in two
            if not cut:
                return None
        try:
            with self._lock:
                marked = without_shapes(self._taken_out(cut), _MARK)
                safe = not self._hits(readings(marked))
        except (TooManyReadings, _ShortSecret):
            return None
        return _shown(marked) if safe else None

    def show_in(self, word: str) -> bool:
        """Whether a single word is a secret or has a part of one."""
        same = canonical(composed(word))
        with self._lock:
            return same in self._short or not self._pieces.isdisjoint(_pieces(same))

    def masked(self, text: str) -> str:
        """Output of our own without values that nobody writes by chance: the last defence, where
        a name that happens to be a value must stay. JSON stays JSON."""
        with self._lock:
            known = [value for value in self._long if _by_no_chance(value)]
        done = _shown(_without(text, known))
        if done == text or text.lstrip()[:1] not in ("{", "["):
            return done
        try:
            data = json.loads(text)
        except ValueError:
            return done

        def mask(leaf: str) -> str:
            return _shown(_without(leaf, known))

        leaves = _leaves(data, mask)
        return json.dumps(leaves, indent=2, ensure_ascii=False) + text[len(text.rstrip()) :]

    def _taken_out(self, text: str) -> str:
        """The text with marks for what can be taken out of it. Raises TooManyReadings, and
        _ShortSecret where nothing can."""
        hits = self._hits(readings(text))
        if not hits:
            return text
        known = [value for value in self._long if not hits.isdisjoint(_kept_pieces(value))]
        return _without(text, known)

    def _hits(self, texts: Iterable[str]) -> set[str]:
        """The pieces of secrets in the texts. Raises _ShortSecret where a short one is in them."""
        found: set[str] = set()
        for text in texts:
            same = canonical(composed(text))
            if any(value in same for value in self._short):
                raise _ShortSecret
            found |= self._pieces.intersection(_pieces(same))
        return found

    def _add(self, value: str) -> None:
        if not value:
            return
        with self._lock:
            both = (canonical(value), canonical(skeleton(value)))
            self._short.update(text for text in both if 0 < len(text) < PIECE)
            if len(value) >= PIECE and value not in self._long:
                self._long[value] = None
                pieces = _kept_pieces(value)
                self._pieces |= pieces - _TELLING_NOTHING or pieces


SECRETS: Final = Secrets()
"""What this process has met."""


def _without(text: str, known: list[str]) -> str:
    for value in known:
        for form in encoded(value):
            if len(form) >= PIECE and form in text:
                text = text.replace(form, _MARK)
    return text


def _shown(text: str) -> str:
    return re.sub(f"{_MARK}+", REDACTED, text)


def _by_no_chance(value: str) -> bool:
    kinds = [value != value.upper(), value != value.lower()]
    kinds += [any(map(str.isdigit, value)), not value.isalnum()]
    found = sum(kinds)
    return found >= 3 or (len(value) >= 2 * PIECE and found >= 2)


def _leaves(data: Any, change: Callable[[str], str]) -> Any:
    if isinstance(data, str):
        return change(data)
    if isinstance(data, list):
        return [_leaves(item, change) for item in cast("list[Any]", data)]
    if isinstance(data, dict):
        return {change(key): _leaves(item, change) for key, item in cast("dict[str, Any]", data).items()}
    return data
