"""What a change does to a stack: resources, rights, and values it would destroy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from workload_secrets.access import change_rights, containers, gateway_change
from workload_secrets.access.derived import declaration_of, derived
from workload_secrets.access.matrix import Matrix
from workload_secrets.access.principals import actors
from workload_secrets.access.resources import custom, short
from workload_secrets.declaration import Declaration, Secret
from workload_secrets.graph import changes
from workload_secrets.graph.model import Graph, Resource


@dataclass(frozen=True)
class Holder:
    """A type that holds a value. `identity` are the inputs that name the thing outside;
    `replacing` those whose change makes a new one (the providers' schemas: forces
    replacement); `migrate` is the way round."""

    identity: tuple[str, ...]
    replacing: tuple[str, ...]
    migrate: str


_COPY: Final = (
    "declare it under a new name beside the old one, copy the values with `keys set`, then remove the old one"
)
_AUTHORITY: Final = ("commonName", "excludeCnFromSans", "keyBits", "keyType", "type")
_NEW_CA: Final = (
    "declare a mount with the new CA beside the old one, move the roles there, and keep the old one until "
    "its last certificate has ended"
)
HOLDERS: Final[Mapping[str, Holder]] = {
    "aws:secretsmanager/secret:Secret": Holder(("name",), ("name", "namePrefix"), _COPY),
    "aws:kms/key:Key": Holder(
        ("description",),
        ("customerMasterKeySpec", "keyUsage", "multiRegion", "customKeyStoreId", "xksKeyId"),
        "make a second key, give it to the secrets, and keep the old one until nothing is encrypted with it",
    ),
    "vault:index/mount:Mount": Holder(("namespace", "path"), ("type", "namespace", "path"), _COPY),
    "vault:kv/secretV2:SecretV2": Holder(("mount", "name"), ("mount", "name", "namespace"), _COPY),
    "vault:pkiSecret/secretBackendRootCert:SecretBackendRootCert": Holder(
        ("namespace", "backend"), ("namespace", "backend", *_AUTHORITY), _NEW_CA
    ),
    "vault:pkiSecret/secretBackendIntermediateCertRequest:SecretBackendIntermediateCertRequest": Holder(
        ("namespace", "backend"), ("namespace", "backend", *_AUTHORITY), _NEW_CA
    ),
    "vault:database/secretBackendConnection:SecretBackendConnection": Holder(
        ("namespace", "backend", "name"),
        ("namespace", "backend", "name"),
        "only the Vault server knows the admin's password: make a second admin in the database, declare a "
        "connection for it beside the old one, move the roles there, then remove the old one",
    ),
    "vault:transit/secretBackendKey:SecretBackendKey": Holder(
        ("namespace", "backend", "name"),
        ("namespace", "backend", "name", "type", "derived", "convergentEncryption"),
        "declare a second key beside the old one, encrypt anew with it what the old one encrypted, then "
        "remove the old one",
    ),
}
_PLACES: Final = ("region", "allowedAccountIds", "address", "namespace")
"""Provider settings: a thing in another place is another thing."""


@dataclass(frozen=True)
class Right:
    """Somebody and what they may do: names and identities outside, so that a rename shows."""

    who: str
    verb: str
    what: str

    def __str__(self) -> str:
        return f"{self.who}: {self.verb} {self.what}"


@dataclass(frozen=True)
class Refusal:
    """What would destroy a value, and the way round. `source`: `file:line` of what does, or empty."""

    text: str
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Change:
    """Each list is sorted. Where there is a refusal, nothing may go on. `deletions` take others
    along, and are refused until somebody accepts them. `rights`: what who deploys needs while the
    change is made, by role and system; empty for a new stack."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    refusals: tuple[Refusal, ...]
    warnings: tuple[str, ...]
    deletions: tuple[Refusal, ...] = ()
    rights: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def refused(self) -> tuple[str, ...]:
        """The refusals' sentences."""
        return tuple(refusal.text for refusal in self.refusals)

    def lines(self) -> Iterator[str]:
        """Everything as sentences; one says so where nothing changes."""
        titles = {
            "refused": self.refused,
            "deletes": tuple(deletion.text for deletion in self.deletions),
            "gains access": self.gained,
            "loses access": self.lost,
            "warning": self.warnings,
            "adds": self.added,
            "changes": self.changed,
            "removes": self.removed,
        }
        yield from (f"{title}: {item}" for title, items in titles.items() for item in items)
        if not self.gained and not self.lost:
            yield "nobody gains or loses access"
        if self.rights:
            yield (
                "rights to deploy this: `change.rights` of --format json until it is deployed, then those "
                "of `deployer`"
            )

    def as_json(self) -> dict[str, Any]:
        return {
            "added": list(self.added),
            "changed": list(self.changed),
            "removed": list(self.removed),
            "gained": list(self.gained),
            "lost": list(self.lost),
            "refused": list(self.refused),
            "deletions": [deletion.text for deletion in self.deletions],
            "rights": dict(self.rights),
            "warnings": list(self.warnings),
        }


