"""A graph as JSON text, the same bytes for the same graph.

An unknown leaf is `{"$unknown": true}`; a mapping key that begins with `$` gets one more.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, Final, cast

from workload_secrets.graph.model import UNKNOWN, Graph, Options, Resource

_UNKNOWN: Final = {"$unknown": True}
_PATHS: Final = ("secrets", "unknowns", "output_secrets")
_TUPLES: Final = ("property_dependencies", "hooks")


def dumps(graph: Graph) -> str:
    """The JSON text of a graph; keys are sorted."""
    return json.dumps(encode(graph), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def loads(text: str) -> Graph:
    """The graph of a text that `dumps` wrote."""
    return decode(json.loads(text))


def encode(graph: Graph) -> dict[str, Any]:
    """The JSON form as values."""
    fields = {f.name: getattr(graph, f.name) for f in dataclasses.fields(graph)}
    fields["resources"] = [_encode_resource(r) for r in graph.resources]
    fields["outputs"] = _pack(graph.outputs)
    return fields


def decode(data: Mapping[str, Any]) -> Graph:
    """The graph of a JSON form."""
    fields = dict(data)
    fields["resources"] = tuple(_decode_resource(r) for r in data["resources"])
    fields["outputs"] = _unpack(data["outputs"])
    return Graph(**fields)


def _encode_resource(resource: Resource) -> dict[str, Any]:
    fields = {f.name: getattr(resource, f.name) for f in dataclasses.fields(resource)}
    for name in _PATHS:
        fields[name] = sorted((list(path) for path in fields[name]), key=json.dumps)
    for name in ("inputs", "outputs", "provider"):
        fields[name] = _pack(fields[name])
    # Not `asdict`, which copies what is only read.
    options = resource.options
    fields["options"] = {f.name: getattr(options, f.name) for f in dataclasses.fields(options)}
    return fields


def _decode_resource(data: Mapping[str, Any]) -> Resource:
    fields = dict(data)
    for name in _PATHS:
        fields[name] = frozenset(tuple(path) for path in data[name])
    for name in ("inputs", "outputs", "provider"):
        fields[name] = _unpack(data[name])
    fields["options"] = _decode_options(data["options"])
    return Resource(**fields)


def _decode_options(data: Mapping[str, Any]) -> Options:
    options: dict[str, Any] = {}
    for name, value in data.items():
        if name in _TUPLES:
            options[name] = {key: tuple(items) for key, items in value.items()}
        elif isinstance(value, list):
            options[name] = tuple(cast(list[str], value))
        else:
            options[name] = value
    return Options(**options)


def _pack(value: Any) -> Any:
    if value is UNKNOWN:
        return _UNKNOWN
    if isinstance(value, Mapping):
        pairs = cast(Mapping[str, Any], value).items()
        return {f"${key}" if key.startswith("$") else key: _pack(item) for key, item in pairs}
    if isinstance(value, (list, tuple)):
        return [_pack(item) for item in cast(list[Any], value)]
    return value


def _unpack(value: Any) -> Any:
    if isinstance(value, dict):
        pairs = cast(dict[str, Any], value)
        if pairs == _UNKNOWN:
            return UNKNOWN
        return {key.removeprefix("$"): _unpack(item) for key, item in pairs.items()}
    if isinstance(value, list):
        return [_unpack(item) for item in cast(list[Any], value)]
    return value
