"""Two recordings of one commit are equal, and a change of a document shows."""

from __future__ import annotations

import json
from pathlib import Path

from tests.recordings.normal import normal
from tests.recordings.record import differences, main, stacks


def test_every_stack_of_the_repository_is_recorded():
    assert {"dev", "prod", "examples/kong.yaml", "tests/stacks/ci.yaml"} <= set(stacks())
    assert len(stacks()) >= 30


def test_what_differs_by_chance_is_taken_out_and_nothing_else():
    said = "https://127.0.0.1:28113 made components/aws/secret.py:64 at 2026-11-30T12:00:00Z in 4.6 s"
    assert normal(said) == "https://127.0.0.1:PORT made components/aws/secret.py:LINE at TIME in SECONDS s"
    assert normal("arn:aws:iam::111122223333:role/dev-pmp") == "arn:aws:iam::111122223333:role/dev-pmp"


def test_logins_are_a_set_and_other_lists_keep_their_order():
    assert normal({"observed": ["b", "a"]}) == normal({"observed": ["a", "b"]})
    assert normal({"actions": ["b", "a"]}) != normal({"actions": ["a", "b"]})


def test_two_recordings_of_one_commit_are_equal_and_a_changed_document_shows(tmp_path: Path):
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        assert main([str(folder), "--only", "dev"]) == 0
    assert sorted(file.name for file in one.iterdir()) == ["dev.graph.json", "dev.preview.json"]
    assert json.loads((one / "dev.preview.json").read_text())["exit"] == 0
    assert main(["--compare", str(one), str(two)]) == 0
    changed = two / "dev.graph.json"
    changed.write_text(changed.read_text().replace("secretsmanager:GetSecretValue", "secretsmanager:Get*"))
    assert any("secretsmanager:Get*" in line for line in differences(one, two))
    assert main(["--compare", str(one), str(two)]) == 1


def test_a_stack_that_only_one_recording_has_is_named(tmp_path: Path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    (tmp_path / "one" / "dev.graph.json").write_text("{}")
    assert list(differences(tmp_path / "one", tmp_path / "two")) == [
        f"dev.graph.json: only in {tmp_path / 'one'}"
    ]
