"""The object of a vault, and which vault has none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from components.documents.kong import entity as fields
from components.documents.kong.entity import VaultEntity
from components.documents.kong.object import kong_vault
from tests.components.documents.kong.entities import LIMITS, entities

ROLE_ID = {"approle_role_id": "the-role-id"}


def entity(login: dict[str, Any], **more: Any) -> VaultEntity:
    made: dict[str, Any] = {"gateway": "edge", "prefix": "apps", "description": None, "tags": ()}
    return VaultEntity(**(made | more), fields={"host": "vault.example", "port": 8200, **login})


def machine() -> dict[str, Any]:
    return fields.approle_fields(auth_mount="approle", secret_id_file="/etc/id", response_wrapping=False)


def test_an_object_has_backend_prefix_and_config():
    login = fields.kubernetes_fields(role="kong", auth_mount="kubernetes", token_file="/token")
    item = entity(login, description="of the edge", tags=("a", "b"))
    made = kong_vault(item, name="edge-apps", ingress_class="kong")
    assert made.name == "edge-apps"
    assert made.annotations == {"kubernetes.io/ingress.class": "kong"}
    assert made.spec == {
        "backend": "hcv",
        "prefix": "apps",
        "description": "of the edge",
        "tags": ["a", "b"],
        "config": {"host": "vault.example", "port": 8200, **login},
    }


def test_a_role_id_is_put_where_the_program_knows_it():
    made = kong_vault(entity(machine()), name="edge-apps", ingress_class="kong", known=ROLE_ID)
    assert made.spec["config"]["approle_role_id"] == "the-role-id"
    assert "description" not in made.spec
    assert "tags" not in made.spec


def test_what_nobody_knows_is_an_error():
    with pytest.raises(ValueError, match=r"edge\.apps: nothing is known of approle_role_id"):
        kong_vault(entity(machine()), name="edge-apps", ingress_class="kong")


@LIMITS
@given(entities(secret=True))
def test_no_object_is_made_of_a_login_that_needs_a_secret(item: VaultEntity):
    known = dict.fromkeys(item.given, "canary")
    with pytest.raises(ValueError, match="needs a secret, which no object holds") as raised:
        kong_vault(item, name="n", ingress_class="kong", known=known)
    assert "canary" not in str(raised.value)


@LIMITS
@given(entities(secret=False))
def test_a_value_is_only_put_where_one_is_brought_along(item: VaultEntity):
    known = {**dict.fromkeys(item.fields, "canary"), **dict.fromkeys(item.given, "known")}
    config = kong_vault(item, name="n", ingress_class="kong", known=known).spec["config"]
    assert "canary" not in config.values()
    assert {name for name, value in config.items() if value == "known"} == set(item.given)
