"""What a sandbox replaces in a declared text, and that it replaces nothing else."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import pytest

from tests.stacks import server
from workload_secrets.errors import ServerError
from workload_secrets.sandbox.raft_text import Places, here, substitutions

PLACES = Places(
    ports=(20001, 20002, 20003), cluster_ports=(20011, 20012, 20013), seal_key=Path("/s/seal.key")
)


def changed(changes: dict[str, Any] | None = None) -> tuple[set[str], set[str]]:
    """Lines that went and lines that came, of the running text on node 1."""
    declared = server.declared(changes)
    lines = list(
        difflib.ndiff(declared.running.splitlines(), here(declared, declared.running, 1, PLACES).splitlines())
    )
    return tuple({line[2:].strip() for line in lines if line.startswith(sign)} for sign in "-+")  # type: ignore[return-value]


def test_addresses_paths_and_seal_are_replaced_and_nothing_else() -> None:
    gone, come = changed()
    assert gone - {"}"} == {
        'address = "[::]:8200"',
        'cluster_address = "[::]:8201"',
        'tls_cert_file = "/openbao/tls/tls.crt"',
        'tls_key_file = "/openbao/tls/tls.key"',
        'path = "/openbao/data"',
        'leader_api_addr = "https://openbao-0.openbao-internal.vault.svc:8200"',
        'leader_api_addr = "https://openbao-1.openbao-internal.vault.svc:8200"',
        'leader_api_addr = "https://openbao-2.openbao-internal.vault.svc:8200"',
        'leader_ca_cert_file = "/openbao/tls/ca.crt"',
        'seal "awskms" {',
        'region = "eu-central-1"',
        'kms_key_id = "alias/guide-unseal"',
        'file_path = "/openbao/audit/file.log"',
        'service_registration "kubernetes" {}',
    }
    assert come - {"}"} == {
        'address = "127.0.0.1:20002"',
        'cluster_address = "127.0.0.1:20012"',
        'x_forwarded_for_authorized_addrs = "127.0.0.1/32"',
        "x_forwarded_for_reject_not_present = false",
        'tls_cert_file = "tls/tls.crt"',
        'tls_key_file = "tls/tls.key"',
        'path = "data"',
        'leader_api_addr = "https://127.0.0.1:20001"',
        'leader_api_addr = "https://127.0.0.1:20002"',
        'leader_api_addr = "https://127.0.0.1:20003"',
        'leader_ca_cert_file = "tls/ca.crt"',
        'seal "static" {',
        'current_key_id = "sandbox"',
        'current_key = "file:///s/seal.key"',
        'file_path = "audit/file.log"',
    }


def test_the_names_that_nodes_prove_to_each_other_stay_as_declared() -> None:
    declared = server.declared()
    text = here(declared, declared.running, 0, PLACES)
    for peer in declared.peers:
        assert f'leader_tls_servername = "{peer}"' in text


def test_the_stanza_of_the_first_start_stays_as_declared() -> None:
    declared = server.declared()
    stanza = declared.first_start[declared.first_start.index("initialize") :]
    assert here(declared, declared.first_start, 0, PLACES).endswith(stanza)


def test_each_replacement_is_named() -> None:
    said = "\n".join(substitutions(server.declared()))
    for word in (
        "127.0.0.1",
        "/openbao",
        "certificate",
        "awskms → static",
        "service registration",
        "secret id",
    ):
        assert word in said
    assert "product vault 2.0.4 → OpenBao" in "\n".join(substitutions(server.declared(server.VAULT)))


@pytest.mark.parametrize("without", ['"[::]:8200"', '"[::]:8201"', 'service_registration "kubernetes" {}\n'])
def test_a_text_without_what_is_to_be_replaced_is_an_error(without: str) -> None:
    declared = server.declared()
    with pytest.raises(ServerError, match="which the sandbox has to replace"):
        here(declared, declared.running.replace(without, ""), 0, PLACES)
