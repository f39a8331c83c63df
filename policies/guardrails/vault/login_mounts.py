"""The rule about how an auth mount checks the cluster's tokens."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from policies.guardrails.resource import Resource
from policies.guardrails.rule import AnyRule, Context, Rule, Violation
from policies.guardrails.vault.types import ENDPOINT, JWT_MOUNT, KUBERNETES_CONFIG

_CA: Final = "kubernetesCaCert"
_REVIEWERS: Final = ("tokenReviewerJwt", "tokenReviewerJwtWo")
_CONFIG: Final = re.compile(r"auth/.+/config")
_KEYS: Final = ("oidcDiscoveryUrl", "jwksUrl", "jwtValidationPubkeys", "jwksPairs")


def _checked(resource: Resource, _: Context) -> Iterator[Violation]:
    yield from _CHECKS[resource.type](resource)


def _reviews(resource: Resource) -> Iterator[Violation]:
    if not (resource.text("kubernetesHost") or "").startswith("https://"):
        yield Violation("kubernetesHost is not https: tokens cross the network in clear", ("kubernetesHost",))
    certificate = resource.text(_CA)
    if not certificate:
        yield Violation("no CA: which one is used depends on where the server runs", (_CA,))
    elif not is_certificate(certificate):
        yield Violation(
            "the CA is no certificate: every login fails, and the server says so to nobody", (_CA,)
        )
    validation = resource.flag("disableIssValidation")
    if validation is None:
        yield Violation("whether the issuer is validated isn't said", ("disableIssValidation",))
    elif not validation and not resource.text("issuer"):
        yield Violation("the issuer is validated, and none is given", ("issuer",))
    if resource.flag("disableLocalCaJwt") is None:
        yield Violation("whether the server's own pod reviews isn't said", ("disableLocalCaJwt",))
    for key in _REVIEWERS:
        if resource.inputs.get(key) is not None:
            yield Violation(f"{key} is set: the reviewer's token is in the stack's state", (key,))


def _signatures(resource: Resource) -> Iterator[Violation]:
    if not resource.text("boundIssuer"):
        yield Violation("boundIssuer is empty: the issuer isn't compared", ("boundIssuer",))
    given = [key for key in _KEYS if resource.get(key)]
    if len(given) != 1:
        yield Violation(f"{len(given)} sources of keys are given; exactly one is wanted", (_KEYS[0],))
    for key in given:
        if key.endswith("Url") and not (resource.text(key) or "").startswith("https://"):
            yield Violation(f"{key} is not https: somebody else's keys may come", (key,))
    for key in ("oidcDiscoveryCaPem", "jwksCaPem"):
        certificate = resource.text(key)
        if certificate and not is_certificate(certificate):
            yield Violation(f"{key} is no certificate", (key,))


@lru_cache(maxsize=256)
def is_certificate(pem: str) -> bool:
    """Whether a text holds certificates that the TLS library can read."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except (ssl.SSLError, ValueError, TypeError):
        return False
    return True


def _by_hand(resource: Resource) -> Iterator[Violation]:
    if _CONFIG.fullmatch((resource.text("path") or "").strip("/")):
        text = "a configuration that is written by hand: no rule can judge how tokens are checked"
        yield Violation(text, ("path",))


_CHECKS: Final[Mapping[str, Callable[[Resource], Iterator[Violation]]]] = {
    KUBERNETES_CONFIG: _reviews,
    JWT_MOUNT: _signatures,
    ENDPOINT: _by_hand,
}

RULES: Final[tuple[AnyRule, ...]] = (
    Rule(
        id="VKA-04",
        severity="high",
        title="an auth mount says how tokens are checked",
        why="The server takes a CA that is none and an address without TLS; what isn't said depends on where"
        " it runs.",
        remedy="set an https address, a CA in PEM, disableIssValidation and disableLocalCaJwt; hand a"
        " reviewer's token over outside the stack",
        reference="https://developer.hashicorp.com/vault/api-docs/auth/kubernetes#configure-method",
        seed='kubernetes_host="https://kubernetes.default.svc:443"',
        types=tuple(_CHECKS),
        check=_checked,
    ),
)
