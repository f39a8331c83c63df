"""A stack's program as data: every resource it registers, and the declaration it made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal

Mode = Literal["preview", "update"]
Path = tuple[str | int, ...]
PLATFORM_TYPE: Final = "workload-secrets:platform:Platform"
SERVER_PLATFORM_TYPE: Final = "workload-secrets:platform:VaultServerPlatform"
"""The platform of a stack that runs a Vault server."""


class Unknown:
    """A value that isn't known at preview. There is one instance, `UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, kw_only=True)
class Options:
    """The resource options of one registration, as the engine would receive them."""

    protect: bool = False
    retain_on_delete: bool = False
    delete_before_replace: bool = False
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    deleted_with: str | None = None
    import_id: str | None = None
    hooks: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One registered resource.

    `inputs` and `outputs` hold plain JSON values with camelCase keys; a leaf that isn't
    known is `UNKNOWN`. `secrets` and `unknowns` are the paths in `inputs` so marked.
    `provider` is the resolved configuration of its explicit provider (decoded, not
    JSON text), empty for components. `source` is `file:line`, the file relative to the
    project folder, or an empty string where the SDK gave none. `output_secrets` are the
    paths in `outputs` that are marked secret.
    """

    urn: str
    type: str
    name: str
    parent: str | None
    custom: bool
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    secrets: frozenset[Path] = frozenset()
    unknowns: frozenset[Path] = frozenset()
    options: Options = field(default_factory=Options)
    provider_urn: str | None = None
    provider: Mapping[str, Any] = field(default_factory=dict[str, Any])
    source: str = ""
    output_secrets: frozenset[Path] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Graph:
    """A whole stack. `resources` are sorted by URN; `outputs` are the stack's exports."""

    project: str
    stack: str
    mode: Mode
    resources: tuple[Resource, ...]
    outputs: Mapping[str, Any]

    def of(self, type_: str) -> tuple[Resource, ...]:
        """Every resource of one type, sorted by URN."""
        return self._by_type.get(type_, ())

    def only(self, type_: str) -> Resource:
        """The one resource of a type. Raises LookupError where there are none or several."""
        found = self.of(type_)
        if len(found) != 1:
            raise LookupError(f"{len(found)} resources of type {type_}, expected one")
        return found[0]

    def get(self, urn: str) -> Resource:
        """The resource with this URN. Raises LookupError."""
        found = self._by_urn.get(urn)
        if found is None:
            raise LookupError(f"no resource {urn}")
        return found

    def where(self, test: Callable[[Resource], bool]) -> tuple[Resource, ...]:
        """Every resource that `test` accepts, sorted by URN."""
        return tuple(r for r in self.resources if test(r))

    def children(self, urn: str) -> tuple[Resource, ...]:
        """The resources whose parent is `urn`."""
        return self._by_parent.get(urn, ())

    def platform_output(self, name: str) -> Any:
        """An output of the platform component: `declaration`, `deployer`, `prover`, `panel`,
        `secrets`, `workloads`, `writers`, `gateways`, `ci`. A server's platform has the first three
        alone; None for the others there."""
        if self.of(SERVER_PLATFORM_TYPE):
            return self.only(SERVER_PLATFORM_TYPE).outputs.get(name)
        return self.only(PLATFORM_TYPE).outputs[name]

    # Indexes, made when first asked for; a graph of a thousand workloads has 20,000 resources.

    @cached_property
    def _by_urn(self) -> dict[str, Resource]:
        return {resource.urn: resource for resource in self.resources}

    @cached_property
    def _by_type(self) -> dict[str, tuple[Resource, ...]]:
        return _grouped(self.resources, lambda resource: resource.type)

    @cached_property
    def _by_parent(self) -> dict[str, tuple[Resource, ...]]:
        return _grouped(self.resources, lambda resource: resource.parent or "")


def _grouped(
    resources: tuple[Resource, ...], key: Callable[[Resource], str]
) -> dict[str, tuple[Resource, ...]]:
    groups: dict[str, list[Resource]] = {}
    for resource in resources:
        groups.setdefault(key(resource), []).append(resource)
    return {name: tuple(group) for name, group in groups.items()}
