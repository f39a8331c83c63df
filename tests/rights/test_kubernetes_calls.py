"""The printed RBAC against the calls of the real provider: enough, and no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.captured import captured
from tests.stacks.read import FLAVOURS, OTHERS
from workload_secrets.access.resources import custom
from workload_secrets.graph.model import Graph
from workload_secrets.sandbox.calls import kubernetes
from workload_secrets.sandbox.calls.row import Operation
from workload_secrets.sandbox.deploy.kubernetes.kinds import plural_of

STACKS = (
    *("dev", "prod", *FLAVOURS, *OTHERS),
    *("examples/kong", "examples/pmp-aws", "examples/pmp-vault", "examples/vault-guide"),
)
Asked = tuple[str, str, str, str | None, str | None]
"""Verb, group, plural, namespace (None: the whole cluster) and name (None: the kind)."""


def asked(graph: Graph) -> Iterator[Asked]:
    for resource in custom(graph):
        if not resource.type.startswith("kubernetes:"):
            continue
        group, _, kind = resource.type.removeprefix("kubernetes:").partition(":")
        group = group.rpartition("/")[0].removeprefix("core")
        metadata: Mapping[str, Any] = resource.inputs["metadata"]
        operations: tuple[Operation, ...] = ("create", "read", "update", "delete")
        for operation in operations[: 3 if resource.options.protect else 4]:
            for call in kubernetes.ROWS[resource.type].calls(operation):
                name = metadata["name"] if call.named else None
                yield call.verb, group, plural_of(kind.removesuffix("Patch")), metadata.get("namespace"), name


def granted(graph: Graph) -> Iterator[tuple[str | None, Mapping[str, Any]]]:
    """Each rule with the namespace it holds in, None where everywhere."""
    for found in graph.platform_output("deployer")["rbac"]:
        yield from ((found["metadata"].get("namespace"), rule) for rule in found.get("rules", ()))


def allows(where: str | None, rule: Mapping[str, Any], wanted: Asked) -> bool:
    """https://kubernetes.io/docs/reference/access-authn-authz/rbac/: names bind requests that name an
    object, so a rule with names allows no create, list or watch of the kind."""
    verb, group, plural, namespace, name = wanted
    names = rule.get("resourceNames")
    return (
        where in (None, namespace)
        and verb in rule["verbs"]
        and group in rule["apiGroups"]
        and plural in rule["resources"]
        and (names is None or name in names)
    )


@pytest.mark.parametrize("stack", STACKS)
def test_every_call_of_the_provider_is_allowed(stack: str) -> None:
    graph = captured(stack)
    rules = list(granted(graph))
    assert [one for one in asked(graph) if not any(allows(*rule, one) for rule in rules)] == []


@pytest.mark.parametrize("stack", STACKS)
def test_every_right_is_needed_by_a_call(stack: str) -> None:
    graph = captured(stack)
    wanted = set(asked(graph))
    spare: list[Any] = []
    for where, rule in granted(graph):
        for verb in rule["verbs"]:
            for name in rule.get("resourceNames", (None,)):
                one = {**rule, "verbs": [verb], **({"resourceNames": [name]} if name else {})}
                # The API server asks for `bind` when a binding is made; the provider asks for nothing.
                if verb != "bind" and not any(allows(where, one, call) for call in wanted):
                    spare.append((where, verb, rule["resources"], name))
    assert spare == []


def test_nothing_reads_a_secret() -> None:
    for stack in STACKS:
        assert all("secrets" not in rule["resources"] for _, rule in granted(captured(stack)))
