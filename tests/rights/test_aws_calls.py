"""The printed IAM policies against the calls of the real provider: enough, and no more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

from tests.captured import captured
from tests.stacks.read import FLAVOURS, OTHERS
from workload_secrets.access.resources import custom
from workload_secrets.decide import iam
from workload_secrets.graph import symbols
from workload_secrets.graph.model import Graph, Resource
from workload_secrets.sandbox.calls import aws
from workload_secrets.sandbox.calls.aws import Call
from workload_secrets.sandbox.calls.row import Operation
from workload_secrets.sandbox.deploy.registry import HANDLERS

STACKS = (
    "dev",
    "prod",
    *FLAVOURS,
    *OTHERS,
    "examples/kong",
    "examples/pmp-aws",
    "examples/vault-guide",
    "examples/vault-guide-server",
)
OURS = {
    "secretsmanager:PutSecretValue": "the hook that writes a new secret's template",
    "secretsmanager:RestoreSecret": "docs/cleaning-up.md: a secret is taken back within its window",
    "kms:CancelKeyDeletion": "docs/cleaning-up.md: a key is taken back within its window",
}
"""Rights that the provider never uses, with what does."""
SECRETS_MANAGER = {"kms:Decrypt", "kms:GenerateDataKey"}
"""What Secrets Manager does with a key in the caller's name."""
Wanted = tuple[Resource, Call, iam.Request]


def policy(graph: Graph) -> str | None:
    """What who deploys the stack holds; with jobs it is their administrator."""
    found = graph.platform_output("administrator") or graph.platform_output("deployer")
    return found["iam"]


def statements(text: str | None) -> list[dict[str, Any]]:
    return json.loads(text)["Statement"] if text else []


def asked(graph: Graph, *operations: Operation) -> Iterator[Wanted]:
    """Each call of each AWS resource, as IAM is asked for it. What is kept is not deleted."""
    for resource in custom(graph):
        if not resource.type.startswith("aws:"):
            continue
        kept = resource.options.protect or resource.options.retain_on_delete
        for operation in operations or ("create", "read", "update", "delete"):
            if operation == "delete" and kept:
                continue
            for call in aws.calls(resource.type, properties(resource), operation):
                context = {key.lower(): value for key, value in _context(graph, resource, call).items()}
                yield (
                    resource,
                    call,
                    iam.Request(action=call.action, resource=call.on, context=context, complete=True),
                )


def properties(resource: Resource) -> dict[str, Any]:
    region = str(resource.inputs.get("region") or resource.provider["region"])
    kinds = {"cn": "aws-cn", "us-gov": "aws-us-gov"}
    partition = next((kinds[k] for k in kinds if region.startswith(f"{k}-")), "aws")
    account = resource.provider["allowedAccountIds"][0]
    return {**symbols.realize(resource), "region": region, "account": account, "partition": partition}


def _context(graph: Graph, resource: Resource, call: Call) -> dict[str, Any]:
    """The condition keys that AWS sets for the call, as far as our policies name them."""
    found = {f"aws:RequestTag/{name}": value for name, value in resource.inputs.get("tags", {}).items()}
    for key in graph.of("aws:kms/key:Key"):
        if symbols.realize(key)["arn"] == call.on:
            found |= {f"aws:ResourceTag/{name}": value for name, value in key.inputs["tags"].items()}
    if call.action in SECRETS_MANAGER:
        suffix = "amazonaws.com.cn" if call.on.startswith("arn:aws-cn") else "amazonaws.com"
        found["kms:ViaService"] = f"secretsmanager.{call.on.split(':')[3]}.{suffix}"
        found["kms:EncryptionContext:SecretARN"] = symbols.realize(resource)["arn"]
    if call.action == "iam:PassRole":
        found["iam:PassedToService"] = "pods.eks.amazonaws.com"
    if call.action.startswith("iam:") and ":role/" in call.on:
        name = call.on.rpartition("/")[2]
        roles = [role for role in graph.of("aws:iam/role:Role") if role.inputs["name"] == name]
        found["iam:PermissionsBoundary"] = roles[0].inputs.get("permissionsBoundary") if roles else None
    if call.action == "secretsmanager:RotateSecret":
        found["secretsmanager:RotationLambdaARN"] = resource.inputs["rotationLambdaArn"]
    return found


