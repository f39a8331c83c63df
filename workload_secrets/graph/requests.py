"""A registration request of the SDK as a `Resource`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlparse

from workload_secrets.graph.model import Options, Resource
from workload_secrets.graph.values import decode

STACK_TYPE: Final = "pulumi:pulumi:Stack"
PROVIDER_PREFIX: Final = "pulumi:providers:"
HOOK_KINDS: Final = (
    "before_create",
    "after_create",
    "before_update",
    "after_update",
    "before_delete",
    "after_delete",
    "on_error",
)


def urn(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """The engine's rule: all ancestor types but the stack's, joined by `$`."""
    qualified = parent.split("::")[2] if parent else ""
    if qualified and qualified != STACK_TYPE:
        type_ = f"{qualified}${type_}"
    return f"urn:pulumi:{stack}::{project}::{type_}::{name}"


def resource(request: Any, urn: str, root: Path) -> Resource:
    """Everything a RegisterResourceRequest says; outputs and provider are still empty."""
    inputs = decode(request.object)
    return Resource(
        urn=urn,
        type=request.type,
        name=request.name,
        parent=request.parent or None,
        custom=request.custom,
        inputs=inputs.value,
        outputs={},
        secrets=frozenset(inputs.secrets),
        unknowns=frozenset(inputs.unknowns),
        options=options(request),
        provider_urn=request.provider.rpartition("::")[0] or None,
        source=source(request, root),
    )


def options(request: Any) -> Options:
    """Lists are sorted where their order means nothing, so that two runs are the same."""
    named = {kind: tuple(getattr(request.hooks, kind)) for kind in HOOK_KINDS}
    return Options(
        protect=request.protect,
        retain_on_delete=request.retainOnDelete,
        delete_before_replace=request.deleteBeforeReplace,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        additional_secret_outputs=_sorted(request.additionalSecretOutputs),
        depends_on=_sorted(request.dependencies),
        property_dependencies={
            key: _sorted(value.urns)
            for key, value in sorted(request.propertyDependencies.items())
            if value.urns
        },
        deleted_with=request.deletedWith or None,
        import_id=request.importId or None,
        hooks={kind: names for kind, names in named.items() if names},
        aliases=tuple(_alias(alias) for alias in request.aliases) + tuple(request.aliasURNs),
    )


def _sorted(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))


def _alias(alias: Any) -> str:
    if alias.WhichOneof("alias") == "urn":
        return alias.urn
    spec = alias.spec
    parts = {
        "name": spec.name,
        "type": spec.type,
        "stack": spec.stack,
        "project": spec.project,
        "parent": "none" if spec.noParent else spec.parentUrn,
    }
    return " ".join(f"{key}={value}" for key, value in parts.items() if value)


def source(request: Any, root: Path) -> str:
    """`file:line` of the innermost frame of the project itself, else nothing."""
    if request.type == STACK_TYPE:
        return ""  # made by the run itself
    for frame in request.stackTrace.frames:
        found = _relative(frame.pc, root)
        if found:
            return found
    return ""


def _relative(position: Any, root: Path) -> str:
    inside = _inside(str(position.uri), root)
    return f"{inside}:{position.line}" if inside else ""


@lru_cache(maxsize=1024)
def _inside(uri: str, root: Path) -> str:
    """The path below the project's folder; kept, since a program has few files and many frames."""
    path = Path(unquote(urlparse(uri).path))
    if not path.is_relative_to(root):
        return ""
    inside = path.relative_to(root)
    # A virtual environment inside the project is not the project.
    return "" if "site-packages" in inside.parts else inside.as_posix()
