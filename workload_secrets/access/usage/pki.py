"""Certificates, asked for by the workloads that may, and what the roles refuse.

A mount's chain is read without a token: everybody may, since clients have to.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, Final

from workload_secrets.access.observed.attempt import Attempt
from workload_secrets.access.observed.vault import BAD, DENIED, OK, VaultLogin
from workload_secrets.access.usage.certificate import SKEW_SECONDS, Issued
from workload_secrets.access.usage.context import Usage, UsageContext
from workload_secrets.access.verbs import path_of
from workload_secrets.declaration.secret import PkiFacts, Secret
from workload_secrets.graph.model import Resource
from workload_secrets.keys.vault_http import VaultHttp
from workload_secrets.outside import OutsideText

_TIDY: Final = "vault:pkiSecret/backendConfigAutoTidy:BackendConfigAutoTidy"
_TIDIES: Final[Mapping[str, tuple[str, ...]]] = {
    "certificates": ("tidy_cert_store",),
    "revokedCertificates": ("tidy_revoked_certs", "tidy_revoked_cert_issuer_associations"),
    "expiredIssuers": ("tidy_expired_issuers",),
}
"""The server's settings behind what is declared."""
_FOREIGN: Final = "foreign.invalid"
_BEYOND_SECONDS: Final = 600
"""A date so far beyond the role's longest life: the CA lives on then, so it isn't what refuses."""


def prove(context: UsageContext) -> Usage:
    """Every role by everyone who may use it, then every mount that the stack made."""
    lines: list[str] = []
    problems: list[str] = []
    for name, secret in context.of("pki").items():
        for user in context.users(name, "issue"):
            faults = list(_role(context, secret, user))
            problems += [f"{name}: {user}: {fault}" for fault in faults]
            if not faults:
                lines.append(_line(name, secret, user))
    for resource in context.graph.of(_TIDY):
        used = _tidies(context, resource)
        lines += used.lines
        problems += used.problems
    return Usage(tuple(lines), tuple(problems))


def _line(name: str, secret: Secret, user: str) -> str:
    facts = _facts(secret)
    what = f"a certificate for {facts.common_name} of {facts.ttl_seconds} seconds"
    refused = "other names, a longer life and another date are refused"
    return f"{name}: {user} got {what} that verifies against {secret.mount}; {refused}"


def _facts(secret: Secret) -> PkiFacts:
    return secret.pki or PkiFacts(common_name="")


def _role(context: UsageContext, secret: Secret, user: str) -> Iterator[str]:
    login = context.vault_login(user)
    if isinstance(login, Attempt):
        yield f"can't log in: {login.reason}"
        return
    http, facts = login.at(secret), _facts(secret)
    answer = _issue(http, secret, {"common_name": facts.common_name})
    if answer.status != OK:
        yield f"got no certificate for {facts.common_name}: HTTP {answer.status} {answer.errors}".rstrip()
        return
    yield from Issued(answer.part("data"), _chain(login, secret)).faults(facts)
    yield from _refusals(http, secret, facts)
    yield from _capped(http, secret, facts)


def _issue(http: VaultHttp, secret: Secret, body: Mapping[str, Any]) -> Any:
    return http.call("POST", path_of(secret, "issue"), body)


def _chain(login: VaultLogin, secret: Secret) -> str:
    """The mount's CA with those above it, as PEM."""
    answer = login.at(secret).call("GET", f"{secret.mount}/cert/ca_chain")
    return str(answer.part("data", "certificate"))


def _refusals(http: VaultHttp, secret: Secret, facts: PkiFacts) -> Iterator[str]:
    """What the role has to refuse, each asked for beside nothing or a name that is right."""
    own = {"common_name": facts.common_name}
    asked: dict[str, Mapping[str, Any]] = {
        "a foreign name": {"common_name": _FOREIGN},
        "a foreign alternative name": {**own, "alt_names": _FOREIGN},
        "a wildcard": {"common_name": f"*.{facts.domains[0]}"},
        "localhost": {**own, "alt_names": "localhost"},
        "a URI": {**own, "uri_sans": "spiffe://foreign/one"},
    }
    if not facts.allow_subdomains:
        asked["a name below its own"] = {"common_name": f"below.{facts.domains[0]}"}
    if not facts.bare_domains:
        asked["the bare domain"] = {"common_name": facts.domains[0]}
    if not facts.ip_sans:
        asked["an IP address"] = {**own, "ip_sans": "127.0.0.1"}
    for what, body in asked.items():
        answer = _issue(http, secret, body)
        if answer.status != BAD:
            yield f"asked for {what}, which the role has to refuse: HTTP {answer.status}"
    seconds = (facts.max_ttl_seconds or 0) + _BEYOND_SECONDS
    until = (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    dated = _issue(http, secret, {**own, "not_after": until})
    if dated.status not in (BAD, DENIED):
        yield f"asked for a date beyond the role's longest life, which has to be refused: HTTP {dated.status}"


def _capped(http: VaultHttp, secret: Secret, facts: PkiFacts) -> Iterator[str]:
    """A longer life than the role's is cut to the role's."""
    most = facts.max_ttl_seconds or 0
    answer = _issue(http, secret, {"common_name": facts.common_name, "ttl": f"{most + 86_400}s"})
    if answer.status == OK:
        lasts = Issued(answer.part("data"), str(answer.part("data", "issuing_ca"))).seconds
        if lasts > most + SKEW_SECONDS:
            yield f"got a certificate of {lasts} seconds, the role's longest life is {most}"


def _declared(context: UsageContext, mount: str) -> tuple[str, ...] | None:
    """What the declaration says of a mount; None where no secret of the stack is there."""
    facts = (_facts(secret) for secret in context.of("pki").values() if secret.mount == mount)
    return next((found.tidies for found in facts), None)


def _tidies(context: UsageContext, resource: Resource) -> Usage:
    """What the server says of a mount that the stack made."""
    mount = str(resource.inputs["backend"])
    if context.admin is None:
        return Usage(problems=(f"{mount}: nobody can read what it tidies",))
    inside = str(resource.inputs.get("namespace") or "") or context.admin.namespace or None
    http = context.admin.http.as_token(context.admin.http.token, inside)
    answer = http.call("GET", f"{mount}/config/auto-tidy")
    if answer.status != OK:
        return Usage(problems=(f"{mount}: its auto-tidy can't be read: HTTP {answer.status}",))
    found: dict[str, Any] = answer.part("data")
    declared = _declared(context, mount)
    on = {api for apis in _TIDIES.values() for api in apis if found.get(api) is True}
    wanted = on if declared is None else {api for part in declared for api in _TIDIES[part]}
    listed = ", ".join(sorted(on)) or "nothing"
    if found.get("enabled") is not True or not on or on != wanted:
        return Usage(problems=(f"{mount}: it tidies {listed}, enabled {OutsideText(found.get('enabled'))}",))
    return Usage(
        (f"{mount}: tidies itself every {OutsideText(found.get('interval_duration'))} seconds ({listed})",)
    )
