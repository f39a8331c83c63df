"""Property values between the SDK's protobuf form and plain JSON values.

The SDK's own reader loses the marks of unknown secrets and turns integers into floats,
so this one returns the values with the paths that are secret and those that are unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from google.protobuf import struct_pb2

from workload_secrets.graph.model import UNKNOWN, Path

# The SDK's wire constants (pulumi.runtime.rpc, sdk/go/common/resource/sig).
SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 (a public type mark)
REFERENCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWN_MARK: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
EXACT_INTEGER: Final = 2**53


@dataclass
class Decoded:
    """Plain values, and the paths in them that are secret or unknown."""

    value: dict[str, Any] = field(default_factory=dict[str, Any])
    secrets: set[Path] = field(default_factory=set[Path])
    unknowns: set[Path] = field(default_factory=set[Path])


def decode(struct: struct_pb2.Struct) -> Decoded:
    """Reads a struct. A secret is replaced by its value and its path is in `secrets`."""
    found = Decoded()
    for key, value in struct.fields.items():
        found.value[key] = _decode(value, (key,), found)
    return found


def _decode(value: struct_pb2.Value, path: Path, found: Decoded) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        if value.string_value == UNKNOWN_MARK:
            found.unknowns.add(path)
            return UNKNOWN
        return value.string_value
    if kind == "number_value":
        return _number(value.number_value)
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_decode(item, (*path, i), found) for i, item in enumerate(value.list_value.values)]
    if kind == "struct_value":
        return _decode_struct(value.struct_value, path, found)
    return None


def _decode_struct(struct: struct_pb2.Struct, path: Path, found: Decoded) -> Any:
    mark = struct.fields[SIGNATURE].string_value if SIGNATURE in struct.fields else ""
    if mark == SECRET:
        found.secrets.add(path)
        return _decode(struct.fields["value"], path, found)
    if mark == REFERENCE:
        return struct.fields["urn"].string_value
    return {key: _decode(item, (*path, key), found) for key, item in struct.fields.items()}


def _number(number: float) -> int | float:
    if number.is_integer() and abs(number) <= EXACT_INTEGER:
        return int(number)
    return number


def encode(values: Mapping[str, Any], secrets: Iterable[Path] = ()) -> struct_pb2.Struct:
    """The protobuf form; `UNKNOWN` becomes the SDK's mark, `secrets` are wrapped.

    Raises TypeError for anything that isn't a JSON value, naming its path.
    """
    marked = frozenset(secrets)
    fields = {key: _encode(value, (key,), marked) for key, value in values.items()}
    return struct_pb2.Struct(fields=fields)


def _encode(value: Any, path: Path, marked: frozenset[Path]) -> struct_pb2.Value:
    plain = _encode_plain(value, path, marked)
    if path not in marked:
        return plain
    fields = {SIGNATURE: struct_pb2.Value(string_value=SECRET), "value": plain}
    return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=fields))


def _encode_plain(value: Any, path: Path, marked: frozenset[Path]) -> struct_pb2.Value:
    if value is UNKNOWN:
        return struct_pb2.Value(string_value=UNKNOWN_MARK)
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, (int, float)):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, Mapping):
        pairs = cast(Mapping[str, Any], value).items()
        fields = {key: _encode(item, (*path, key), marked) for key, item in pairs}
        return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=fields))
    if isinstance(value, Sequence):
        items = [_encode(item, (*path, i), marked) for i, item in enumerate(cast(Sequence[Any], value))]
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=items))
    where = ".".join(str(part) for part in path)
    raise TypeError(f"{where}: a {type(value).__name__} is no JSON value")
