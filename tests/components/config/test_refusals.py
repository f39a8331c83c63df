from pathlib import Path
from typing import Any

import pytest
import yaml

from components.config.errors import ConfigError
from components.config.load import parse
from tests.stacks.read import ROOT, changed

CASES: list[dict[str, Any]] = [
    case
    for file in sorted(Path(__file__).parent.glob("refusals*.yaml"))
    for case in yaml.safe_load(file.read_text("utf-8"))
]


def _message(stack: str, change: dict[str, Any]) -> str:
    change = {place: ... if value == "<remove>" else value for place, value in change.items()}
    with pytest.raises(ConfigError) as refused:
        parse(changed(stack, change), file=f"{stack}.yaml", folder=ROOT)
    return str(refused.value)


@pytest.mark.parametrize("case", CASES, ids=[case["claim"] for case in CASES])
def test_it_is_refused_in_these_words(case: dict[str, Any]) -> None:
    assert _message(case["stack"], case["change"]).splitlines() == case["lines"]


@pytest.mark.parametrize("case", CASES, ids=[case["claim"] for case in CASES])
def test_the_message_is_plain_lines_without_a_planted_secret(case: dict[str, Any]) -> None:
    message = _message(case["stack"], case["change"])
    assert "hunter2" not in message
    assert all(line.isprintable() and len(line) < 600 for line in message.splitlines())
    assert all("allowed: " in line and "; remedy: " in line for line in message.splitlines())


def test_a_template_over_the_size_of_a_secret_is_refused() -> None:
    keys: dict[str, dict[str, str]] = {f"{'k' * 90}{number}": {} for number in range(700)}
    assert _message("dev", {"secrets/billing-payments/keys": keys}) == (
        "dev.yaml: secrets.billing-payments.keys: got 700 keys whose empty template has 71992 bytes; "
        "allowed: at most 65536 bytes; remedy: split the secret"
    )


def test_several_keys_in_one_file_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "two.pem"
    file.write_text((ROOT / "tests/stacks/generic-issuer.pem").read_text("ascii") * 2, "ascii")
    message = _message("generic", {"facts/vault/publicKeyFiles": [str(file)]})
    assert "which holds 2 public keys; allowed: a PEM file of one public key" in message


def test_many_problems_are_counted_not_listed() -> None:
    bad = {f"w{number}": {"namespace": "nowhere", "reads": ["nothing"]} for number in range(50)}
    lines = _message("dev", {f"workloads/{name}": value for name, value in bad.items()}).splitlines()
    assert len(lines) == 41
    assert lines[-1] == "dev.yaml: and 60 more problems"


def test_a_key_with_control_characters_is_escaped() -> None:
    message = _message("dev", {"workloads/a\nb\x1b[31m": {"namespace": "ops", "reads": []}})
    assert "\x1b" not in message
    assert len(message.splitlines()) == 1
