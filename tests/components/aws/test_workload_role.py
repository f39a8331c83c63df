"""The IAM role of a workload."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pydantic import ValidationError

from components.aws.workload_role import TOKEN, WorkloadRole, WorkloadRoleArgs
from components.documents.iam import SecretGrant
from tests.engine import ISSUER, SCOPE, declare, inside, names, only
from workload_secrets.graph.model import UNKNOWN, Graph, Mode

ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/rolePolicy:RolePolicy"
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
KEY = "arn:aws:kms:eu-central-1:111122223333:key/0a1b"
MODES: tuple[Mode, ...] = ("preview", "update")


def args(**changes: Any) -> WorkloadRoleArgs:
    given: dict[str, Any] = {
        "scope": SCOPE,
        "role_name": "dev-pmp",
        "cluster": "dev",
        "issuer": ISSUER,
        "namespace": "feature-test",
        "service_account": "mxplatform",
        "grants": (SecretGrant(key="pmp-credentials", name="PMP-Dev-Credentials"),),
        "key_arn": KEY,
    }
    return WorkloadRoleArgs(**(given | changes))


def role(mode: Mode = "update", **changes: Any) -> Graph:
    return declare(lambda opts: WorkloadRole("pmp", args(**changes), opts), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_role_has_two_inline_policies_and_nothing_else(mode: Mode):
    graph = role(mode)
    assert {(r.type, r.name) for r in inside(graph, TOKEN)} == {
        (ROLE, "pmp-role"),
        (POLICY, "pmp-secrets"),
        (POLICY, "pmp-kms"),
    }
    assert {r.inputs["name"] for r in graph.of(POLICY)} == {"secrets", "kms"}


@pytest.mark.parametrize("mode", MODES)
def test_trust_name_session_and_boundary_are_written_out(mode: Mode):
    inputs = role(mode, session_seconds=7200, permissions_boundary="arn:b").only(ROLE).inputs
    assert inputs["name"] == "dev-pmp"
    assert inputs["maxSessionDuration"] == 7200
    assert inputs["permissionsBoundary"] == "arn:b"
    assert "managedPolicyArns" not in inputs
    trust = json.loads(inputs["assumeRolePolicy"])["Statement"][0]
    assert set(trust["Condition"]) == {"StringEquals"}


def test_without_a_boundary_none_is_sent():
    assert "permissionsBoundary" not in role().only(ROLE).inputs


def test_the_policies_belong_to_the_role():
    graph = role()
    for policy in graph.of(POLICY):
        assert policy.inputs["role"] == "dev-pmp"
        assert policy.options.property_dependencies["role"] == (graph.only(ROLE).urn,)


def test_at_preview_only_the_kms_policy_waits_for_the_key():
    def program(opts: pulumi.ResourceOptions) -> None:
        key = aws.kms.Key("key", opts=only(opts, "aws"))
        WorkloadRole("pmp", args(key_arn=key.arn), opts)

    graph = declare(program, "preview")
    policies = {policy.inputs["name"]: policy.inputs["policy"] for policy in graph.of(POLICY)}
    assert policies["kms"] is UNKNOWN
    assert "secretsmanager:GetSecretValue" in policies["secrets"]


def test_without_a_customer_key_there_is_no_kms_policy():
    assert {r.inputs["name"] for r in role(key_arn=None).of(POLICY)} == {"secrets"}


def test_the_role_waits_for_the_provider_that_the_stack_makes():
    def program(opts: pulumi.ResourceOptions) -> None:
        provider = aws.iam.OpenIdConnectProvider(
            "provider",
            url=ISSUER,
            client_id_lists=["a"],
            opts=only(opts, "aws"),
        )
        WorkloadRole("pmp", args(after=provider), opts)

    graph = declare(program)
    assert names(graph, graph.only(ROLE).options.depends_on) == {"provider"}


@pytest.mark.parametrize("mode", MODES)
def test_pod_identity_has_an_association_that_keeps_session_tags(mode: Mode):
    graph = role(mode, method="podIdentity")
    inputs = graph.only(ASSOCIATION).inputs
    assert (inputs["clusterName"], inputs["namespace"], inputs["serviceAccount"]) == (
        "dev",
        "feature-test",
        "mxplatform",
    )
    assert "disableSessionTags" not in inputs
    assert "policy" not in inputs
    trust = json.loads(graph.only(ROLE).inputs["assumeRolePolicy"])["Statement"][0]
    assert trust["Principal"] == {"Service": "pods.eks.amazonaws.com"}


def test_irsa_has_no_association():
    assert role().of(ASSOCIATION) == ()


def test_the_outputs_are_arn_and_name():
    assert role().only(TOKEN).outputs == {
        "role_arn": "arn:aws:iam::111122223333:role/dev-pmp",
        "role_name": "dev-pmp",
    }


def test_an_unknown_method_is_refused():
    with pytest.raises(ValidationError):
        args(method="static-keys")
