"""Identities that are no pods: what they show, who intrudes as them, and what documents grant."""

from __future__ import annotations

from typing import Any

import pytest

from tests.access.conftest import PROJECT, Edit
from tests.stacks.read import path
from workload_secrets.access import outsiders
from workload_secrets.access.compare import compare
from workload_secrets.access.declared import declared
from workload_secrets.access.derived import declaration_of, derived
from workload_secrets.access.principals import FOREIGN_ISSUER, WRONG_AUDIENCE, Actor, Wallet, actors
from workload_secrets.access.strangers import derived_strangers, strangers
from workload_secrets.decide.approle import SecretIdClaims
from workload_secrets.decide.cert import CertificateClaims
from workload_secrets.decide.claims import TokenClaims
from workload_secrets.declaration import Declaration, Principal
from workload_secrets.declaration.identity import ApproleFacts
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph

APPROLE = "vault:appRole/authBackendRole:AuthBackendRole"
CERT = "vault:index/certAuthBackendRole:CertAuthBackendRole"
JWT = "vault:jwt/authBackendRole:AuthBackendRole"
MOUNT = "vault:jwt/authBackend:AuthBackend"


@pytest.fixture(scope="module")
def graph() -> Graph:
    return capture(PROJECT, str(path("identities")))


@pytest.fixture(scope="module")
def declaration(graph: Graph) -> Declaration:
    return declaration_of(graph)


def named(declaration: Declaration, name: str) -> Actor:
    return next(actor for actor in actors(declaration) if actor.name == name)


def test_the_documents_grant_what_is_declared(graph: Graph, declaration: Declaration) -> None:
    assert compare(declared(declaration), derived(graph), "derived") == ()


def test_a_job_shows_its_issuers_token_with_every_audience(declaration: Declaration) -> None:
    shown = Wallet(declaration).shown(named(declaration, "release"), "jwt")
    tokens = [token for token in shown if isinstance(token, TokenClaims)]
    assert {token.issuer for token in tokens} == {"https://token.actions.githubusercontent.com"}
    assert {token.subject for token in tokens} == {"repo:acme/shop:environment:production"}
    assert {token.audience[0] for token in tokens} >= {"vault-build", "https://kubernetes.default.svc"}


@pytest.mark.parametrize(
    ("change", "claims"),
    [
        ("subject", {"subject": "repo:acme/shop:environment:production-workload-secrets-intruder"}),
        ("issuer", {"issuer": FOREIGN_ISSUER, "signed": False}),
        ("expired", {"expired": True}),
    ],
)
def test_a_job_intruder_is_wrong_in_one_thing(
    declaration: Declaration, change: str, claims: dict[str, Any]
) -> None:
    wallet = Wallet(declaration)
    right = wallet.natural("release", "vault")
    for shown in wallet.tokens(named(declaration, f"release!{change}"), "vault"):
        for key in ("issuer", "subject", "expired", "signed"):
            assert getattr(shown, key) == claims.get(key, getattr(right, key))


def test_a_job_with_a_wrong_audience_shows_all_but_its_own(declaration: Declaration) -> None:
    shown = Wallet(declaration).tokens(named(declaration, "release!audience"), "vault")
    audiences = {token.audience[0] for token in shown}
    assert "vault-build" not in audiences
    assert WRONG_AUDIENCE in audiences


def test_a_machine_calls_from_a_network_of_both_kinds(declaration: Declaration) -> None:
    (shown,) = Wallet(declaration).shown(named(declaration, "backup-host"), "approle")
    assert isinstance(shown, SecretIdClaims)
    assert (shown.role, shown.address) == (("", "approle", "backup-host"), "10.20.0.1")
    (elsewhere,) = Wallet(declaration).shown(named(declaration, "backup-host!address"), "approle")
    assert isinstance(elsewhere, SecretIdClaims)
    assert elsewhere.address == "192.0.2.1"


def machine(uses: int) -> ApproleFacts:
    return ApproleFacts(
        method="approle",
        bound_cidrs=("192.0.2.0/24", "198.51.100.0/24"),
        token_bound_cidrs=("192.0.2.0/24",),
        secret_id_ttl_seconds=60,
        secret_id_uses=uses,
    )


@pytest.mark.parametrize(("uses", "there"), [(0, False), (1, True), (20, True), (21, False)])
def test_a_secret_id_is_used_up_only_where_it_can_be(uses: int, there: bool) -> None:
    facts = Principal(kind="workload", identity=machine(uses))
    assert ("replayed" in outsiders.changes(facts)) is there


def test_an_address_elsewhere_is_in_no_bound_network() -> None:
    facts = machine(1)
    assert outsiders.outside(facts) == "203.0.113.1"
    assert outsiders.inside(facts) == "192.0.2.1"


def test_a_holder_shows_its_name_and_one_of_its_dns_names(declaration: Declaration) -> None:
    (shown,) = Wallet(declaration).shown(named(declaration, "edge-cache"), "cert")
    assert isinstance(shown, CertificateClaims)
    assert (shown.common_name, shown.dns_sans) == ("cache", ("cache.shop.example",))
    assert Wallet(declaration).shown(named(declaration, "edge-cache!none"), "cert") == (None,)


