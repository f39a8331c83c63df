"""The printed Vault policies against the calls of the real provider: enough, and no more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.captured import captured
from tests.stacks.read import FLAVOURS, OTHERS
from workload_secrets.access.resources import custom
from workload_secrets.decide import vault_acl
from workload_secrets.decide.answer import Answer
from workload_secrets.graph.model import Graph, Resource
from workload_secrets.sandbox.calls import vault
from workload_secrets.sandbox.calls.row import Operation
from workload_secrets.sandbox.deploy.registry import HANDLERS

STACKS = ("dev", "prod", *FLAVOURS, *OTHERS, "examples/kong", "examples/pmp-vault", "examples/vault-guide")
HOOKS = ("rotate-root",)
"""What our own hooks call beside the provider: they change a database admin's password."""


def policy(graph: Graph) -> vault_acl.Policy:
    """What who deploys the stack holds; with jobs it is their administrator."""
    text = (graph.platform_output("administrator") or graph.platform_output("deployer"))["vault"]
    return vault_acl.Policy.parse(text, "deployer")


def asked(graph: Graph) -> Iterator[tuple[Resource, str, str]]:
    """Each resource with a full path and a capability that one of its calls needs."""
    for resource in custom(graph):
        if not resource.type.startswith("vault:"):
            continue
        space = resource.provider.get("namespace")
        kept = resource.options.protect or resource.options.retain_on_delete
        operations: tuple[Operation, ...] = ("create", "read", "update", "delete")
        for operation in operations[: 3 if kept else 4]:
            for call in vault.calls(resource.type, resource.inputs, operation):
                path = f"{space.strip('/')}/{call.path}" if space else call.path
                for capability in call.capabilities():
                    yield resource, path, capability


def stacks() -> list[str]:
    return [stack for stack in STACKS if stack not in ("aws-only", "govcloud", "rotated")]


@pytest.mark.parametrize("stack", stacks())
def test_every_call_of_the_provider_is_allowed(stack: str) -> None:
    graph = captured(stack)
    held = policy(graph)
    refused = {
        f"{resource.type} {path}: {capability}"
        for resource, path, capability in asked(graph)
        if vault_acl.allows([held], path, capability).answer is not Answer.YES
    }
    assert refused == set()


@pytest.mark.parametrize("stack", stacks())
def test_every_right_is_needed_by_a_call(stack: str) -> None:
    graph = captured(stack)
    needed = {(path, capability) for _, path, capability in asked(graph)}
    spare = {
        f"{rule.path}: {capability}"
        for rule in policy(graph).rules
        for capability in rule.capabilities
        if (rule.path, capability) not in needed and not any(hook in rule.path for hook in HOOKS)
    }
    assert spare == set()


def test_the_preview_job_may_read_all_that_a_refresh_reads() -> None:
    graph = captured("ci")
    (text,) = [
        found.inputs["policy"]
        for found in graph.of("vault:index/policy:Policy")
        if found.inputs["name"].endswith("-ci-preview")
    ]
    held = vault_acl.Policy.parse(text, "preview")
    refused = {
        call.path
        for resource in custom(graph)
        if resource.type.startswith("vault:")
        for call in vault.calls(resource.type, resource.inputs, "read")
        if vault_acl.allows([held], call.path, "read").answer is not Answer.YES
    }
    assert refused == set()
    assert {c for rule in held.rules for c in rule.capabilities} <= {"read", "sudo"}


def test_every_type_that_the_sandbox_makes_has_a_row() -> None:
    assert set(vault.ROWS) == {type_ for type_ in HANDLERS if type_.startswith("vault:")}


def test_what_was_not_run_is_a_part_of_the_rows() -> None:
    """A row added later is run or said not to be: a type without an update that was run names it."""
    for type_, operations in vault.NOT_RUN.items():
        assert operations
        assert all(getattr(vault.ROWS[type_], operation) for operation in operations), type_
    assert {type_ for type_, row in vault.ROWS.items() if row.update} <= vault.NOT_RUN.keys()
