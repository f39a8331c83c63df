"""Whether a role's trust policy lets a Kubernetes ServiceAccount assume it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from workload_secrets.decide.answer import Answer, Decision, both
from workload_secrets.decide.claims import TokenClaims
from workload_secrets.decide.evaluate import resource_alone
from workload_secrets.decide.request import UNSURE, Request
from workload_secrets.decide.statements import Document, Source, read

POD_IDENTITY: Final = "pods.eks.amazonaws.com"
_NAME: Final = "trust policy"


def web_identity(
    trust_document: Source,
    *,
    provider_arn: str,
    issuer: str,
    token: TokenClaims,
    client_ids: Collection[str] | None = None,
) -> Decision:
    """Whether AssumeRoleWithWebIdentity with this token is allowed.

    `issuer` is the URL of the OIDC provider `provider_arn` in the role's account, and
    `client_ids` its audiences (None leaves them unchecked). STS takes a token with
    exactly one audience.
    """
    document = read(trust_document, _NAME)
    return both([_accepted(token, issuer, client_ids), _trusted(document, provider_arn, issuer, token)])


def _accepted(token: TokenClaims, issuer: str, client_ids: Collection[str] | None) -> Decision:
    """What STS checks of the token before it looks at the role."""
    problem = None
    if token.issuer.rstrip("/") != issuer.rstrip("/"):
        problem = "the token is of an issuer that the account has no OIDC provider for"
    elif not token.signed:
        problem = "the token is not signed by the issuer"
    elif token.expired:
        problem = "the token has expired"
    elif len(token.audience) != 1:
        problem = "the token does not name exactly one audience"
    elif client_ids is not None and token.audience[0] not in client_ids:
        problem = "the OIDC provider does not list the token's audience"
    return Decision(Answer.NO, (problem,)) if problem else Decision(Answer.YES, ("STS accepts the token",))


def _trusted(document: Document, provider_arn: str, issuer: str, token: TokenClaims) -> Decision:
    prefix = issuer.removeprefix("https://").rstrip("/")
    request = Request(
        action="sts:AssumeRoleWithWebIdentity",
        principal=provider_arn,
        context={
            **_absent(document),
            f"{prefix}:sub": token.subject,
            f"{prefix}:aud": token.audience[0] if token.audience else None,
            "aws:FederatedProvider": provider_arn,
            "aws:SecureTransport": "true",
        },
    )
    return resource_alone(document, request, _NAME)


def _absent(document: Document) -> dict[str, Any]:
    """Keys of a provider (`host/path:claim`) that the token does not carry are absent.

    Global keys of AWS and STS stay unknown unless given.
    """
    keys = {k for k in document.condition_keys() if not k.lower().startswith(("aws:", "sts:"))}
    return dict.fromkeys(keys)


def pod_identity(trust_document: Source, tags: Mapping[str, str]) -> Decision:
    """Whether EKS Pod Identity may assume the role for a pod with these session tags.

    `tags` are all of them, such as `kubernetes-namespace`; empty when switched off.
    """
    document = read(trust_document, _NAME)
    tag_keys = {k: None for k in document.condition_keys() if k.lower().startswith("aws:requesttag/")}
    context = {
        **tag_keys,
        **{f"aws:RequestTag/{name}": value for name, value in tags.items()},
        "aws:TagKeys": tuple(tags) or UNSURE,
        "aws:SecureTransport": "true",
    }
    return both(
        [
            resource_alone(document, Request(action=action, principal=POD_IDENTITY, context=context), _NAME)
            for action in ("sts:AssumeRole", "sts:TagSession")
        ]
    )
