"""Vault policies."""

from __future__ import annotations

import pytest

from components.documents.vault_policy import VaultGrant, policy_hcl, vault_policy

READER = 'path "pmp-dev/data/admin" {\n  capabilities = ["read"]\n}\n'


def test_a_reader_reads_one_data_path():
    assert vault_policy([VaultGrant(mount="pmp-dev", path="admin")]) == READER


def test_a_writer_writes_one_data_path_and_reads_its_metadata():
    assert vault_policy([VaultGrant(mount="pmp-dev", path="admin", verb="write")]) == (
        'path "pmp-dev/data/admin" {\n  capabilities = ["create", "read", "update"]\n}\n'
        "\n"
        'path "pmp-dev/metadata/admin" {\n  capabilities = ["read"]\n}\n'
    )


def test_a_certificate_ends_when_its_role_says():
    """A date in the request would win over every TTL of the role."""
    text = vault_policy([VaultGrant(mount="pki", path="api", kind="pki", verb="issue")])
    assert text == (
        'path "pki/issue/api" {\n  capabilities = ["update"]\n  allowed_parameters = {\n'
        '    "*" = []\n    "not_after" = [""]\n    "not_before" = [""]\n  }\n}\n'
    )


def test_nobody_deletes_or_lists():
    text = vault_policy([VaultGrant(mount="m", path="p", verb="write")])
    assert "delete" not in text
    assert "list" not in text
    assert "*" not in text


def test_two_grants_on_one_path_are_one_block():
    """Vault would merge a repeated path by denying; one block leaves nothing to merge."""
    grant = VaultGrant(mount="m", path="p")
    text = vault_policy([grant, VaultGrant(mount="m", path="p", verb="write")])
    assert text.count('path "m/data/p"') == 1


def test_the_order_of_grants_does_not_matter():
    one, two = VaultGrant(mount="m", path="a"), VaultGrant(mount="m", path="b")
    assert vault_policy([one, two]) == vault_policy([two, one])


def test_a_policy_of_a_parent_namespace_prefixes_its_paths():
    assert 'path "team/m/data/p"' in vault_policy([VaultGrant(mount="m", path="p")], namespace="team/")


@pytest.mark.parametrize("path", ['a"b', "a\\b", "a\nb"])
def test_a_path_that_would_break_out_of_its_quotes_is_refused(path: str):
    with pytest.raises(ValueError, match="quotes, backslashes or line ends"):
        policy_hcl({path: ["read"]})
