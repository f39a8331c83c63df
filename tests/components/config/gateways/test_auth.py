"""How a gateway logs in: what each method's keys may be."""

from __future__ import annotations

from typing import Any

import pytest

from components import gateways
from components.config import resolve
from components.config.errors import ConfigError
from components.config.gateways.auth import ApproleAuth
from components.config.identity import JwtIdentity
from components.config.load import parse
from components.documents.kong import environment
from components.documents.kong.entity import Given
from tests.stacks.read import ROOT, changed

STACK = "gateway-logins"
VAULTS = "gateways/machines/vaults"


def refused(change: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as problem:
        parse(changed(STACK, change), file="edge.yaml", folder=ROOT)
    return str(problem.value)


def approle(name: str, change: dict[str, Any]) -> ApproleAuth:
    config = parse(changed(STACK, change), file="edge.yaml", folder=ROOT)
    identity = resolve.principals(config)[name].outside
    assert isinstance(identity, ApproleAuth)
    return identity


def test_a_gateways_secret_id_lives_for_a_month_and_isnt_counted() -> None:
    auth = approle("machines-uncounted", {})
    assert (auth.secret_id_uses, auth.secret_id_ttl_seconds) == (0, 30 * 86_400)
    assert (auth.secret_id_file, auth.response_wrapping) == ("/etc/kong/vault/secret-id", False)


@pytest.mark.parametrize(
    ("uses", "ttl"), [(0, 90 * 86_400), (0, 3600), (3, 3600), (1000, 1200 * 1000)], ids=str
)
def test_counted_logins_are_taken_where_they_last(uses: int, ttl: int) -> None:
    place = f"{VAULTS}/counted/auth"
    auth = approle("machines-counted", {f"{place}/secretIdUses": uses, f"{place}/secretIdTtlSeconds": ttl})
    assert (auth.secret_id_uses, auth.secret_id_ttl_seconds) == (uses, ttl)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("secretIdUses", 1001, "got 1001; allowed: 0 to 1000 logins, 0 for any number"),
        ("secretIdUses", -1, "got -1; allowed: 0 to 1000 logins, 0 for any number"),
        ("secretIdTtlSeconds", 3599, "got 3599; allowed: 3600 to 7776000 seconds"),
        ("secretIdTtlSeconds", 7_776_001, "got 7776001; allowed: 3600 to 7776000 seconds"),
        ("secretIdFile", "secret-id", "allowed: the absolute path of a file in the gateway's container"),
        ("boundCidrs", ["0.0.0.0/0"], "allowed: less than every address there is"),
        ("boundCidrs", [], 'got "an empty list"; allowed: at least one address or network'),
        ("boundCidrs", ..., "got nothing; allowed: a value, this key is required"),
        ("tokenBoundCidrs", ["10.99.0.0/24"], "networks that have an address in common with boundCidrs"),
    ],
)
def test_what_doesnt_fit_is_refused_at_its_key(key: str, value: object, says: str) -> None:
    message = refused({f"{VAULTS}/counted/auth/{key}": value})
    assert f"edge.yaml: gateways.machines.vaults.counted.auth.{key}" in message
    assert says in message


def test_counted_logins_that_end_before_the_secret_id_are_refused() -> None:
    message = refused({f"{VAULTS}/counted/auth/secretIdUses": 11})
    assert message == (
        "edge.yaml: gateways.machines.vaults.counted.auth.secretIdUses: got 11; allowed: 0, any number, or "
        "at least 12: each node logs in again every 1200 seconds, for the 14400 seconds that a secret id "
        "lives; remedy: remove the key, shorten secretIdTtlSeconds, or raise the vault's tokenTtlSeconds"
    )


# --- a token of an identity provider ---
TOKEN = "gateways/pods/vaults/by-token/auth"


def test_vault_takes_the_token_as_it_takes_a_jobs() -> None:
    config = parse(changed(STACK, {}), file="edge.yaml", folder=ROOT)
    identity = resolve.principals(config)["pods-by-token"].outside
    assert isinstance(identity, JwtIdentity)
    assert (identity.issuer, identity.subject) == ("https://idp.example/", "kong-edge@clients")
    assert (identity.audience, identity.auth_mount) == ("https://vault.edge.example", "jwt")
    assert gateways.entities(config, "pods")["by-token"].fields == {
        "host": "openbao.edge.example",
        "port": 8200,
        "protocol": "https",
        "mount": "apps-edge",
        "kv": "v2",
        "ttl": 300,
        "neg_ttl": 60,
        "resurrect_ttl": 3600,
        "ssl_verify": True,
        "auth_method": "oauth2",
        "oauth2_role_name": "pods-by-token",
        "oauth2_token_endpoint": "https://idp.example/oauth/token",
        "oauth2_client_id": "kong-edge",
        "oauth2_client_secret": Given("the secret of the client at the token endpoint"),
        "oauth2_audiences": "https://vault.edge.example",
    }


def test_the_entity_may_call_the_method_jwt_and_the_environment_always_does() -> None:
    for word, role in (("oauth2", "oauth2_role_name"), ("jwt", "jwt_role")):
        config = parse(changed(STACK, {f"{TOKEN}/entityMethod": word}), file="edge.yaml", folder=ROOT)
        entity = gateways.entities(config, "pods")["by-token"]
        assert (entity.fields["auth_method"], entity.fields[role]) == (word, "pods-by-token")
        settings = environment.vault_environment(entity)
        assert settings["KONG_VAULT_HCV_AUTH_METHOD"] == "jwt"
        assert settings["KONG_VAULT_HCV_JWT_ROLE"] == "pods-by-token"


def test_its_client_secret_never_stands_in_an_object() -> None:
    config = parse(changed(STACK, {"gateways/pods/ingressClass": "kong"}), file="edge.yaml", folder=ROOT)
    assert gateways.entities(config, "pods")["by-token"].holds_secrets


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("tokenEndpoint", "http://idp.example/token", "allowed: https://HOST/PATH, without user, query"),
        (
            "tokenEndpoint",
            "https://user:hunter2@idp.example/token",
            "allowed: an address without user and password",
        ),
        ("clientId", "a b", "allowed: 1 to 255 letters, digits and ._~@:/-"),
        ("subject", "*", "allowed: one subject, exactly"),
        ("issuer", "http://idp.example", "allowed: https://HOST or https://HOST/PATH"),
        ("audience", "a,b", "allowed: one audience of letters, digits and :/._-"),
        ("audience", ..., "got nothing; allowed: a value, this key is required"),
        ("authMount", "idp", "got a key that is not known"),
        ("clientSecret", "hunter2", "got a key that is not known"),
        ("publicKeyFiles", ["certs/dev-vault.pem"], "which holds no public key"),
    ],
)
def test_what_doesnt_fit_an_oauth2_login_is_refused_at_its_key(key: str, value: object, says: str) -> None:
    message = refused({f"{TOKEN}/{key}": value})
    assert f"edge.yaml: gateways.pods.vaults.by-token.auth.{key}" in message
    assert says in message
    assert "hunter2" not in message


def test_a_cluster_at_the_one_mount_where_kong_logs_in_is_refused() -> None:
    message = refused({"facts/vault/authMount": "jwt"})
    assert message == (
        'edge.yaml: gateways.pods.vaults.by-token.auth.authMount: got "jwt"; allowed: a path that isn\'t, '
        "and isn't above or below, facts.vault.authMount jwt; remedy: use auth: kubernetes, or another method"
    )
