from __future__ import annotations

from typing import Any, cast

import pytest

from components.config.load import parse
from components.declared.declaration import declaration
from tests.stacks.read import ROOT, changed
from workload_secrets.access import notices
from workload_secrets.access.gateway_notices import RULES
from workload_secrets.access.notice import Notice
from workload_secrets.graph.model import Graph

VAULT = {"mount": "apps", "ttl": 300, "negTtl": 60, "resurrectTtl": 3600}
APPROLE = {"method": "approle", "boundCidrs": ["10.20.0.0/24"]}


def said(gateway: dict[str, Any], **more: Any) -> list[Notice]:
    """What the rules say of a stack with this one gateway. They look at no graph."""
    change = {"tier": "development", "workloads/kong-dp/reads": ["acme"], "gateways": {"edge": gateway}}
    places = {place.replace("__", "/"): value for place, value in more.items()}
    return of(changed("gateways", {**change, **places}))


def of(data: dict[str, Any]) -> list[Notice]:
    made = declaration(parse(data, file="stack.yaml", folder=ROOT), ROOT)
    return [notice for rule in RULES for notice in rule(cast("Graph", None), made)]


def one(notices: list[Notice], part: str) -> Notice:
    (found,) = [notice for notice in notices if part in notice.text]
    return found


def vault(auth: Any, **more: Any) -> dict[str, Any]:
    return {**VAULT, "auth": auth, **more}


def machine(version: str = "3.14", **auth: Any) -> dict[str, Any]:
    vaults = {"machine": vault({**APPROLE, **auth})}
    return {"version": version, "vaults": vaults, "references": ["{vault://machine/customer/acme/name}"]}


def test_how_long_values_serve_follows_from_the_times_and_is_said_once_for_equal_ones() -> None:
    vaults = {
        "pods": vault("kubernetes"),
        "machine": vault(APPROLE),
        "slow": vault(APPROLE, ttl=3600, negTtl=3600, resurrectTtl=86_340),
    }
    references = [f"{{vault://{prefix}/customer/acme/name}}" for prefix in vaults]
    gateway = {"workload": "kong-dp", "version": "3.14", "vaults": vaults, "references": references}
    found = said(gateway)
    same = one(found, "edge/pods")
    assert same.level == "note"
    assert same.text.startswith("edge/machine, edge/pods: a rotated value may be served for 360 s more")
    assert "while Vault doesn't answer, for 3960 s (resurrectTtl too)" in same.text
    assert same.text.endswith("a missing one is asked for again after 60 s at the latest")
    slow = one(found, "edge/slow: a rotated value")
    assert "served for 3660 s more" in slow.text
    assert "for 90000 s (resurrectTtl too)" in slow.text
    assert "after 3600 s at the latest" in slow.text


def test_a_gateway_below_3_14_verifies_no_certificate_of_vault() -> None:
    notice = one(said(machine("3.13")), "verifies no certificate")
    assert notice.level == "warning"
    assert notice.text.startswith("edge: Kong below 3.14 verifies no certificate of Vault's")


def test_from_3_14_on_its_trust_is_named() -> None:
    found = said(machine("3.14"))
    assert "certs/dev-vault.pem must stand there" in one(found, "lua_ssl_trusted_certificate").text
    assert not [notice for notice in found if "verifies no certificate" in notice.text]


def test_a_secret_id_s_life_and_uses_are_said() -> None:
    found = said(machine(secretIdTtlSeconds=14_400, secretIdUses=12))
    text = one(found, "its secret id ends").text
    assert text.startswith("edge/machine: its secret id ends after 14400 s or after 12 logins")
    assert not [notice for notice in found if "wrapping" in notice.text]


def test_a_wrapping_token_serves_one_node_once() -> None:
    notice = one(said(machine(responseWrapping=True)), "wrapping token")
    assert "every node needs its own, and a node that starts anew needs a new one" in notice.text


def test_a_certificate_is_to_be_renewed() -> None:
    auth = {"method": "cert", "commonName": "kong-dp.edge.example", "caFile": "certs/dev-vault.pem"}
    gateway = {**machine(), "vaults": {"machine": vault(auth)}}
    assert "give a new pair before the old one ends" in one(said(gateway), "certificate and key").text


def test_what_is_open_of_a_login_by_oauth2_is_said() -> None:
    issuer = "https://idp.example"
    auth = {"method": "oauth2", "tokenEndpoint": f"{issuer}/token", "clientId": "kong", "audience": "vault"}
    gateway = {**machine(), "vaults": {"machine": vault({**auth, "issuer": issuer, "subject": "kong"})}}
    notice = one(said(gateway), "oauth2 in an entity and jwt in kong.conf")
    assert notice.text.startswith("edge/machine: ")


def test_a_token_in_development_ends() -> None:
    gateway = {**machine(), "vaults": {"machine": vault({"method": "token", "lifeSeconds": 3600})}}
    notice = one(said(gateway), "never logs in")
    assert (notice.level, "it ends after 3600 s" in notice.text) == ("warning", True)


def test_a_pinned_version_is_named() -> None:
    gateway = {**machine(), "references": ["{vault://machine/customer/acme/name#3}"]}
    notice = one(said(gateway), "pins a version")
    assert notice.level == "warning"
    assert notice.text.startswith("edge: {vault://machine/customer/acme/name#3} pins a version")


def test_a_reference_to_a_key_that_is_not_required_is_named() -> None:
    texts = ["{vault://machine/edge/redis/username}", "{vault://machine/edge/redis/password}"]
    notice = one(said({**machine(), "references": texts}), "isn't required")
    assert notice.text.startswith(f"edge: {texts[0]} names a key")


def test_a_vault_without_references_is_to_go() -> None:
    gateway = machine()
    gateway["vaults"]["old"] = vault(APPROLE)
    notice = one(said(gateway), "no declared reference uses this vault")
    assert (notice.level, notice.text.startswith("edge/old: ")) == ("warning", True)


def test_a_keyring_s_versions_are_keys_and_its_owner_s_word_is_taken() -> None:
    gateway = {"workload": "kong-dp", "version": "3.14", "vaults": {}, "keyring": {"secret": "keyring"}}
    own = one(said(gateway), "every version of keyring is a key")
    assert own.text.endswith("on Kong's Admin API")
    mounts = {"manage": "existing", "owner": "security"}
    given = said(gateway, **{f"shared__kvMounts__keyring__{key}": v for key, v in mounts.items()})
    assert "taken for granted: the owner of keyring-gate keeps all versions" in one(given, "is a key").text


@pytest.mark.parametrize("stack", ["dev", "prod", "identities"])
def test_a_stack_without_gateways_says_nothing_of_them(stack: str) -> None:
    assert of(changed(stack, {})) == []


def test_they_are_rules_of_every_preview() -> None:
    assert set(RULES) <= set(notices.RULES)