def refused(text: str | None, wanted: Iterator[Wanted]) -> set[str]:
    held = iam.read(text, "deployer") if text else iam.read({"Statement": []}, "none")
    return {
        f"{resource.type} {call.action} on {call.on}: {decision.answer.value}"
        for resource, call, request in wanted
        if not (decision := iam.identity([held], request)).allowed
    }


@pytest.mark.parametrize("stack", STACKS)
def test_every_call_of_the_provider_is_allowed(stack: str) -> None:
    graph = captured(stack)
    assert refused(policy(graph), asked(graph)) == set()


@pytest.mark.parametrize("stack", STACKS)
def test_every_right_is_needed_by_a_call(stack: str) -> None:
    """Each action on each resource of each statement is what some call needs."""
    graph = captured(stack)
    wanted = [request for _, _, request in asked(graph)]
    spare: set[str] = set()
    for statement in statements(policy(graph)):
        for action in _texts(statement["Action"]):
            for resource in _texts(statement["Resource"]):
                one = iam.read({"Statement": [{**statement, "Action": action, "Resource": resource}]}, "one")
                near = (request for request in wanted if request.action == action)
                if action not in OURS and not any(iam.identity([one], r).allowed for r in near):
                    spare.add(f"{statement['Sid']}: {action} on {resource}")
    assert spare == set()


def test_a_right_on_another_stacks_thing_is_not_there() -> None:
    """The calls of prod are refused to the deployer of dev."""
    dev = iam.read(policy(captured("dev")), "deployer of dev")
    allowed = {
        call.action for _, call, request in asked(captured("prod")) if iam.identity([dev], request).allowed
    }
    assert allowed == {"kms:ListAliases"}  # has no resource


def test_the_preview_job_may_read_all_that_a_refresh_reads() -> None:
    graph = captured("ci")
    (text,) = [
        found.inputs["policy"]
        for found in graph.of("aws:iam/rolePolicy:RolePolicy")
        if found.inputs["role"].endswith("-ci-preview")
    ]
    assert refused(text, asked(graph, "read")) == set()
    actions = {action for statement in statements(text) for action in _texts(statement["Action"])}
    assert all(action.partition(":")[2].startswith(("Describe", "Get", "List")) for action in actions)
    assert not actions & {"secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue"}


def test_the_deploying_job_may_do_all_but_what_makes_jobs() -> None:
    graph = captured("ci")
    (text,) = [
        found.inputs["policy"]
        for found in graph.of("aws:iam/rolePolicy:RolePolicy")
        if found.inputs["role"].endswith("-ci-deploy")
    ]
    jobs = refused(text, asked(graph))
    assert jobs
    assert all("-ci-" in found or "oidc-provider/token.actions" in found for found in jobs)


@pytest.mark.parametrize("stack", ["dev", "ci", "rotated", "objects"])
def test_the_emulators_judge_says_the_same(stack: str) -> None:
    """Of the stack's own calls and of another's."""
    graph, text = captured(stack), policy(captured(stack)) or ""
    own, theirs = [iam.read(text, "deployer")], [parse_policy_document(text)]
    found: set[bool] = set()
    for _, _, request in [*asked(graph), *asked(captured("prod"))]:
        allowed = iam.identity(own, request).allowed
        context = {key: value for key, value in request.context.items() if value is not None}
        said = evaluate(
            EvalContext(
                principal_arn="arn:aws:iam::111122223333:user/deployer",
                principal_type="User",
                principal_account="111122223333",
                action=request.action,
                resource_arn=request.resource,
                region="eu-central-1",
                service_context=context,
            ),
            theirs,
        )
        assert (said.decision == "Allow") is allowed, request
        found.add(allowed)
    assert found == {True, False}


def test_every_type_that_the_sandbox_makes_has_a_row() -> None:
    assert set(aws.ROWS) == {type_ for type_ in HANDLERS if type_.startswith("aws:")}


@pytest.mark.parametrize("type_", sorted(aws.ROWS))
def test_every_row_is_used_by_a_stack(type_: str) -> None:
    assert any(captured(stack).of(type_) for stack in STACKS)


def _texts(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
