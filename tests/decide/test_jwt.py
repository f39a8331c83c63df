from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from workload_secrets.decide.answer import Answer
from workload_secrets.decide.claims import TokenClaims
from workload_secrets.decide.kubernetes import jwt_login
from workload_secrets.graph.model import UNKNOWN

YES, NO = Answer.YES, Answer.NO
ISSUER = "https://oidc.eks.eu-central-1.amazonaws.com/id/ABC"
SUBJECT = "system:serviceaccount:feature-test:pmp"
OWNER = TokenClaims(issuer=ISSUER, subject=SUBJECT, audience=("https://kubernetes.default.svc",))
ROLE = {
    "roleType": "jwt",
    "userClaim": "sub",
    "boundSubject": SUBJECT,
    "boundAudiences": ["https://kubernetes.default.svc"],
}
MOUNT = {"oidcDiscoveryUrl": ISSUER, "boundIssuer": ISSUER}


def logs_in(token: TokenClaims, mount: Any = MOUNT, **role: Any) -> Answer:
    given = {k: v for k, v in (ROLE | role).items() if v is not None}
    return jwt_login(given, mount, token, cluster_issuer=ISSUER).answer


def test_an_exact_role_admits_its_service_account_alone() -> None:
    assert logs_in(OWNER) is YES
    assert logs_in(replace(OWNER, subject="system:serviceaccount:other:pmp")) is NO
    assert logs_in(replace(OWNER, audience=("sts.amazonaws.com",))) is NO


@pytest.mark.parametrize(
    "token",
    [
        replace(OWNER, expired=True),
        replace(OWNER, signed=False),
        replace(OWNER, issuer="https://other.example"),
    ],
)
def test_expired_unsigned_and_foreign_tokens_are_refused(token: TokenClaims) -> None:
    assert logs_in(token) is NO
    assert logs_in(token, {"jwtValidationPubkeys": ["key"]}) is NO


def test_the_mount_must_trust_the_cluster() -> None:
    assert logs_in(OWNER, {"oidcDiscoveryUrl": "https://other.example"}) is NO
    assert logs_in(OWNER, {"jwtValidationPubkeys": ["key"], "boundIssuer": "https://other.example"}) is NO
    assert logs_in(OWNER, {"jwtValidationPubkeys": ["key"]}) is YES
    assert logs_in(OWNER, {}) is NO


def test_the_default_role_type_and_a_role_without_bounds_are_refused() -> None:
    assert logs_in(OWNER, roleType=None) is NO
    assert logs_in(OWNER, boundSubject=None, boundAudiences=None) is NO


def test_a_token_with_an_audience_needs_a_bound_one() -> None:
    assert logs_in(OWNER, boundAudiences=None) is NO
    assert logs_in(replace(OWNER, audience=()), boundAudiences=None) is YES


def test_a_role_bound_by_audience_alone_admits_every_service_account() -> None:
    stranger = replace(OWNER, subject="system:serviceaccount:other:default")
    assert logs_in(stranger, boundSubject=None) is YES


def test_bound_claims_match_exactly_or_as_globs() -> None:
    namespace = "/kubernetes.io/namespace"
    assert logs_in(OWNER, boundClaims={namespace: "feature-test"}) is YES
    assert logs_in(OWNER, boundClaims={namespace: "other, feature-test"}) is YES
    assert logs_in(OWNER, boundClaims={namespace: "feature-*"}) is NO
    assert logs_in(OWNER, boundClaims={namespace: "feature-*"}, boundClaimsType="glob") is YES
    assert logs_in(OWNER, boundClaims={"groups": "a"}) is Answer.UNKNOWN


def test_a_glob_on_the_subject_admits_the_look_alike() -> None:
    look_alike = replace(OWNER, subject=f"{SUBJECT}-evil")
    globs: dict[str, Any] = {"boundSubject": None, "boundClaimsType": "glob"}
    assert logs_in(look_alike, boundClaims={"sub": f"{SUBJECT}*"}, **globs) is YES


def test_a_long_leeway_might_take_an_expired_token() -> None:
    assert logs_in(replace(OWNER, expired=True), expirationLeeway=86_400) is Answer.UNKNOWN
    assert logs_in(replace(OWNER, expired=True), expirationLeeway=-1) is NO


def test_what_is_not_known_stays_unknown() -> None:
    assert logs_in(OWNER, boundSubject=UNKNOWN) is Answer.UNKNOWN
    assert logs_in(OWNER, boundAudiences=UNKNOWN) is Answer.UNKNOWN
    assert logs_in(OWNER, {"oidcDiscoveryUrl": UNKNOWN}) is Answer.UNKNOWN
