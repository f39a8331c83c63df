"""Whose tokens roles trust: OIDC providers, their audiences, and the ServiceAccounts behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.guardrails.aws import actions, declared
from policies.guardrails.aws.documents import ROLE, trust_document
from policies.guardrails.aws.trusts import (
    GITHUB,
    PODS,
    SUBJECT,
    WEB_IDENTITY,
    Trust,
    issuer_of,
    subjects,
    trusts,
)
from policies.guardrails.aws.types import ASSOCIATION, OIDC_PROVIDER
from policies.guardrails.aws.walk import Judged, counted, every, located, named
from policies.guardrails.declaration import entries, parts, word
from policies.guardrails.resource import NotEvaluable, Resource, Unreadable
from policies.guardrails.rule import Context, Violation
from policies.guardrails.stack import Stack
from workload_secrets.decide.principals import account_of

_AT: Final = ("assumeRolePolicy",)
_STS: Final = "sts.amazonaws.com"
_EKS: Final = re.compile(
    r"https://oidc\.eks(-fips)?\.[a-z0-9-]+\.(amazonaws\.com(\.cn)?|amazonaws\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov)"
    r"/id/[0-9A-Z]{32}"
)
_POD_ACTIONS: Final = frozenset(("sts:assumerole", "sts:tagsession"))
_UNKNOWN_PROVIDER: Final = "trusts a provider that is neither of this stack nor of its cluster"
_ACCOUNTS: Final = tuple(
    f"kubernetes:core{version}:{kind}"
    for version in ("/v1", "")
    for kind in ("ServiceAccount", "ServiceAccountPatch")
)


def one(stack: Stack, context: Context) -> Judged:
    """Findings for trusts in more than one provider, in another's, or in something beside it."""

    known = set(_declared_hosts(context))
    unknown: list[NotEvaluable] = []
    for provider in stack.of(OIDC_PROVIDER):
        try:
            known.add(_host(provider.text("url") or ""))
        except (NotEvaluable, Unreadable) as one:
            unknown.append(located(provider, one))

    def check(role: Resource) -> Iterator[Violation]:
        document = trust_document(role)
        found = list(trusts(document))
        if not found:
            return  # no pod takes it
        mixed = sum(1 for statement in document.statements if statement.allow) > len(found)
        if mixed:
            yield Violation("its trust admits others beside tokens", _AT)
        for trust in found:
            hosts = {(issuer_of(arn) or "").lower() for arn in trust.providers}
            if unknown and not hosts <= known:
                raise unknown[0]
            for text in _pods(trust) if trust.pods else _token(trust, role, known, context):
                later = text == _UNKNOWN_PROVIDER
                yield Violation(f"{trust.statement.label} {text}", _AT, later)

    return every(stack, (ROLE,), check)


def _pods(trust: Trust) -> Iterator[str]:
    if set(trust.kinds) != {"Service"} or set(trust.kinds["Service"]) != {PODS}:
        yield "admits others beside EKS Pod Identity"
    if trust.statement.action.inverted or not _actions(trust) <= _POD_ACTIONS:
        yield "allows more than sts:AssumeRole and sts:TagSession"


def _token(trust: Trust, role: Resource, known: set[str], context: Context) -> Iterator[str]:
    inverted = trust.statement.principal is not None and trust.statement.principal.inverted
    if inverted or set(trust.kinds) != {"Federated"} or len(trust.providers) != 1:
        yield "trusts others beside one provider"
    if trust.statement.action.inverted or _actions(trust) != {WEB_IDENTITY.lower()}:
        yield "allows more than sts:AssumeRoleWithWebIdentity"
    for arn in trust.providers:
        yield from _provider(arn, role, known, context)
    hosts = {issuer_of(arn) for arn in trust.providers}
    keys = {test.key.rpartition(":")[0] for claim in ("sub", "aud") for test in trust.tests(claim)}
    if any(key.lower() not in {(host or "").lower() for host in hosts} for key in keys):
        yield "asks for claims under the name of another provider"


def _actions(trust: Trust) -> set[str]:
    return {value.lower() for value in actions.spelt(trust.statement.action)}


def _provider(arn: str, role: Resource, known: set[str], context: Context) -> Iterator[str]:
    host = issuer_of(arn)
    if host is None:
        yield "trusts a principal that is no OIDC provider's ARN"
        return
    account = declared.account_of(role, context)
    if account is not None and account_of(arn) != account:
        yield "trusts a provider of another account"
    # Without any there is nothing to compare with: the provider may be made elsewhere.
    if known and host.lower() not in known and host != GITHUB:
        yield _UNKNOWN_PROVIDER


