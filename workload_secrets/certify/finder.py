"""Looking into a text as deep as it goes, within limits."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from workload_secrets.certify.search import A_CANARY, RAW, SHORTEST, Hit, Search
from workload_secrets.certify.unwrap import (
    SEVERAL_LINES,
    TooLarge,
    as_texts,
    decoded,
    decompressed,
    readable,
    unreadable,
    unwrapped,
)

TIME_IS_UP: Final = "the time was up"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What is looked at: `depth` in layers of wrapping, `unpacked` in bytes out of one piece of
    compressed data, `inner` in characters made of one text, `seconds` of the whole search."""

    depth: int = 8
    unpacked: int = 64 * 1024 * 1024
    inner: int = 512 * 1024 * 1024
    seconds: float = 1800.0


@dataclass(frozen=True)
class Looked:
    """`skipped` says what of the text was not looked at, and why."""

    hits: tuple[Hit, ...] = ()
    skipped: tuple[str, ...] = ()


_NOTHING: Final = Looked()


class Finder:
    """`shape` says what a text that holds a secret of a known form looks like, else None."""

    def __init__(
        self,
        search: Search,
        shape: Callable[[str], str | None],
        limits: Limits = Limits(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.search = search
        self.shape = shape
        self._limits = limits
        self._clock = clock
        self._end = clock() + limits.seconds
        self._known: dict[str, Looked] = {}

    @property
    def texts(self) -> int:
        """How many different texts were looked at."""
        return len(self._known)

    @property
    def time_is_up(self) -> bool:
        return self._clock() > self._end

    def look(self, text: str) -> Looked:
        """What stands in a text, each secret once, in its plainest form."""
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = self._plainest(_Layers(self, text, self._limits))
        return found

    def clean(self, text: str) -> bool:
        """Whether a text may be shown."""
        return self.look(text) == _NOTHING

    def _plainest(self, layers: _Layers) -> Looked:
        hits = {hit.secret: hit for hit in reversed(list(layers.hits()))}
        known = [hit for hit in hits.values() if hit.known]
        chosen = _without_unnamed(known) if known else list(hits.values())
        if not chosen and not layers.skipped:
            return _NOTHING
        return Looked(tuple(sorted(chosen, key=lambda hit: hit.secret)), tuple(dict.fromkeys(layers.skipped)))


def _without_unnamed(known: list[Hit]) -> list[Hit]:
    """A canary whose name is known isn't named a second time as just a canary."""
    return [hit for hit in known if hit.secret != A_CANARY or len(known) == 1]


class _Layers:
    """One text and what is wrapped in it, layer by layer, the outer ones first."""

    def __init__(self, finder: Finder, text: str, limits: Limits) -> None:
        self._finder = finder
        self._limits = limits
        self._todo: deque[tuple[str, tuple[str, ...]]] = deque([(text, ())])
        self._seen = {text}
        self._spent = 0
        self.skipped: list[str] = []

    def hits(self) -> Iterator[Hit]:
        while self._todo:
            text, chain = self._todo.popleft()
            if self._finder.time_is_up:
                self.skipped.append(TIME_IS_UP)
                return
            yield from self._in(text, chain)
            for name, inner in unwrapped(text):
                self._add(inner, (*chain, name))
            for name, data in decoded(text):
                yield from self._bytes(data, (*chain, name))

    def _in(self, text: str, chain: tuple[str, ...]) -> Iterator[Hit]:
        for hit in self._finder.search.hits(text):
            yield Hit(hit.secret, _form(chain, hit.form))
        if SEVERAL_LINES not in chain:  # lines that are put together make new words
            what = self._finder.shape(text)
            if what is not None:
                yield Hit(what, _form(chain, RAW), known=False)

    def _bytes(self, data: bytes, chain: tuple[str, ...]) -> Iterator[Hit]:
        """Compressed data is rarely text; what isn't text may still hold a value as it is."""
        text = readable(data)
        for one in as_texts(data):
            if text:
                self._add(one, chain)
            else:
                yield from self._in(one, chain)
        what = unreadable(data)
        if what is not None:
            self.skipped.append(f"{what} in it")
        try:
            for name, inner in decompressed(data, self._limits.unpacked):
                if len(chain) < self._limits.depth:
                    yield from self._bytes(inner, (*chain, name))
                else:
                    self._too_deep()
        except TooLarge:
            self.skipped.append(f"compressed data that holds more than {self._limits.unpacked} bytes")

    def _add(self, text: str, chain: tuple[str, ...]) -> None:
        if len(text) < SHORTEST or text in self._seen:
            return
        self._spent += len(text)
        if len(chain) > self._limits.depth:
            self._too_deep()
        elif self._spent > self._limits.inner:
            self.skipped.append(f"what it holds beyond {self._limits.inner} characters")
        else:
            self._seen.add(text)
            self._todo.append((text, chain))

    def _too_deep(self) -> None:
        self.skipped.append(f"what is wrapped in more than {self._limits.depth} layers")


def _form(chain: tuple[str, ...], form: str) -> str:
    """From the outside in; `raw` goes without saying where anything else is said."""
    return " > ".join((*chain, form) if form != RAW or not chain else chain)
