"""Wildcard patterns with `*` (any characters) and `?` (exactly one), as IAM uses them."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence
from enum import Enum


class Wild(Enum):
    """A wildcard token of a pattern."""

    ONE = "?"
    ANY = "*"
    FIELD = "any characters but a colon"


Token = str | Wild
Pattern = tuple[Token, ...]
_FIRST = re.compile(r"[*?]")
_MANY = (Wild.ANY, Wild.FIELD)
_FIELDS = 6
"""Of an ARN."""
_WILD = {"*": Wild.ANY, "?": Wild.ONE}
# A character that no pattern spells: it stands for "any other character".
_OTHER = "\ue0ff"


def tokens(text: str) -> Pattern:
    """The tokens of a pattern: one per literal character or wildcard."""
    return tuple([_WILD.get(c, c) for c in text])


def literal_start(pattern: str) -> str:
    """The text before the first wildcard."""
    wild = _FIRST.search(pattern)
    return pattern if wild is None else pattern[: wild.start()]


def matches(pattern: str | Pattern, value: str) -> bool:
    """Whether the whole value matches. Case-sensitive."""
    if not isinstance(pattern, str):
        return _walk(pattern, value)
    wild = _FIRST.search(pattern)
    if wild is None:
        return pattern == value
    # Most patterns differ from most values before the first wildcard: no need to walk.
    at = wild.start()
    return value.startswith(pattern[:at]) and _walk(tokens(pattern[at:]), value[at:])


def _walk(parts: Pattern, value: str) -> bool:
    """Goes back only to the last star, so that no pattern is slow."""
    at, done, star, mark = 0, 0, -1, 0
    while done < len(value):
        token = parts[at] if at < len(parts) else None
        if token is Wild.ANY:
            star, mark = at, done
            at += 1
            if at == len(parts):
                return True  # a last star takes all that is left
        elif token is Wild.ONE or token == value[done]:
            at += 1
            done += 1
        elif star >= 0:
            mark += 1
            at, done = star + 1, mark
        else:
            return False
    return all(token is Wild.ANY for token in parts[at:])


class Globs:
    """Many patterns, of which those that match a value are found without trying each.

    They are kept by the text before their first wildcard; only the few lengths that such
    texts have are looked up.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self._by_start: dict[str, list[str]] = {}
        for pattern in patterns:
            self._by_start.setdefault(literal_start(pattern), []).append(pattern)
        self._lengths = sorted({len(start) for start in self._by_start})

    def matching(self, value: str) -> list[str]:
        """Every pattern that the whole value matches."""
        starts = (value[:length] for length in self._lengths if length <= len(value))
        return [p for start in starts for p in self._by_start.get(start, ()) if matches(p, value)]


def contains(outer: str | Pattern, inner: str | Pattern) -> bool:
    """Whether every text that `inner` matches is matched by `outer` too. Exact.

    Walks the pairs of one state of `inner` and the set of states `outer` may be in.
    """
    big = tokens(outer) if isinstance(outer, str) else outer
    small = tokens(inner) if isinstance(inner, str) else inner
    alphabet = sorted({t for t in big if isinstance(t, str)} | {_OTHER})
    todo: list[tuple[int, frozenset[int]]] = [(0, _closure(big, frozenset((0,))))]
    seen = set(todo)
    while todo:
        at, states = todo.pop()
        if at == len(small):
            if len(big) not in states:
                return False
            continue
        token = small[at]
        following: list[tuple[int, frozenset[int]]] = []
        if token is Wild.ANY:
            following.append((at + 1, states))
        chars = alphabet if isinstance(token, Wild) else [token]
        goes_to = at if token is Wild.ANY else at + 1
        following += [(goes_to, _step(big, states, c)) for c in chars]
        for pair in following:
            if pair not in seen:
                seen.add(pair)
                todo.append(pair)
    return True


def arn_tokens(text: str) -> Pattern:
    """The tokens of an ARN pattern: a star in one of its first five fields spans no colon.

    For `example` and `accepts` only.
    """
    found: list[Token] = []
    for token in tokens(text):
        early = found.count(":") < _FIELDS - 1
        found.append(Wild.FIELD if token is Wild.ANY and early else token)
    return tuple(found)


def accepts(pattern: str | Pattern, value: str) -> bool:
    """Like `matches`, for every kind of wildcard."""
    if isinstance(pattern, str):
        return matches(pattern, value)
    states = _closure(pattern, frozenset((0,)))
    for char in value:
        states = _step(pattern, states, char)
    return len(pattern) in states


def example(inside: Sequence[str | Pattern], outside: Sequence[str | Pattern] = ()) -> str | None:
    """A shortest text that every pattern of `inside` matches and none of `outside`; None where
    there is no such text. Exact: unlike `contains`, it sees what several patterns cover together.
    """
    patterns = [tokens(given) if isinstance(given, str) else given for given in (*inside, *outside)]
    spelled = {t for pattern in patterns for t in pattern if isinstance(t, str)}
    other = next((c for c in "xyzq0" if c not in spelled), _OTHER)
    start = tuple(_closure(pattern, frozenset((0,))) for pattern in patterns)
    todo, seen = deque([(start, "")]), {start}
    while todo:
        states, text = todo.popleft()
        ended = [len(p) in found for p, found in zip(patterns, states, strict=True)]
        if all(ended[: len(inside)]) and not any(ended[len(inside) :]):
            return text
        # Of all characters only those that some pattern asks for next differ from any other.
        asked = {p[s] for p, found in zip(patterns, states, strict=True) for s in found if s < len(p)}
        for char in (other, *sorted(t for t in asked if isinstance(t, str)), *_ends(asked)):
            following = tuple(_step(p, found, char) for p, found in zip(patterns, states, strict=True))
            if all(following[: len(inside)]) and following not in seen:
                seen.add(following)
                todo.append((following, text + char))
    return None


def _ends(asked: set[Token]) -> tuple[str, ...]:
    """A colon, where a field may end there."""
    return (":",) if Wild.FIELD in asked and ":" not in asked else ()


def _closure(parts: Pattern, states: frozenset[int]) -> frozenset[int]:
    """Adds the states reachable by letting `*` stand for nothing."""
    full: set[int] = set()
    for state in states:
        at = state
        full.add(at)
        while at < len(parts) and parts[at] in _MANY:
            at += 1
            full.add(at)
    return frozenset(full)


def _step(parts: Pattern, states: frozenset[int], char: str) -> frozenset[int]:
    following: set[int] = set()
    for state in states:
        if state == len(parts):
            continue
        token = parts[state]
        if token is Wild.ANY or (token is Wild.FIELD and char != ":"):
            following.add(state)
        elif token is Wild.ONE or token == char:
            following.add(state + 1)
    return _closure(parts, frozenset(following))
