"""A decK file as entities with fields, each with its line. Values stay inside.

Where entities stand: pkg/file/types.go of Kong/go-database-reconciler, decK's own reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeAlias

import yaml

from workload_secrets.errors import InputError
from workload_secrets.graph import yamlfile

CONFIGS: Final = "_plugin_configs"
"""Where a file has configurations that several plugins share, by name."""
_KINDS: Final[Mapping[str, str]] = {
    "services": "service",
    "routes": "route",
    "consumers": "consumer",
    "consumer_groups": "consumer_group",
    "plugins": "plugin",
    "upstreams": "upstream",
    "targets": "target",
    "certificates": "certificate",
    "ca_certificates": "ca_certificate",
    "snis": "sni",
    "vaults": "vault",
    "keys": "key",
    "key_sets": "key_set",
    "partials": "partial",
    "licenses": "license",
    "rbac_roles": "rbac_role",
    "filter_chains": "filter_chain",
    "custom_entities": "custom_entity",
    "keyauth_credentials": "keyauth_credential",
    "keyauth_enc_credentials": "keyauth_enc_credential",
    "basicauth_credentials": "basicauth_credential",
    "hmacauth_credentials": "hmacauth_credential",
    "oauth2_credentials": "oauth2_credential",
    "mtls_auth_credentials": "mtls_auth_credential",
    "jwt_secrets": "jwt_secret",
    "acls": "acl",
}
_NAMES: Final = ("name", "username", "custom_id", "prefix", "kid", "target", "id")
"""Fields that tell an entity from others. None of them is a credential of any kind above."""
_VAULT_NAMES: Final = ("prefix", "name", "id")
"""A vault's `name` is its backend."""
_PLAIN: Final = re.compile(r"[A-Za-z0-9_$-]{1,64}", re.ASCII)
_LONGEST: Final = 64


class Unquoted:
    """A reference without quotes, which YAML reads as a mapping."""


Value: TypeAlias = str | int | bool | Unquoted | None


@dataclass(frozen=True)
class Field:
    """`path` is dotted and may end in `[2]`; `value` may be a secret, so it never shows."""

    path: str
    line: int
    value: Value = field(repr=False)

    @property
    def shape(self) -> str:
        """The path without positions in lists."""
        return re.sub(r"\[\d+\]", "", self.path)


@dataclass(frozen=True)
class Entity:
    """`label` is what a finding calls it: kind and name, below those it stands in. `named` is
    the field `name`, such as a plugin's or a vault backend's."""

    kind: str
    label: str
    line: int
    fields: tuple[Field, ...]
    named: str = ""

    def text(self, path: str) -> str:
        """A field that is text, or nothing."""
        found = next((f.value for f in self.fields if f.path == path), None)
        return found if isinstance(found, str) else ""

    def within(self, part: str) -> Mapping[str, Field]:
        """The fields below one, by the rest of their path."""
        return {f.path.removeprefix(f"{part}."): f for f in self.fields if f.path.startswith(f"{part}.")}


@dataclass(frozen=True)
class DeckFile:
    name: str
    entities: tuple[Entity, ...]


def read(path: Path) -> DeckFile:
    """Raises InputError for a file that can't be read, isn't strict YAML, or isn't decK's."""
    return parse(yamlfile.read_bytes(path), str(path))


def parse(data: bytes, name: str) -> DeckFile:
    """As `read`, from bytes; `name` stands in messages and findings."""
    root = yamlfile.compose(data, name)
    if not isinstance(root, yaml.MappingNode) or not _is_decks(root):
        raise InputError(
            f"{name}: no decK file; allowed: _format_version and lists of entities such as services "
            'and plugins; give a decK file, with _format_version: "3.0"'
        )
    _check_lists(root, name)
    return DeckFile(name, _with_shared_names(tuple(_top(root))))


def _is_decks(root: yaml.MappingNode) -> bool:
    keys = {str(key.value) for key, _ in root.value}
    return "_format_version" in keys or ("kind" not in keys and bool(keys & _KINDS.keys()))


