"""What somebody outside said, which shows itself only in a safe form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, cast

from workload_secrets.escape import visible
from workload_secrets.outside.phrases import known
from workload_secrets.outside.secrets import SECRETS, Secrets

_LONGEST: Final = 64_000
"""Characters of a text that are kept."""
_LINE: Final = 600
_END: Final = 200
"""Characters of a line that are shown, and how many of them are its end."""
_NAME: Final = re.compile(r"[\w.-]{1,128}")
LEFT_OUT: Final = "left out: it may hold a secret"


class OutsideText:
    """A text of a server, tool or library. Formatting it gives it without the secrets that are
    known by then, as one line; where that isn't safe it gives the phrases that the text is known
    by, and says that the rest is left out. `part in text` asks about the text as it came."""

    __slots__ = ("_lines", "_raw", "_secrets")

    def __init__(self, said: object, *, lines: int = 1, secrets: Secrets = SECRETS) -> None:
        """`lines`: how many lines are shown, the last ones; they stay lines from 2 on. An
        exception says what its text says; a list, every item's."""
        self._raw = _text(said)[:_LONGEST] if lines == 1 else _text(said)[-_LONGEST:]
        self._lines = lines
        self._secrets = secrets

    @classmethod
    def of_answer(cls, body: object) -> OutsideText:
        """The reason that an error answer gives: `errors` of Vault, `message` of Kubernetes."""
        if not isinstance(body, Mapping):
            return cls("")
        fields = cast("Mapping[str, object]", body)
        names = ("errors", "message", "Message")
        return cls(next((fields[name] for name in names if fields.get(name)), ""))

    @classmethod
    def of_log(cls, path: Path, lines: int = 15) -> OutsideText:
        """The last lines of a log."""
        try:
            return cls(path.read_text(errors="replace"), lines=lines)
        except OSError:
            return cls("(no log)")

    @classmethod
    def last_line(cls, said: bytes) -> OutsideText:
        """The last line of what a tool wrote."""
        return cls((_text(said).splitlines() or [""])[-1])

    def __contains__(self, part: str) -> bool:
        return part in self._raw

    def __bool__(self) -> bool:
        return bool(self._raw)

    def __str__(self) -> str:
        if not self._raw:
            return ""
        shown = self._secrets.redacted(self._wanted())
        if shown is not None:
            return self._laid_out(shown)
        phrases = "; ".join(phrase for phrase in known(self._raw) if not self._secrets.show_in(phrase))
        return f"{phrases} (the rest is {LEFT_OUT})" if phrases else f"(the text is {LEFT_OUT})"

    def __repr__(self) -> str:
        return f"OutsideText({str(self)!r})"

    def _wanted(self) -> str:
        if self._lines == 1:
            return self._raw
        return "\n".join(self._raw.splitlines()[-self._lines :])

    def _laid_out(self, text: str) -> str:
        if self._lines == 1:
            return _short(visible(" ".join(text.split())))
        return "\n".join(_short(visible(line.expandtabs())) for line in text.splitlines())


def listed(names: Iterable[object], secrets: Secrets = SECRETS) -> str:
    """Names that somebody outside gave, such as those of keys: each as it is, unless a secret
    stands in its place."""
    return ", ".join(_named(str(name), secrets) for name in names)


def _named(name: str, secrets: Secrets) -> str:
    plain = _NAME.fullmatch(name) and not secrets.show_in(name)
    return name if plain else str(OutsideText(name, secrets=secrets))


def _short(line: str) -> str:
    """Begin and end of a long line: Kubernetes says at the end what is wrong."""
    return line if len(line) <= _LINE else f"{line[: _LINE - _END]} … {line[-_END:]}"


def _text(said: object) -> str:
    if isinstance(said, bytes):
        return said.decode(errors="replace").strip()
    if isinstance(said, list):
        return "; ".join(_text(one) for one in cast("list[object]", said))
    return str(said).strip()
