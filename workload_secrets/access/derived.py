"""What the documents of a graph grant.

A declared right must come by the principal's natural route: the role its ServiceAccount
is annotated with, its own auth mount and role. For everything else any route counts, by
every role of the graph and with every token the actor can get.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import cast

from workload_secrets.access.admitted import Rights, admitted
from workload_secrets.access.declared import declared
from workload_secrets.access.derived_aws import AwsAccess
from workload_secrets.access.derived_vault import VaultAccess
from workload_secrets.access.matrix import Cell, Matrix
from workload_secrets.access.principals import Actor, Wallet, actors
from workload_secrets.decide.delivery.model import Login
from workload_secrets.declaration import Declaration
from workload_secrets.graph.model import Graph


def declaration_of(graph: Graph) -> Declaration:
    """The declaration a captured program registered. Raises LookupError where it has none."""
    return Declaration.read(graph.platform_output("declaration"))


def derived(graph: Graph) -> Matrix:
    """The access that the graph's documents grant. Needs a graph of mode `update`, where
    outputs are symbols; in mode `preview` cells come out unknown."""
    return Matrix.of(_cells(graph, declaration_of(graph)))


def _cells(graph: Graph, declaration: Declaration) -> Iterator[Cell]:
    facts = declaration.facts
    aws = AwsAccess(graph, declaration, facts.aws) if facts.aws else None
    vault = VaultAccess(graph, declaration) if facts.vault else None
    wallet, wanted = Wallet(declaration), declared(declaration).places()
    for name, secret, verb in sorted(wanted):
        backend = aws if declaration.secrets[secret].system == "aws" else vault
        if name in declaration.principals and backend is not None:
            yield backend.natural(wallet, name, secret, verb)
    for actor in actors(declaration):
        for found in _any(aws, vault, wallet, actor):
            if found.place not in wanted:
                yield found
    yield from admitted(graph, declaration, _by_object(aws, vault, wallet))
    if aws is not None:
        yield from aws.rotators()
    yield from _deployer(graph, aws, vault)


def _by_object(aws: AwsAccess | None, vault: VaultAccess | None, wallet: Wallet) -> Rights:
    """What an account gets at the login that a delivery object names."""

    def rights(actor: Actor, login: Login) -> Iterator[Cell]:
        if login.system == "aws" and aws is not None:
            yield from aws.any_route(wallet, actor)
        if login.system == "vault" and vault is not None:
            yield from vault.any_route(wallet, actor, at=(login.mount, login.role))

    return rights


def any_route(graph: Graph, declaration: Declaration) -> Callable[[Wallet, Actor], Iterator[Cell]]:
    """Decides what an actor with a wallet is granted by any role of a graph."""
    facts = declaration.facts
    aws = AwsAccess(graph, declaration, facts.aws) if facts.aws else None
    vault = VaultAccess(graph, declaration) if facts.vault else None
    return lambda wallet, actor: _any(aws, vault, wallet, actor)


def _any(aws: AwsAccess | None, vault: VaultAccess | None, wallet: Wallet, actor: Actor) -> Iterator[Cell]:
    if not actor.has_identity:
        return
    if aws is not None:
        yield from aws.any_route(wallet, actor)
    if vault is not None:
        yield from vault.any_route(wallet, actor)


def _deployer(graph: Graph, aws: AwsAccess | None, vault: VaultAccess | None) -> Iterator[Cell]:
    documents = cast("Mapping[str, object]", graph.platform_output("deployer"))
    iam_policy, vault_policy = documents.get("iam"), documents.get("vault")
    if aws is not None and isinstance(iam_policy, str):
        yield from aws.deployer(iam_policy)
    if vault is not None and isinstance(vault_policy, str):
        yield from vault.deployer(vault_policy)
