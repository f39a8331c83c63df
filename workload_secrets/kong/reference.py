"""Kong's references to secrets: `{vault://PREFIX/PATH/KEY}`.

What Kong does: `is_reference` and `parse_reference` in kong/pdk/vault.lua of Kong/kong, with
LuaSocket 3.0-rc1's `url.parse` and `parse_path`, and `ngx.unescape_uri`; as tested in
spec/01-unit/23-vaults_spec.lua. What it means: app/_gateway_entities/vault.md of
Kong/developer.konghq.com.

- The last segment is the key, in the JSON object that the secret is. A single segment is the
  whole secret, and so is a path with a slash at its end (since 3.8; before, its last segment was
  the key): it is refused here, as `%2F` says the same to every version.
- Segments are decoded twice: by `parse_path`, then by `unescape_uri`, which also turns a plus into
  a space. A percent sign is therefore `%2525` and a plus `%252B`; what would change in the second
  decoding otherwise is refused.
- Kong drops empty segments, what follows a `;`, and a host's user and port. All are refused.
- Host, scheme and path keep their case. A host is the prefix of a vault entity, or the name of a
  backend, which kong.conf configures; `match` of kong/db/schema/entities/vaults.lua.
- `#N` pins a version: a number, refused here if not a whole one from 1. `?name=value` overrides a
  field of the vault entity (`get_vault_config_and_hash`).
- A reference is the whole of a string. Kong takes anything else for the value itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, unquote_to_bytes, urlencode

START: Final = "{vault://"
END: Final = "}"
_PREFIX: Final = re.compile(r"[a-z][a-z0-9-]*[a-z0-9]", re.ASCII)
_PATH: Final = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*", re.ASCII)
_ESCAPES: Final = re.compile(r"(?:[^%+]|%[0-9A-Fa-f]{2})*", re.ASCII)
_ONCE_MORE: Final = re.compile(r"(?:[^%+]|%25|%2B)*", re.ASCII | re.IGNORECASE)
_VERSION: Final = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


class BadReference(ValueError):  # noqa: N818 reads better
    """A text that is no reference. `allowed` and `remedy` say what would be one; the text itself
    may be a secret and is in neither."""

    def __init__(self, allowed: str, remedy: str) -> None:
        super().__init__(f"allowed: {allowed}; remedy: {remedy}")
        self.allowed = allowed
        self.remedy = remedy


@dataclass(frozen=True, kw_only=True)
class Reference:
    """`path` is the secret's path, decoded. `key` is None where the whole secret is meant."""

    prefix: str
    path: str
    key: str | None
    version: int | None = None
    options: Mapping[str, str] = field(default_factory=dict[str, str])

    def text(self) -> str:
        """The reference as Kong reads it."""
        if self.key is None:  # an encoded slash keeps it one segment, which has no key
            made = _encoded(self.path)
        else:
            made = "/".join(_encoded(part) for part in (*self.path.split("/"), self.key))
        made += f"?{urlencode(self.options, quote_via=quote)}" if self.options else ""
        made += f"#{self.version}" if self.version is not None else ""
        return f"{START}{self.prefix}/{made}{END}"


def is_reference(text: str) -> bool:
    """Whether Kong takes a text for a reference at all (`is_reference`), well-formed or not."""
    return text.startswith(START) and text.endswith(END)


def parse(text: str) -> Reference:
    """The reference that a text is as a whole. Raises BadReference."""
    if not is_reference(text):
        raise BadReference("{vault://PREFIX/PATH/KEY} and nothing around it", "write it like that")
    inner = text.removeprefix(START).removesuffix(END)
    _check_characters(inner)
    rest, has_version, pinned = inner.partition("#")
    rest, has_options, query = rest.partition("?")
    prefix, _, path = rest.partition("/")
    if not _PREFIX.fullmatch(prefix):
        raise BadReference(
            "a prefix of lower-case letters, digits and hyphens, a letter first and no hyphen last",
            "write the prefix of a vault",
        )
    secret, key = _secret(path)
    return Reference(
        prefix=prefix,
        path=secret,
        key=key,
        version=_version(pinned) if has_version else None,
        options=_options(query) if has_options else {},
    )


def parse_argument(text: str) -> Reference:
    """As `parse`, and `PREFIX/PATH/KEY` without the braces: what `kong vault get` takes
    (kong/cmd/vault.lua). Raises BadReference."""
    return parse(text if text.startswith("{") else f"{START}{text}{END}")


def _check_characters(inner: str) -> None:
    if "{" in inner or "}" in inner:
        raise BadReference("one reference without braces inside", "write %7B and %7D for braces")
    if not inner.isprintable() or any(character.isspace() for character in inner):
        raise BadReference("a reference without spaces and control characters", "write %20 for a space")


def _secret(path: str) -> tuple[str, str | None]:
    """The path of a secret and its key."""
    if ";" in path:
        raise BadReference("a path without ;, as Kong drops what follows it", "write %3B")
    if path == "":
        raise BadReference("a path and a key after the prefix", "write {vault://PREFIX/PATH/KEY}")
    if path.endswith("/"):
        raise BadReference("no slash at the end, which Kong's versions read differently", "remove the slash")
    segments = path.split("/")
    if "" in segments:
        raise BadReference("segments joined by single slashes, as Kong drops empty ones", "remove a slash")
    *folders, last = (_decoded(segment) for segment in segments)
    secret = "/".join(folders) or last
    if not _PATH.fullmatch(secret) or any(part.strip(".") == "" for part in secret.split("/")):
        raise BadReference(
            "a secret's path: names of letters, digits and _.- joined by single slashes, without ..",
            "write the path that is declared for the secret",
        )
    return secret, last if folders else None


def _decoded(segment: str) -> str:
    """A segment as Kong understands it. Only what both decodings agree on gets through."""
    if not _ESCAPES.fullmatch(segment):
        raise BadReference("% only before two hexadecimal digits, and no +", "write %2525 for %, %252B for +")
    try:
        once = unquote_to_bytes(segment).decode()
    except UnicodeDecodeError:
        raise BadReference("percent-encoded UTF-8", "encode the name's UTF-8 bytes") from None
    if not _ONCE_MORE.fullmatch(once):
        raise BadReference(
            "escapes that mean the same decoded twice, as Kong does",
            "encode each character once, but write %2525 for % and %252B for +",
        )
    twice = unquote(once)
    if not twice.isprintable():
        raise BadReference("names without control characters", "rename the key")
    return twice


def _encoded(name: str) -> str:
    return quote(name.replace("%", "%25").replace("+", "%2B"), safe="")


def _version(pinned: str) -> int:
    if not _VERSION.fullmatch(pinned):
        raise BadReference("a whole version number from 1 after #", "write #3, or leave it out")
    return int(pinned)


def _options(query: str) -> dict[str, str]:
    """Fields of the vault entity that this reference overrides."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:
        pairs = []
    options = dict(pairs)
    readable = all(f"{name}{value}".isprintable() and name for name, value in pairs)
    if not pairs or len(options) != len(pairs) or not readable:
        raise BadReference("?name=value, joined by &, each name once", "write it so, or leave it out")
    return options
