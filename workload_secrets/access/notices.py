"""What a reader of a preview should know beside the table.

A rule takes a graph and its declaration and gives notices. `RULES` is where further ones
join; a notice of level `violation` makes `preview` end with exit code 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast

from workload_secrets.declaration import Declaration
from workload_secrets.graph.model import Graph

Level = Literal["note", "warning", "violation"]


@dataclass(frozen=True)
class Notice:
    """`text` says what holds, what follows from it, and what to do. `source`: `file:line`."""

    level: Level
    text: str
    source: str = ""


Rule: TypeAlias = Callable[[Graph, Declaration], Iterable[Notice]]


def notices(graph: Graph, declaration: Declaration) -> tuple[Notice, ...]:
    """Everything every rule has to say, in the order of `RULES`."""
    return tuple(notice for rule in RULES for notice in rule(graph, declaration))


def reviewer(_: Graph, declaration: Declaration) -> Iterator[Notice]:
    """How long the reviewer's token lives, where it is handed over out of band."""
    vault = declaration.facts.vault
    if vault is None:
        return
    if vault.reviewer == "dedicated":
        hours = vault.reviewer_token_cap_hours
        life = f"{hours} hours on this kind of cluster, whatever is asked for" if hours else "limited"
        yield Notice(
            "warning",
            f"Vault's reviewer token is handed over out of band and its life is {life}: "
            "renew it before it ends, or every login fails",
        )
    if vault.reviewer == "client":
        yield Notice(
            "warning",
            "every workload that logs in to Vault is bound to system:auth-delegator, "
            "since its own token asks for the TokenReview",
        )
    if vault.reviewer == "jwt":
        yield Notice(
            "note",
            "Vault checks tokens by the cluster's public keys alone: the token of a deleted "
            "ServiceAccount stays good until it expires",
        )


def mendix(graph: Graph, _: Declaration) -> Iterator[Notice]:
    """The operator's setting concerns more than the stack's own app."""
    for resource in graph.where(lambda r: "OperatorConfiguration" in r.type and r.custom):
        metadata = cast("dict[str, object]", resource.inputs.get("metadata") or {})
        yield Notice(
            "note",
            "runtimeAutomountServiceAccountToken in OperatorConfiguration of namespace "
            f"{metadata.get('namespace')} is true for every Mendix app there, not only for this one",
            resource.source,
        )


def owners(_: Graph, declaration: Declaration) -> Iterator[Notice]:
    """What the answers take for granted of things that belong to others."""
    trusted = {
        "authMount": "is configured for this cluster",
        "kmsKey": "has a policy that lets the account's IAM policies decide, as AWS's default does",
        "permissionsBoundary": "permits what the roles are granted",
    }
    for item in declaration.prerequisites:
        if item.kind in trusted:
            yield Notice(
                "note",
                f"taken for granted: the existing {item.kind} {item.arn or item.name} {trusted[item.kind]}; "
                "`prove` shows it",
            )


def rotation(_: Graph, declaration: Declaration) -> Iterator[Notice]:
    """Whoever rotates a secret sees its value, so the function is named."""
    keys = [item.arn for item in declaration.prerequisites if item.kind == "kmsKey"]
    given = f"; the owner of {keys[0]} must let that role use the key" if keys else ""
    for name, secret in sorted(declaration.secrets.items()):
        if secret.rotation is not None:
            yield Notice(
                "note",
                f"{secret.rotation.function_arn} rotates {name}: it reads and writes the value as "
                f"{secret.rotation.role_arn}; the function and that role belong to their owner{given}",
            )


RULES: Final[tuple[Rule, ...]] = (reviewer, mendix, rotation, owners)
