"""The server's text: closed by default, the same on every node, and safe in the charts' hands."""

from __future__ import annotations

from typing import Any

import hcl2
import pytest

from components.config.errors import ConfigError
from components.documents import server_config, server_texts
from tests.stacks import server
from workload_secrets.decide.vault_acl import Policy, capabilities

WORDS = ("{{", "HOST_IP", "POD_IP", "HOSTNAME", "API_ADDR", "TRANSIT_ADDR", "RAFT_ADDR")
VARIANTS: dict[str, dict[str, Any]] = {
    "openbao, awskms": {},
    "openbao, static": {"vaultServer/seal": server.STATIC, "vaultServer/version": "2.7.2"},
    "openbao, shamir, five": {"vaultServer/seal": {"type": "shamir"}, "vaultServer/replicas": 5},
    "openbao, transit": {
        "vaultServer/seal": {
            "type": "transit",
            "secret": {"name": "other", "key": "token"},
            "address": "https://other.example:8200",
            "mount": "transit",
            "keyName": "unseal",
        }
    },
    "vault, awskms": server.VAULT,
}


def texts(changes: dict[str, Any]) -> tuple[str, str]:
    stack = server.stack(changes)
    return server_texts.first_start(stack), server_texts.running(stack)


def read(text: str) -> dict[str, Any]:
    return hcl2.loads(text)  # pyright: ignore


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_text_is_hcl_that_the_charts_leave_alone(variant: str) -> None:
    for text in texts(VARIANTS[variant]):
        assert read(text)
        assert [word for word in WORDS if word in text] == []


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_listener_speaks_tls_and_nothing_else(variant: str) -> None:
    for text in texts(VARIANTS[variant]):
        assert "tls_disable" not in text
        assert 'tls_min_version = "tls12"' in text
        assert "http://" not in text
        assert "skip_verify" not in text


@pytest.mark.parametrize("variant", VARIANTS)
def test_nobody_initialises_from_the_running_text(variant: str) -> None:
    _, running = texts(VARIANTS[variant])
    assert "initialize" not in running
    assert server_config.SECRET_ID_VARIABLE not in running


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_node_joins_by_every_name_and_verifies_it(variant: str) -> None:
    changes = VARIANTS[variant]
    peers = server.declared(changes).peers
    _, running = texts(changes)
    assert running.count("retry_join {") == len(peers) in (3, 5)
    for peer in peers:
        assert f'leader_api_addr = "https://{peer}:8200"' in running
        assert f'leader_tls_servername = "{peer}"' in running
    assert running.count("leader_ca_cert_file = ") == len(peers)


def test_the_first_start_joins_nobody_and_initialises_itself() -> None:
    first, _ = texts({})
    assert "retry_join" not in first
    assert first.count('initialize "bootstrap" {') == 1


@pytest.mark.parametrize("variant", ["openbao, shamir, five", "vault, awskms"])
def test_where_a_person_initialises_no_stanza_does(variant: str) -> None:
    first, _ = texts(VARIANTS[variant])
    assert "initialize" not in first
    assert not server.declared(VARIANTS[variant]).initialises


def test_both_texts_differ_by_joining_and_initialising_alone() -> None:
    """So nothing else changes when the second node comes."""
    first, running = texts({})
    joins = running[running.index("  retry_join") : running.index("}\nseal")]
    assert first.startswith(running.replace(joins, ""))


def test_the_secret_id_comes_from_the_environment_and_works_once() -> None:
    first, _ = texts({})
    assert 'eval_source = "env"' in first
    assert f'env_var = "{server_config.SECRET_ID_VARIABLE}"' in first
    assert "require_present = true" in first
    assert "secret_id_num_uses = 1" in first


def test_audit_devices_stand_in_openbaos_text_and_not_in_vaults() -> None:
    _, openbao = texts({})
    _, vault = texts(server.VAULT)
    assert 'audit "file" "file"' in openbao
    assert 'file_path = "/openbao/audit/file.log"' in openbao
    assert 'file_path = "stdout"' in openbao
    assert "audit" not in vault


def test_no_standby_answers_with_old_data() -> None:
    openbao, _ = texts({})
    old, _ = texts({"vaultServer/version": "2.4.4"})
    vault, _ = texts(server.VAULT)
    assert "disable_standby_reads = true" in openbao
    assert "disable_standby_reads" not in old + vault
    assert "disable_mlock = true" in vault
    assert "disable_mlock" not in openbao


def test_no_seal_holds_a_credential() -> None:
    for changes in VARIANTS.values():
        for text in texts(changes):
            assert "token" not in text.split("initialize")[0]
            assert "access_key" not in text


def test_the_key_that_unseals_is_named_before_it_exists() -> None:
    given = {
        "vaultServer/seal/key": "existing",
        "vaultServer/seal/keyArn": "arn:aws:kms:eu-central-1:777788889999:key/1-2",
    }
    assert 'kms_key_id = "alias/guide-unseal"' in texts({})[1]
    assert 'kms_key_id = "arn:aws:kms:eu-central-1:777788889999:key/1-2"' in texts(given)[1]


def test_the_bootstrap_login_makes_logins_and_reads_no_secret() -> None:
    policies = [Policy.parse(server_config.bootstrap_policy(), "bootstrap")]
    for path in ("sys/policies/acl/deployer", "sys/auth/ci", "auth/ci/config", "auth/ci/role/deployer"):
        assert "update" in capabilities(policies, path), path
    for path in ("secret/data/production/api-service", "sys/raw/core", "sys/seal", "sys/mounts/secret"):
        assert capabilities(policies, path) <= {"deny"}, path


@pytest.mark.parametrize("word", WORDS[1:])
def test_a_name_that_the_charts_would_replace_is_refused(word: str) -> None:
    text = server_config.ServerText(
        folder="/openbao",
        peers=(f"{word}.vault.svc",),
        seal=None,
        audit={},
        no_standby_reads=True,
        disable_mlock=False,
    )
    with pytest.raises(ConfigError, match="which the chart replaces"):
        server_config.running(text)
