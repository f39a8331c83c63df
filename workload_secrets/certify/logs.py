"""Looking through logs: lines of text, or of JSON as the engine's event log has them."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Any, Final, cast

from workload_secrets.certify.certificate import Certificate, Finding, NotLookedAt, Place
from workload_secrets.certify.document import parse
from workload_secrets.certify.finder import TIME_IS_UP, Finder
from workload_secrets.certify.unwrap import GZIP, SEVERAL_LINES, TooLarge, as_texts, decompressed
from workload_secrets.certify.walk import Path, Text, shown, walk
from workload_secrets.outside.encodings import skeleton

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_URN: Final = "urn:pulumi:"
_STARTS: Final = ("{", "[")


def look_at_log(content: bytes, name: str, finder: Finder, into: Certificate, limit: int) -> None:
    """Adds what a log holds to the certificate; places call it `name`. A log that gzip made smaller is
    looked at up to `limit` bytes."""
    try:
        parts = [part for _, part in decompressed(content, limit)] if content.startswith(GZIP) else [content]
    except TooLarge:
        into.not_looked_at.append(NotLookedAt(what=name, reason=f"it holds more than {limit} bytes"))
        return
    text = "".join(map(_text, parts))
    look = _Look(name, finder, into)
    data = _data(text) if text[:64].lstrip().startswith(_STARTS) else None
    if data is not None:
        look.at_data(data, name)
    else:
        look.at_lines(text)
        look.over_lines(text)
    into.texts = finder.texts


class _Look:
    def __init__(self, name: str, finder: Finder, into: Certificate) -> None:
        self._name = name
        self._finder = finder
        self._into = into
        self._found: set[str] = set()

    def at_lines(self, text: str) -> None:
        for number, line in enumerate(_lines(text), start=1):
            where = f"{self._name}:{number}"
            data = _data(line) if line.lstrip().startswith(_STARTS) else None
            if data is None:
                self._text(line, Place(line=where))
            else:
                self.at_data(data, where)
            if self._finder.time_is_up:
                self._into.not_looked_at.append(
                    NotLookedAt(what=f"{where} and what follows", reason=TIME_IS_UP)
                )
                return

    def at_data(self, data: Any, where: str) -> None:
        """JSON; properties belong to the nearest thing around them that has a URN."""
        for part in walk(data):
            if isinstance(part, Text):
                urn = _urn(data, part.path)
                subject = urn if self._finder.clean(urn) else "a resource whose URN holds a secret"
                place = Place(line=where, subject=subject, path=shown(part.path, self._finder.clean))
                self._text(part.text, place, marked=part.marked)
            elif part.content == "encrypted":
                place = Place(line=where, path=shown(part.path, self._finder.clean))
                self._into.not_looked_at.append(NotLookedAt(what=str(place), reason="encrypted"))

    def over_lines(self, text: str) -> None:
        """What no single line holds."""
        known = [(hit.secret, hit.form) for hit in self._finder.search.hits(text)]
        looked = self._finder.look(skeleton(text))
        known += [(hit.secret, f"{SEVERAL_LINES} > {hit.form}") for hit in looked.hits if hit.known]
        for secret, form in known:
            if secret not in self._found:
                self._add(Finding(place=Place(line=self._name), secret=secret, form=form))

    def _text(self, text: str, place: Place, *, marked: bool = False) -> None:
        looked = self._finder.look(text)
        for hit in looked.hits:
            if hit.known or not marked:
                self._add(Finding(place=place, secret=hit.secret, form=hit.form, marked=marked))
        for reason in looked.skipped:
            self._into.not_looked_at.append(NotLookedAt(what=str(place), reason=reason))

    def _add(self, finding: Finding) -> None:
        self._found.add(finding.secret)
        self._into.findings.append(finding)


def _text(content: bytes) -> str:
    for mark, code in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(code, "replace")
    return "\n".join(as_texts(content))


def _lines(text: str) -> Iterator[str]:
    """One by one: a list of all would be as large as the log once more."""
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield text[start:end]
        start = end + 1


def _data(text: str) -> Any:
    try:
        return parse(text)
    except ValueError:
        return None


def _urn(data: Any, path: Path) -> str:
    found = ""
    for part in path:
        if isinstance(data, dict):
            pairs = cast("dict[str | int, Any]", data)
            urn = pairs.get("urn")
            found = urn if isinstance(urn, str) and urn.startswith(_URN) else found
            data = pairs.get(part)
        elif isinstance(data, list) and isinstance(part, int):
            items = cast("list[Any]", data)
            data = items[part] if part < len(items) else None
    return found
