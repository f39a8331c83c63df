"""What the platform declares for the jobs that deploy it."""

from __future__ import annotations

import json

import pytest

from tests.captured import captured
from workload_secrets.graph.model import Graph

ROLE = "aws:iam/role:Role"
JWT_ROLE = "vault:jwt/authBackendRole:AuthBackendRole"
PROVIDER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
SUBJECT = "repo:acme@1234567/platform@987654321:environment:release"


@pytest.fixture(scope="module", params=["preview", "update"])
def graph(request: pytest.FixtureRequest) -> Graph:
    return captured("ci", request.param)


def test_each_role_in_aws_trusts_one_subject_with_one_audience_exactly(graph: Graph) -> None:
    roles = {r.inputs["name"]: r.inputs for r in graph.of(ROLE) if r.name.startswith("ci-")}
    assert set(roles) == {"release-ci-preview", "release-ci-drift", "release-ci-deploy", "release-ci-prove"}
    trust = json.loads(roles["release-ci-deploy"]["assumeRolePolicy"])
    host = "token.actions.githubusercontent.com"
    assert [statement["Condition"] for statement in trust["Statement"]] == [
        {"StringEquals": {f"{host}:aud": "sts.amazonaws.com", f"{host}:sub": SUBJECT}}
    ]
    assert trust["Statement"][0]["Principal"] == {
        "Federated": f"arn:aws:iam::111122223333:oidc-provider/{host}"
    }
    assert roles["release-ci-deploy"]["tags"] == {"workload-secrets:stack": "release/release"}


def test_the_issuers_provider_takes_the_audience_of_sts_alone_and_has_no_thumbprint(graph: Graph) -> None:
    made = {r.name: r.inputs for r in graph.of(PROVIDER)}["github-provider"]
    assert made["clientIdLists"] == ["sts.amazonaws.com"]
    assert "thumbprintLists" not in made


def test_each_role_in_vault_takes_one_subject_with_another_audience_for_half_an_hour(graph: Graph) -> None:
    roles = {r.inputs["roleName"]: r.inputs for r in graph.of(JWT_ROLE) if r.inputs["backend"] == "github"}
    assert set(roles) == {"release-ci-preview", "release-ci-drift", "release-ci-deploy"}
    made = roles["release-ci-deploy"]
    assert (made["boundSubject"], made["boundAudiences"]) == (SUBJECT, ["vault-release"])
    assert (made["tokenTtl"], made["tokenMaxTtl"]) == (1800, 1800)
    assert made["tokenPolicies"] == ["release-ci-deploy"]


def test_all_of_it_is_below_one_component(graph: Graph) -> None:
    (component,) = graph.of("workload-secrets:ci:CiIdentity")
    below = {r.name for r in graph.resources if r.parent == component.urn}
    assert below == {"github", "ci-preview", "ci-drift", "ci-deploy", "ci-prove"}


def test_the_declaration_says_whose_rights_a_job_has(graph: Graph) -> None:
    found = graph.platform_output("declaration")["principals"]
    assert {name: p["job"] for name, p in found.items() if p["kind"] == "job"} == {
        "ci:preview": "preview",
        "ci:drift": "drift",
        "ci:deploy": "deploy",
        "ci:prove": "prove",
    }
    assert graph.platform_output("ci")["deploy"]["subject"] == SUBJECT
