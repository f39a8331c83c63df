"""What deletes others along with itself: a change that deletes one is refused until it is accepted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from workload_secrets.access.resources import short
from workload_secrets.graph.model import Resource


@dataclass(frozen=True)
class Container:
    """A type whose deletion deletes or breaks what others made. `along`: what goes with it.
    `name`: the path in the inputs of what names it outside; with another name it is made anew and
    the old one deleted. Empty for what `change.HOLDERS` never replaces."""

    along: str
    name: tuple[str, ...] = ()


_LOGINS: Final = "every role on it, whichever stack made it, so all their logins fail"
CONTAINERS: Final[Mapping[str, Container]] = {
    "kubernetes:core/v1:Namespace": Container(
        "everything in the namespace, whoever made it", ("metadata", "name")
    ),
    "vault:index/namespace:Namespace": Container("everything in the Vault namespace", ("path",)),
    "vault:index/mount:Mount": Container("everything below its path, whichever stack made it"),
    "vault:index/authBackend:AuthBackend": Container(_LOGINS, ("path",)),
    "vault:jwt/authBackend:AuthBackend": Container(_LOGINS, ("path",)),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Container(
        "every login of this issuer in the account", ("url",)
    ),
    "aws:kms/key:Key": Container("everything that is encrypted with it"),
}
_REMEDY: Final = (
    "keep it declared; where others still need it, hand it over with `pulumi state delete 'URN'` before the "
    "change; where nobody does, accept its deletion"
)


def deleted(gone: Sequence[Resource], come: Sequence[Resource]) -> Iterator[tuple[str, str]]:
    """A sentence and the source line for each container that a change removes. A resource that
    only got another URN by an alias is no removal."""
    aliased = {alias for resource in come for alias in resource.options.aliases}
    for resource in gone:
        if resource.type in CONTAINERS and resource.urn not in aliased:
            yield _sentence(resource, "is removed"), resource.source


def replaced(old: Resource, new: Resource) -> Iterator[tuple[str, str]]:
    """The same for a container that gets another name outside and is made anew under it."""
    container = CONTAINERS.get(old.type)
    if container is None or not container.name:
        return
    before, after = _at(old.inputs, container.name), _at(new.inputs, container.name)
    if before != after:
        yield _sentence(old, f"gets another {container.name[-1]}, {after} instead of {before},"), new.source


def _sentence(resource: Resource, how: str) -> str:
    if resource.options.protect:
        held = "it is protected, so `pulumi up` refuses to delete it"
    else:
        held = f"with it goes {CONTAINERS[resource.type].along}"
    return f"{short(resource.type)} {resource.name} {how} and {held}: {_REMEDY.replace('URN', resource.urn)}"


def _at(inputs: Mapping[str, Any], path: Sequence[str]) -> Any:
    found: Any = inputs
    for part in path:
        found = found.get(part) if isinstance(found, Mapping) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return found  # pyright: ignore[reportUnknownVariableType]
