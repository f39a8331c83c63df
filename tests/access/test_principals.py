from __future__ import annotations

import pytest

from workload_secrets.access.derived import declaration_of
from workload_secrets.access.principals import FOREIGN_ISSUER, WRONG_AUDIENCE, Actor, Wallet, actors
from workload_secrets.declaration import Declaration
from workload_secrets.graph.model import Graph


@pytest.fixture
def declaration(dev_graph: Graph) -> Declaration:
    return declaration_of(dev_graph)


def named(declaration: Declaration, name: str) -> Actor:
    return next(actor for actor in actors(declaration) if actor.name == name)


def test_every_account_has_five_intruders(declaration: Declaration) -> None:
    names = {actor.name for actor in actors(declaration)}
    for name in declaration.principals:
        assert {f"{name}!{c}" for c in ("default", "namespace", "issuer", "audience", "expired")} <= names
    assert {"deployer", "prover"} <= names
    assert len(names) == len(actors(declaration))


def test_beside_a_declared_default_account_another_one_tries(declaration: Declaration) -> None:
    billing = declaration.principals["billing"].model_copy(update={"service_account": "default"})
    changed = declaration.model_copy(update={"principals": {**declaration.principals, "billing": billing}})
    names = {actor.name for actor in actors(changed)}
    assert "billing!default" not in names
    assert {"billing!neighbour", "billing!namespace"} <= names
    neighbour = named(changed, "billing!neighbour")
    assert neighbour.subject not in {p.subject for p in changed.principals.values()}
    assert neighbour.namespace == billing.namespace
    assert Wallet(changed).tokens(neighbour, "vault")
    assert neighbour.has_other_account


def test_whose_neighbour_is_default_has_no_second_neighbour(declaration: Declaration) -> None:
    assert not any(actor.change == "neighbour" for actor in actors(declaration))


def test_an_account_shows_every_audience_in_use(declaration: Declaration) -> None:
    tokens = Wallet(declaration).tokens(named(declaration, "pmp"), "aws")
    assert {t.audience for t in tokens} == {("https://kubernetes.default.svc",), ("sts.amazonaws.com",)}
    assert all(t.signed and not t.expired for t in tokens)


@pytest.mark.parametrize(
    ("backend", "meant"), [("aws", "sts.amazonaws.com"), ("vault", "https://kubernetes.default.svc")]
)
def test_the_wrong_audience_is_never_the_one_meant(
    declaration: Declaration, backend: str, meant: str
) -> None:
    shown = Wallet(declaration).tokens(named(declaration, "pmp!audience"), backend)  # type: ignore[arg-type]
    audiences = {t.audience[0] for t in shown}
    assert meant not in audiences
    assert WRONG_AUDIENCE in audiences
    assert len(audiences) == 2


def test_foreign_and_expired_tokens_are_right_in_all_else(declaration: Declaration) -> None:
    wallet = Wallet(declaration)
    (foreign,) = wallet.tokens(named(declaration, "pmp!issuer"), "vault")
    (expired,) = wallet.tokens(named(declaration, "pmp!expired"), "vault")
    own = wallet.natural("pmp", "vault")
    assert (foreign.issuer, foreign.signed) == (FOREIGN_ISSUER, False)
    assert (expired.issuer, expired.expired, expired.signed) == (own.issuer, True, True)
    assert foreign.subject == expired.subject == own.subject
    assert foreign.audience == expired.audience == own.audience


def test_deployer_and_prover_show_no_token(declaration: Declaration) -> None:
    assert Wallet(declaration).tokens(named(declaration, "deployer"), "aws") == ()
