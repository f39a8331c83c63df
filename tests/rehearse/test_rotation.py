"""A stack with a rotation function and audit devices, rehearsed on real servers."""

from __future__ import annotations

from typing import Any

import pytest

from tests import rehearsing
from tests.rehearsing import stack_file

pytestmark = pytest.mark.sandbox
FUNCTION = "rotation:rotate-ledger"


def rehearsed() -> dict[str, Any]:
    return rehearsing.rehearsed(stack_file("rotated"))[0]


def test_the_rotation_function_logs_in_and_reaches_its_secret_alone() -> None:
    found = rehearsed()
    assert (found["differences"], found["missing"], found["passed"]) == ([], [], True)
    assert "9 as declared granted, 36 refused by logins" in found["summary"]
    cells = {
        (c["secret"], c["verb"])
        for c in found["observed"]
        if c["principal"] == FUNCTION and c["answer"] == "yes" and c["tried"]
    }
    assert cells == {("ledger-token", "read"), ("ledger-token", "write")}


def test_what_is_not_run_is_listed() -> None:
    found = rehearsed()
    assert any("the function isn't run" in line for line in found["notEnforced"])
    assert [line.split(":")[0] for line in found["declaredOnly"]] == [
        "audit device file of type file",
        "audit device stdout of type file",
    ]
    assert any("role/rotation/rotate-ledger → " in line for line in found["substitutions"])
