"""Each login sends what the gateway sends, and says at which step it failed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.kong.fake_vault import FakeVault, Request, fake_vault
from workload_secrets.errors import Exit, InputError, ServerError
from workload_secrets.kong.logins import Brought
from workload_secrets.kong.resolver import Gateway
from workload_secrets.kong.unresolved import Unresolved

TOKEN_FILE = "/run/secrets/kubernetes.io/serviceaccount/token"
SECRET_ID_FILE = "/etc/kong/vault/secret-id"
KUBERNETES = {"auth_method": "kubernetes", "kube_role": "edge", "kube_auth_path": "/clusters/one/"}
APPROLE = {
    "auth_method": "approle",
    "approle_auth_path": "machines",
    "approle_secret_id_file": SECRET_ID_FILE,
}
POD = Brought(files={TOKEN_FILE: "the-jwt"})
MACHINE = Brought(values={"approle_role_id": "the-role"}, files={SECRET_ID_FILE: "the-secret\n"})


def good(request: Request) -> tuple[int, Any]:
    if request.path == "sys/wrapping/unwrap":
        return 200, {"data": {"secret_id": "unwrapped"}}
    return 200, {"auth": {"client_token": "vault-token"}}


def refusing(status: int, error: str, at: str = "login") -> Any:
    def answers(request: Request) -> tuple[int, Any]:
        return (status, {"errors": [error]}) if request.path.endswith(at) else good(request)

    return answers


def log_in(vault: FakeVault, fields: dict[str, Any], brought: Brought) -> str:
    return Gateway({**vault.fields, **fields}, brought, str(vault.ca_file)).log_in().http.token


def requests(tmp_path: Path, fields: dict[str, Any], brought: Brought) -> list[Request]:
    with fake_vault(tmp_path, good) as vault:
        assert log_in(vault, fields, brought) == "vault-token"
        return vault.requests


def unresolved(tmp_path: Path, answers: Any, fields: dict[str, Any], brought: Brought) -> Unresolved:
    with fake_vault(tmp_path, answers) as vault, pytest.raises(Unresolved) as found:
        log_in(vault, fields, brought)
    return found.value


def test_kubernetes_shows_the_token_of_its_file_to_the_auth_path_without_slashes(tmp_path: Path) -> None:
    assert requests(tmp_path, KUBERNETES, POD) == [
        Request(
            method="POST",
            path="auth/clusters/one/login",
            body={"jwt": "the-jwt", "role": "edge"},
            token=None,
            namespace="root",
        )
    ]


def test_the_entitys_namespace_goes_with_the_login(tmp_path: Path) -> None:
    found = requests(tmp_path, {**KUBERNETES, "namespace": "team/one"}, POD)
    assert [request.namespace for request in found] == ["team/one"]


def test_a_role_that_is_not_set_is_the_one_called_default(tmp_path: Path) -> None:
    found = requests(tmp_path, {"auth_method": "kubernetes"}, POD)
    assert (found[0].path, found[0].body["role"]) == ("auth/kubernetes/login", "default")


def test_approle_sends_role_id_and_the_file_without_its_line_break(tmp_path: Path) -> None:
    found = requests(tmp_path, APPROLE, MACHINE)
    assert [(r.path, r.body) for r in found] == [
        ("auth/machines/login", {"role_id": "the-role", "secret_id": "the-secret"})
    ]


def test_a_wrapped_secret_id_is_unwrapped_first_with_the_wrapping_token(tmp_path: Path) -> None:
    first, second = requests(tmp_path, {**APPROLE, "approle_response_wrapping": True}, MACHINE)
    assert (first.method, first.path, first.token) == ("POST", "sys/wrapping/unwrap", "the-secret")
    assert second.body == {"role_id": "the-role", "secret_id": "unwrapped"}
    assert second.token is None


def test_a_token_is_used_as_it_is_and_nothing_is_sent(tmp_path: Path) -> None:
    with fake_vault(tmp_path, good) as vault:
        assert log_in(vault, {}, Brought(values={"token": "given"})) == "given"
        assert vault.requests == []


@pytest.mark.parametrize(("method", "field"), [("oauth2", "oauth2_role_name"), ("jwt", "jwt_role")])
def test_an_oauth2_token_goes_to_the_jwt_login(method: str, field: str, tmp_path: Path) -> None:
    found = requests(tmp_path, {"auth_method": method, field: "edge"}, Brought(access_token="bearer"))
    assert [(r.path, r.body) for r in found] == [("auth/jwt/login", {"jwt": "bearer", "role": "edge"})]


def test_a_certificate_login_names_its_role(tmp_path: Path) -> None:
    found = requests(tmp_path, {"auth_method": "cert", "cert_auth_role_name": "edge"}, Brought())
    assert [(r.path, r.body) for r in found] == [("auth/cert/login", {"name": "edge"})]


def test_a_used_wrapping_token_is_explained(tmp_path: Path) -> None:
    answers = refusing(400, "wrapping token is not valid or does not exist", at="unwrap")
    found = unresolved(tmp_path, answers, {**APPROLE, "approle_response_wrapping": True}, MACHINE)
    assert (found.step, found.exit_code) == ("unwrap", Exit.ACCESS)
    for part in (
        "wrapping token is not valid or does not exist",
        "already unwrapped, and then somebody else may have the secret id",
        "have a new one made for each node",
    ):
        assert part in str(found)
    assert "the-secret" not in str(found)


@pytest.mark.parametrize("data", [None, {}, {"token": "x"}, {"secret_id": None}])
def test_something_else_that_was_wrapped_is_no_secret_id(data: Any, tmp_path: Path) -> None:
    found = unresolved(
        tmp_path, lambda _: (200, {"data": data}), {**APPROLE, "approle_response_wrapping": True}, MACHINE
    )
    assert "what the token wraps is no secret id" in str(found)


@pytest.mark.parametrize(
    ("fields", "brought", "status", "error", "hint"),
    [
        (KUBERNETES, POD, 400, 'invalid role name "edge"', "correct kube_role or kube_auth_path"),
        (KUBERNETES, POD, 403, "service account name not authorized", "another ServiceAccount, namespace"),
        (APPROLE, MACHINE, 400, "invalid secret id", "used up"),
        (APPROLE, MACHINE, 400, "source address unauthorized through CIDR", "none of boundCidrs"),
        ({"auth_method": "cert"}, Brought(), 400, "client certificate must be supplied", "show that one"),
        (
            {"auth_method": "oauth2"},
            Brought(access_token="a.jwt"),
            400,
            "error validating",
            "oauth2_role_name",
        ),
    ],
)
def test_a_refused_login_says_what_may_be_wrong(
    fields: dict[str, Any], brought: Brought, status: int, error: str, hint: str, tmp_path: Path
) -> None:
    found = unresolved(tmp_path, refusing(status, error), fields, brought)
    assert (found.step, found.status, found.exit_code) == ("login", status, Exit.ACCESS)
    assert f"HTTP {status} {error}" in str(found)
    assert hint in str(found)


@pytest.mark.parametrize(
    ("fields", "brought", "what"),
    [
        ({"auth_method": "kubernetes"}, Brought(), f"no file {TOKEN_FILE}"),
        (APPROLE, Brought(), "no approle_role_id"),
        (APPROLE, Brought(values={"approle_role_id": "r"}), f"no file {SECRET_ID_FILE}"),
        ({"auth_method": "approle", "approle_role_id": "r"}, Brought(), "neither approle_secret_id nor"),
        ({}, Brought(), "no token"),
        ({"auth_method": "oauth2"}, Brought(), "no oauth2_client_secret"),
        ({"auth_method": "azure"}, Brought(), "auth_method azure is not followed here"),
    ],
)
def test_what_a_login_lacks_is_named_before_anything_is_sent(
    fields: dict[str, Any], brought: Brought, what: str, tmp_path: Path
) -> None:
    with fake_vault(tmp_path, good) as vault, pytest.raises(Unresolved, match=what) as found:
        log_in(vault, fields, brought)
    assert (found.value.step, found.value.exit_code) == ("credential", Exit.INPUT)
    assert vault.requests == []


@pytest.mark.parametrize(
    ("status", "remedy", "code"),
    [
        (503, "Vault itself fails; look at its log", Exit.SERVER),
        (307, "Kong follows no redirect: name the active node", Exit.ACCESS),
        (429, "rate limit", Exit.ACCESS),
    ],
)
@pytest.mark.parametrize("at", ["unwrap", "login"])
def test_a_server_that_is_not_itself_is_not_called_a_wrong_role(
    at: str, status: int, remedy: str, code: Exit, tmp_path: Path
) -> None:
    fields = {**APPROLE, "approle_response_wrapping": True}
    found = unresolved(tmp_path, refusing(status, "words", at=at), fields, MACHINE)
    assert (found.step, found.exit_code) == (at, code)
    assert remedy in str(found)
    assert "secret id" not in str(found)


def test_plain_http_is_refused_as_kongs_default_is() -> None:
    with pytest.raises(InputError, match=r"protocol http: .* set protocol https"):
        Gateway({"host": "127.0.0.1"}, POD, None)


def test_a_server_of_another_authority_gets_no_login(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with fake_vault(tmp_path, good) as vault, fake_vault(tmp_path / "other", good) as other:
        gateway = Gateway({**vault.fields, **KUBERNETES}, POD, str(other.ca_file))
        with pytest.raises(ServerError, match="can't be reached"):
            gateway.log_in()
        assert vault.requests == []


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with fake_vault(tmp_path / "other", good) as other:
        away = {"Location": f"https://127.0.0.1:{other.port}/v1/auth/clusters/one/login"}
        with (
            fake_vault(tmp_path, lambda _: (307, {}), away) as vault,
            pytest.raises(Unresolved, match="HTTP 307"),
        ):
            log_in(vault, KUBERNETES, POD)
        assert other.requests == []


def test_what_a_gateway_brings_shows_in_no_text() -> None:
    brought = Brought(values={"token": "the-token"}, files={"/f": "the-file"}, access_token="the-access")
    assert "the-" not in repr(brought)
