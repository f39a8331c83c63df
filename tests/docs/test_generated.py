"""What code knows stands in the pages as the code has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.generator import code, config
from docs.generator.blocks import pages, renewed
from tests.docs.pages import ROOT, name


@pytest.mark.parametrize("page", pages(), ids=name)
def test_generated_blocks_are_in_step(page: Path) -> None:
    text = page.read_text("utf-8")
    assert renewed(text) == text, "run: .venv/bin/python -m docs.generator"


@pytest.mark.parametrize("token", [token for token, _ in code.components()])
def test_every_component_has_a_page(token: str) -> None:
    page = ROOT / "docs" / code.page_of(token)
    assert f"<!-- generated: interface {token} -->" in page.read_text("utf-8")
    for part in ("## What it creates", "## Limits", "## How it is proven"):
        assert part in page.read_text("utf-8")


def test_every_page_of_a_component_has_its_component() -> None:
    known = {ROOT / "docs" / code.page_of(token) for token, _ in code.components()}
    assert set((ROOT / "docs" / "components").glob("*.md")) == known


def test_every_key_of_a_stack_file_says_what_it_is_for() -> None:
    texts = config.meanings()
    used = {config.meaning_key(row.key, texts) for row in config.rows()}
    assert used == set(texts)
    assert all(text.endswith(".") for text in texts.values())


def test_every_top_level_key_has_its_table() -> None:
    page = (ROOT / "docs" / "stack.md").read_text("utf-8")
    for root in {row.key.partition(".")[0] for row in config.rows()}:
        assert f"| `{root}` |" in page
