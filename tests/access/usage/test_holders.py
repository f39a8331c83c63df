"""Certificates that roles of the stack issue open exactly the logins that they are meant for."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from workload_secrets.access.observed.attempt import Attempt, refused
from workload_secrets.access.usage.context import Usage, UsageContext
from workload_secrets.access.usage.holders import prove
from workload_secrets.declaration import Principal, VaultIdentity
from workload_secrets.declaration.identity import CertFacts
from workload_secrets.declaration.secret import PkiFacts, Secret
from workload_secrets.keys.vault_http import Answer

OWN = VaultIdentity(auth_mount="cert", role="edge", audience="", vault_namespace="team")
FACTS = CertFacts(method="cert", authority="", pki_mount="pki", common_name="edge.example")
ISSUED: dict[str, Any] = {"certificate": "LEAF", "ca_chain": ["BETWEEN", "TOP"], "private_key": "KEY"}
REFUSED = Answer(403, {"errors": ["no chain matching all constraints"]})


class Vault:
    """Issues to `holder` what it asks for, and lets in as it is told."""

    def __init__(self, *, lets_in: bool, issues: Answer | None = None) -> None:
        self.lets_in = lets_in
        self.issues = issues or Answer(200, {"data": ISSUED})
        self.calls: list[tuple[str, str, Any]] = []
        self.files: list[tuple[str, str, int]] = []
        self.places: list[Path] = []
        self.http = self

    def at(self, _secret: Secret) -> Vault:
        return self

    def as_token(self, token: str, namespace: str | None) -> Vault:
        assert (token, namespace) == ("", "team")
        return self

    def with_certificate(self, certificate: str, key: str) -> Vault:
        mode = Path(key).stat().st_mode & 0o777
        self.files.append((Path(certificate).read_text(), Path(key).read_text(), mode))
        self.places += [Path(certificate), Path(key)]
        return self

    def call(self, method: str, path: str, body: Any) -> Answer:
        self.calls.append((method, path, body))
        if path.startswith("auth/"):
            return Answer(200, {}) if self.lets_in else REFUSED
        return self.issues


def used(vault: Vault | Attempt, facts: CertFacts = FACTS, mount: str = "pki", **pki: Any) -> Usage:
    about = PkiFacts(common_name="edge.example", domains=("edge.example",), client=True)
    secret = Secret(backend="pki", mount=mount, path="role", pki=about.model_copy(update=pki))
    context = SimpleNamespace(
        declaration=SimpleNamespace(
            principals={
                "edge": Principal(kind="workload", identity=facts, vault=OWN),
                "pod": Principal(kind="workload", namespace="n", service_account="s", vault=OWN),
            }
        ),
        of=lambda _backend: {"edge-cert": secret},
        users=lambda _secret, _verb: ("pod",),
        vault_login=lambda _name: vault,
    )
    return prove(cast("UsageContext", context))


def test_a_certificate_with_the_name_logs_in() -> None:
    vault = Vault(lets_in=True)
    assert used(vault) == Usage(("edge: the certificate that pod gets of edge-cert logs in",))
    assert vault.calls == [
        ("POST", "pki/issue/role", {"common_name": "edge.example"}),
        ("POST", "auth/cert/login", {"name": "edge"}),
    ]


def test_it_is_shown_with_its_chain_by_files_that_do_not_stay() -> None:
    vault = Vault(lets_in=True)
    used(vault)
    assert vault.files == [("LEAF\nBETWEEN\nTOP", "KEY", 0o600)]
    assert not any(place.exists() for place in vault.places)


@pytest.mark.parametrize(
    ("facts", "mount", "pki"),
    [
        (FACTS, "other", {}),
        (FACTS, "pki", {"client": False}),
        (FACTS, "pki", {"common_name": "shop.example", "domains": ("shop.example",)}),
        (FACTS.model_copy(update={"dns_sans": ("only.example",)}), "pki", {}),
        (FACTS, "pki", {"common_name": "host.edge.example", "bare_domains": False}),
    ],
    ids=["another-ca", "no-client", "another-name", "another-dns-name", "only-below"],
)
def test_any_other_is_to_be_refused(facts: CertFacts, mount: str, pki: dict[str, Any]) -> None:
    line = "edge: the certificate that pod gets of edge-cert"
    assert used(Vault(lets_in=False), facts, mount, **pki) == Usage((f"{line} is refused",))
    found = used(Vault(lets_in=True), facts, mount, **pki)
    assert found == Usage(problems=(f"{line} logs in, and should be refused",))


def test_a_name_below_a_domain_is_asked_for() -> None:
    vault = Vault(lets_in=True)
    found = used(vault, domains=("example",), bare_domains=False, allow_subdomains=True)
    assert vault.calls[0][2] == {"common_name": "edge.example"}
    assert found.problems == ()


def test_a_holder_that_is_refused_is_a_problem() -> None:
    (problem,) = used(Vault(lets_in=False)).problems
    assert problem == (
        "edge: the certificate that pod gets of edge-cert is refused: HTTP 403 no chain matching all "
        "constraints"
    )


def test_without_a_certificate_nothing_is_shown() -> None:
    vault = Vault(lets_in=True, issues=Answer(400, {}))
    assert used(vault).problems == ("edge: pod gets no certificate of edge-cert: HTTP 400",)
    assert vault.files == []
    assert used(refused("no role")).problems == ("edge: pod can't log in: no role",)


def test_a_login_that_trusts_another_authority_is_not_tried() -> None:
    by_file = FACTS.model_copy(update={"pki_mount": None, "authority": "ab"})
    assert used(Vault(lets_in=True), by_file) == Usage()
