"""Reading a YAML file strictly: bounded, no duplicate keys, no aliases, JSON values only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from workload_secrets.errors import InputError

MAX_BYTES: Final = 4 * 1024 * 1024
MAX_DEPTH: Final = 64
LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The fast one where PyYAML has it."""


class _Loader(LOADER):
    """Safe loader without timestamps: dates stay text, as JSON has none."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in LOADER.yaml_implicit_resolvers.items()
}


def read(path: Path) -> dict[str, Any]:
    """The mapping in a file; an empty file is an empty mapping. Raises InputError."""
    return parse(read_bytes(path), str(path))


def read_bytes(path: Path) -> bytes:
    """A file that is small enough to be parsed. Raises InputError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: can't be read: {error.strerror}. Give an existing file.") from None
    if len(data) > MAX_BYTES:
        raise InputError(f"{path}: larger than {MAX_BYTES} bytes. Split it.")
    return data


def parse(data: bytes, name: str) -> dict[str, Any]:
    """As `read`, from bytes; `name` stands in messages."""
    value = _parsed(data, name, lambda loader, node: loader.construct_document(node))
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InputError(f"{name}: holds a {type(value).__name__}, not a mapping. Write `key: value` lines.")
    return value  # pyright: ignore[reportUnknownVariableType]


def documents(data: bytes, name: str) -> list[Any]:
    """Every document that isn't empty, of any kind. Raises InputError."""
    return _guarded(name, lambda: list(_documents(data, name)))


def _documents(data: bytes, name: str) -> Iterator[Any]:
    loader = _Loader(data)
    try:
        while loader.check_node():
            node = loader.get_node()
            _check(node, name)
            value = loader.construct_document(node)
            if value is not None:
                yield value
    finally:
        loader.dispose()


def compose(data: bytes, name: str) -> yaml.Node | None:
    """The checked document as nodes, which know their lines. No tag is looked at. Raises InputError."""
    return _parsed(data, name, lambda _, node: node)


def _parsed(data: bytes, name: str, make: Callable[[Any, yaml.Node], Any]) -> Any:
    def read() -> Any:
        loader = _Loader(data)
        try:
            node = loader.get_single_node()
            if node is None:
                return None
            _check(node, name)
            return make(loader, node)
        finally:
            loader.dispose()

    return _guarded(name, read)


def _guarded(name: str, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except RecursionError:
        raise InputError(f"{name}: nested deeper than {MAX_DEPTH} levels. Flatten it.") from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise InputError(_explain(name, error)) from None


def _explain(name: str, error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f":{mark.line + 1}" if mark is not None else ""
    problem = getattr(error, "problem", None) or "not valid YAML in UTF-8"
    return f"{name}{where}: {problem}. Correct the YAML there."


def _check(root: yaml.Node, name: str) -> None:
    """Walks without recursion. A node met twice is an alias; refusing it ends every bomb."""
    seen: set[int] = set()
    todo: list[tuple[yaml.Node, int]] = [(root, 0)]
    while todo:
        node, depth = todo.pop()
        line = node.start_mark.line + 1
        if id(node) in seen:
            raise InputError(f"{name}:{line}: a YAML alias (*name) points here. Write the value out.")
        seen.add(id(node))
        if depth > MAX_DEPTH:
            raise InputError(f"{name}:{line}: nested deeper than {MAX_DEPTH} levels. Flatten it.")
        if isinstance(node, yaml.MappingNode):
            _check_keys(node, name)
            todo.extend((child, depth + 1) for pair in node.value for child in pair)
        elif isinstance(node, yaml.SequenceNode):
            todo.extend((child, depth + 1) for child in node.value)


def _check_keys(node: yaml.MappingNode, name: str) -> None:
    keys: set[str] = set()
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise InputError(f"{name}:{line}: a key is not plain text. Write a name before the colon.")
        if key.tag == "tag:yaml.org,2002:merge":
            raise InputError(f"{name}:{line}: `<<` is not supported. Write the keys out.")
        if key.tag != "tag:yaml.org,2002:str":
            # `{12}` is a value without quotes rather than a key
            shown = f"key `{key.value}`" if value.value else "a key without value"
            raise InputError(f"{name}:{line}: {shown} is not text. Put it in quotes.")
        if key.value in keys:
            raise InputError(f"{name}:{line}: key `{key.value}` stands twice. Remove one.")
        keys.add(key.value)
