"""Links of the pages lead somewhere, and every page is reached."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, inline, name, prose

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FOLDERS = ("components/", "workload_secrets/", "tests/", "docs/", "certs/", "requirements/", "policies/")


def targets(page: Path) -> list[str]:
    return [link for link in _LINK.findall(prose(page)) if not link.startswith("https://")]


def headings(page: Path) -> set[str]:
    """The anchors that a page has, as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_resolves_to_a_file_and_its_heading(page: Path) -> None:
    for link in targets(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name(page)}: {link}"
        assert not anchor or anchor in headings(target), f"{name(page)}: {link}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_named_path_exists(page: Path) -> None:
    for text in inline(page):
        if text.startswith(_FOLDERS) and re.fullmatch(r"[\w./-]+", text):
            assert (ROOT / text).exists(), f"{name(page)}: {text}"


def test_every_page_is_reached_from_the_readme() -> None:
    reached = {ROOT / "README.md"}
    for _ in range(4):
        reached |= {
            (page.parent / link.partition("#")[0]).resolve()
            for page in reached
            if page.suffix == ".md"
            for link in targets(page)
        }
    assert [name(page) for page in PAGES if page not in reached] == []
