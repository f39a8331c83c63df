"""Where a stack file could say a wrong form, the configuration refuses it before anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.proof import mistakes
from tests.proof.mistakes import Refusal
from tests.proof.scratch import ROOT
from workload_secrets.cli.main import run
from workload_secrets.errors import Exit

NEIGHBOURS = ROOT / "tests/proof/stacks/neighbours.yaml"
REFUSALS = [
    pytest.param(
        refusal,
        mistakes.stack_file(form.stack) or NEIGHBOURS,
        id=f"{form.name}-{refusal.key}={refusal.value}",
    )
    for form in mistakes.read("wrong_forms.yaml")
    for refusal in form.refused
]


@pytest.mark.parametrize(("refusal", "stack"), REFUSALS)
def test_a_stack_file_that_says_a_wrong_form_is_refused(
    refusal: Refusal, stack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(yaml.safe_dump(_changed(refusal, stack)))
    code = run(["preview", str(file), "--project", str(ROOT)])
    message = capsys.readouterr().err
    assert code == Exit.INPUT, message
    assert f"{refusal.key}: " in message
    assert refusal.says in message
    assert f"{file}: " in message


def _changed(refusal: Refusal, stack: Path) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(stack.read_text())
    section, *path, last = refusal.key.split(".")
    place: dict[str, Any] = data["config"][f"workload-secrets:{section}"]
    for key in path:
        place = place.setdefault(key, {})
    place[last] = refusal.value
    return data
