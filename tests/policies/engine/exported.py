"""A graph as `pulumi stack export` would write it after an update."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

from workload_secrets.graph.model import UNKNOWN, Graph, Path, Resource
from workload_secrets.graph.values import SECRET, SIGNATURE, UNKNOWN_MARK

CIPHERTEXT = {SIGNATURE: SECRET, "ciphertext": "v1:AAAAAAAAAAAA:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"}


def export(graph: Graph, file: FilePath) -> FilePath:
    """Writes the export. What is marked secret is ciphertext there."""
    resources = [_entry(resource) for resource in graph.resources]
    data = {"version": 3, "deployment": {"manifest": {}, "resources": resources}}
    file.write_text(json.dumps(data), "utf-8")
    return file


def _entry(resource: Resource) -> Mapping[str, Any]:
    options = resource.options
    path, _, line = resource.source.rpartition(":")
    entry = {
        "urn": resource.urn,
        "custom": resource.custom,
        "id": "id" if resource.custom else None,
        "type": resource.type,
        "inputs": _values(resource.inputs, resource.secrets, ()),
        "outputs": _values(resource.outputs, resource.output_secrets, ()),
        "parent": resource.parent,
        "protect": options.protect,
        "dependencies": options.depends_on,
        "propertyDependencies": options.property_dependencies,
        "provider": f"{resource.provider_urn}::id" if resource.provider_urn else None,
        "retainOnDelete": options.retain_on_delete,
        "ignoreChanges": options.ignore_changes,
        "sourcePosition": f"project:///{path}#{line},1" if path else None,
    }
    return {key: value for key, value in entry.items() if value}


def _values(value: Any, secrets: frozenset[Path], path: Path) -> Any:
    if path in secrets:
        return CIPHERTEXT
    if value is UNKNOWN:
        return UNKNOWN_MARK
    if isinstance(value, Mapping):
        return {key: _values(item, secrets, (*path, key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_values(item, secrets, (*path, index)) for index, item in enumerate(value)]
    return value
