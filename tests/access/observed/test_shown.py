"""What is made for a login, without a server: bodies, addresses, and secret ids that are spent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from workload_secrets.access.observed.attempt import Attempt
from workload_secrets.access.observed.courier import Courier, Wrapped
from workload_secrets.access.observed.shown import Presenter, Target
from workload_secrets.access.observed.tokens import Mint
from workload_secrets.access.observed.vault import Shown, VaultLogin, VaultSite
from workload_secrets.access.outsiders import INTRUDER
from workload_secrets.access.principals import Actor
from workload_secrets.decide.answer import Answer
from workload_secrets.decide.approle import SecretIdClaims
from workload_secrets.decide.cert import CertificateClaims
from workload_secrets.decide.token_role import HandedToken
from workload_secrets.errors import ServerError
from workload_secrets.keys import vault_http
from workload_secrets.keys.vault_http import VaultHttp

ACTOR = Actor(name="backup-host", kind="workload", outside="approle:m/backup-host")
OWN = ("", "m", "backup-host")
CLAIMS = SecretIdClaims(role=OWN, address="10.1.0.5", uses=2)
TARGET = Target(kind="approle", place=OWN, role_id="rid")


@dataclass
class FakeCourier:
    """Wraps; what was unwrapped once is gone."""

    ttls: list[int | None] = field(default_factory=list[Any])
    gone: set[str] = field(default_factory=set[str])

    def secret_id(self, mount: str, role: str, namespace: str | None, **more: Any) -> Wrapped:
        self.ttls.append(more.get("ttl_seconds"))
        return Wrapped(f"{mount}/{role}/{len(self.ttls)}", 60)

    def token(self, role: str, namespace: str | None, **more: Any) -> Wrapped:
        return self.secret_id("token", role, namespace, **more)

    def unwrap_token(self, wrapped: Wrapped, namespace: str | None) -> str:
        return self.unwrap(wrapped, namespace).replace("secret", "token", 1)

    def unwrap(self, wrapped: Wrapped, namespace: str | None) -> str:
        if wrapped.token in self.gone:
            raise ServerError("Vault gives no wrapped secret id: HTTP 400")
        self.gone.add(wrapped.token)
        return f"secret of {wrapped.token}"


@pytest.fixture
def courier() -> FakeCourier:
    return FakeCourier()


@pytest.fixture
def presenter(courier: FakeCourier) -> Presenter:
    return Presenter(
        mint=cast("Mint", None),
        courier=cast("Courier", courier),
        decoy=lambda _, mount: f"decoy of {mount}",
        certificates=lambda claims: (f"{claims.common_name}.pem", f"{claims.common_name}.key"),
    )


def shown(presenter: Presenter, claims: Any, target: Target = TARGET) -> Shown:
    found = presenter.shown(ACTOR, target, claims)
    assert isinstance(found, Shown)
    return found


def test_a_machine_shows_a_fresh_secret_id_from_its_address(presenter: Presenter) -> None:
    found = shown(presenter, CLAIMS)
    assert found.body == {"role_id": "rid", "secret_id": "secret of m/backup-host/1"}
    assert (found.address, found.uses, found.certificate) == ("10.1.0.5", 0, None)
    assert shown(presenter, CLAIMS).body["secret_id"] != found.body["secret_id"]


def test_a_spent_one_is_used_up_first_and_only_where_it_belongs(presenter: Presenter) -> None:
    spent = replace(CLAIMS, spent=True)
    assert shown(presenter, spent).uses == 2
    assert shown(presenter, spent, replace(TARGET, place=("", "m", "other"))).uses == 0


def test_a_lost_one_was_unwrapped_before(presenter: Presenter) -> None:
    found = presenter.shown(ACTOR, TARGET, replace(CLAIMS, lost=True))
    assert isinstance(found, Attempt)
    assert found.answer is Answer.NO


def test_an_expired_one_lives_a_second(presenter: Presenter, courier: FakeCourier) -> None:
    shown(presenter, replace(CLAIMS, expired=True))
    assert courier.ttls == [1]


def test_a_mismatched_one_is_of_the_intruders_role(presenter: Presenter) -> None:
    found = shown(presenter, replace(CLAIMS, role=("", "m", INTRUDER)))
    assert found.body == {"role_id": "rid", "secret_id": "decoy of m"}


def test_without_anything_to_show_the_rest_is_sent(presenter: Presenter) -> None:
    assert shown(presenter, None).body == {"role_id": "rid"}
    cert, jwt = (Target(kind=kind, place=("", "m", "r")) for kind in ("cert", "jwt"))
    assert shown(presenter, None, cert) == Shown(body={"name": "r"})
    assert shown(presenter, None, jwt).body == {"role": "r", "jwt": ""}


def test_a_certificate_goes_with_the_roles_name(presenter: Presenter) -> None:
    claims = CertificateClaims(authority="a", common_name="edge")
    found = shown(presenter, claims, Target(kind="cert", place=("", "cert", "edge")))
    assert (found.body, found.certificate) == ({"name": "edge"}, ("edge.pem", "edge.key"))


def test_where_nobody_carries_secret_ids_nothing_is_known(presenter: Presenter) -> None:
    found = replace(presenter, courier=None).shown(ACTOR, TARGET, CLAIMS)
    assert isinstance(found, Attempt)
    assert found.answer is Answer.UNKNOWN


# --- the login itself ---

Call = tuple[str, dict[str, str]]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    made: list[Call] = []

    def call(self: VaultHttp, method: str, path: str, body: Any = None, **_: Any) -> vault_http.Answer:
        made.append((path, self._headers))  # pyright: ignore[reportPrivateUsage]
        if body.get("secret_id") == "bad":
            return vault_http.Answer(500, {"errors": ["failed to verify client's certificate: expired"]})
        if len(made) > 2:
            return vault_http.Answer(400, {"errors": ["invalid role or secret ID"]})
        return vault_http.Answer(200, {"auth": {"client_token": "t"}})

    monkeypatch.setattr(VaultHttp, "call", call)
    return made


def site() -> VaultSite:
    return VaultSite("https://127.0.0.1:1", None)


def test_what_is_spent_is_used_as_often_as_it_works_before_the_login(calls: list[Call]) -> None:
    found = site().show("m", "r", Shown(body={"secret_id": "x"}, address="10.1.0.5", uses=2), None)
    assert isinstance(found, Attempt)
    assert found.answer is Answer.NO
    assert len(calls) == 3
    assert {headers["X-Forwarded-For"] for _, headers in calls} == {"10.1.0.5"}


def test_what_cannot_be_used_up_proves_nothing(calls: list[Call]) -> None:
    found = site().show("m", "r", Shown(body={"secret_id": "x"}, uses=3), None)
    assert isinstance(found, Attempt)
    assert found.answer is Answer.UNKNOWN
    assert len(calls) == 3


@pytest.mark.usefixtures("calls")
def test_a_login_goes_on_from_its_address() -> None:
    found = site().show("m", "r", Shown(body={}, address="10.1.0.5"), None)
    assert isinstance(found, VaultLogin)
    headers = found.http.as_token("t", "team")._headers  # pyright: ignore[reportPrivateUsage]
    assert (headers["X-Forwarded-For"], headers["X-Vault-Namespace"]) == ("10.1.0.5", "team")


@pytest.mark.usefixtures("calls")
def test_an_expired_certificate_is_refused_though_the_server_calls_it_its_own_error() -> None:
    found = site().show("m", "r", Shown(body={"secret_id": "bad"}), None)
    assert isinstance(found, Attempt)
    assert found.answer is Answer.NO


# --- tokens that are handed over ---

HANDED = HandedToken(role=("", "token", "edge"), address="10.1.0.5")
EDGE = Target(kind="token", place=("", "token", "edge"))


def test_a_token_is_shown_as_it_is_from_its_address(presenter: Presenter) -> None:
    found = shown(presenter, HANDED, EDGE)
    assert (found.token, found.address, found.body) == ("token of token/edge/1", "10.1.0.5", {})
    assert found.token not in repr(found)


def test_a_lost_token_was_unwrapped_before_and_nothing_is_shown_without_one(presenter: Presenter) -> None:
    for claims in (replace(HANDED, lost=True), None):
        found = presenter.shown(ACTOR, EDGE, claims)
        assert isinstance(found, Attempt)
        assert found.answer is Answer.NO


def test_an_expired_token_lives_a_second_and_a_mismatched_one_is_the_intruders(
    presenter: Presenter, courier: FakeCourier
) -> None:
    shown(presenter, replace(HANDED, expired=True), EDGE)
    assert courier.ttls == [1]
    assert shown(presenter, replace(HANDED, role=("", "token", INTRUDER)), EDGE).token == "decoy of token"


def test_a_revoked_token_is_ended_before_it_is_shown(presenter: Presenter) -> None:
    ended: list[str] = []
    revoking = replace(presenter, revoke=lambda _, token: ended.append(token))
    assert shown(revoking, replace(HANDED, revoked=True), EDGE).token in ended
    shown(revoking, HANDED, EDGE)
    assert len(ended) == 1


def test_where_nobody_carries_or_revokes_tokens_nothing_is_known(presenter: Presenter) -> None:
    for lacking, claims in (
        (replace(presenter, courier=None), HANDED),
        (presenter, replace(HANDED, revoked=True)),
    ):
        found = lacking.shown(ACTOR, EDGE, claims)
        assert isinstance(found, Attempt)
        assert found.answer is Answer.UNKNOWN


def test_a_token_needs_no_login(calls: list[Call]) -> None:
    found = site().show("token", "edge", Shown(body={}, token="handed", address="10.1.0.5"), "team")
    assert isinstance(found, VaultLogin)
    assert calls == []
    headers = found.http._headers  # pyright: ignore[reportPrivateUsage]
    assert (headers["X-Vault-Token"], headers["X-Forwarded-For"]) == ("handed", "10.1.0.5")
