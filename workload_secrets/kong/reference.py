"""Kong's references to secrets: `{vault://PREFIX/PATH/KEY}`.

Follows kong/pdk/vault.lua of Kong/kong and app/_gateway_entities/vault.md of
Kong/developer.konghq.com: the last segment is the key, segments are URL-decoded, `#N` pins a
version, `?name=value` gives options.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode

START: Final = "{vault://"
_PREFIX: Final = re.compile(r"[a-z][a-z0-9-]*[a-z0-9]", re.ASCII)
_SHAPE: Final = re.compile(r"\{vault://([^/?#{}]+)/([^?#{}]+)(?:\?([^#{}]*))?(?:#([^{}]*))?\}", re.ASCII)


class BadReference(ValueError):  # noqa: N818 reads better
    """A text that is no reference. `allowed` and `remedy` say what would be one."""

    def __init__(self, allowed: str, remedy: str) -> None:
        super().__init__(f"allowed: {allowed}; remedy: {remedy}")
        self.allowed = allowed
        self.remedy = remedy


@dataclass(frozen=True, kw_only=True)
class Reference:
    """`path` is the secret's path, decoded. `key` is None where the whole value is meant."""

    prefix: str
    path: str
    key: str | None
    version: int | None = None
    options: Mapping[str, str] = field(default_factory=dict[str, str])

    def text(self) -> str:
        """The reference as Kong reads it."""
        segments = [*self.path.split("/"), *([self.key] if self.key is not None else [])]
        made = f"{self.prefix}/{'/'.join(quote(part, safe='') for part in segments)}"
        made += f"?{urlencode(self.options)}" if self.options else ""
        made += f"#{self.version}" if self.version is not None else ""
        return f"{{vault://{made}}}"


def parse(text: str) -> Reference:
    """Raises BadReference."""
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise BadReference("{vault://PREFIX/PATH/KEY} and nothing around it", "write it like that")
    prefix, path, query, pinned = found.groups()
    if not _PREFIX.fullmatch(prefix):
        raise BadReference("a prefix of lower-case letters, digits and hyphens", "correct the prefix")
    segments = [unquote(part) for part in path.split("/")]
    if any(part == "" for part in segments):
        raise BadReference("segments joined by single slashes", "remove the empty segment")
    if pinned is not None and not re.fullmatch(r"[1-9][0-9]{0,8}", pinned, re.ASCII):
        raise BadReference("a whole version number after #", "write #3, or leave it out")
    *folders, last = segments
    return Reference(
        prefix=prefix,
        path="/".join(folders) or last,
        key=last if folders else None,
        version=int(pinned) if pinned else None,
        options=dict(parse_qsl(query or "", keep_blank_values=True)),
    )
