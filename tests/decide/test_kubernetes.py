from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from workload_secrets.decide.answer import Answer
from workload_secrets.decide.kubernetes import TokenClaims, kubernetes_login
from workload_secrets.graph.model import UNKNOWN

YES, NO = Answer.YES, Answer.NO
ISSUER = "https://oidc.eks.eu-central-1.amazonaws.com/id/ABC"
API = "https://kubernetes.default.svc"
OWNER = TokenClaims(issuer=ISSUER, subject="system:serviceaccount:feature-test:pmp", audience=(API,))
FOR_STS = replace(OWNER, audience=("sts.amazonaws.com",))
ROLE = {
    "boundServiceAccountNames": ["pmp"],
    "boundServiceAccountNamespaces": ["feature-test"],
    "audience": API,
}
CONFIG = {"disableIssValidation": True, "disableLocalCaJwt": True}


def logs_in(token: TokenClaims, config: Any = CONFIG, reviewer: Any = "dedicated", **role: Any) -> Answer:
    given = {k: v for k, v in (ROLE | role).items() if v is not None}
    found = kubernetes_login(
        given, config, token, cluster_issuer=ISSUER, api_audiences=(API,), reviewer=reviewer
    )
    return found.answer


def test_an_exact_role_admits_its_service_account_alone() -> None:
    assert logs_in(OWNER) is YES
    assert logs_in(replace(OWNER, subject="system:serviceaccount:feature-test:default")) is NO
    assert logs_in(replace(OWNER, subject="system:serviceaccount:other:pmp")) is NO
    assert logs_in(replace(OWNER, subject="system:node:pmp")) is NO


def test_a_role_bound_to_a_star_admits_anyone_of_the_cluster() -> None:
    stranger = replace(OWNER, subject="system:serviceaccount:other:default")
    assert logs_in(stranger, boundServiceAccountNames=["*"], boundServiceAccountNamespaces=["*"]) is YES


def test_a_glob_admits_the_look_alike() -> None:
    look_alike = replace(OWNER, subject="system:serviceaccount:feature-test:pmp-evil")
    assert logs_in(look_alike, boundServiceAccountNames=["pmp*"]) is YES
    assert logs_in(OWNER, boundServiceAccountNames=["pm?"]) is NO


def test_a_role_without_audience_takes_a_token_minted_for_sts() -> None:
    assert logs_in(FOR_STS) is NO
    assert logs_in(FOR_STS, audience=None) is YES
    assert logs_in(FOR_STS, audience="") is YES


@pytest.mark.parametrize(
    "token",
    [
        replace(OWNER, expired=True),
        replace(OWNER, signed=False),
        replace(OWNER, issuer="https://other.example"),
    ],
)
def test_token_review_refuses_expired_unsigned_and_foreign_tokens(token: TokenClaims) -> None:
    anyone = {"boundServiceAccountNames": ["*"], "boundServiceAccountNamespaces": ["*"], "audience": None}
    assert logs_in(token, **anyone) is NO


def test_the_client_reviewer_needs_the_api_audience_and_the_right_to_delegate() -> None:
    def ask(token: TokenClaims, delegators: Any) -> Answer:
        role = ROLE | {"audience": None}
        return kubernetes_login(
            role,
            CONFIG,
            token,
            cluster_issuer=ISSUER,
            api_audiences=(API,),
            delegators=delegators,
        ).answer

    assert ask(OWNER, (OWNER.subject,)) is YES
    assert ask(OWNER, ()) is NO
    assert ask(FOR_STS, (OWNER.subject,)) is NO
    assert ask(OWNER, None) is Answer.UNKNOWN


def test_without_a_named_reviewer_the_config_decides() -> None:
    assert logs_in(OWNER, {}, None) is YES
    assert logs_in(OWNER, {"tokenReviewerJwt": "set", "disableLocalCaJwt": True}, None) is YES
    assert logs_in(OWNER, CONFIG, None) is Answer.UNKNOWN


def test_the_issuer_counts_only_where_its_validation_is_switched_on() -> None:
    other = {"issuer": "https://other.example"}
    assert logs_in(OWNER, CONFIG | other) is YES
    assert logs_in(OWNER, CONFIG | other | {"disableIssValidation": False}) is NO


@pytest.mark.parametrize(
    "role",
    [
        {"boundServiceAccountNames": UNKNOWN},
        {"boundServiceAccountNames": [UNKNOWN]},
        {"audience": UNKNOWN},
        {"boundServiceAccountNamespaces": ["other"], "boundServiceAccountNamespaceSelector": "{}"},
        {"tokenBoundCidrs": ["10.0.0.0/8"]},
    ],
)
def test_what_is_not_known_stays_unknown(role: dict[str, Any]) -> None:
    assert logs_in(OWNER, **role) is Answer.UNKNOWN


@pytest.mark.parametrize("mode", ["in-cluster", "dedicated"])
def test_a_reviewer_without_the_right_to_review_lets_nobody_in(mode: Any) -> None:
    subject = "system:serviceaccount:vault:vault"

    def ask(delegators: Any, reviewer_subject: str | None = subject) -> Answer:
        return kubernetes_login(
            ROLE,
            CONFIG,
            OWNER,
            cluster_issuer=ISSUER,
            api_audiences=(API,),
            reviewer=mode,
            delegators=delegators,
            reviewer_subject=reviewer_subject,
        ).answer

    assert ask({subject}) is Answer.YES
    assert ask(set()) is Answer.NO
    assert ask(set(), reviewer_subject=None) is Answer.YES