@pytest.mark.parametrize("method", ["approle", "cert"])
def test_who_has_nothing_of_a_kind_shows_nothing(declaration: Declaration, method: outsiders.Method) -> None:
    assert Wallet(declaration).shown(named(declaration, "shop"), method) == (None,)


Found = set[tuple[str, str, str]]


def wrong(graph: Graph) -> Found:
    """Who reads what without a declaration, in a changed graph; unknowns count."""
    found = compare(declared(declaration_of(graph)), derived(graph), "derived")
    return {(d.principal, d.secret, d.verb) for d in found}


@pytest.mark.parametrize(
    ("type_", "name", "change", "who"),
    [
        (APPROLE, "backup-host-role", {"secretIdNumUses": 0}, "backup-host!replayed"),
        (APPROLE, "backup-host-role", {"bindSecretId": False}, "edge-cache"),
        (
            APPROLE,
            "backup-host-role",
            {"secretIdBoundCidrs": [], "tokenBoundCidrs": []},
            "backup-host!address",
        ),
        (CERT, "edge-proxy-role", {"allowedCommonNames": ["*"]}, "edge-proxy!name"),
        (CERT, "edge-proxy-role", {"allowedDnsSans": []}, "edge-proxy!dns"),
        (JWT, "release-role", {"boundAudiences": ["vault-build", WRONG_AUDIENCE]}, "release!audience"),
        (JWT, "release-role", {"boundSubject": ""}, "release!subject"),
    ],
)
def test_a_loosened_role_lets_the_intruder_in(
    graph: Graph, edit: Edit, type_: str, name: str, change: dict[str, Any], who: str
) -> None:
    changed = edit(graph, type_, name, lambda inputs: inputs.update(change))
    assert who in {principal for principal, _, _ in wrong(changed)}


@pytest.mark.parametrize(
    ("type_", "name", "change", "who"),
    [
        (APPROLE, "backup-host-role", {"secretIdBoundCidrs": ["10.99.0.0/24"]}, "backup-host"),
        (CERT, "edge-proxy-role", {"allowedCommonNames": ["edge2"]}, "edge-proxy"),
        (JWT, "release-role", {"boundSubject": "repo:acme/other"}, "release"),
        (MOUNT, "jwt-backend", {"boundIssuer": "https://gitlab.example"}, "release"),
    ],
)
def test_a_role_that_fits_nobody_shuts_its_owner_out(
    graph: Graph, edit: Edit, type_: str, name: str, change: dict[str, Any], who: str
) -> None:
    changed = edit(graph, type_, name, lambda inputs: inputs.update(change))
    assert (who, next(s for p, s, _ in wrong(changed) if p == who), "read") in wrong(changed)


def test_a_missing_login_names_the_remedy(graph: Graph, edit: Edit) -> None:
    changed = edit(graph, JWT, "release-role", lambda inputs: inputs.update(boundSubject="other"))
    cell = derived(changed).get("release", "registry", "read")
    assert cell.reasons[-1] == (
        "remedy: bind jwt/release to repo:acme/shop:environment:production with audience vault-build"
    )


# --- the principals of other stacks ---


@pytest.fixture(scope="module")
def clusters() -> tuple[Graph, Graph]:
    return capture(PROJECT, str(path("cluster-a"))), capture(PROJECT, str(path("cluster-b")))


def test_strangers_are_the_declared_principals_of_another_stack(clusters: tuple[Graph, Graph]) -> None:
    found = strangers("b", declaration_of(clusters[1]))
    assert [(actor.name, actor.kind, actor.of) for actor in found] == [
        ("b:release", "intruder", "release"),
        ("b:shop", "intruder", "shop"),
        ("b:shop-admin", "intruder", "shop-admin"),
    ]


def test_another_clusters_tokens_open_nothing_here(clusters: tuple[Graph, Graph]) -> None:
    here, other = clusters
    assert len(derived_strangers(here, {"b": declaration_of(other)})) == 0


def test_a_mount_that_trusts_the_other_cluster_is_found(clusters: tuple[Graph, Graph], edit: Edit) -> None:
    here, other = clusters
    loose = edit(here, JWT, "release-role", lambda inputs: inputs.update(boundSubject=""))
    found = derived_strangers(loose, {"b": declaration_of(other)})
    assert {cell.place for cell in found} == {("b:release", "shop", "read")}


# --- certificates of the stack's own CAs ---


def test_under_an_own_ca_others_of_it_get_in_by_a_loosened_role(edit: Edit) -> None:
    here = capture(PROJECT, str(path("gateway-logins")))
    assert wrong(here) == set()
    loose = edit(here, CERT, "pods-by-cert-role", lambda inputs: inputs.pop("allowedCommonNames"))
    assert ("pods-by-cert!name", "portal", "read") in wrong(loose)
    assert not {name for name, _, _ in wrong(loose)} & {"pods-by-cert!authority", "appliance!name"}


def test_a_role_that_trusts_the_ca_above_shuts_its_owner_out(edit: Edit) -> None:
    here = capture(PROJECT, str(path("gateway-logins")))
    ca = next(r for r in here.of(CERT) if r.name == "appliance-role").inputs["certificate"]
    changed = edit(here, CERT, "pods-by-cert-role", lambda inputs: inputs.update(certificate=ca))
    assert ("pods-by-cert", "portal", "read") in wrong(changed)
