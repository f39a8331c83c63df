"""The review as a pull request shows it."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.review.planted import CANARY, EVIL, SOURCE, TODAY, dev, settings, value, waiver, wide
from workload_secrets.escape import visible
from workload_secrets.review import markdown
from workload_secrets.review.markdown import MANY
from workload_secrets.review.remark import NEW_ACCESS, Remark
from workload_secrets.review.run import Review, review

PLACE = "dev::aws:iam/rolePolicy:RolePolicy::wide"
PARSER = MarkdownIt("commonmark").enable("table")


def text_of(found: Review, *remarks: Remark) -> str:
    return "\n".join(markdown.render(found, remarks))


def tokens(text: str) -> list[Token]:
    """Every token, those of lines too."""
    return [inner for token in PARSER.parse(text) for inner in (token, *(token.children or ()))]


def headings(text: str) -> list[str]:
    found = PARSER.parse(text)
    return [found[i + 1].content for i, token in enumerate(found) if token.type == "heading_open"]


def test_a_clean_stack_is_short_and_lists_what_ran() -> None:
    found = review(dev(), settings(), today=TODAY)
    text = text_of(found)
    assert headings(text) == ["Review: dev", "Waivers in force"]
    assert "**0 refused, 0 warnings, 0 waived**; " in text
    assert "None." in text
    assert all(f"`{rule}`" in text for rule in found.rules)


def test_a_finding_has_place_path_text_source_and_what_to_do() -> None:
    text = text_of(review(dev(wide()), settings(), today=TODAY))
    assert "### Refused" in text
    assert "- **critical `IAM-02`**: a role reads exactly the secrets" in text
    assert f"  - `{PLACE}` at `policy`: `role dev-pmp can read" in text
    assert f"declared at `{SOURCE}`" in text
    assert "  - Why: A pattern opens secrets" in text
    assert "[Reference](https://docs.aws.amazon.com/" in text


def test_live_waivers_are_listed_where_nothing_is_found() -> None:
    text = text_of(review(dev(), settings(waiver("IAM-08", PLACE)), today=TODAY))
    assert f"- `IAM-08 on {PLACE}`: `until 2026-07-01, by platform-team, covers nothing here`" in text


def test_names_of_a_pull_request_are_shown_and_mean_nothing() -> None:
    graph = dev(wide(EVIL))
    place = f"dev::aws:iam/rolePolicy:RolePolicy::{EVIL}"
    given = settings(waiver("IAM-01", place))
    clean = tokens(text_of(review(dev(wide()), settings(waiver("IAM-01", PLACE)), today=TODAY)))
    text = text_of(review(graph, given, today=TODAY), Remark(rule=NEW_ACCESS, text=EVIL))
    found = tokens(text)
    assert headings(text) == ["Review: dev", "Refused", "Waivers in force"]
    assert {str(t.attrs["href"]) for t in found if t.type == "link_open"} <= {
        str(t.attrs["href"]) for t in clean if t.type == "link_open"
    }
    assert not [t for t in found if t.type in {"image", "html_inline"}]
    assert [t.content for t in found if t.type == "html_block"] == [
        t.content for t in clean if t.type == "html_block"
    ]
    spans = [t.content for t in found if t.type == "code_inline"]
    assert visible(place) in spans
    assert visible(EVIL) in spans
    assert not [t for t in found if t.type == "text" and "evil.example" in t.content]


def test_of_very_many_findings_of_a_rule_the_rest_is_counted() -> None:
    graph = dev(*(wide(f"wide{number}") for number in range(MANY + 3)))
    text = text_of(review(graph, settings(), today=TODAY))
    section = text.split("- **critical `IAM-01`**")[1].split("- **")[0]
    assert section.count("  - `dev::aws:iam/rolePolicy:RolePolicy::wide") == MANY
    assert "  - 3 more: see `--format json`" in section


def test_no_value_is_in_it() -> None:
    for marked in (True, False):
        assert CANARY not in text_of(review(dev(value(marked)), settings(), today=TODAY))
