"""Which names of namespaces a regular expression of Go takes, as far as that can be told.

External Secrets asks regexp.MatchString (pkg/controllers/secretstore/client_manager.go), which
finds a match anywhere in the name: `billing` takes `x-billing` too.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from typing import Final

_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_EXACT: Final = re.compile(r"(?:\^|\\A)(?:\((?:\?:)?([-a-z0-9|]+)\)|([-a-z0-9]+))(?:\$|\\z)")
_OTHERWISE: Final = re.compile(r"\(\?[=!<P]|\\[pPQCZ\d]|\[\[:|\{,")
"""What Python and Go read differently, or only one of them reads."""
_REPEATS: Final = re.compile(r"[*+?{]")
_GROUP_START: Final = re.compile(r"\(\?(?:[imsU]+[:)]|:)")
_VARIABLE: Final = re.compile(r"\\[A-Za-z]|\[[^]]*\]|\{[^}]*\}|[^-a-z0-9]")
_MOST: Final = 3
"""Repeats, and alternatives: Python's engine tries every way to divide a name among them, and
takes for ever with many; Go's doesn't."""
_LONGEST: Final = 200


def exact(pattern: str) -> frozenset[str] | None:
    """The names it takes, where it is bound at both ends and lists them; else None."""
    found = _EXACT.fullmatch(pattern)
    return frozenset((found[1] or found[2]).split("|")) if found else None


def takes(pattern: str, name: str) -> bool | None:
    """Whether it takes a name; None where that can't be told."""
    plain = _GROUP_START.sub("(", pattern)
    ways = len(_REPEATS.findall(plain)), plain.count("|")
    if len(pattern) > _LONGEST or max(ways) > _MOST or re.search(r"\)[*+?{]", plain):
        return None
    if _OTHERWISE.search(pattern):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            return re.search(pattern.replace("\\z", "\\Z"), name) is not None
    except re.error:
        return None


def example(pattern: str, names: Iterable[str], *, but: str) -> str | None:
    """A name that it takes and that isn't `but`: one of `names`, or one made up; None where none
    is found, which doesn't say that there is none."""
    literal = _VARIABLE.sub("", pattern).strip("-")
    around = ("{}x", "x{}", "{}-x", "{}-1", "x-{}", "x-{}-x", "{}")
    made = ("other", *(form.format(literal) for form in around))
    for name in (*sorted(names), *made):
        if name != but and _NAME.fullmatch(name) and takes(pattern, name):
            return name
    return None
