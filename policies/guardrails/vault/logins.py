"""Rules about who may log in by a role, with what audience, and for how long."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from policies.guardrails.declaration import count, words
from policies.guardrails.resource import Resource
from policies.guardrails.rule import AnyRule, Check, Context, Rule, Violation
from policies.guardrails.vault.attachments import principal_of
from policies.guardrails.vault.declared import vault_of
from policies.guardrails.vault.types import (
    APPROLE,
    CERT_ROLE,
    ENDPOINT,
    JWT_ROLE,
    KUBERNETES_ROLE,
    TOKEN_ROLE,
    seconds,
)

_HOUR: Final = 3600
_DAY: Final = 86_400
_NAMES: Final = "boundServiceAccountNames"
_SPACES: Final = "boundServiceAccountNamespaces"
_CERTIFICATE: Final = (
    "allowedNames",
    "allowedCommonNames",
    "allowedDnsSans",
    "allowedEmailSans",
    "allowedUriSans",
    "allowedOrganizationalUnits",
)
_ROLE: Final = re.compile(r"auth/.+/(roles?|certs|users|groups|map)/.+")
_API: Final = "https://kubernetes.default.svc"
_STS: Final = "sts.amazonaws.com"


def _exact(resource: Resource, context: Context) -> Iterator[Violation]:
    yield from _EXACT[resource.type](resource, context)


def _exact_accounts(resource: Resource, _: Context) -> Iterator[Violation]:
    for key in (_NAMES, _SPACES):
        names = resource.texts(key)
        if not names:
            yield Violation(f"{key} is empty: nobody is named", (key,))
        for index, name in enumerate(names):
            if "*" in name or not name.strip():
                yield Violation(f"{key} holds a wildcard: every pod whose name fits logs in", (key, index))
    if resource.get("boundServiceAccountNamespaceSelector"):
        yield Violation(
            "namespaces are selected by label: whoever may label a namespace lets it in",
            ("boundServiceAccountNamespaceSelector",),
        )


def _exact_certificate(resource: Resource, _: Context) -> Iterator[Violation]:
    names = [(key, index, name) for key in _CERTIFICATE for index, name in enumerate(resource.texts(key))]
    if not names:
        yield Violation("no name is bound: every certificate of the authority logs in", (_CERTIFICATE[1],))
    for key, index, name in names:
        if "*" in name:
            yield Violation(
                f"{key} holds a wildcard: every certificate whose name fits logs in", (key, index)
            )


def _exact_machine(resource: Resource, _: Context) -> Iterator[Violation]:
    if resource.flag("bindSecretId") is False:
        yield Violation(
            "it asks for no secret id: the role id, which is no secret, is enough", ("bindSecretId",)
        )
    for key in ("secretIdBoundCidrs", "tokenBoundCidrs"):
        networks = resource.texts(key)
        if not networks:
            yield Violation(f"{key} is empty: what is stolen is good from anywhere", (key,))
        for index, network in enumerate(networks):
            if _everywhere(network):
                yield Violation(f"{key} holds a network of all addresses", (key, index))


def _exact_token(resource: Resource, context: Context) -> Iterator[Violation]:
    if not resource.texts("allowedPolicies"):
        yield Violation("it names no policy: a token has those of whoever makes it", ("allowedPolicies",))
    if resource.texts("allowedPoliciesGlobs"):
        text = "allowedPoliciesGlobs is set: a policy that is made later fits too"
        yield Violation(text, ("allowedPoliciesGlobs",))
    for index, network in enumerate(resource.texts("tokenBoundCidrs")):
        if _everywhere(network):
            yield Violation("tokenBoundCidrs holds a network of all addresses", ("tokenBoundCidrs", index))
    principal = principal_of(resource, vault_of(context), context)
    if not resource.texts("tokenBoundCidrs") and (
        principal is None or words(principal.identity, "boundCidrs")
    ):
        yield Violation("tokenBoundCidrs is empty: a token is good from anywhere", ("tokenBoundCidrs",))


def _by_hand(resource: Resource, _: Context) -> Iterator[Violation]:
    if _ROLE.fullmatch((resource.text("path") or "").strip("/")):
        yield Violation("a role that is written by hand: no rule can judge whom it admits", ("path",))


_EXACT: Final[Mapping[str, Check]] = {
    KUBERNETES_ROLE: _exact_accounts,
    CERT_ROLE: _exact_certificate,
    APPROLE: _exact_machine,
    TOKEN_ROLE: _exact_token,
    ENDPOINT: _by_hand,
}


def _everywhere(network: str) -> bool:
    try:
        return ipaddress.ip_network(network, strict=False).prefixlen == 0
    except ValueError:
        return True  # what is no network limits nothing


def _audience(resource: Resource, context: Context) -> Iterator[Violation]:
    audience = resource.text("audience")
    if not (audience or "").strip():
        yield Violation("no audience: a token that was made for another service logs in", ("audience",))
        return
    vault = vault_of(context)
    principal = principal_of(resource, vault, context)
    if principal is not None:
        if audience != principal.audience:
            text = f"another audience than {principal.name} is declared to ask for"
            yield Violation(text, ("audience",))
    elif audience == vault.api_audience or (audience or "").startswith(_API):
        yield Violation(
            "the API server's own audience, which every pod's token has, for no declared principal",
            ("audience",),
        )
    if audience == _STS:
        yield Violation("the audience of AWS STS: such a token was made for another service", ("audience",))


def _short(resource: Resource, context: Context) -> Iterator[Violation]:
    principal = principal_of(resource, vault_of(context), context)
    identity: Mapping[str, Any] = principal.identity if principal else {}
    if resource.type == TOKEN_ROLE:
        yield from _life(resource, count(identity, "lifeSeconds") or _HOUR)
    else:
        yield from _times(resource, declared=principal is not None)
    if resource.type == APPROLE:
        yield from _secret_id(resource, identity)
    if principal is None and resource.flag("tokenNoDefaultPolicy") is not True:
        yield Violation(
            "a token has the policy default too, which nobody is declared to need",
            ("tokenNoDefaultPolicy",),
        )


def _times(resource: Resource, *, declared: bool) -> Iterator[Violation]:
    """A declared principal's token may live a day, within which the declaration's own limits lie."""
    longest = _DAY if declared else _HOUR
    ttl, most = seconds(resource, "tokenTtl"), seconds(resource, "tokenMaxTtl")
    if not 0 < ttl <= longest:
        yield Violation(f"a token lives {ttl:g} seconds; allowed: 1 to {longest}", ("tokenTtl",))
    if not 0 < most <= _DAY:
        yield Violation(f"tokens are renewed up to {most:g} seconds; allowed: 1 to {_DAY}", ("tokenMaxTtl",))
    elif most < ttl:
        yield Violation("tokenMaxTtl is less than tokenTtl, which is cut off silently", ("tokenMaxTtl",))
    if seconds(resource, "tokenPeriod"):
        yield Violation("a periodic token is renewed without end", ("tokenPeriod",))


def _life(resource: Resource, longest: float) -> Iterator[Violation]:
    life = seconds(resource, "tokenExplicitMaxTtl")
    if not 0 < life <= longest:
        yield Violation(
            f"a token lives {life:g} seconds; allowed: 1 to {longest:g}", ("tokenExplicitMaxTtl",)
        )
    if seconds(resource, "tokenPeriod") and not life:
        yield Violation("a periodic token is renewed without end", ("tokenPeriod",))


def _secret_id(resource: Resource, identity: Mapping[str, Any]) -> Iterator[Violation]:
    """As declared; else a day and a number of logins."""
    longest = count(identity, "secretIdTtlSeconds") or _DAY
    life, uses = seconds(resource, "secretIdTtl"), seconds(resource, "secretIdNumUses")
    if not 0 < life <= longest:
        yield Violation(
            f"a secret id is good for {life:g} seconds; allowed: 1 to {longest}", ("secretIdTtl",)
        )
    most = count(identity, "secretIdUses")
    if most is None and not uses:
        yield Violation("a secret id is never used up", ("secretIdNumUses",))
    elif most and not 0 < uses <= most:
        yield Violation(f"a secret id is good for {uses:g} logins; declared: {most}", ("secretIdNumUses",))


RULES: Final[tuple[AnyRule, ...]] = (
    Rule(
        id="VKA-01",
        severity="critical",
        title="a role names exactly who logs in",
        why="With a wildcard every pod, certificate or machine whose name fits logs in, those that somebody"
        " adds later too.",
        remedy="name the ServiceAccount and its namespace, the certificate's names, the machine's networks,"
        " the token's policies",
        reference="https://developer.hashicorp.com/vault/api-docs/auth/kubernetes#create-update-role",
        softened="A token role without networks: its holders are declared to be anywhere.",
        types=tuple(_EXACT),
        check=_exact,
    ),
    Rule(
        id="VKA-02",
        severity="high",
        title="a role asks for the audience that its client has",
        why="Without an audience, a token that was made for another service, and leaked there, logs in.",
        remedy="set audience to the one that the client asks for; a client that can't choose has the"
        " cluster's own, and is declared",
        reference="https://github.com/hashicorp/vault-plugin-auth-kubernetes/blob/main/CHANGELOG.md",
        seed="vault write auth/kubernetes/role/api-service",
        softened="A workload whose client can't choose its audience: it has the cluster's own.",
        types=(KUBERNETES_ROLE,),
        check=_audience,
    ),
    Rule(
        id="VKA-03",
        severity="medium",
        title="a login's token is short-lived",
        why="A stolen token works until it ends; one without a greatest life is renewed for ever.",
        remedy="set tokenTtl to an hour or less, tokenMaxTtl to at least that, and tokenNoDefaultPolicy"
        " where the client never renews",
        reference="https://developer.hashicorp.com/vault/docs/concepts/production-hardening",
        seed="ttl=1h",
        softened="Who logs in: a token may live a day, a secret id as long and as often as declared.",
        types=(KUBERNETES_ROLE, JWT_ROLE, APPROLE, CERT_ROLE, TOKEN_ROLE),
        check=_short,
    ),
)
