"""The text of a decK file."""

from __future__ import annotations

import yaml

from tests.components.documents.kong.entities import rendered
from workload_secrets.kong.deck_text import HEADER, deck_text, variables

DOCUMENT = {
    "_format_version": "3.0",
    "vaults": [{"name": "hcv", "prefix": "apps", "config": {"port": 8200, "token": '${{ env "DECK_A" }}'}}],
}


def test_the_header_comes_first_then_the_notes():
    assert deck_text(DOCUMENT, "one", "two").startswith(f"{HEADER}\n# one\n# two\n_format_version: '3.0'\n")


def test_a_variable_stands_in_a_block_so_that_its_value_stays_whole():
    text = deck_text(DOCUMENT)
    assert '    token: |-\n      ${{ env "DECK_A" | indent 6 }}\n' in text
    for value in ("plain", "two\nlines", "'single' \"double\"", "# : {}", "- a\n- b", "-----\nx\n-----\n"):
        (vault,) = rendered(text, {"DECK_A": value})["vaults"]
        assert vault["config"] == {"port": 8200, "token": value.rstrip("\n")}


def test_a_long_line_is_not_folded():
    made = {"vaults": [{"prefix": "p", "description": "word " * 200 + "end", "config": {}}]}
    assert yaml.safe_load(deck_text(made)) == made
    assert len(deck_text(made).splitlines()) == 5


def test_the_variables_are_found_by_vault_and_field():
    assert variables(DOCUMENT) == {"DECK_A": ("apps", "token")}


def test_what_another_reader_takes_for_something_else_is_quoted():
    for value in ("Y", "n", "1e3", "0o7", "~", "=", "on", "null", "12:30"):
        text = deck_text({"vaults": [{"prefix": "p", "description": value, "config": {}}]})
        assert f"description: '{value}'\n" in text
    assert "prefix: apps\n" in deck_text(DOCUMENT)
