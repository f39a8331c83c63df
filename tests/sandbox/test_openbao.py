"""OpenBao initialises itself: there is no root token, and its administrator reads no secret."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hcl2
import pytest

from workload_secrets.errors import ServerError
from workload_secrets.sandbox.certificates import Pair
from workload_secrets.sandbox.handle import Cluster, Sandbox, StackSpec
from workload_secrets.sandbox.openbao import Account, configuration, initialization, login
from workload_secrets.sandbox.rest import Rest

# The forms of OpenBao's tokens: service, batch, recovery; the old one of a root token too.
_TOKEN = re.compile(rb"\b(?:hv|)[sbr]\.[A-Za-z0-9]{24,}")


def vault(sandbox: Sandbox, token_file: Path | None = None) -> Rest:
    assert sandbox.vault_address
    assert sandbox.vault_admin_token_file
    file = token_file or sandbox.vault_admin_token_file
    return Rest(sandbox.vault_address, sandbox.ca_file, {"X-Vault-Token": file.read_text()})


def test_the_configuration_keeps_to_loopback_with_tls_and_a_seal(tmp_path: Path) -> None:
    pair = Pair(certificate=tmp_path / "a.pem", key=tmp_path / "a.key")
    text = configuration(tmp_path, 20001, 20002, pair, [Account.make("x", 'path "a" {}\n')])
    read: Any = hcl2.loads(text)  # pyright: ignore
    assert "127.0.0.1:20001" in str(read["listener"])
    assert "tls_disable" not in text
    assert "static" in str(read["seal"])


def test_a_secret_id_is_not_in_the_configuration() -> None:
    account = Account.make("x", "")
    assert account.secret_id not in initialization([account])
    assert account.variable in initialization([account])


@pytest.mark.sandbox
def test_no_root_token_is_left_anywhere(sandbox: Sandbox) -> None:
    folder = sandbox.folder / "openbao"
    known = {vault_file.read_bytes() for vault_file in _token_files(sandbox)}
    for file in [*folder.rglob("*"), *(sandbox.folder / "logs").iterdir()]:
        if file.is_file():
            found = set(_TOKEN.findall(file.read_bytes()))
            assert found <= known, f"{file.name} holds a token that nobody was given"
    for token in known:
        headers = {"X-Vault-Token": token.decode()}
        # A token of a namespace ends with the namespace's id.
        if token.count(b".") > 1:
            headers["X-Vault-Namespace"] = "tenant"
        assert sandbox.vault_address
        own = Rest(sandbox.vault_address, sandbox.ca_file, headers).call("GET", "/v1/auth/token/lookup-self")
        assert "root" not in own["data"]["policies"]


def _token_files(sandbox: Sandbox) -> list[Path]:
    files = [access.vault_token_file for access in sandbox.stacks.values()]
    return [file for file in [sandbox.vault_admin_token_file, *files] if file is not None]


@pytest.mark.sandbox
def test_tokens_lie_in_files_that_only_the_owner_reads(sandbox: Sandbox) -> None:
    for file in [p for p in sandbox.folder.rglob("*") if p.is_file() and "data" not in p.parts]:
        assert file.stat().st_mode & 0o077 == 0, file
    assert sandbox.folder.stat().st_mode & 0o777 == 0o700
    assert sandbox.folder.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.sandbox
def test_the_administrator_makes_mounts_but_reads_no_secret(sandbox: Sandbox) -> None:
    rest = vault(sandbox)
    rest.call("POST", "/v1/sys/mounts/kv-admin", {"type": "kv", "options": {"version": "2"}})
    for path in ("kv-admin/data/a", "kv-admin/metadata/a", "kv-admin/metadata?list=true"):
        assert rest.ask("GET", f"/v1/{path}")[0] == 403


@pytest.mark.sandbox
def test_the_deployer_has_its_policy_and_no_more(sandbox: Sandbox) -> None:
    rest = vault(sandbox, sandbox.stacks["dev"].vault_token_file)
    rest.call("POST", "/v1/sys/mounts/owned", {"type": "kv", "options": {"version": "2"}})
    assert rest.ask("POST", "/v1/sys/mounts/foreign", {"type": "kv"})[0] == 403
    assert rest.ask("GET", "/v1/owned/data/a")[0] == 403


@pytest.mark.sandbox
def test_a_deployer_in_a_namespace_acts_there_alone(sandbox: Sandbox) -> None:
    file = sandbox.stacks["other"].vault_token_file
    assert file
    assert sandbox.vault_address
    token = {"X-Vault-Token": file.read_text()}
    inside = Rest(sandbox.vault_address, sandbox.ca_file, {**token, "X-Vault-Namespace": "tenant"})
    outside = Rest(sandbox.vault_address, sandbox.ca_file, token)
    kv = {"type": "kv", "options": {"version": "2"}}
    inside.call("POST", "/v1/sys/mounts/owned", kv)
    assert outside.ask("POST", "/v1/sys/mounts/owned", kv)[0] == 403


@pytest.mark.sandbox
def test_a_secret_id_works_once(sandbox: Sandbox) -> None:
    assert sandbox.vault_address
    account = Account.make("sandbox-admin", "")
    with pytest.raises(ServerError, match="invalid"):
        login(sandbox.vault_address, sandbox.ca_file, account)


@pytest.mark.sandbox
@pytest.mark.parametrize("kind", ["kubernetes", "jwt"])
def test_a_pod_logs_in_by_the_reviewer_or_by_the_clusters_keys(
    sandbox: Sandbox, cluster: Cluster, token: Callable[..., str], kind: str
) -> None:
    rest, mount = vault(sandbox), f"{kind}-login"
    rest.call("POST", f"/v1/sys/auth/{mount}", {"type": kind})
    if kind == "kubernetes":
        config: dict[str, Any] = {
            "kubernetes_host": cluster.api_server,
            "kubernetes_ca_cert": cluster.ca_file.read_text(),
            "token_reviewer_jwt": cluster.reviewer_token_file.read_text(),
            "disable_local_ca_jwt": True,
        }
        role = {"bound_service_account_names": ["billing"], "bound_service_account_namespaces": ["billing"]}
        role["audience"] = "vault"  # pyright: ignore
    else:
        config = {
            "jwt_validation_pubkeys": [cluster.public_key_file.read_text()],
            "bound_issuer": cluster.issuer,
        }
        role = {"role_type": "jwt", "user_claim": "sub", "bound_audiences": ["vault"]}  # pyright: ignore
        role["bound_subject"] = "system:serviceaccount:billing:billing"  # pyright: ignore
    rest.call("POST", f"/v1/auth/{mount}/config", config)
    # The administrator may make no role: that is the deployer's, here a policy of the test.
    maker = _role_maker(sandbox, rest, mount)
    maker.call("POST", f"/v1/auth/{mount}/role/r", {**role, "token_policies": ["default"]})

    def status(jwt: str) -> int:
        return rest.ask("POST", f"/v1/auth/{mount}/login", {"role": "r", "jwt": jwt})[0]

    assert status(token("billing", "vault")) == 200
    assert status(token("billing", "sts.amazonaws.com")) in {400, 403}
    assert status(token("billing", "vault", namespace="elsewhere")) in {400, 403}
    assert status(token("billing", "vault", cluster="other")) in {400, 403}


def _role_maker(sandbox: Sandbox, rest: Rest, mount: str) -> Rest:
    """The deployer of stack `dev`, after the administrator gave it this mount's roles."""
    policy = rest.call("GET", "/v1/sys/policies/acl/deployer-dev")["data"]["policy"]
    policy += f'path "auth/{mount}/role/*" {{ capabilities = ["create", "update"] }}\n'
    rest.call("POST", "/v1/sys/policies/acl/deployer-dev", {"policy": policy})
    return vault(sandbox, sandbox.stacks["dev"].vault_token_file)


def test_a_deployer_lies_in_its_namespace_unless_its_policy_names_that() -> None:
    from workload_secrets.sandbox.handle import ClusterSpec
    from workload_secrets.sandbox.vaults import _logins  # pyright: ignore[reportPrivateUsage]

    cluster = ClusterSpec(name="c", issuer="https://i", api_audience="a")

    def namespace(policy: str) -> str | None:
        spec = StackSpec(
            stack="s", cluster=cluster, uses_vault=True, vault_policy=policy, vault_namespace="team/"
        )
        ((_, deployer),) = _logins(spec)
        return deployer.namespace

    assert namespace('path "sys/mounts" {}') == "team"
    assert namespace('path "team/sys/mounts" {}') is None
