"""Reads the catalogues beside this file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ConfigDict

_FOLDER: Final = Path(__file__).parent


class CatalogueKey(BaseModel):
    """One credential. `name` is dotted: group, then credential.

    `panel` is the page of the product's admin panel on which it is set.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    description: str
    panel: str
    unused: bool = False


class _Catalogue(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    sources: tuple[str, ...]
    groups: Mapping[str, Mapping[str, Mapping[str, Any]]]
    profiles: Mapping[str, tuple[str, ...]]


@cache
def templates() -> tuple[str, ...]:
    """Every `catalogue/profile`, sorted."""
    names = sorted(path.stem for path in _FOLDER.glob("*.yaml"))
    return tuple(f"{name}/{profile}" for name in names for profile in sorted(_catalogue(name).profiles))


@cache
def keys(template: str) -> tuple[CatalogueKey, ...]:
    """The keys of `catalogue/profile`, in the catalogue's order. Raises KeyError."""
    if template not in templates():
        raise KeyError(template)
    name, profile = template.split("/")
    catalogue = _catalogue(name)
    known = {f"{group}.{key}": data for group, keys in catalogue.groups.items() for key, data in keys.items()}
    wanted: set[str] = set()
    for entry in catalogue.profiles[profile]:
        matching = {key for key in known if key == entry or key.startswith(f"{entry}.")}
        if not matching:
            raise ValueError(f"{name}.yaml: profile {profile} names {entry}, which no group has")
        wanted |= matching
    return tuple(
        CatalogueKey.model_validate({"name": key, **data}) for key, data in known.items() if key in wanted
    )


@cache
def _catalogue(name: str) -> _Catalogue:
    return _Catalogue.model_validate(yaml.safe_load((_FOLDER / f"{name}.yaml").read_text("utf-8")))