def _check_lists(node: yaml.MappingNode, name: str) -> None:
    """What stands where entities belong would else be passed over."""
    for key, below in _pairs(node):
        if key not in _KINDS:
            continue
        if isinstance(below, yaml.MappingNode):
            raise InputError(f"{name}:{_line(below)}: {key} is no list. Write `- ` before each entity.")
        for item in below.value if isinstance(below, yaml.SequenceNode) else ():
            if isinstance(item, yaml.MappingNode):
                _check_lists(item, name)


def _top(root: yaml.MappingNode) -> Iterator[Entity]:
    for key, node in _pairs(root):
        if key in _KINDS and isinstance(node, yaml.SequenceNode):
            yield from _entities(_KINDS[key], node, "")
        elif key == CONFIGS and isinstance(node, yaml.MappingNode):
            for name, config in _pairs(node):
                label = f"{CONFIGS} {_shown(name)}"
                yield Entity("plugin", label, _line(config), tuple(_fields(config, "config")), name)
        else:
            yield Entity("file", "file", _line(node), tuple(_fields(node, _step(key))))


def _entities(kind: str, nodes: yaml.SequenceNode, above: str) -> Iterator[Entity]:
    for position, node in enumerate(nodes.value, start=1):
        if not isinstance(node, yaml.MappingNode):
            yield Entity(kind, f"{above}{kind} {position}", _line(node), tuple(_fields(node, kind)))
            continue
        pairs = dict(_pairs(node))
        label = f"{above}{kind} {_name(kind, pairs) or position}"
        below = {k: n for k, n in pairs.items() if k in _KINDS and isinstance(n, yaml.SequenceNode)}
        own = (f for k, n in pairs.items() if k not in below for f in _fields(n, _step(k)))
        yield Entity(kind, label, _line(node), tuple(own), _text(pairs.get("name")))
        for key, inner in below.items():
            yield from _entities(_KINDS[key], inner, f"{label} / ")


def _fields(node: yaml.Node, path: str) -> Iterator[Field]:
    if isinstance(node, yaml.ScalarNode):
        yield Field(path, _line(node), _value(node))
    elif isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            yield from _fields(item, f"{path}[{position}]")
    elif isinstance(node, yaml.MappingNode):
        for key, item in _pairs(node):
            if key.lower().startswith("vault://"):
                yield Field(path, _line(node), Unquoted())
            else:
                yield from _fields(item, f"{path}.{_step(key)}")


def _value(node: yaml.ScalarNode) -> Value:
    """As JSON has it where that matters for a comparison; all else stays text."""
    text, tag = str(node.value), node.tag.rpartition(":")[2]
    if tag == "null":
        return None
    if tag == "bool":
        return text.lower() in ("true", "yes", "on")
    if tag == "int" and text.isascii() and text.isdecimal():
        return int(text[:18])
    return text


def _with_shared_names(entities: tuple[Entity, ...]) -> tuple[Entity, ...]:
    """A shared configuration is of the plugin that uses it."""
    users = {user: e.named for e in entities if e.kind == "plugin" and (user := e.text("_config"))}
    return tuple(
        replace(e, named=users.get(e.named, "")) if e.label.startswith(CONFIGS) else e for e in entities
    )


def _name(kind: str, pairs: Mapping[str, yaml.Node]) -> str:
    names = _VAULT_NAMES if kind == "vault" else _NAMES
    found = next((text for key in names if (text := _text(pairs.get(key)))), "")
    instance = _text(pairs.get("instance_name"))
    return _shown(f"{found} {instance}" if instance else found)


def _text(node: yaml.Node | None) -> str:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def _shown(name: str) -> str:
    """A name as one line."""
    return "".join(c if c.isprintable() else "?" for c in name[:_LONGEST])


def _step(key: str) -> str:
    return key if _PLAIN.fullmatch(key) else "?"


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node]]:
    return ((str(key.value), value) for key, value in node.value)


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1
