"""Who may use the key that unseals: one role, and no administrator."""

from __future__ import annotations

import json
from typing import Any

from components.documents import unseal_iam
from tests.engine import SCOPE

KEY = "arn:aws:kms:eu-central-1:111122223333:key/1-2"


def statements(text: str) -> dict[str, dict[str, Any]]:
    return {statement["Sid"]: statement for statement in json.loads(text)["Statement"]}


def test_only_the_servers_role_encrypts_and_decrypts() -> None:
    made = statements(unseal_iam.key_policy(SCOPE, role="dev-openbao-unseal"))
    users = {name for name, found in made.items() if {"kms:Encrypt", "kms:Decrypt"} & {*found["Action"]}}
    assert users == {"ServerUnseals"}
    assert made["ServerUnseals"]["Principal"] == {"AWS": "arn:aws:iam::111122223333:role/dev-openbao-unseal"}
    assert sorted(made["ServerUnseals"]["Action"]) == ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"]


def test_the_account_can_still_change_the_key() -> None:
    """Else nobody could ever repair its policy."""
    made = statements(unseal_iam.key_policy(SCOPE, role="r"))["AccountAdministersThroughIam"]
    assert made["Principal"] == {"AWS": SCOPE.root}
    assert "kms:PutKeyPolicy" in made["Action"]


def test_named_administrators_use_nothing() -> None:
    arn = "arn:aws:iam::111122223333:role/keys"
    made = statements(unseal_iam.key_policy(SCOPE, role="r", administrators=[arn]))["NamedAdministrators"]
    assert made["Principal"] == {"AWS": [arn]}
    assert not {"kms:Encrypt", "kms:Decrypt"} & {*made["Action"]}


def test_the_role_names_exactly_its_key() -> None:
    assert statements(unseal_iam.key_use(KEY))["Unseal"]["Resource"] == KEY
