"""Templates of the injected agent: one secret into one file, or into one file for each key.

The language is consul-template's, as `vault agent` and `bao agent` have it
(https://developer.hashicorp.com/vault/docs/agent-and-proxy/agent/template). Two things in it
must not be trusted (tried with `bao agent` 2.7.2):

- `index MAP "key"` of an absent key prints `<no value>` and ends well, also with
  `error_on_missing_key`, which looks at `.field` alone. Names with dots need `index`, so every
  key is asked for with `sprig_hasKey` first, and `sprig_fail` ends the agent.
- Nothing is quoted. In an env file each value stands in single quotes, as a POSIX shell reads
  them: inside nothing has a meaning but the quote itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["kv", "database", "pki"]
Format = Literal["env", "json", "keys", "template"]

MEMBERS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "database": ("username", "password"),
    "pki": ("certificate", "private_key", "ca_chain"),
}
"""What a secret that an engine makes holds. `certificate` is followed by its chain."""
PKI_FILES: Final[Mapping[str, str]] = {
    "certificate": "tls.crt",
    "private_key": "tls.key",
    "ca_chain": "ca.crt",
}
_UNQUOTED: Final = re.compile(r"""["\\\x00-\x1f{}]""")
_NAME_MAX: Final = 63 - len("agent-inject-template-")
"""An annotation's name has 63 characters; this is what the longest prefix leaves."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A secret as the agent reads it: `path` in the API (`apps/data/billing/api`,
    `database/creds/api-role`, `pki/issue/api`), for pki the `arguments` of the request."""

    kind: Kind
    path: str
    arguments: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class File:
    """A declared file. `keys` are those it holds; `names` their names in it, all given."""

    name: str
    source: Source
    format: Format
    keys: tuple[str, ...]
    names: Mapping[str, str]
    optional: frozenset[str] = frozenset()
    template: str | None = None
    mode: str
    command: str | None = None


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """One file that the agent writes. `label` names it among the annotations, `path` is below
    the volume of the secrets."""

    label: str
    path: str
    source: str
    template: str
    mode: str
    command: str | None = None


def default_name(kind: Kind, format_: Format, key: str) -> str:
    """What a key is called in a file where nobody says otherwise.

    A variable: capitals, and _ for all that a shell doesn't take. A member: the key itself.
    """
    if format_ == "env":
        return re.sub(r"[^A-Z0-9_]", "_", re.sub(r"^(?=[0-9])", "_", key.upper()))
    return PKI_FILES.get(key, key) if (kind, format_) == ("pki", "keys") else key


def rendered(file: File) -> tuple[Rendered, ...]:
    """What the agent writes for a declared file. Raises ValueError where a path can't be quoted."""
    if file.format != "keys":
        return (_one(file, file.name, file.name, _body(file)),)
    return tuple(
        _one(file, f"{file.name}.{file.names[key]}", f"{file.name}/{file.names[key]}", _alone(file, key))
        for key in file.keys
    )


def _one(file: File, label: str, path: str, body: str) -> Rendered:
    start = "}}" if file.format == "template" else "-}}\n"  # a person's own text keeps its spaces
    return Rendered(
        label=_label(label),
        path=path,
        source=file.source.path,
        template=f"{{{{ with secret {_call(file.source)} {start}{body}{{{{ end -}}}}\n",
        mode=file.mode,
        command=file.command,
    )


def _label(text: str) -> str:
    """Names of annotations are short. A long one is cut, with the sum of the whole behind it."""
    lower = text.lower()
    if len(lower) <= _NAME_MAX and lower == text and lower[-1].isalnum():
        return lower
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{lower[: _NAME_MAX - 9]}-{digest}"


def _call(source: Source) -> str:
    parts = [source.path, *(f"{name}={value}" for name, value in source.arguments.items())]
    return " ".join(_quoted(part) for part in parts)


def _quoted(text: str) -> str:
    if _UNQUOTED.search(text):
        raise ValueError(f"not to be quoted in a template: {text!r}")
    return f'"{text}"'


def _body(file: File) -> str:
    if file.format == "template":
        return (file.template or "").rstrip("\n") + "\n"
    if file.format == "json":
        return _json(file)
    lines = (f"{file.names[key]}='{_escaped(file, key)}'" for key in file.keys)
    return "".join(_guarded(file, key, line) for key, line in zip(file.keys, lines, strict=True))


def _alone(file: File, key: str) -> str:
    """The value and nothing else: no line end that the value hasn't."""
    text = f"{{{{ {_value(file, key)} }}}}"
    map_ = _map(file)
    if key in file.optional:
        return f"{{{{ if sprig_hasKey {map_} {_quoted(key)} }}}}{text}{{{{ end }}}}"
    return f"{_demand(file, key)}{text}"


def _json(file: File) -> str:
    """An object of the keys in their order. An optional one brings its own comma, so those that
    must be there stand first."""
    must = [key for key in file.keys if key not in file.optional]
    may = [key for key in file.keys if key in file.optional]
    if not must:
        return _json_optional(file, may)
    parts = [f"{_demand(file, key)}{_member(file, key)}" for key in must]
    tail = "".join(f"{_if_there(file, key)},{_member(file, key)}{{{{ end }}}}" for key in may)
    return "{\n" + ",".join(parts) + tail + "}\n"  # a brace beside a delimiter would belong to it


def _json_optional(file: File, keys: list[str]) -> str:
    """Where every key is optional a variable remembers whether a comma is due."""
    parts = (
        f'{_if_there(file, key)}{{{{ $comma }}}}{_member(file, key)}{{{{ $comma = "," }}}}{{{{ end }}}}'
        for key in keys
    )
    return '{{ $comma := "" -}}\n{\n' + "".join(parts) + "}\n"


def _member(file: File, key: str) -> str:
    return f"{_quoted(file.names[key])}:{{{{ {_value(file, key)} | toJSON }}}}"


def _escaped(file: File, key: str) -> str:
    """Between single quotes: each quote closes, adds one and opens again."""
    return f"""{{{{ {_value(file, key)} | replaceAll "'" "'\\\\''" }}}}"""


def _guarded(file: File, key: str, line: str) -> str:
    if key in file.optional:
        return f"{_if_there(file, key)}{line}\n{{{{ end -}}}}\n"
    return f"{_demand(file, key)}{line}\n"


def _demand(file: File, key: str) -> str:
    """Ends the agent where the key is absent; says which, as names are no secret."""
    absent = _quoted(f"{file.source.path} has no key {key}")
    there = f"sprig_hasKey {_map(file)} {_quoted(key)}"
    return f"{{{{ if not ({there}) }}}}{{{{ sprig_fail {absent} }}}}{{{{ end }}}}"


def _if_there(file: File, key: str) -> str:
    return f"{{{{ if sprig_hasKey {_map(file)} {_quoted(key)} }}}}"


def _value(file: File, key: str) -> str:
    map_ = _map(file)
    if file.source.kind == "pki" and key == "ca_chain":
        return f'index {map_} "ca_chain" | sprig_join "\\n"'
    if file.source.kind == "pki" and key == "certificate":
        return f'printf "%s\\n%s" (index {map_} "certificate") (index {map_} "ca_chain" | sprig_join "\\n")'
    return f"index {map_} {_quoted(key)} | sprig_toString"


def _map(file: File) -> str:
    """KV v2 wraps what it keeps in `data`, beside its metadata."""
    return ".Data.data" if file.source.kind == "kv" else ".Data"


def labels(files: tuple[File, ...]) -> Iterator[str]:
    """The labels of everything that is written, for a check that no two are the same."""
    return (item.label for file in files for item in rendered(file))
