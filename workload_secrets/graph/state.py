"""A graph from the JSON of `pulumi stack export`.

Format: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/core.go
(DeploymentV3, ResourceV3). Secrets are ciphertext there; their leaves become `UNKNOWN`
with a secret mark, and so do those of an export with `--show-secrets`.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any, BinaryIO, Final, cast

from workload_secrets.errors import InputError
from workload_secrets.graph.model import UNKNOWN, Graph, Options, Path, Resource
from workload_secrets.graph.requests import STACK_TYPE
from workload_secrets.graph.values import SECRET, SIGNATURE, UNKNOWN_MARK
from workload_secrets.provider_settings import resolve

_HOOK: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
"""Where a word begins in a kind of hook: the state says AfterCreate, the SDK after_create."""
MAX_BYTES: Final = 256 * 1024 * 1024


def from_state(path: FilePath) -> Graph:
    """Reads an export. Resources that wait for deletion are left out. Raises InputError."""
    try:
        with path.open("rb") as file:
            return from_stream(file, str(path))
    except OSError as error:
        raise InputError(f"{path}: can't be read: {error.strerror}. Give an existing file.") from None


def from_stream(stream: BinaryIO, name: str) -> Graph:
    """Like `from_state`, from what is open already, such as standard input; messages call it
    `name`. Raises InputError, and OSError where it can't be read."""
    content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise InputError(f"{name}: larger than {MAX_BYTES} bytes, no export of a stack of this project.")
    try:
        data = json.loads(content)
        entries: list[Mapping[str, Any]] = data["deployment"].get("resources") or []
        found = {r.urn: r for r in (resource(e) for e in entries if not e.get("delete"))}
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        raise InputError(f"{name}: no output of `pulumi stack export`. Make one with it.") from None
    if not found:
        raise InputError(f"{name}: holds no resource. Deploy the stack first.")
    resources = tuple(_with_provider(found[urn], found) for urn in sorted(found))
    stack, project = resources[0].urn.removeprefix("urn:pulumi:").split("::")[:2]
    root = [r for r in resources if r.type == STACK_TYPE]
    outputs: Mapping[str, Any] = root[0].outputs if root else {}
    return Graph(project=project, stack=stack, mode="update", resources=resources, outputs=outputs)


def resource(entry: Mapping[str, Any]) -> Resource:
    """One entry of the export's `resources`. Raises KeyError, TypeError, AttributeError, IndexError,
    ValueError and RecursionError for what is none."""
    urn = str(entry["urn"])
    inputs, outputs = _Values(entry.get("inputs")), _Values(entry.get("outputs"))
    if entry.get("id"):
        outputs.value["id"] = entry["id"]
    return Resource(
        urn=urn,
        type=entry["type"],
        name=urn.split("::", 3)[3],
        parent=entry.get("parent"),
        custom=bool(entry.get("custom")),
        inputs=inputs.value,
        outputs=outputs.value,
        secrets=frozenset(inputs.secrets),
        unknowns=frozenset(inputs.unknowns),
        options=_options(entry),
        provider_urn=str(entry.get("provider") or "").rpartition("::")[0] or None,
        source=_source(str(entry.get("sourcePosition") or "")),
        output_secrets=frozenset(outputs.secrets),
    )


def _with_provider(resource: Resource, found: Mapping[str, Resource]) -> Resource:
    provider = found.get(resource.provider_urn or "")
    if provider is None:
        return resource
    return dataclasses.replace(resource, provider=resolve(provider.inputs))


def _options(entry: Mapping[str, Any]) -> Options:
    hooks = cast(Mapping[str, list[str]], entry.get("resourceHooks") or {})
    dependencies = cast(Mapping[str, list[str]], entry.get("propertyDependencies") or {})
    return Options(
        protect=bool(entry.get("protect")),
        retain_on_delete=bool(entry.get("retainOnDelete")),
        ignore_changes=tuple(entry.get("ignoreChanges") or ()),
        replace_on_changes=tuple(entry.get("replaceOnChanges") or ()),
        additional_secret_outputs=tuple(sorted(entry.get("additionalSecretOutputs") or ())),
        depends_on=tuple(sorted(entry.get("dependencies") or ())),
        property_dependencies={k: tuple(sorted(v)) for k, v in sorted(dependencies.items()) if v},
        deleted_with=entry.get("deletedWith") or None,
        import_id=entry.get("importID") or None,
        hooks={_HOOK.sub("_", kind).lower(): tuple(names) for kind, names in sorted(hooks.items()) if names},
        aliases=tuple(entry.get("aliases") or ()),
    )


def _source(position: str) -> str:
    """`project:///file#line,column` as `file:line`."""
    path, _, place = position.removeprefix("project:///").partition("#")
    return f"{path}:{place.partition(',')[0]}" if place else ""


class _Values:
    """Values of a state entry with the paths of their secrets."""

    def __init__(self, values: Mapping[str, Any] | None) -> None:
        self.secrets: set[Path] = set()
        self.unknowns: set[Path] = set()
        self.value: dict[str, Any] = {key: self._read(v, (key,)) for key, v in (values or {}).items()}

    def _read(self, value: Any, path: Path) -> Any:
        if isinstance(value, dict):
            pairs = cast(dict[str, Any], value)
            if pairs.get(SIGNATURE) == SECRET:
                self.secrets.add(path)
                self.unknowns.add(path)
                return UNKNOWN
            return {key: self._read(item, (*path, key)) for key, item in pairs.items()}
        if isinstance(value, list):
            return [self._read(item, (*path, i)) for i, item in enumerate(cast(list[Any], value))]
        if value == UNKNOWN_MARK:
            self.unknowns.add(path)
            return UNKNOWN
        return value
