from typing import Any

import pytest

from components import gateways
from components.config.errors import ConfigError
from components.config.gateways.auth import AUTHS
from components.config.gateways.methods import FIELDS, FOREIGN, METHODS, OLDEST
from components.config.load import parse
from components.config.stack import StackConfig
from tests.stacks.read import ROOT, changed

STACK = "gateways"
VAULTS = "gateways/edge/vaults"
REFERENCES = "gateways/edge/references"
VAULT = {"mount": "apps", "auth": "kubernetes", "ttl": 300, "negTtl": 60, "resurrectTtl": 3600}
OWN: dict[str, dict[str, Any]] = {
    "kubernetes": {},
    "approle": {"boundCidrs": ["10.20.1.0/24"]},
    "cert": {"commonName": "kong-dp.edge.example", "caFile": "certs/dev-vault.pem"},
    "token": {},
    "oauth2": {
        "tokenEndpoint": "https://idp.example/token",
        "clientId": "kong",
        "audience": "vault",
        "issuer": "https://idp.example",
        "subject": "kong",
    },
}
PODS = ["{vault://pods/customer/acme/name}", "{vault://hcv/edge/redis/password}"]


def made(change: dict[str, Any]) -> StackConfig:
    return parse(changed(STACK, change), file="stack.yaml", folder=ROOT)


def refused(change: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as problem:
        made(change)
    return str(problem.value)


def test_the_stack_itself_passes() -> None:
    assert set(made({}).gateways["edge"].vaults) == {"pods", "machine", "partner"}


@pytest.mark.parametrize("method", sorted(AUTHS))
def test_the_table_names_exactly_the_fields_that_an_entity_gets(method: str) -> None:
    config = made({"tier": "development", f"{VAULTS}/partner/auth": {"method": method, **OWN[method]}})
    entity, row = gateways.entities(config, "edge")["partner"], METHODS[method]
    assert entity.fields["auth_method"] == method
    assert entity.fields.keys() - FIELDS.keys() - {"auth_method"} == row.fields.keys()
    assert {name for name, given in entity.given.items() if given.secret} == row.secrets
    assert FIELDS.keys() - entity.fields.keys() == {"namespace", "base64_decode"}


def test_a_gateway_of_the_oldest_version_passes_with_its_pods_login() -> None:
    left = {f"{VAULTS}/machine": ..., f"{VAULTS}/partner": ..., REFERENCES: PODS}
    assert str(OLDEST) == "3.4"
    assert made({"gateways/edge/version": "3.4", **left}).gateways["edge"].version == "3.4"


@pytest.mark.parametrize("version", ["3.4.3.14", "3.9", "3.10.0.2"])
def test_an_approle_passes_where_its_file_can_be_read(version: str) -> None:
    change = {f"{VAULTS}/partner": ..., "gateways/edge/version": version}
    assert made({**change, REFERENCES: [*PODS, "{vault://machine/edge/portal/oauth.client_secret}"]})


def test_decoding_passes_from_the_patch_that_starts_with_it() -> None:
    change = {"gateways/edge/version": "3.11.0.3", f"{VAULTS}/machine/base64Decode": True}
    assert made(change).gateways["edge"].vaults["machine"].base64_decode


def test_an_own_audience_passes_with_projected_tokens_for_vault_and_keyring() -> None:
    file = "/var/run/secrets/vault/token"
    assert made(
        {
            "workloads/kong-dp/vaultAudience": "vault",
            f"{VAULTS}/pods/auth": {"method": "kubernetes", "tokenFile": file},
            "gateways/edge/keyring/tokenFile": file,
        }
    )


def test_the_same_prefix_passes_in_another_ingress_class_and_where_no_object_is_made() -> None:
    other: dict[str, Any] = {"workload": "other", "version": "3.14", "vaults": {"pods": VAULT}}
    other["references"] = ["{vault://pods/other/api_key}"]
    assert made({"gateways/inner": {**other, "ingressClass": "inner"}})
    assert made({"gateways/inner": other})


def test_a_vault_that_holds_a_secret_makes_no_object_so_its_prefix_may_come_again() -> None:
    auth = {"method": "cert", "commonName": "inner.edge.example", "caFile": "certs/dev-vault.pem"}
    other = {"version": "3.14", "ingressClass": "kong", "vaults": {"partner": {**VAULT, "auth": auth}}}
    assert made({"gateways/inner": {**other, "references": ["{vault://partner/other/api_key}"]}})


def test_a_pinned_reference_passes_in_development() -> None:
    assert made({"tier": "development", REFERENCES: [*_all(), "{vault://pods/edge/redis/password#3}"]})


def test_one_secret_passes_with_several_keys_by_several_vaults() -> None:
    assert made({f"{VAULTS}/more": VAULT, REFERENCES: [*_all(), "{vault://more/edge/redis/password}"]})


def test_a_vault_passes_when_its_references_have_gone_first() -> None:
    assert "partner" in made({REFERENCES: _all()[:3]}).gateways["edge"].vaults


def test_a_keyring_alone_passes() -> None:
    assert made({"gateways/edge/vaults": {}, REFERENCES: ..., "gateways/edge/environmentVault": ...})


def test_names_too_long_for_a_policy_are_refused() -> None:
    auth = {"method": "approle", "boundCidrs": ["10.2.0.0/24"]}
    vaults = {"p" * 32: {**VAULT, "auth": auth}}
    gateway = {"version": "3.14", "vaults": vaults, "references": [f"{{vault://{'p' * 32}/other/api_key}}"]}
    message = refused({"facts/cluster/name": "c" * 60, f"gateways/{'e' * 60}": gateway})
    assert "shorter names of cluster, gateway and vault" in message


@pytest.mark.parametrize("method", sorted(FOREIGN))
def test_each_foreign_method_says_since_when_and_what_to_use(method: str) -> None:
    message = refused({f"{VAULTS}/pods/auth": method})
    assert f"Kong has {method} since 3.14, but OpenBao has no such auth method" in message
    assert f"remedy: use {FOREIGN[method].instead}" in message


def test_kongs_own_page_is_refused_with_what_takes_the_place_of_each_key() -> None:
    page = {"host": "h", "token": "hunter2", "kv": "v2", "mount": "secret", "port": 8200, "protocol": "http"}
    message = refused({f"{VAULTS}/pods": page})
    assert "hunter2" not in message
    for part in ("a value never stands in this file", "in clear text", "endpoints.vault.address"):
        assert part in message


def _all() -> list[str]:
    return [*changed(STACK, {})["gateways"]["edge"]["references"]]
