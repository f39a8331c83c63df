"""The three forms of a vault say the same, as far as they say the same thing."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from components.documents.kong import deck, environment
from components.documents.kong.entity import VaultEntity
from components.documents.kong.object import kong_vault
from tests.components.documents.kong.entities import LIMITS, entities, rendered
from workload_secrets.kong.deck_schema import faults, ordered
from workload_secrets.kong.deck_text import deck_text

BROUGHT = "-----BEGIN X-----\nline: \"two\" # of 'it'\n  ${{ }} \\ end\n-----END X-----"
"""A value with all that a file could take for its own."""
FIELDS = {name: field for field, name in environment.NAMES.items()}
METHODS = {name: method for method, name in environment.METHODS.items()}


def by_deck(entity: VaultEntity) -> dict[str, Any]:
    """The vault as decK reads it from the text, with the same value for each variable."""
    document = ordered(deck.document([entity]))
    (vault,) = rendered(deck_text(document, "a note"), dict.fromkeys(deck.variables([entity]), BROUGHT))[
        "vaults"
    ]
    return vault


def from_environment(entity: VaultEntity) -> dict[str, Any]:
    """The fields that Kong takes from its environment, by the entity's names and types."""
    made = {
        **environment.vault_environment(entity),
        **dict.fromkeys(environment.brought_along(entity), BROUGHT),
    }
    found = {
        FIELDS.get(name := key.removeprefix("KONG_VAULT_HCV_").lower(), name): text
        for key, text in made.items()
    }
    found["auth_method"] = METHODS.get(found["auth_method"], found["auth_method"])
    return {field: read(text, entity.fields[field]) for field, text in found.items()}


def read(text: str, like: object) -> str | int | bool:
    if isinstance(like, bool):
        return {"true": True, "false": False}[text]
    return int(text) if isinstance(like, int) else text


@LIMITS
@given(entities())
def test_every_deck_file_is_of_our_form(entity: VaultEntity):
    assert faults(deck.document([entity], "a control plane")) == []


@LIMITS
@given(entities())
def test_deck_and_the_environment_configure_the_same_fields(entity: VaultEntity):
    assert by_deck(entity)["config"] == from_environment(entity)


@LIMITS
@given(entities())
def test_deck_reads_the_entity_whole(entity: VaultEntity):
    whole = {**entity.fields, **dict.fromkeys(entity.given, BROUGHT)}
    expected: dict[str, Any] = {"name": "hcv", "prefix": entity.prefix, "config": whole}
    if entity.description:
        expected["description"] = entity.description
    if entity.tags:
        expected["tags"] = list(entity.tags)
    assert by_deck(entity) == expected


@LIMITS
@given(entities(secret=False))
def test_an_object_says_what_deck_says(entity: VaultEntity):
    known = dict.fromkeys(entity.given, BROUGHT)
    spec = dict(kong_vault(entity, name="n", ingress_class="kong", known=known).spec)
    assert {"name": spec.pop("backend"), **spec} == by_deck(entity)
