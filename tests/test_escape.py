"""No text of others steers a terminal or ends its place in Markdown."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from workload_secrets.escape import code, fenced, prose, visible

NASTY = st.one_of(st.text(), st.text(alphabet="`*_[]()<>|\\&#@!~$\n ax1\u202e\x1b"))
PARSER = MarkdownIt("commonmark").enable("table")


def inline(markdown: str) -> list[Any]:
    """What stands in the one paragraph that there has to be."""
    tokens = PARSER.parse(markdown)
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    return list(tokens[1].children or ())


@given(NASTY)
def test_a_code_span_holds_the_whole_text_and_nothing_else(text: str) -> None:
    before, span, after = inline(f"x {code(text)} y")
    assert (before.type, span.type, after.type) == ("text", "code_inline", "text")
    shown = visible(text) or "(empty)"
    assert span.content in {shown, shown.strip(" ")}


def test_a_code_span_of_blanks_alone_is_as_wide_as_they_are() -> None:
    assert code(" ") == "` `"


@given(NASTY)
def test_prose_is_text_and_nothing_else(text: str) -> None:
    tokens = inline(f"x: {prose(text)}.")
    assert {token.type for token in tokens} <= {"text", "text_special"}
    assert "".join(token.content for token in tokens).replace("\u200b", "") == f"x: {visible(text)}."


@given(NASTY)
def test_prose_stays_in_its_cell(text: str) -> None:
    table = PARSER.parse(f"| a | b |\n|---|---|\n| {prose(text)} | y |\n")
    cells = [t for t in table if t.type == "inline"]
    assert len(cells) == 4
    assert cells[3].content == "y"


@given(st.lists(NASTY, max_size=4))
def test_a_block_ends_where_it_is_meant_to(lines: list[str]) -> None:
    tokens = PARSER.parse("\n".join((*fenced(lines), "after")))
    assert [token.type for token in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]
    assert tokens[0].content == "".join(f"{visible(line)}\n" for line in lines)


@given(NASTY)
def test_what_is_visible_is_one_line_that_steers_nothing(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    assert visible(shown) == shown


def test_a_name_calls_nobody_and_links_no_issue() -> None:
    assert prose("@org/team fixes #12") == "@\u200borg/team fixes #\u200b12"