def change(old: Graph | None, new: Graph) -> Change:
    """Compares two captures of one stack, resource by resource and right by right. Without
    an old one the stack is new, and everything in it is added."""
    before, after = ({r.urn: r for r in custom(g)} if g else {} for g in (old, new))
    both = sorted(before.keys() & after.keys())
    differing = {urn: paths for urn in both if (paths := tuple(_paths(before[urn], after[urn])))}
    had, have = _rights(old) if old else frozenset[Right](), _rights(new)
    gone = [before[urn] for urn in sorted(before.keys() - after.keys())]
    come = [after[urn] for urn in sorted(after.keys() - before.keys())]
    refused = [s for urn in differing for s in _replaced(before[urn], after[urn])]
    deletions = [d for urn in differing for d in containers.replaced(before[urn], after[urn])]
    deletions += containers.deleted(gone, come)
    return Change(
        added=tuple(_title(r) for r in come),
        changed=tuple(
            f"{_title(after[urn])}: {', '.join(paths)}{_anew(before[urn], after[urn])}"
            for urn, paths in differing.items()
        ),
        removed=tuple(_title(r) for r in gone),
        gained=tuple(sorted(str(right) for right in have - had)),
        lost=tuple(sorted(str(right) for right in had - have)),
        refusals=(*refused, *_renamed(gone, come), *_gateways(old, new)),
        warnings=tuple(_lost_values(gone, come)),
        deletions=tuple(Refusal(text, source) for text, source in deletions),
        rights=change_rights.rights(old, new) if old else {},
    )


def _gateways(old: Graph | None, new: Graph) -> Iterator[Refusal]:
    if old is not None:
        for text in gateway_change.refused(declaration_of(old), declaration_of(new)):
            yield Refusal(text)


def _title(resource: Resource) -> str:
    return f"{short(resource.type)} {resource.name}"


def _paths(old: Resource, new: Resource) -> Iterator[str]:
    for name in sorted(old.inputs.keys() | new.inputs.keys()):
        if old.inputs.get(name) != new.inputs.get(name):
            yield name
    yield from (f"provider {name}" for name in _PLACES if old.provider.get(name) != new.provider.get(name))


def _anew(old: Resource, new: Resource) -> str:
    replacing = old.type in changes.REPLACED or old.type.startswith("kubernetes:")
    if replacing and changes.changed(old.type, old.inputs, new.inputs)[1]:
        return " (made anew: the old one is deleted first)"
    return ""


def _replaced(old: Resource, new: Resource) -> Iterator[Refusal]:
    holder = HOLDERS.get(old.type)
    if holder is None:
        return
    hit = [name for name in holder.replacing if old.inputs.get(name) != new.inputs.get(name)]
    hit += [f"provider {n}" for n in _PLACES if old.provider.get(n) != new.provider.get(n) and n != "address"]
    if hit:
        text = f"{_title(old)} holds a value and {', '.join(hit)} would replace it: {holder.migrate}"
        yield Refusal(text, new.source)


def _renamed(gone: list[Resource], come: list[Resource]) -> Iterator[Refusal]:
    """The same thing outside under another URN: the engine would delete it and make it again."""
    arrived = {(r.type, _identity(r)): r for r in come if r.type in HOLDERS}
    for resource in gone:
        twin = arrived.get((resource.type, _identity(resource)))
        if twin is not None and resource.urn not in twin.options.aliases:
            text = (
                f"{_title(resource)} holds a value and would be made again as {twin.name}: "
                f"keep its name, or give the new one the alias {resource.urn}"
            )
            yield Refusal(text, twin.source)


def _lost_values(gone: list[Resource], come: list[Resource]) -> Iterator[str]:
    arrived = {(r.type, _identity(r)) for r in come}
    for resource in gone:
        if resource.type in HOLDERS and (resource.type, _identity(resource)) not in arrived:
            kept = " (it stays outside: retainOnDelete)" if resource.options.retain_on_delete else ""
            yield f"{_title(resource)} holds a value and is removed{kept}"


def _identity(resource: Resource) -> tuple[str, ...]:
    holder = HOLDERS.get(resource.type)
    return tuple(str(resource.inputs.get(name)) for name in holder.identity) if holder else ()


def _rights(graph: Graph) -> frozenset[Right]:
    declaration = declaration_of(graph)
    return _named(declaration, derived(graph))


def _named(declaration: Declaration, matrix: Matrix) -> frozenset[Right]:
    subjects = {a.name: a.subject for a in actors(declaration) if a.has_identity}
    return frozenset(
        Right(
            f"{name} ({subjects[name]})" if name in subjects else name,
            verb,
            _outside(secret, declaration.secrets[secret]),
        )
        for name, secret, verb in matrix.allowed()
    )


def _outside(name: str, secret: Secret) -> str:
    place = secret.name if secret.system == "aws" else f"{secret.mount}/{secret.path}"
    space = f"{secret.vault_namespace}/" if secret.vault_namespace else ""
    account = f"{secret.account_id}:" if secret.account_id else ""
    return f"{name} ({secret.backend} {account}{space}{cast('str', place)})"
