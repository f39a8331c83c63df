"""Which fields of Kong's entities are credentials: reads credential_fields.yaml beside this file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal, TypeAlias

from workload_secrets.graph import yamlfile
from workload_secrets.kong.deckfile import Entity

Kind = Literal["secret", "fixed", "plain"]
_KINDS: Final[tuple[Kind, ...]] = ("secret", "fixed", "plain")
_Lists: TypeAlias = Mapping[str, Mapping[str, Sequence[str]]]
_FILE: Final = Path(__file__).with_suffix(".yaml")
_TELLING: Final = re.compile(
    r"(.*[_.-])?(password|passwd|passphrase|secret|token|api[_-]?key|private_key|access_key|credentials?)s?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Fields:
    """The fields of one kind of entity. `secret`: a credential that may be a reference; `fixed`:
    one that can't be; `plain`: no credential, but may be a reference."""

    kinds: Mapping[str, Kind]

    def kind(self, shape: str) -> Kind | None:
        """Of a field by its path without positions, None for all others."""
        found = self.kinds.get(shape)
        if found is None and "." in shape:
            found = self.kinds.get(f"{shape.rpartition('.')[0]}.*")
        return found


def fields_of(entity: Entity) -> Fields | None:
    """None where Kong's schema isn't known here: a plugin of somebody's own."""
    if entity.kind == "plugin":
        return _tables()["plugins"].get(entity.named)
    if entity.kind == "partial":
        return _tables()["partials"].get(entity.text("type"))
    return _tables()["entities"].get(entity.kind)


def sounds_secret(shape: str) -> bool:
    """Whether the name of a field that is in no table says that it is a credential."""
    return _TELLING.fullmatch(shape.rpartition(".")[2]) is not None


@cache
def _tables() -> Mapping[str, Mapping[str, Fields]]:
    found = yamlfile.read(_FILE)
    groups: _Lists = found["groups"]
    listed: dict[str, _Lists] = {
        "entities": found["entities"],
        "partials": found["partials"],
        "plugins": {**found["plugins"], **{name: {} for name in found["none"]}},
    }
    return {
        table: {
            name: Fields(dict(_kinds(of, groups, "config." if table == "plugins" else "")))
            for name, of in lists.items()
        }
        for table, lists in listed.items()
    }


def _kinds(of: Mapping[str, Sequence[str]], groups: _Lists, below: str) -> Iterator[tuple[str, Kind]]:
    for kind in _KINDS:
        for path in of.get(kind, ()):
            yield f"{below}{path}", kind
    for group in of.keys() - set(_KINDS):
        for place in of[group]:
            yield from _kinds(groups[group], groups, f"{below}{place}.")
