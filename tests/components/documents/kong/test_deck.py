"""The content of a decK file."""

from __future__ import annotations

from hypothesis import given

from components.documents.kong import deck
from components.documents.kong.entity import Given, VaultEntity
from tests.components.documents.kong.entities import LIMITS, entities

ENTITY = VaultEntity(
    gateway="edge-1",
    prefix="hashicorp-vault",
    description="of the ${{ edge",
    tags=("a",),
    fields={"host": "vault.example", "port": 8200, "flag": True, "token": Given("a token")},
)


def test_a_file_has_the_vaults_with_every_field():
    assert deck.document([ENTITY]) == {
        "_format_version": "3.0",
        "vaults": [
            {
                "name": "hcv",
                "prefix": "hashicorp-vault",
                "description": 'of the ${{ "${{" }} edge',
                "tags": ["a"],
                "config": {
                    "host": "vault.example",
                    "port": 8200,
                    "flag": True,
                    "token": '${{ env "DECK_EDGE_1_HASHICORP_VAULT_TOKEN" }}',
                },
            }
        ],
    }


def test_a_control_plane_of_konnect_is_named():
    assert deck.document([], "edge")["_konnect"] == {"control_plane_name": "edge"}


def test_a_vault_says_nothing_of_what_it_has_not():
    bare = VaultEntity(gateway="g", prefix="p", description=None, tags=(), fields={})
    assert deck.document([bare])["vaults"] == [{"name": "hcv", "prefix": "p", "config": {}}]


@LIMITS
@given(entities())
def test_what_is_brought_along_is_a_name_and_nothing_else(entity: VaultEntity):
    (vault,) = deck.document([entity])["vaults"]
    names = deck.variables([entity])
    assert {vault["config"][field] for field in entity.given} == {deck.expression(name) for name in names}
    assert list(names.values()) == list(entity.given.values())
    assert all(name.startswith("DECK_") and name == name.upper() for name in names)


@LIMITS
@given(entities())
def test_numbers_and_truth_values_stay_what_they_are(entity: VaultEntity):
    (vault,) = deck.document([entity])["vaults"]
    literal = {name: value for name, value in vault["config"].items() if name in entity.literal}
    assert literal == entity.literal
    assert [type(value) for value in literal.values()] == [type(value) for value in entity.literal.values()]
