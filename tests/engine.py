"""The one harness for components: runs a function under the recording monitor.

The monitor is the product's own (workload_secrets.graph): it refuses duplicate URNs, unknown
look-ups and default providers, and its outputs are symbols, one table for all types. Every
test asserts on what was registered, never on the object just built.
"""

# pyright: reportPrivateUsage=false
from __future__ import annotations

import contextvars
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pulumi_vault as vault

from components.documents.arn import AwsScope
from workload_secrets.graph import symbols
from workload_secrets.graph.model import Graph, Mode, Resource
from workload_secrets.graph.program import LANES, ProgramRequest, Realize, _Runner

ROOT = Path(__file__).parent.parent
SCOPE = AwsScope(account_id="111122223333", region="eu-central-1")
ISSUER = "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"


@dataclass(frozen=True)
class Providers:
    """Explicit providers, as the platform makes them."""

    aws: aws.Provider
    vault: vault.Provider
    kubernetes: kubernetes.Provider

    @property
    def opts(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(providers=[self.aws, self.vault, self.kubernetes])


Program = Callable[[pulumi.ResourceOptions], object]


def declare(program: Program, mode: Mode = "update") -> Graph:
    """The graph of what `program` registers; it gets the options with the providers.

    Raises what the program raises, as InputError or ProgramError with its cause.
    """
    realize = symbols.unknown if mode == "preview" else symbols.realize
    request = ProgramRequest(root=ROOT, project="unit", stack="one", config={}, mode=mode)
    runner = _Function(request, realize, program)
    outcome = contextvars.copy_context().run(runner.run)
    return outcome.check().graph


class _Function(_Runner):
    def __init__(self, request: ProgramRequest, realize: Realize, program: Program) -> None:
        super().__init__(request, realize, None, LANES)
        self._function = program

    def _program(self) -> None:
        self._function(_providers().opts)


def _providers() -> Providers:
    return Providers(
        aws=aws.Provider("aws", region="eu-central-1", allowed_account_ids=[SCOPE.account_id]),
        vault=vault.Provider("vault", address="https://vault.example:8200", skip_child_token=True),
        kubernetes=kubernetes.Provider("kubernetes", kubeconfig="{}", context="dev"),
    )


def inside(graph: Graph, token: str) -> tuple[Resource, ...]:
    """What the one component of this token registered, its own registration left out."""
    return graph.children(graph.only(token).urn)


def names(graph: Graph, urns: tuple[str, ...]) -> set[str]:
    """The names of resources, for asserting on dependencies."""
    return {graph.get(urn).name for urn in urns}


def only(opts: pulumi.ResourceOptions, package: str) -> pulumi.ResourceOptions:
    """Options with the one provider of a package, for a resource outside a component."""
    providers: Any = opts.providers
    found = next(provider for provider in providers if provider.package == package)
    return pulumi.ResourceOptions(provider=found)
