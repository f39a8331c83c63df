"""The review for a reader in a hurry: text, and all of it as JSON."""

from __future__ import annotations

import json
import re

from tests.review.planted import CANARY, EVIL, SOURCE, TODAY, dev, resource, settings, value, waiver, wide
from workload_secrets.graph.model import UNKNOWN
from workload_secrets.review import report
from workload_secrets.review.remark import DIFFERENCE, LOST_VALUE, NEW_ACCESS, Remark
from workload_secrets.review.run import Review, review

PLACE = "dev::aws:iam/rolePolicy:RolePolicy::wide"
LATER = resource("aws:iam/rolePolicy:RolePolicy", "later", {"role": "dev-pmp", "policy": UNKNOWN})
WARNED = {"dev": frozenset({"IAM-03"})}


def everything() -> Review:
    """Refused, warned of, put off, waived and accepted."""
    return review(
        dev(wide(), value(), LATER),
        settings(waiver("IAM-01", PLACE), warning=WARNED),
        today=TODAY,
        base=dev(value()),
        accept_new_access=True,
    )


def test_a_clean_stack_says_what_ran_and_that_no_waiver_is_in_force() -> None:
    text = report.render(review(dev(), settings(), today=TODAY))
    assert text.startswith("0 refused, 0 warnings, 0 waived\n")
    assert re.search(
        r"^\d+ rules run on \d+ resources, judged as tier development: AGT \d+, ", text, re.MULTILINE
    )
    assert text.endswith("waivers: none in force\n")


def test_waivers_are_listed_with_owner_and_expiry_also_where_nothing_is_found() -> None:
    found = review(dev(), settings(waiver("IAM-08", PLACE)), today=TODAY)
    (line,) = [line for line in report.render(found).splitlines() if line.startswith("waiver: ")]
    assert line.startswith(
        f"waiver: IAM-08 on {PLACE}: until 2026-07-01, by platform-team, covers nothing here"
    )


def test_a_finding_has_place_path_text_source_and_what_to_do() -> None:
    text = report.render(everything())
    (block,) = re.findall(r"^refused: IAM-02 critical: .*?^    see .*?$", text, re.MULTILINE | re.DOTALL)
    assert f"  - {PLACE} at policy: role dev-pmp can read secrets" in block
    assert f"    declared at {SOURCE}" in block
    assert re.search(r"^    why: .+$", block, re.MULTILINE)
    assert re.search(r"^    remedy: .+$", block, re.MULTILINE)


def test_refused_comes_first_and_the_gravest_before_all() -> None:
    text = report.render(everything())
    kinds = re.findall(r"^(refused|warning|put off|accepted|waiver): \S+ (?:(\w+):)?", text, re.MULTILINE)
    order = ["refused", "warning", "put off", "accepted", "waiver"]
    assert [kind for kind, _ in kinds] == sorted((kind for kind, _ in kinds), key=order.index)
    assert {kind for kind, _ in kinds} == set(order)
    severities = [severity for kind, severity in kinds if kind == "refused"]
    assert severities == sorted(severities, key=["critical", "high", "medium", "low"].index)


def test_remarks_stand_among_the_refused_but_a_difference_does_not() -> None:
    remarks = (
        Remark(rule=LOST_VALUE, text="a would be lost", source="components/a.py:3"),
        Remark(rule=NEW_ACCESS, text="pmp: read a", accepted=True),
        Remark(rule=DIFFERENCE, text="pmp can read"),
    )
    text = report.render(review(dev(), settings(), today=TODAY), remarks)
    assert "refused: CHANGE-01 critical" in text
    assert "declared at components/a.py:3" in text
    assert "accepted: CHANGE-02 high" in text
    assert "pmp can read" not in text
    assert text.startswith("1 refused, 0 warnings, 0 waived, 1 accepted\n")


def test_there_is_colour_only_where_asked_for() -> None:
    found = everything()
    assert "\x1b" not in report.render(found)
    assert "\x1b[1;31m" in report.render(found, colour=True)


def test_a_name_can_neither_steer_a_terminal_nor_start_a_line() -> None:
    text = report.render(review(dev(wide(EVIL)), settings(), today=TODAY))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert not [line for line in text.splitlines() if line.startswith("##")]
    assert "\\u000a## Injected" in text


def test_no_form_holds_a_value() -> None:
    for marked in (True, False):
        found = review(dev(value(marked)), settings(), today=TODAY)
        assert [f for f in found.verdict.refused if f.name == "value"]
        assert CANARY not in report.render(found)
        assert CANARY not in json.dumps(report.as_json(found))


def test_json_has_every_finding_and_is_the_same_twice() -> None:
    found = everything()
    data = report.as_json(found)
    verdict = found.verdict
    for key, findings in (
        ("warned", verdict.warned),
        ("deferred", verdict.deferred),
        ("waived", verdict.waived),
        ("accepted", found.accepted),
    ):
        assert findings
        assert len(data[key]) == len(findings)
    assert len(data["refused"]) == len(verdict.refused) + len(verdict.problems)
    assert data["passed"] is False
    assert len(data["rules"]) == len(found.rules)
    assert data["waivers"][0]["expires"] == "2026-07-01"
    assert json.dumps(data) == json.dumps(report.as_json(everything()))
