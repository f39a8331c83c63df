"""The configuration of one stack: Pulumi.yaml's defaults, then the stack's own file.

Rules as the Pulumi CLI has them (https://www.pulumi.com/docs/concepts/config/): an
unprefixed key gets the project's name as prefix; a stack's own key replaces the whole
object of the default.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from workload_secrets.errors import InputError
from workload_secrets.graph import scalars, yamlfile

PROJECT_FILE: Final = "Pulumi.yaml"
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_STACK_KEYS: Final = {"config", "secretsprovider", "encryptionsalt", "encryptedkey", "environment"}
_DECLARATION_KEYS: Final = {"type", "description", "default", "value", "items", "secret"}
_TYPES: Final = {"string": str, "boolean": bool, "integer": int, "array": list, "object": dict}


@dataclass(frozen=True, kw_only=True)
class StackFile:
    """A stack's merged configuration: its values, and in `config` as the engine would pass them,
    strings as they are and anything else as JSON text."""

    project: str
    stack: str
    file: Path
    config: Mapping[str, str]
    values: Mapping[str, Any]


def load(project: Path, stack: str, overrides: Mapping[str, Any] | None = None) -> StackFile:
    """Reads a stack by name or by the path of its file. Raises InputError.

    `overrides` replaces whole keys, such as `{"workload-secrets:endpoints": {...}}`.
    """
    project_file = project / PROJECT_FILE
    about = _read(project_file)
    name = about.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InputError(f"{project_file}: name: must be a name of letters, digits, `_`, `.`, `-`.")
    file, stack_name = locate(project, stack)
    values, required = _defaults(about, name, project_file)
    values.update(_own(_read(file), name, file))
    values.update({_full(key, name): value for key, value in (overrides or {}).items()})
    missing = sorted(required - values.keys())
    if missing:
        raise InputError(
            f"{file}: {', '.join(missing)}: missing and without default. Add it under `config:`."
        )
    config = {key: _text(value, f"{file}: {key}") for key, value in sorted(values.items())}
    return StackFile(project=name, stack=stack_name, file=file, config=config, values=values)


def locate(project: Path, stack: str) -> tuple[Path, str]:
    """The stack's file and name. `Pulumi.dev.yaml` is `dev`, any other `x.yaml` is `x`."""
    if "/" in stack or stack.endswith((".yaml", ".yml")):
        file = Path(stack)
        name = file.stem.removeprefix("Pulumi.")
    else:
        file, name = project / f"Pulumi.{stack}.yaml", stack
    if not _NAME.fullmatch(name):
        raise InputError(
            f"stack `{stack}`: allowed are letters, digits, `_`, `.`, `-`, or the path of a stack file."
        )
    if not file.is_file():
        known = sorted(p.stem.removeprefix("Pulumi.") for p in project.glob("Pulumi.*.yaml"))
        raise InputError(f"{file}: no such stack file. Stacks here: {', '.join(known) or 'none'}.")
    return file, name


def _read(file: Path) -> dict[str, Any]:
    """A file whose configuration every reader of YAML takes for the same."""
    data = yamlfile.read_bytes(file)
    content = yamlfile.parse(data, str(file))
    scalars.refuse_ambiguous(data, str(file), below="config")
    return content


def _full(key: str, project: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InputError(f"{where}: a {type(value).__name__}, must be a mapping of keys.")
    return cast(dict[str, Any], value)


def _own(content: dict[str, Any], project: str, file: Path) -> dict[str, Any]:
    for key in sorted(content.keys() - _STACK_KEYS):
        raise InputError(f"{file}: {key}: unknown key; allowed: {', '.join(sorted(_STACK_KEYS))}.")
    values: dict[str, Any] = {}
    for key, value in _mapping(content.get("config"), f"{file}: config").items():
        full = _full(key, project)
        if full in values:
            raise InputError(f"{file}: config.{key}: stands twice, with and without prefix. Remove one.")
        _refuse_secure(value, f"{file}: {full}")
        values[full] = value
    return values


def _defaults(about: dict[str, Any], project: str, file: Path) -> tuple[dict[str, Any], set[str]]:
    """Default values, and the keys that are declared without one."""
    values: dict[str, Any] = {}
    required: set[str] = set()
    for key, entry in _mapping(about.get("config"), f"{file}: config").items():
        full, where = _full(key, project), f"{file}: config.{key}"
        if full in values or full in required:
            raise InputError(f"{where}: stands twice, with and without prefix. Remove one.")
        _refuse_secure(entry, where)
        if not isinstance(entry, dict):
            values[full] = entry
            continue
        _default(cast(dict[str, Any], entry), where, full, values, required)
    return values, required


def _default(
    entry: dict[str, Any], where: str, full: str, values: dict[str, Any], required: set[str]
) -> None:
    for key in sorted(entry.keys() - _DECLARATION_KEYS):
        raise InputError(f"{where}.{key}: unknown key; allowed: {', '.join(sorted(_DECLARATION_KEYS))}.")
    if entry.get("secret"):
        raise InputError(f"{where}: secret: this project holds no secret configuration. Remove it.")
    if "value" in entry:
        values[full] = entry["value"]
    elif "default" in entry:
        kind = _TYPES.get(str(entry.get("type", "")))
        if kind is not None and not isinstance(entry["default"], kind):
            raise InputError(f"{where}: default: is not of the declared type {entry['type']}.")
        values[full] = entry["default"]
    else:
        required.add(full)


def _refuse_secure(value: Any, where: str) -> None:
    todo: list[tuple[Any, str]] = [(value, where)]
    while todo:
        item, path = todo.pop()
        if isinstance(item, dict):
            pairs = cast(dict[str, Any], item)
            if pairs.keys() == {"secure"}:
                raise InputError(
                    f"{path}: an encrypted value (`secure`). This project holds no secret configuration: "
                    "remove it and write the value out of band with `workload-secrets keys set`."
                )
            todo.extend((child, f"{path}.{key}") for key, child in pairs.items())
        elif isinstance(item, list):
            todo.extend((child, f"{path}[{i}]") for i, child in enumerate(cast(list[Any], item)))


def _text(value: Any, where: str) -> str:
    """As the engine passes configuration: strings as they are, nothing for null, anything else as
    JSON with the keys of objects sorted."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"), sort_keys=True)
    except (TypeError, ValueError):
        raise InputError(f"{where}: holds something that JSON has no form for. Put it in quotes.") from None
