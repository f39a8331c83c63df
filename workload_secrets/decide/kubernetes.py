"""Whether a ServiceAccount token logs in to an auth role of Vault or OpenBao.

Semantics: hashicorp/vault-plugin-auth-kubernetes (path_login.go, token_review.go).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, cast

from workload_secrets.decide.answer import Answer, Decision, both
from workload_secrets.decide.claims import TokenClaims, glob, is_list, no, undecidable, unknown, yes
from workload_secrets.decide.jwt import jwt_login

__all__ = ["Reviewer", "TokenClaims", "jwt_login", "kubernetes_login"]

Reviewer = Literal["in-cluster", "client", "dedicated"]


def kubernetes_login(
    role: Mapping[str, Any],
    config: Mapping[str, Any],
    token: TokenClaims,
    *,
    cluster_issuer: str,
    api_audiences: Collection[str],
    reviewer: Reviewer | None = None,
    delegators: Collection[str] | None = None,
    reviewer_subject: str | None = None,
) -> Decision:
    """Login to a role of a `kubernetes` auth mount.

    `role` and `config` are the camelCase inputs of vault:kubernetes/authBackendRole and
    authBackendConfig. `reviewer` says whose token asks for the TokenReview; without it
    the config alone decides, where no reviewer token and no local one means the client's.
    `delegators` are the subjects bound to system:auth-delegator (None: not known).
    `reviewer_subject` is the reviewer's own subject, None where its right is somebody else's matter.
    """
    account = token.service_account
    if account is None:
        return no("the token's subject is no ServiceAccount")
    mode = reviewer or _reviewer(config)
    return both(
        [
            _review(token, cluster_issuer),
            _names(role, "boundServiceAccountNames", account[1], "ServiceAccount name"),
            _namespaces(role, account[0]),
            _role_audience(role, token),
            _config_issuer(config, token),
            _reviewer_may_ask(mode, token, api_audiences, delegators, reviewer_subject),
            *undecidable(role, ("tokenBoundCidrs", "boundCidrs")),
            *undecidable(config, ("pemKeys",)),
        ]
    )


def _review(token: TokenClaims, cluster_issuer: str) -> Decision:
    """TokenReview: signature, issuer and expiry, whatever the role says."""
    if not token.signed:
        return no("TokenReview refuses a token the cluster did not sign")
    if token.issuer != cluster_issuer:
        return no("TokenReview refuses a token of another issuer")
    if token.expired:
        return no("TokenReview refuses an expired token")
    return yes("TokenReview accepts the token")


def _reviewer(config: Mapping[str, Any]) -> Reviewer:
    if config.get("tokenReviewerJwt"):
        return "dedicated"
    return "client" if config.get("disableLocalCaJwt") is True else "in-cluster"


def _reviewer_may_ask(
    mode: Reviewer,
    token: TokenClaims,
    api_audiences: Collection[str],
    delegators: Collection[str] | None,
    subject: str | None,
) -> Decision:
    if mode != "client":
        if subject is not None and delegators is not None and subject not in delegators:
            return no(f"the {mode} reviewer is not bound to system:auth-delegator")
        return yes(f"the {mode} reviewer asks for the TokenReview")
    if not set(token.audience) & set(api_audiences):
        return no("the client's token reviews itself and lacks the API server's audience")
    if delegators is None:
        return unknown("whether the client is bound to system:auth-delegator is not known")
    if token.subject not in delegators:
        return no("the client reviews its own token and is not bound to system:auth-delegator")
    return yes("the client may review its own token")


def _namespaces(role: Mapping[str, Any], namespace: str) -> Decision:
    listed = _names(role, "boundServiceAccountNamespaces", namespace, "namespace")
    if listed.answer is not Answer.YES and role.get("boundServiceAccountNamespaceSelector"):
        return unknown("the role selects namespaces by label, which is not known here")
    return listed


def _names(role: Mapping[str, Any], key: str, name: str, what: str) -> Decision:
    bound = role.get(key)
    if bound is None:
        return no(f"the role binds no {what}")
    if not is_list(bound):
        return unknown(f"the role's {key} is not known")
    answers = [glob(b, name) if isinstance(b, str) else None for b in cast("Sequence[Any]", bound)]
    if True in answers:
        return yes(f"the role admits the {what}")
    return (
        unknown(f"the role's {key} is not known") if None in answers else no(f"the role binds another {what}")
    )


def _role_audience(role: Mapping[str, Any], token: TokenClaims) -> Decision:
    wanted = role.get("audience")
    if wanted is None or wanted == "":
        return yes("the role asks for no audience, so any token of the cluster will do")
    if not isinstance(wanted, str):
        return unknown("the role's audience is not known")
    return (
        yes("the audience matches") if wanted in token.audience else no("the role asks for another audience")
    )


def _config_issuer(config: Mapping[str, Any], token: TokenClaims) -> Decision:
    """Checked only where validation is switched on; the default is off."""
    issuer = config.get("issuer")
    if config.get("disableIssValidation", True) is not False or not issuer:
        return yes("the mount does not compare the issuer")
    if not isinstance(issuer, str):
        return unknown("the mount's issuer is not known")
    return yes("the issuer matches") if issuer == token.issuer else no("the mount asks for another issuer")
