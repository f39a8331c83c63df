"""Makes text that a stranger wrote fit to be shown: one limited file of an archive, fenced."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from typing import Final

ARCHIVE_LIMIT: Final = 2 * 1024 * 1024
FILE_LIMIT: Final = 512 * 1024
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control, direction and zero-width characters: they can make text look like other text."""
_LINE: Final = 1000
"""Characters of a line that are shown."""
_ESCAPE: Final = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


class UnfitError(Exception):
    """An archive can't be shown. The message holds nothing from it."""


def member(archive: bytes, name: str) -> str:
    """The text of one file in a zip archive; nothing is unpacked to disk. Raises UnfitError."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as found, found.open(name) as file:
            content = file.read(FILE_LIMIT + 1)
    except KeyError:
        raise UnfitError(f"it holds no {name}") from None
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError, EOFError):
        raise UnfitError("it is no readable archive") from None
    except Exception as error:  # a decompressor's own errors have no common class
        raise UnfitError(f"it can't be unpacked ({type(error).__name__})") from None
    if len(content) > FILE_LIMIT:
        raise UnfitError(f"its {name} has more than {FILE_LIMIT} bytes")
    return content.decode(errors="replace")


def plain(text: str) -> str:
    """Text without escape sequences, without characters that can't be seen, and without ends of
    very long lines."""
    lines = _ESCAPE.sub("", text).replace("\r\n", "\n").replace("\t", "    ")
    seen = "".join(c for c in lines if c == "\n" or unicodedata.category(c) not in _HIDDEN)
    return "\n".join(f"{line[:_LINE]}…" if len(line) > _LINE else line for line in seen.split("\n"))


def fenced(text: str, limit: int) -> str:
    """A code block that the text can't end, cut at a line so that it has at most `limit` characters.

    Inside a code block GitHub renders no link, image or mention.
    https://github.github.com/gfm/#fenced-code-blocks
    """
    shown = plain(text)
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    room = limit - 2 * len(fence) - len("text\n\n\n…")
    if room < 0:
        return "(it can't be shown: too many backticks)"
    if len(shown) > room:
        shown = f"{shown[:room].rpartition(chr(10))[0]}\n…"
    return f"{fence}text\n{shown.rstrip()}\n{fence}"
