"""The environment of a gateway's containers."""

from __future__ import annotations

import pytest

from components.documents.kong.entity import Given, VaultEntity
from components.documents.kong.environment import (
    Keyring,
    brought_along,
    keyring_environment,
    vault_environment,
    with_port,
)


def entity(**fields: str | int | bool | Given) -> VaultEntity:
    return VaultEntity(gateway="g", prefix="p", description="d", tags=("t",), fields=fields)


def test_every_field_is_a_variable_and_every_value_a_text():
    item = entity(host="vault.example", port=8200, ssl_verify=True, approle_response_wrapping=False)
    assert vault_environment(item) == {
        "KONG_VAULT_HCV_HOST": "vault.example",
        "KONG_VAULT_HCV_PORT": "8200",
        "KONG_VAULT_HCV_SSL_VERIFY": "true",
        "KONG_VAULT_HCV_APPROLE_RESPONSE_WRAPPING": "false",
    }


def test_what_kong_conf_calls_otherwise_has_its_name_there():
    item = entity(
        base64_decode=True, auth_method="oauth2", oauth2_role_name="edge", oauth2_client_id="oauth2"
    )
    assert vault_environment(item) == {
        "KONG_VAULT_HCV_DECODE_BASE64": "true",
        "KONG_VAULT_HCV_AUTH_METHOD": "jwt",
        "KONG_VAULT_HCV_JWT_ROLE": "edge",
        "KONG_VAULT_HCV_OAUTH2_CLIENT_ID": "oauth2",
    }


def test_what_is_brought_along_is_named_and_has_no_value():
    role_id, key = Given("the role id", secret=False), Given("a key")
    item = entity(host="vault.example", approle_role_id=role_id, cert_auth_cert_key=key)
    assert vault_environment(item) == {"KONG_VAULT_HCV_HOST": "vault.example"}
    assert brought_along(item) == {
        "KONG_VAULT_HCV_APPROLE_ROLE_ID": role_id,
        "KONG_VAULT_HCV_CERT_AUTH_CERT_KEY": key,
    }


def test_a_keyring_logs_in_with_the_pods_token():
    keyring = Keyring(
        address="https://vault.example:8200", mount="keys", path="edge/ring", role="kong", token_file="/token"
    )
    assert keyring_environment(keyring) == {
        "KONG_KEYRING_ENABLED": "on",
        "KONG_KEYRING_STRATEGY": "vault",
        "KONG_KEYRING_VAULT_HOST": "https://vault.example:8200",
        "KONG_KEYRING_VAULT_MOUNT": "keys",
        "KONG_KEYRING_VAULT_PATH": "edge/ring",
        "KONG_KEYRING_VAULT_AUTH_METHOD": "kubernetes",
        "KONG_KEYRING_VAULT_KUBE_ROLE": "kong",
        "KONG_KEYRING_VAULT_KUBE_API_TOKEN_FILE": "/token",
    }


@pytest.mark.parametrize("address", ["https://vault.example", "https://vault.example:443", "https://[::1]"])
def test_a_keyrings_address_has_a_port(address: str):
    assert with_port(address).endswith(":443")