def _declared_hosts(context: Context) -> Iterator[str]:
    for url in _issuers(context):
        yield _host(url)


def _host(url: str) -> str:
    return url.removeprefix("https://").rstrip("/").lower()


def _issuers(context: Context) -> Iterator[str]:
    """The cluster's issuer, and those of declared jobs."""
    jobs = (p for _, p in parts(context.declared, "principals") if word(p, "identity", "method") == "jwt")
    found = (
        word(context.declared, "facts", "cluster", "oidcIssuer"),
        *(word(j, "identity", "issuer") for j in jobs),
    )
    yield from filter(None, found)


def issuer(provider: Resource, context: Context) -> Iterator[Violation]:
    """Findings for a provider of another issuer, or with audiences that no role asks for."""
    url = provider.text("url") or ""
    known = list(_issuers(context))
    if not url.startswith("https://") or url.endswith("/"):
        yield Violation("the issuer is no https URL without a slash at its end", ("url",))
    elif known and url not in known and _host(url) != GITHUB:
        yield Violation("the issuer is not that of the declared cluster", ("url",))
    elif not known and not _EKS.fullmatch(url) and _host(url) != GITHUB:
        yield Violation("the issuer is none of EKS: https://oidc.eks.REGION.amazonaws.com/id/ID", ("url",))
    listed, wanted = provider.texts("clientIdLists"), _audiences(url, context)
    if len(set(listed)) < len(listed):
        yield Violation("an audience is listed twice", ("clientIdLists",))
    if set(listed) != wanted:
        text = (
            f"{counted(len(set(listed) - wanted), 'audience')} too many, {len(wanted - set(listed))} missing"
        )
        yield Violation(f"{text}; allowed: {', '.join(sorted(wanted))}", ("clientIdLists",))


def _audiences(url: str, context: Context) -> set[str]:
    """Those of the principals that show a token of this issuer; that of STS where there are none."""
    cluster = word(context.declared, "facts", "cluster", "oidcIssuer")
    found: set[str] = set()
    for _, principal in parts(context.declared, "principals"):
        if principal.get("identity"):
            own = word(principal, "aws", "audience")
            if word(principal, "identity", "issuer") == url and (own or not principal.get("vault")):
                found.add(own or word(principal, "identity", "audience") or _STS)
        elif url == cluster and word(principal, "aws", "method") == "irsa":
            found.add(word(principal, "aws", "audience") or _STS)
    return found or {_STS}


def existing(stack: Stack, context: Context) -> Judged:
    """Findings for subjects of roles and associations that are nobody's."""
    unknown: list[NotEvaluable] = []
    there = set(_service_accounts(stack, unknown)) | set(_declared_accounts(context))

    def check(resource: Resource) -> Iterator[Violation]:
        for subject, path in _named(resource):
            if subject.startswith(SUBJECT) and subject not in there:
                if unknown:
                    raise unknown[0]  # that one may be it
                space, _, name = subject.removeprefix(SUBJECT).partition(":")
                whom = f"{named(space)}/{named(name)}"
                yield Violation(
                    f"it is for ServiceAccount {whom}, which is neither made nor declared", path, True
                )

    return every(stack, (ROLE, ASSOCIATION), check)


def _named(resource: Resource) -> Iterator[tuple[str, tuple[str, ...]]]:
    if resource.type == ASSOCIATION:
        namespace, name = resource.text("namespace"), resource.text("serviceAccount")
        yield f"{SUBJECT}{namespace}:{name}", ("serviceAccount",)
        return
    for subject in subjects(trust_document(resource))[0]:
        yield subject, _AT


def _service_accounts(stack: Stack, unknown: list[NotEvaluable]) -> Iterator[str]:
    for account in stack.of(*_ACCOUNTS):
        try:
            namespace = account.text("metadata", "namespace") or "default"
            yield f"{SUBJECT}{namespace}:{account.text('metadata', 'name') or account.name}"
        except (NotEvaluable, Unreadable) as found:
            unknown.append(located(account, found))


def _declared_accounts(context: Context) -> Iterator[str]:
    """Of declared workloads and writers, those that exist already, and the server's own."""
    for _, principal in parts(context.declared, "principals"):
        yield f"{SUBJECT}{word(principal, 'namespace')}:{word(principal, 'serviceAccount')}"
    for thing in entries(context.declared, "prerequisites"):
        if thing.get("kind") == "serviceAccount":
            yield f"{SUBJECT}{word(thing, 'namespace')}:{word(thing, 'name')}"
    server = declared.server_subject(context)
    if server is not None:
        yield server
