"""Certificates that the stack's own roles issue, shown at logins that trust the stack's own CAs.

Whoever is declared to get one with the name of a login gets in by it; with any other certificate
of these CAs, shown with its chain, nobody does.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workload_secrets.access.observed.attempt import Attempt
from workload_secrets.access.observed.vault import OK, VaultLogin
from workload_secrets.access.usage.context import Usage, UsageContext
from workload_secrets.access.verbs import path_of
from workload_secrets.declaration import VaultIdentity
from workload_secrets.declaration.identity import CertFacts
from workload_secrets.declaration.secret import PkiFacts, Secret
from workload_secrets.keys.vault_http import Answer, VaultHttp


@dataclass(frozen=True, kw_only=True)
class _Login:
    """A login by certificate that trusts a CA of the stack. `name` is its principal."""

    name: str
    own: VaultIdentity
    facts: CertFacts


def prove(context: UsageContext) -> Usage:
    """Every login with every certificate that somebody is declared to get."""
    lines: list[str] = []
    problems: list[str] = []
    for login in _logins(context):
        for secret_name, secret in context.of("pki").items():
            for user in context.users(secret_name, "issue"):
                used = _try(context, login, secret_name, secret, user)
                lines += used.lines
                problems += used.problems
    return Usage(tuple(lines), tuple(problems))


def _logins(context: UsageContext) -> Iterator[_Login]:
    for name, principal in sorted(context.declaration.principals.items()):
        facts = principal.identity
        if isinstance(facts, CertFacts) and facts.pki_mount and principal.vault:
            yield _Login(name=name, own=principal.vault, facts=facts)


def _try(context: UsageContext, login: _Login, secret_name: str, secret: Secret, user: str) -> Usage:
    holder, pki = context.vault_login(user), secret.pki or PkiFacts(common_name="")
    what = f"the certificate that {user} gets of {secret_name}"
    if isinstance(holder, Attempt):
        return Usage(problems=(f"{login.name}: {user} can't log in: {holder.reason}",))
    wanted = login.facts.common_name if _issues(pki, login.facts.common_name) else pki.common_name
    issued = holder.at(secret).call("POST", path_of(secret, "issue"), {"common_name": wanted})
    if issued.status != OK:
        return Usage(
            problems=(f"{login.name}: {user} gets no certificate of {secret_name}: HTTP {issued.status}",)
        )
    shown = _show(holder, login.own, issued.part("data"))
    if (shown.status == OK) == _meant(login.facts, secret, pki, wanted):
        return Usage((f"{login.name}: {what} {'logs in' if shown.status == OK else 'is refused'}",))
    if shown.status == OK:
        return Usage(problems=(f"{login.name}: {what} logs in, and should be refused",))
    return Usage(problems=(f"{login.name}: {what} is refused: HTTP {shown.status} {shown.errors}".rstrip(),))


def _meant(facts: CertFacts, secret: Secret, pki: PkiFacts, name: str) -> bool:
    """Whether a certificate of this role with this name, which stands among its DNS names too, is
    one of the login's holder."""
    named = name == facts.common_name and (not facts.dns_sans or name in facts.dns_sans)
    return secret.mount == facts.pki_mount and pki.client and named


def _issues(pki: PkiFacts, name: str) -> bool:
    below = pki.allow_subdomains and any(name.endswith(f".{domain}") for domain in pki.domains)
    return below or (pki.bare_domains and name in pki.domains)


def _show(holder: VaultLogin, own: VaultIdentity, data: dict[str, Any]) -> Answer:
    """The login's answer. The files are its reader's alone, and gone after it."""
    chain = [str(data["certificate"]), *map(str, data.get("ca_chain") or ())]
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = Path(folder, "client.pem"), Path(folder, "client.key")
        certificate.write_text("\n".join(chain), "ascii")
        key.touch(0o600)
        key.write_text(str(data["private_key"]), "ascii")
        http: VaultHttp = holder.http.as_token("", own.vault_namespace)
        shown = http.with_certificate(str(certificate), str(key))
        return shown.call("POST", f"auth/{own.auth_mount}/login", {"name": own.role})
