"""Jobs that deploy, as principals of the matrix: who intrudes as them, and what lets whom in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.access.conftest import Edit
from tests.captured import captured
from workload_secrets.access.compare import compare
from workload_secrets.access.declared import declared
from workload_secrets.access.derived import declaration_of, derived
from workload_secrets.access.observed.untried import untried
from workload_secrets.access.principals import Wallet, actors
from workload_secrets.access.strangers import strangers
from workload_secrets.graph.model import Graph

ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/rolePolicy:RolePolicy"
JWT = "vault:jwt/authBackendRole:AuthBackendRole"
VAULT_POLICY = "vault:index/policy:Policy"
HOST = "token.actions.githubusercontent.com"
REPOSITORY = "repo:acme@1234567/platform@987654321"


@pytest.fixture(scope="module")
def graph() -> Graph:
    return captured("ci")


def wrong(graph: Graph) -> set[tuple[str, str, str]]:
    found = compare(declared(declaration_of(graph)), derived(graph), "derived")
    return {(d.principal, d.secret, d.verb) for d in found}


def test_the_documents_grant_what_is_declared(graph: Graph) -> None:
    assert wrong(graph) == set()
    places = declared(declaration_of(graph)).places()
    of_jobs = {place for place in places if place[0].startswith("ci:")}
    assert of_jobs == {("ci:deploy", "cards", "write"), ("ci:deploy", "orders", "write")}
    assert {("deployer", *place[1:]) for place in of_jobs} == {p for p in places if p[0] == "deployer"}


@pytest.mark.parametrize(
    ("change", "subject"),
    [
        ("repository", f"{REPOSITORY}-workload-secrets-intruder:environment:release"),
        ("environment", f"{REPOSITORY}:environment:release-workload-secrets-intruder"),
        ("pull-request", f"{REPOSITORY}:pull_request"),
        ("issuer", f"{REPOSITORY}:environment:release"),
        ("audience", f"{REPOSITORY}:environment:release"),
        ("expired", f"{REPOSITORY}:environment:release"),
    ],
)
def test_an_intruder_is_wrong_in_one_thing(graph: Graph, change: str, subject: str) -> None:
    found = {actor.name: actor for actor in actors(declaration_of(graph))}
    assert found[f"ci:deploy!{change}"].subject == subject
    assert len([name for name in found if name.startswith("ci:deploy!")]) == 6


def test_a_job_shows_aws_one_audience_and_vault_another(graph: Graph) -> None:
    wallet = Wallet(declaration_of(graph))
    assert wallet.natural("ci:deploy", "aws").audience == ("sts.amazonaws.com",)
    assert wallet.natural("ci:deploy", "vault").audience == ("vault-release",)


def _subject(value: Any, operator: str = "StringEquals") -> Callable[[dict[str, Any]], None]:
    def change(inputs: dict[str, Any]) -> None:
        condition = inputs["assumeRolePolicy"]["Statement"][0]["Condition"]
        del condition["StringEquals"][f"{HOST}:sub"]
        if value:
            condition.setdefault(operator, {})[f"{HOST}:sub"] = value

    return change


@pytest.mark.parametrize(
    ("value", "operator", "who"),
    [
        (f"{REPOSITORY}:*", "StringLike", "ci:deploy!environment"),
        (f"{REPOSITORY}:*", "StringLike", "ci:preview"),
        ("repo:acme@1234567/*", "StringLike", "ci:deploy!repository"),
        (f"{REPOSITORY}:pull_request", "StringEquals", "ci:prove!pull-request"),
        (None, "StringEquals", "ci:deploy!pull-request"),
    ],
)
def test_a_trust_that_isnt_exact_lets_somebody_in(
    graph: Graph, edit: Edit, value: str | None, operator: str, who: str
) -> None:
    changed = edit(graph, ROLE, "ci-deploy-role", _subject(value, operator))
    assert (who, "orders", "write") in wrong(changed)


def test_a_trust_without_an_audience_takes_tokens_for_others(graph: Graph, edit: Edit) -> None:
    """The provider's list is the second lock, so it is opened too."""

    def drop(inputs: dict[str, Any]) -> None:
        del inputs["assumeRolePolicy"]["Statement"][0]["Condition"]["StringEquals"][f"{HOST}:aud"]

    once = edit(graph, ROLE, "ci-deploy-role", drop)
    assert wrong(once) == set()
    wide = {"clientIdLists": ["sts.amazonaws.com", "vault-release"]}
    twice = edit(
        once,
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        "github-provider",
        lambda inputs: inputs.update(wide),
    )
    assert ("ci:deploy!audience", "orders", "write") in wrong(twice)


