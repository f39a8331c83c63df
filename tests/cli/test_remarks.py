"""What `preview` shows and refuses beside the rules, in each format."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.review.planted import TODAY, dev, settings
from workload_secrets.access.change import Change, Refusal
from workload_secrets.access.compare import Difference
from workload_secrets.access.derived import declaration_of, derived
from workload_secrets.access.notice import Notice
from workload_secrets.access.proof import Proof
from workload_secrets.cli.preview import exit_of
from workload_secrets.cli.remarks import remarks
from workload_secrets.cli.shown import Shown, written
from workload_secrets.decide.answer import Answer
from workload_secrets.errors import Exit
from workload_secrets.review.run import review
from workload_secrets.review.site import Site

NOTHING = Change(added=(), changed=(), removed=(), gained=(), lost=(), refusals=(), warnings=())
GAINED = replace(NOTHING, gained=("pmp: read a",))
LOST = replace(NOTHING, lost=("pmp: read a",))
REFUSED = replace(NOTHING, refusals=(Refusal("a holds a value", "components/a.py:3"),))
WRONG = Difference("derived", "pmp", "a", "read", Answer.NO, Answer.YES, ("why",), "components/b.py:4")
VIOLATION = Notice("violation", "it isn't so", "components/c.py:5")
NOTE = Notice("note", "see https://example.org/a|b @team")


def shown(
    change: Change | None = None,
    *,
    notices: tuple[Notice, ...] = (),
    differences: tuple[Difference, ...] = (),
    new_stack: bool = False,
    accept: bool = False,
) -> Shown:
    graph = dev()
    proof = Proof(stack="dev", declaration=declaration_of(graph), derived=derived(graph))
    object.__setattr__(proof, "differences", differences)
    return Shown(
        graph=graph,
        proof=proof,
        notices=notices,
        change=change,
        review=review(graph, settings(), today=TODAY),
        remarks=remarks(change, notices, proof, new_stack=new_stack, accept_new_access=accept),
        site=Site(),
    )


@pytest.mark.parametrize(
    ("given", "code", "rules"),
    [
        ({}, Exit.OK, []),
        ({"change": NOTHING}, Exit.OK, []),
        ({"change": LOST}, Exit.OK, []),
        ({"change": GAINED}, Exit.POLICY, ["CHANGE-02"]),
        ({"change": GAINED, "accept": True}, Exit.OK, ["CHANGE-02"]),
        ({"change": GAINED, "new_stack": True}, Exit.OK, []),
        ({"change": REFUSED, "accept": True}, Exit.POLICY, ["CHANGE-01"]),
        ({"notices": (NOTE,)}, Exit.OK, []),
        ({"notices": (VIOLATION,)}, Exit.POLICY, ["NOTICE-01"]),
        ({"differences": (WRONG,)}, Exit.ACCESS, ["ACCESS-01"]),
        ({"change": REFUSED, "differences": (WRONG,)}, Exit.POLICY, ["CHANGE-01", "ACCESS-01"]),
    ],
)
def test_what_ends_a_preview_is_a_result(given: dict[str, Any], code: Exit, rules: list[str]) -> None:
    found = shown(**given)
    assert exit_of(found) == code
    results = json.loads(written(found, "sarif"))["runs"][0]["results"]
    assert [result["ruleId"] for result in results] == rules
    assert ("suppressions" in results[0] if results else False) == (rules != [] and code == Exit.OK)


def test_the_review_comes_first_in_markdown_and_notices_call_nobody() -> None:
    text = written(shown(GAINED, notices=(NOTE,)), "markdown")
    assert text.startswith("## Review: dev\n\n**1 refused, ")
    order = ["## Review", "## Changes", "## Access", "## To know", "## Resources"]
    assert sorted(order, key=text.index) == order
    assert "- note: see https://example.org/a&#124;b @\u200bteam" in text


def test_json_says_what_is_refused_with_its_line() -> None:
    found = json.loads(written(shown(REFUSED, notices=(VIOLATION,)), "json"))
    assert found["review"]["passed"] is False
    refused = {entry["rule"]: entry["source"] for entry in found["review"]["refused"]}
    assert refused == {"CHANGE-01": "components/a.py:3", "NOTICE-01": "components/c.py:5"}


def test_a_deletion_is_refused_until_it_is_accepted() -> None:
    deletes = replace(NOTHING, deletions=(Refusal("a namespace goes", "components/a.py:3"),))
    for accepted in (False, True):
        (found,) = remarks(
            deletes,
            (),
            shown().proof,
            new_stack=False,
            accept_new_access=True,
            accept_deletions=accepted,
        )
        assert (found.rule.id, found.refuses) == ("CHANGE-03", not accepted)
