"""What isn't known of one resource hides no violation of another, rule by rule."""

from __future__ import annotations

from typing import Any

from policies.guardrails import catalogue
from policies.guardrails.resource import UNKNOWN, Resource
from policies.guardrails.rule import Context
from policies.guardrails.run import Rules
from policies.guardrails.stack import Stack
from tests.policies.cases import TODAY


def outcomes(rule: str, *given: dict[str, Any], declared: Any = None) -> set[tuple[str, str]]:
    (judging,) = [found for found in catalogue.ALL if found.id == rule]
    made = [
        Resource(
            urn=f"urn:pulumi:test::p::{one['type']}::{index}",
            type=one["type"],
            name=str(index),
            inputs=one["inputs"],
            secrets=frozenset({("a", 1), ("key",)}),
        )
        for index, one in enumerate(given)
    ]
    context = Context(way="monitor", tier="production", today=TODAY, declared=declared)
    return {
        (found.outcome, found.text.partition(":")[0])
        for found in Rules([judging]).review(Stack(made), context)
    }


ROLE = "vault:kubernetes/authBackendRole:AuthBackendRole"
JWT = "vault:jwt/authBackendRole:AuthBackendRole"
POLICY = "vault:index/policy:Policy"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"


def test_an_account_that_is_not_known_hides_no_other_violation_of_vka_06() -> None:
    here = {"principals": {"job": {"identity": {"method": "jwt", "subject": "s", "audience": "a"}}}}
    here["principals"]["job"]["vault"] = {"authMount": "jwt", "role": "job"}
    assert outcomes(
        "VKA-06",
        {"type": ACCOUNT, "inputs": {"metadata": {"name": UNKNOWN, "namespace": "shop"}}},
        {
            "type": ROLE,
            "inputs": {
                "roleName": "x",
                "boundServiceAccountNames": ["x"],
                "boundServiceAccountNamespaces": ["shop"],
            },
        },
        {"type": JWT, "inputs": {"roleName": "job", "boundSubject": "t", "boundAudiences": ["b"]}},
        declared=here,
    ) == {
        ("violation", "the role of job is bound to somebody else"),
        ("violation", "another audience than job's is bound"),
        ("not evaluable", "1.0.metadata.name is not known"),
    }


def test_a_policy_that_is_not_known_hides_no_other_violation_of_vlt_08() -> None:
    assert outcomes(
        "VLT-08",
        {"type": POLICY, "inputs": {"name": UNKNOWN, "policy": ""}},
        {"type": POLICY, "inputs": {"name": "idle", "policy": ""}},
        {"type": POLICY, "inputs": {"name": "twice", "policy": ""}},
        {"type": POLICY, "inputs": {"name": "Twice", "policy": ""}},
        {"type": JWT, "inputs": {"roleName": "job", "tokenPolicies": ["twice", "ghost"]}},
    ) == {
        ("violation", "another policy of the stack is called twice too"),
        ("violation", "nothing of the stack attaches the policy idle"),
        ("not evaluable", "0.name is not known"),
    }


def test_a_step_that_is_not_known_hides_no_other_finding_of_db_04() -> None:
    connection = "vault:database/secretBackendConnection:SecretBackendConnection"
    assert outcomes(
        "DB-04",
        {"type": connection, "inputs": {"backend": "d", "name": "a", "postgresql": {"username": "x"}}},
        {"type": connection, "inputs": {"backend": 7, "name": "b", "postgresql": {"username": "x"}}},
        {"type": "vault:generic/endpoint:Endpoint", "inputs": {"path": UNKNOWN}},
    ) == {("violation", "backend is no text"), ("not evaluable", "0.2.path is not known")}
