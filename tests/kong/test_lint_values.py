"""Credentials in clear text are found, wherever Kong's schemas have them, and never printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kong.linted import CANARY, NAME, deck, kinds, linted, plugin
from workload_secrets.kong import credential_fields

TABLE = yaml.safe_load(Path(credential_fields.__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
VARIABLE = '${{ env "DECK_IT" }}'
LITERAL = [("violation", "literal-credential")]


def below(path: str, value: object) -> Any:
    """A document that has a value at a dotted path."""
    for name in reversed(path.split(".")):
        value = {name: value}
    return value


def places(of: dict[str, list[str]], kind: str) -> list[str]:
    """The dotted paths of one kind, those of groups too."""
    own = list(of.get(kind, ()))
    for group in of.keys() - {"secret", "fixed", "plain"}:
        own += [f"{place}.{path}" for place in of[group] for path in places(TABLE["groups"][group], kind)]
    return own


PLUGINS = sorted((name, path) for name, of in TABLE["plugins"].items() for path in places(of, "secret"))
ENTITIES = sorted(
    (name, path)
    for name, of in TABLE["entities"].items()
    if name != "vault"
    for kind in ("secret", "fixed")
    for path in places(of, kind)
)


def test_the_credentials_that_kongs_docs_name_are_known():
    asked = {
        ("openid-connect", "client_secret"),
        ("openid-connect", "session_secret"),
        ("openid-connect", "redis.password"),
        ("rate-limiting", "redis.password"),
        ("rate-limiting-advanced", "redis.sentinel_password"),
        ("proxy-cache-advanced", "redis.password"),
        ("aws-lambda", "aws_key"),
        ("aws-lambda", "aws_secret"),
        ("ldap-auth-advanced", "ldap_password"),
        ("acme", "eab_hmac_key"),
        ("saml", "session_secret"),
        ("session", "secret"),
        ("kafka-log", "authentication.password"),
        ("confluent", "cluster_api_secret"),
    }
    assert asked <= set(PLUGINS)
    assert len(PLUGINS) > 150


@settings(derandomize=True, max_examples=60)
@given(st.sampled_from(PLUGINS), st.booleans())
def test_a_literal_credential_of_a_plugin_is_found_and_not_printed(place: tuple[str, str], listed: bool):
    name, path = place
    found = linted(plugin(name, **below(path, [CANARY] if listed else CANARY)))
    assert kinds(found) == LITERAL
    assert found[0].field.startswith(f"config.{path}")
    assert CANARY not in f"{found[0].text()}{json.dumps(found[0].document())}{found[0]!r}"


@settings(derandomize=True, max_examples=40)
@given(st.sampled_from(PLUGINS), st.sampled_from([NAME, VARIABLE, f"{VARIABLE}\n", "", None, True]))
def test_references_and_variables_are_no_literals(place: tuple[str, str], value: object):
    assert kinds(linted(plugin(place[0], **below(place[1], value)), NAME)) == []


@pytest.mark.parametrize(("kind", "path"), ENTITIES)
def test_a_literal_credential_of_an_entity_is_found_and_not_printed(kind: str, path: str):
    lists = {"certificate": "certificates", "key": "keys", "jwt_secret": "jwt_secrets"}
    entity = [below(path, CANARY)]
    name = lists.get(kind, f"{kind}s")
    found = linted(
        deck(**{name: entity}) if kind in ("certificate", "key") else deck(consumers=[{name: entity}])
    )
    assert kinds(found) == LITERAL
    assert CANARY not in found[0].text()


@pytest.mark.parametrize(
    "text",
    [
        plugin("rate-limiting-advanced", redis={"password": 123456}),
        deck(partials=[{"type": "redis-ee", "name": "r", "config": {"password": CANARY}}]),
        deck(services=[{"name": "s", "url": f"https://u:{CANARY}@s.example"}]),
        plugin("http-log", http_endpoint=f"https://u:{CANARY}@log.example"),
        plugin("our-own", pem=f"-----BEGIN EC PRIVATE KEY-----\n{CANARY}"),
        plugin("request-transformer", add={"headers": [f"Authorization: Basic {CANARY}"]}),
        plugin("opentelemetry", headers={"Authorization": f"Bearer {CANARY}"}),
        deck(keys=[{"name": "k", "kid": "k", "jwk": json.dumps({"kty": "oct", "k": CANARY})}]),
        deck(
            _plugin_configs={"shared": {"client_secret": CANARY}},
            plugins=[{"name": "openid-connect", "_config": "shared"}],
        ),
        plugin("session", secret='${{ env "OTHER_IT" }}'),
    ],
)
def test_a_literal_credential_is_found_in_other_forms(text: str):
    found = linted(text)
    assert kinds(found) == LITERAL
    assert CANARY not in found[0].text()


def test_a_name_that_says_credential_is_worth_a_warning_in_plugins_of_ones_own():
    found = linted(
        plugin("our-own", api_key=CANARY, headers={"X-Api-Key": CANARY}, token_ttl=3, key_name="x")
    )
    assert kinds(found) == [("warning", "literal-credential")] * 2
    assert kinds(linted(plugin("http-log", headers={"X-Api-Key": CANARY}))) == [
        ("warning", "literal-credential")
    ]
    assert kinds(linted(plugin("key-auth", key_names=["apikey"]))) == []


@pytest.mark.parametrize(
    "text",
    [
        deck(keys=[{"name": "k", "kid": "k", "jwk": json.dumps({"kty": "RSA", "n": "x", "e": "AQAB"})}]),
        deck(certificates=[{"id": "1", "cert": "-----BEGIN CERTIFICATE-----", "key": VARIABLE}]),
        deck(consumers=[{"username": "u", "jwt_secrets": [{"key": "issuer", "secret": VARIABLE}]}]),
        plugin("openid-connect", client_id=["portal"], issuer="https://idp.example", client_auth=["none"]),
        plugin("request-transformer", rename={"headers": ["Authorization:X-Kept"]}),
        deck(
            services=[
                {"name": "s", "url": "https://s.example:8443/a?b=c@d", "tags": ["Basic authentication"]}
            ]
        ),
    ],
)
def test_what_is_no_credential_is_left_alone(text: str):
    assert kinds(linted(text)) == []


def test_a_long_text_takes_no_long_time():
    assert (
        kinds(
            linted(plugin("our-own", text="a" * 100_000, other="-----BEGIN " * 4_000, third="a://:" * 10_000))
        )
        == []
    )
