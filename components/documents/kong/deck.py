"""The vaults of a Kong gateway as decK takes them.

Form of the file and its templates: pkg/file/kong_json_schema.json and pkg/file/template.go of
Kong/go-database-reconciler. A template is worked out before the YAML is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from components.documents.kong.entity import Field, Given, VaultEntity

BACKEND: Final = "hcv"
FORMAT_VERSION: Final = "3.0"
_PREFIX: Final = "DECK_"
"""decK refuses every other variable."""
_OPENS: Final = "${{"


def document(entities: Iterable[VaultEntity], control_plane: str | None = None) -> dict[str, Any]:
    """The file's content. `control_plane` is the name of Konnect's. What is brought along stands
    as the name of an environment variable alone."""
    konnect = {"_konnect": {"control_plane_name": _literal(control_plane)}} if control_plane else {}
    return {"_format_version": FORMAT_VERSION, **konnect, "vaults": [_vault(item) for item in entities]}


def variables(entities: Iterable[VaultEntity]) -> dict[str, Given]:
    """What has to be set in decK's environment, by the variable's name."""
    return {variable(item, name): given for item in entities for name, given in item.given.items()}


def variable(entity: VaultEntity, field: str) -> str:
    """`DECK_GATEWAY_PREFIX_FIELD`, upper case."""
    return _PREFIX + f"{entity.gateway}_{entity.prefix}_{field}".upper().replace("-", "_")


def expression(name: str) -> str:
    """The template that stands for a variable's value."""
    return f'{_OPENS} env "{name}" }}}}'


def _vault(entity: VaultEntity) -> dict[str, Any]:
    made: dict[str, Any] = {"name": BACKEND, "prefix": entity.prefix}
    if entity.description:
        made["description"] = _literal(entity.description)
    if entity.tags:
        made["tags"] = [_literal(tag) for tag in entity.tags]
    config = {name: _value(entity, name, value) for name, value in entity.fields.items()}
    return {**made, "config": config}


def _value(entity: VaultEntity, name: str, value: Field) -> str | int | bool:
    if isinstance(value, Given):
        return expression(variable(entity, name))
    return _literal(value) if isinstance(value, str) else value


def _literal(text: str) -> str:
    """A text that decK reads as it stands: what would open a template is made by one."""
    return text.replace(_OPENS, f'{_OPENS} "{_OPENS}" }}}}')
