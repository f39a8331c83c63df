"""A server that lets a job do otherwise than it is for is found."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.captured import captured
from workload_secrets.access.derived import declaration_of
from workload_secrets.access.observed.attempt import Attempt, allowed, refused, unclear
from workload_secrets.access.observed.vault import VaultLogin
from workload_secrets.access.usage.context import Usage, UsageContext
from workload_secrets.access.usage.jobs import prove
from workload_secrets.decide.vault_acl import Policy
from workload_secrets.keys.vault_http import Answer

Held = Callable[[str, str], list[str]]
"""A job and a path of Vault; its capabilities."""
Tried = Callable[[str, str, str], Attempt]
"""A job, an operation and what it is on."""


def _policy(role: str) -> Policy:
    texts = {r.inputs["name"]: r.inputs["policy"] for r in captured("ci").of("vault:index/policy:Policy")}
    return Policy.parse(texts[role], role)


def _held(job: str, path: str) -> list[str]:
    """What the policies of the graph say."""
    rules = _policy(f"release-{job.replace(':', '-')}").rules
    return next((sorted(rule.capabilities) for rule in rules if rule.path == path), ["deny"])


def _tried(job: str, operation: str, _on: str) -> Attempt:
    looks = operation == "get_role" and job in ("ci:preview", "ci:drift")
    sees = operation == "describe_secret" and job != "ci:prove"
    return allowed(operation) if looks or sees else refused(operation)


def used(held: Held = _held, tried: Tried = _tried, **changes: Any) -> Usage:
    graph = captured("ci")
    declaration = declaration_of(graph)

    def vault(job: str) -> VaultLogin:
        def call(_method: str, _path: str, body: dict[str, Any]) -> Answer:
            return Answer(200, {"data": {path: held(job, path) for path in body["paths"]}})

        return VaultLogin(cast("Any", SimpleNamespace(call=call)), "")

    def aws(job: str) -> Any:
        def attempt(_service: str, operation: str, **on: Any) -> Attempt:
            return tried(job, operation, str(on.get("RoleName") or on.get("SecretId")))

        return SimpleNamespace(attempt=attempt)

    made = {
        "declaration": declaration,
        "graph": graph,
        "vault_login": vault,
        "aws_login": aws,
        "of": lambda backend: {n: s for n, s in declaration.secrets.items() if s.backend == backend},  # pyright: ignore[reportUnknownLambdaType]
        **changes,
    }
    return prove(cast("UsageContext", SimpleNamespace(**made)))


def test_servers_as_declared_give_a_line_for_each_job() -> None:
    found = used()
    assert found.problems == ()
    assert [line.partition(" ")[0] for line in found.lines] == [
        "ci:deploy:",
        "ci:drift:",
        "ci:preview:",
        "ci:prove:",
    ]


@pytest.mark.parametrize("which", ["vault_login", "aws_login"])
def test_a_job_that_gets_no_login_is_a_problem(which: str) -> None:
    changes: dict[str, Any] = {which: lambda _: refused("no login")}  # pyright: ignore[reportUnknownLambdaType]
    found = used(_held, _tried, **changes)
    assert "ci:deploy: no login" in found.problems
    assert "ci:preview: no login" in found.problems


@pytest.mark.parametrize("looking", ["ci:preview", "ci:drift"])
def test_a_job_that_looks_and_may_change_anything_is_a_problem(looking: str) -> None:
    path = "sys/policies/acl/release-shop"

    def wide(job: str, at: str) -> list[str]:
        return ["read", "update"] if (job, at) == (looking, path) else _held(job, at)

    assert used(wide).problems == (f"{looking}: path {path}: read, update, though the job only looks",)


@pytest.mark.parametrize(
    ("path", "held", "says"),
    [
        ("auth/github/role/release-ci-deploy", ["update"], "update; the deployer has deny"),
        ("auth/release/role/shop", ["read"], "read; the deployer has create, delete, read, update"),
    ],
)
def test_a_deploy_with_more_or_less_than_the_deployer_is_a_problem(
    path: str, held: list[str], says: str
) -> None:
    def other(job: str, at: str) -> list[str]:
        return held if (job, at) == ("ci:deploy", path) else _held(job, at)

    assert used(other).problems == (f"ci:deploy: path {path}: {says}",)


@pytest.mark.parametrize("answer", [allowed("put_role_policy"), unclear("put_role_policy")])
@pytest.mark.parametrize("job", ["ci:preview", "ci:drift", "ci:deploy", "ci:prove"])
def test_a_job_that_may_change_a_jobs_role_is_a_problem(job: str, answer: Attempt) -> None:
    def open_(who: str, operation: str, on: str) -> Attempt:
        wrong = (who, operation, on) == (job, "put_role_policy", "release-ci-deploy")
        return answer if wrong else _tried(who, operation, on)

    (problem,) = used(tried=open_).problems
    assert problem == (
        f"{job}: put_role_policy on release-ci-deploy: {answer.answer.value}, "
        "so the job gives itself any right"
    )


def test_a_preview_that_sees_nothing_and_a_proof_that_sees_a_secret_are_problems() -> None:
    def other(who: str, operation: str, on: str) -> Attempt:
        if operation != "describe_secret" or who == "ci:deploy":
            return _tried(who, operation, on)
        return refused(operation) if who == "ci:preview" else allowed(operation)

    assert used(tried=other).problems == (
        "ci:preview: describe_secret on release/shop/orders: no",
        "ci:prove: describe_secret on release/shop/orders: yes",
    )


def test_a_server_that_says_nothing_is_a_problem() -> None:
    def silent(_job: str) -> VaultLogin:
        return VaultLogin(cast("Any", SimpleNamespace(call=lambda *_: Answer(500, {}))), "")  # pyright: ignore[reportUnknownLambdaType]

    assert "ci:deploy: the server doesn't say what the job may do" in used(vault_login=silent).problems