def test_a_job_that_may_read_a_value_is_a_difference(graph: Graph, edit: Edit) -> None:
    def read(inputs: dict[str, Any]) -> None:
        for statement in inputs["policy"]["Statement"]:
            if statement["Sid"] == "ManageSecrets":
                statement["Action"].append("secretsmanager:GetSecretValue")

    assert wrong(edit(graph, POLICY, "ci-deploy-job", read)) == {("ci:deploy", "orders", "read")}


@pytest.mark.parametrize(
    ("name", "path", "capability", "place"),
    [
        ("ci-deploy-policy", "apps-release/data/ci/registry", "read", ("ci:deploy", "registry", "read")),
        ("ci-preview-policy", "transit-release/encrypt/cards", "update", ("ci:preview", "cards", "encrypt")),
    ],
)
def test_a_vault_policy_with_a_secret_is_a_difference(
    graph: Graph, edit: Edit, name: str, path: str, capability: str, place: tuple[str, str, str]
) -> None:
    more = f'\npath "{path}" {{\n  capabilities = ["{capability}"]\n}}\n'
    changed = edit(graph, VAULT_POLICY, name, lambda inputs: inputs.update(policy=inputs["policy"] + more))
    assert wrong(changed) == {place}


def test_a_vault_role_without_a_subject_lets_every_job_in(graph: Graph, edit: Edit) -> None:
    changed = edit(graph, JWT, "ci-deploy-role", lambda inputs: inputs.update(boundSubject=""))
    who = {principal for principal, _, _ in wrong(changed)}
    assert {"ci:deploy!repository", "ci:deploy!pull-request", "ci:preview", "ci:drift", "ci:prove"} <= who


@pytest.mark.parametrize(
    ("type_", "name", "change", "secret"),
    [
        (ROLE, "ci-deploy-role", _subject("repo:acme/other:environment:release"), "orders"),
        (JWT, "ci-deploy-role", lambda inputs: inputs.update(boundSubject="repo:acme/other"), "cards"),
    ],
)
def test_a_role_of_somebody_else_shuts_the_job_out(
    graph: Graph, edit: Edit, type_: str, name: str, change: Callable[[dict[str, Any]], None], secret: str
) -> None:
    assert ("ci:deploy", secret, "write") in wrong(edit(graph, type_, name, change))


def test_a_key_of_another_stack_is_no_use_to_the_job(graph: Graph, edit: Edit) -> None:
    """Its rights on keys are bound to the tag of its stack."""
    tags = {"workload-secrets:stack": "other/other"}
    changed = edit(graph, "aws:kms/key:Key", "secrets-key", lambda inputs: inputs.update(tags=tags))
    assert {("ci:deploy", "orders", "write"), ("deployer", "orders", "write")} <= wrong(changed)


def test_jobs_are_strangers_to_other_stacks_and_untried_where_nobody_signs(graph: Graph) -> None:
    declaration = declaration_of(graph)
    assert "release:ci:deploy" in {actor.name for actor in strangers("release", declaration)}
    found = {actor.name: untried(declaration, actor) for actor in actors(declaration)}
    assert (
        found["ci:drift"] == found["ci:preview"] == "only its issuer signs a job's token; `rehearse` tries it"
    )
