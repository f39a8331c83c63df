"""Namespaces that delivery objects let in, as rows of the matrix."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.captured import captured
from workload_secrets.access.derived import declaration_of, derived
from workload_secrets.access.matrix import Matrix
from workload_secrets.access.proof import Proof
from workload_secrets.access.report import as_json
from workload_secrets.decide.answer import Answer
from workload_secrets.graph.model import UNKNOWN, Graph, Resource

ESO = "kubernetes:external-secrets.io/v1"
BILLING = {"mountPath": "kubernetes", "role": "billing"}
ACCOUNT = {"name": "billing", "namespace": "billing"}
EVERY = "every namespace via ClusterSecretStore planted"
HERE = "namespace feature-test via ClusterSecretStore planted"


def planted(graph: Graph, *objects: tuple[str, dict[str, Any]]) -> Graph:
    """The graph with these objects beside it."""
    more = tuple(
        Resource(
            urn=f"urn:pulumi:dev::workload-secrets::{type_}::planted-{number}",
            type=type_,
            name=f"planted-{number}",
            parent=None,
            custom=True,
            inputs=inputs,
            outputs={},
            source="__main__.py:1",
        )
        for number, (type_, inputs) in enumerate(objects)
    )
    return replace(graph, resources=(*graph.resources, *more))


def store(provider: Any, **spec: Any) -> tuple[str, dict[str, Any]]:
    return f"{ESO}:ClusterSecretStore", {
        "metadata": {"name": "planted"},
        "spec": {"provider": provider, **spec},
    }


def vault(auth: Any) -> dict[str, Any]:
    return {"vault": {"path": "apps-dev", "auth": auth}}


def kubernetes(**login: Any) -> dict[str, Any]:
    return vault({"kubernetes": {**BILLING, "serviceAccountRef": ACCOUNT, **login}})


STOLEN = (
    f"{ESO}:ExternalSecret",
    {
        "metadata": {"name": "stolen", "namespace": "feature-test"},
        "spec": {"secretStoreRef": {"kind": "ClusterSecretStore", "name": "planted"}},
    },
)


def rows(graph: Graph, *objects: tuple[str, dict[str, Any]]) -> set[tuple[str, str, str, str]]:
    """Every cell of a namespace that is let in."""
    return {
        (cell.principal, cell.secret, cell.verb, cell.answer.value)
        for cell in derived(planted(graph, *objects))
        if " via " in cell.principal
    }


def test_who_reads_through_a_store_has_a_row(dev_graph: Graph):
    assert rows(dev_graph, store(kubernetes()), STOLEN) == {
        (EVERY, "billing-api", "read", "yes"),
        (HERE, "billing-api", "read", "yes"),
    }


def test_it_is_a_difference_with_the_chain_of_reasons_and_the_line(dev_graph: Graph):
    graph = planted(dev_graph, store(kubernetes()))
    proof = Proof(stack="dev", declaration=declaration_of(graph), derived=derived(graph))
    (found,) = proof.differences
    assert (found.principal, found.secret, found.source) == (EVERY, "billing-api", "__main__.py:1")
    assert found.reasons[0] == (
        "ClusterSecretStore planted: it lets every namespace log in as the ServiceAccount billing/billing"
    )
    assert any("grants read" in reason for reason in found.reasons)
    assert not proof.passed
    assert proof.entry(EVERY, "billing-api").mark == "✗"
    assert proof.entry(EVERY, "pmp-vault").what == "refused"
    assert proof.principals()[-1] == EVERY


def test_the_row_is_not_tried_where_logins_are_shown(dev_graph: Graph):
    graph = planted(dev_graph, store(kubernetes()))
    proof = Proof(
        stack="dev", declaration=declaration_of(graph), derived=derived(graph), observed=Matrix.of(())
    )
    assert EVERY not in proof.principals()
    told = [cell for cell in as_json(proof)["observed"] if cell["principal"] == EVERY]
    assert told
    assert {(cell["answer"], cell["tried"]) for cell in told} == {("unknown", False)}
    assert EVERY in {d.principal for d in proof.differences}
    assert "1 principals not tried" in proof.summary()


@pytest.mark.parametrize(
    "provider",
    [
        kubernetes(role="pmp-secret-accessor-role"),
        kubernetes(mountPath="elsewhere"),
        kubernetes(serviceAccountRef={"name": "default", "namespace": "billing"}),
        kubernetes(serviceAccountRef={"name": "billing"}),
        {"gcpsm": {"projectID": "p"}},
    ],
    ids=["another role", "another mount", "another account", "its own account", "another system"],
)
def test_a_login_that_gets_nothing_has_no_row(provider: Any, dev_graph: Graph):
    assert rows(dev_graph, store(provider), STOLEN) == set()


def test_a_store_of_aws_gives_what_the_accounts_role_reads(dev_graph: Graph):
    provider = {"aws": {"service": "SecretsManager", "auth": {"jwt": {"serviceAccountRef": ACCOUNT}}}}
    found = rows(dev_graph, store(provider, conditions=[{"namespaces": ["billing", "feature-test"]}]))
    assert found == {(HERE, "billing-payments", "read", "yes")}


def test_a_writers_account_is_given_away_with_its_writes(dev_graph: Graph):
    account = {"name": "billing-admin", "namespace": "ops"}
    login = {"mountPath": "kubernetes", "role": "billing-admin", "serviceAccountRef": account}
    found = rows(
        dev_graph, store(vault({"kubernetes": login}), conditions=[{"namespaces": ["feature-test"]}])
    )
    assert {verb for _, secret, verb, _ in found if secret == "billing-api"} >= {"read", "write"}


@pytest.mark.parametrize(
    ("conditions", "name", "answer"),
    [
        ([{"namespaceSelector": {"matchLabels": {"team": "x"}}}], "other namespaces", "unknown"),
        ([{"namespaceRegexes": ["billing"]}], "other namespaces", "yes"),
        ([{"namespaceRegexes": ["^(b+)+$"]}], "other namespaces", "unknown"),
        (UNKNOWN, "other namespaces", "unknown"),
    ],
)
def test_what_is_not_known_is_never_a_no(conditions: Any, name: str, answer: str, dev_graph: Graph):
    found = rows(dev_graph, store(kubernetes(), conditions=conditions))
    row = (f"{name} via ClusterSecretStore planted", "billing-api", "read", answer)
    assert row in found
    assert conditions is UNKNOWN or found == {row}


@pytest.mark.parametrize(
    "provider",
    [
        vault({"kubernetes": {"role": "x"}}),
        vault({"tokenSecretRef": {"name": "t", "namespace": "ops"}}),
        vault({"iam": {"jwt": {"serviceAccountRef": ACCOUNT}}}),
    ],
)
def test_an_identity_whose_rights_nobody_knows_may_read_all_of_its_system(provider: Any, dev_graph: Graph):
    assert rows(dev_graph, store(provider)) == {
        (EVERY, "billing-api", "read", "unknown"),
        (EVERY, "pmp-vault", "read", "unknown"),
    }


def test_an_account_that_nobody_declares_is_judged_by_its_role(dev_graph: Graph):
    account = {"name": "reader", "namespace": "elsewhere"}
    login = {"mountPath": "kubernetes", "role": "reader", "serviceAccountRef": account}
    policy = {"name": "reader", "policy": 'path "apps-dev/data/billing/api" { capabilities = ["read"] }'}
    role = {
        "backend": "kubernetes",
        "roleName": "reader",
        "boundSubject": "system:serviceaccount:elsewhere:reader",
        "boundAudiences": [declaration_of(dev_graph).facts.cluster.api_audience],
        "tokenPolicies": ["reader"],
        "roleType": "jwt",
        "userClaim": "sub",
    }
    found = rows(
        dev_graph,
        ("vault:index/policy:Policy", policy),
        ("vault:jwt/authBackendRole:AuthBackendRole", role),
        store(vault({"kubernetes": login})),
    )
    assert found == {(EVERY, "billing-api", "read", "yes")}


def test_a_store_of_another_stack_may_read_everything(dev_graph: Graph):
    found = rows(dev_graph, STOLEN)
    assert {(name, answer) for name, _, _, answer in found} == {(HERE, "unknown")}
    assert len(found) == len(declaration_of(dev_graph).secrets)


def test_a_store_of_kubernetes_may_read_what_is_delivered_there():
    provider = {"kubernetes": {"remoteNamespace": "billing", "auth": {"serviceAccount": {"name": "reader"}}}}
    graph = captured("objects")
    delivered = {
        secret
        for p in declaration_of(graph).principals.values()
        if p.namespace == "billing" and p.delivery
        for secret in p.delivery.kubernetes_secrets
    }
    found = rows(graph, store(provider))
    assert delivered
    assert {secret for _, secret, _, _ in found} == delivered
    assert {answer for *_, answer in found} == {Answer.UNKNOWN.value}


@pytest.mark.parametrize("stack", ["dev", "prod", "objects"])
def test_our_own_deliveries_let_nobody_in(stack: str):
    assert rows(captured(stack)) == set()
