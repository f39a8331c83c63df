"""Trust policies: the exact form, and the wrong forms that circulate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from workload_secrets.decide.answer import Answer
from workload_secrets.decide.claims import TokenClaims
from workload_secrets.decide.iam import pod_identity, web_identity
from workload_secrets.graph.model import UNKNOWN

YES, NO = Answer.YES, Answer.NO
ISSUER = "https://oidc.eks.eu-central-1.amazonaws.com/id/ABC"
HOST = ISSUER.removeprefix("https://")
PROVIDER = f"arn:aws:iam::111122223333:oidc-provider/{HOST}"
SUBJECT = "system:serviceaccount:feature-test:pmp"
AUDIENCE = "sts.amazonaws.com"
OWNER = TokenClaims(issuer=ISSUER, subject=SUBJECT, audience=(AUDIENCE,))
NEIGHBOUR = replace(OWNER, subject="system:serviceaccount:feature-test:default")
ELSEWHERE = replace(OWNER, subject="system:serviceaccount:other:pmp")
EXACT = {"StringEquals": {f"{HOST}:sub": SUBJECT, f"{HOST}:aud": AUDIENCE}}


def trust(condition: Any = None, **changes: Any) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": EXACT if condition is None else condition,
    }
    return {"Version": "2012-10-17", "Statement": [statement | changes]}


def logs_in(document: Any, token: TokenClaims, **changes: Any) -> Answer:
    given: dict[str, Any] = {"provider_arn": PROVIDER, "issuer": ISSUER, "client_ids": (AUDIENCE,)}
    return web_identity(document, token=token, **(given | changes)).answer


def test_the_exact_trust_admits_the_owner_alone() -> None:
    assert logs_in(trust(), OWNER) is YES
    assert logs_in(trust(), NEIGHBOUR) is NO
    assert logs_in(trust(), ELSEWHERE) is NO


@pytest.mark.parametrize(
    "token",
    [
        replace(OWNER, issuer="https://oidc.eks.eu-central-1.amazonaws.com/id/OTHER"),
        replace(OWNER, audience=("vault",)),
        replace(OWNER, audience=(AUDIENCE, "vault")),
        replace(OWNER, audience=()),
        replace(OWNER, expired=True),
        replace(OWNER, signed=False),
    ],
)
def test_sts_refuses_a_token_that_is_foreign_expired_or_for_another_audience(token: TokenClaims) -> None:
    open_trust = trust({})
    assert logs_in(open_trust, token) is NO


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"StringEquals": {f"{HOST}:aud": AUDIENCE}},
        {"StringLike": {f"{HOST}:sub": "system:serviceaccount:*"}},
        {"StringLike": {f"{HOST}:sub": "system:serviceaccount:feature-test:*"}},
        {"StringEqualsIfExists": {f"{HOST}:subject": SUBJECT}},
        {"ForAllValues:StringEquals": {f"{HOST}:namespace": "feature-test"}},
    ],
)
def test_a_trust_without_an_exact_subject_admits_the_neighbour(condition: Any) -> None:
    assert logs_in(trust(condition), NEIGHBOUR) is YES


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {f"{HOST}:sub": "system:serviceaccount:*"}},
        {"StringEquals": {f"{ISSUER}:sub": SUBJECT}},
        {"StringEquals": {f"{HOST}/:sub": SUBJECT}},
        {"StringEquals": {"oidc.eks.eu-central-1.amazonaws.com/id/OTHER:sub": SUBJECT}},
        {"StringEquals": {f"{HOST}:sub": SUBJECT.upper()}},
    ],
)
def test_a_condition_that_can_not_hold_refuses_the_owner(condition: Any) -> None:
    assert logs_in(trust(condition), OWNER) is NO


def test_another_provider_action_or_kind_of_principal_refuses_the_owner() -> None:
    other = PROVIDER.replace("ABC", "OTHER")
    assert logs_in(trust(Principal={"Federated": other}), OWNER) is NO
    assert logs_in(trust(Principal={"AWS": PROVIDER}), OWNER) is NO
    assert logs_in(trust(Action="sts:AssumeRole"), OWNER) is NO
    assert logs_in(trust(Principal={"Federated": [other, PROVIDER]}), OWNER) is YES


def test_a_deny_in_the_trust_wins() -> None:
    document = trust()
    document["Statement"].append(document["Statement"][0] | {"Effect": "Deny", "Condition": {}})
    assert logs_in(document, OWNER) is NO


@pytest.mark.parametrize(
    "document",
    [
        UNKNOWN,
        None,
        trust(Principal={"Federated": UNKNOWN}),
        trust({"StringEquals": {f"{HOST}:sub": UNKNOWN, f"{HOST}:aud": AUDIENCE}}),
        trust(EXACT | {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
    ],
)
def test_what_is_not_known_stays_unknown(document: Any) -> None:
    assert logs_in(document, OWNER) is Answer.UNKNOWN


TAGS = {
    "kubernetes-namespace": "feature-test",
    "kubernetes-service-account": "pmp",
    "eks-cluster-arn": "arn:aws:eks:eu-central-1:111122223333:cluster/dev",
}


def pods(condition: Any, actions: Any = ("sts:AssumeRole", "sts:TagSession")) -> dict[str, Any]:
    principal = {"Service": "pods.eks.amazonaws.com"}
    return trust(condition, Principal=principal, Action=list(actions))


def test_pod_identity_is_bound_by_its_session_tags() -> None:
    exact = pods({"StringEquals": {f"aws:RequestTag/{k}": v for k, v in TAGS.items()}})
    assert pod_identity(exact, TAGS).answer is YES
    assert pod_identity(exact, TAGS | {"kubernetes-namespace": "other"}).answer is NO
    assert pod_identity(exact, {}).answer is NO
    assert pod_identity(pods({}), TAGS | {"kubernetes-namespace": "other"}).answer is YES


def test_pod_identity_needs_to_tag_the_session() -> None:
    assert pod_identity(pods({}, ["sts:AssumeRole"]), TAGS).answer is NO
    assert pod_identity(trust({}), TAGS).answer is NO
