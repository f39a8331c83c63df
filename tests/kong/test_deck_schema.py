"""The form of a decK file, and what isn't of it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from components.config.gateways import methods
from workload_secrets.kong.deck_schema import CONFIGS, Config, faults

CONFIG = {
    "host": "vault.example",
    "port": 8200,
    "protocol": "https",
    "mount": "apps",
    "kv": "v2",
    "ttl": 300,
    "neg_ttl": 60,
    "resurrect_ttl": 3600,
    "auth_method": "approle",
    "approle_auth_path": "approle",
    "approle_role_id": '${{ env "DECK_ID" | indent 6 }}',
    "approle_secret_id_file": "/etc/kong/secret-id",
    "approle_response_wrapping": False,
}
FILE: dict[str, Any] = {
    "_format_version": "3.0",
    "vaults": [{"name": "hcv", "prefix": "apps", "config": CONFIG}],
}


def changed(**config: Any) -> dict[str, Any]:
    made = copy.deepcopy(FILE)
    merged = {**CONFIG, **config}
    made["vaults"][0]["config"] = {name: value for name, value in merged.items() if value is not ...}
    return made


def test_the_form_has_the_fields_of_each_method():
    """One table says which fields there are; the form says which types they have."""
    assert set(Config.model_fields) == set(methods.FIELDS)
    assert set(CONFIGS) == {*methods.METHODS, "jwt"}
    for name, form in CONFIGS.items():
        own = set(form.model_fields) - set(Config.model_fields) - {"auth_method"}
        if name == "jwt":  # the other word for oauth2, with another for its role
            name, own = "oauth2", own - {"jwt_role"} | {"oauth2_role_name"}
        assert own == set(methods.METHODS[name].fields), name


def test_a_file_of_the_form_has_no_fault():
    assert faults(FILE) == []
    assert faults({**FILE, "_konnect": {"control_plane_name": "edge"}}) == []


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        (changed(protocol="http"), "vaults.0.config.approle.protocol: Input should be 'https'"),
        (changed(kv="v1"), "vaults.0.config.approle.kv: Input should be 'v2'"),
        (changed(port="8200"), "vaults.0.config.approle.port: Input should be a valid integer"),
        (changed(resurrect_ttl=...), "vaults.0.config.approle.resurrect_ttl: Field required"),
        (changed(ttl=0), "vaults.0.config.approle.ttl: Input should be greater than or equal to 1"),
        (changed(ssl_verify=False), "vaults.0.config.approle.ssl_verify: Input should be True"),
        (changed(kube_role="kong"), "vaults.0.config.approle.kube_role: Extra inputs are not permitted"),
        (changed(approle_role_id="a-role-id"), "approle_role_id: String should match pattern"),
        (changed(auth_method="userpass"), "vaults.0.config: Input tag 'userpass' found using"),
        ({**FILE, "_format_version": "1.1"}, "_format_version: Input should be '3.0'"),
        ({**FILE, "services": []}, "services: Extra inputs are not permitted"),
        ({**FILE, "vaults": []}, "vaults: List should have at least 1 item"),
        ([], "the file: Input should be a valid dictionary"),
    ],
)
def test_what_is_not_of_the_form_is_named(document: Any, fault: str):
    assert any(fault in line for line in faults(document)), faults(document)


@pytest.mark.parametrize(
    ("method", "fields"),
    [
        ("token", {"token"}),
        ("cert", {"cert_auth_cert", "cert_auth_cert_key"}),
        ("oauth2", {"oauth2_client_secret"}),
    ],
)
def test_a_secret_that_stands_in_the_file_is_a_fault_and_is_not_shown(method: str, fields: set[str]):
    config = dict.fromkeys(CONFIGS[method].model_fields, "canary-1") | {
        **{name: value for name, value in CONFIG.items() if not name.startswith("approle")},
        "auth_method": method,
    }
    wrong = faults({**FILE, "vaults": [{"name": "hcv", "prefix": "p", "config": config}]})
    assert fields <= {line.partition(":")[0].rpartition(".")[2] for line in wrong}
    assert "canary" not in str(wrong)
    assert methods.METHODS[method].secrets <= fields
