"""The Vault guide's service with its static secret, delivered by the agent, from a stack file."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests import rehearsing
from tests.rehearsing import stack_file

pytestmark = pytest.mark.sandbox


def rehearsed() -> dict[str, Any]:
    return rehearsing.rehearsed(stack_file("agent"))[0]


def test_owners_get_in_and_everybody_else_is_refused() -> None:
    found = rehearsed()
    assert (found["differences"], found["missing"], found["misuse"]) == ([], [], [])
    assert "7 as declared granted, 57 refused by logins" in found["summary"]


def test_every_agent_wrote_what_was_stored_and_is_loud_without_a_key() -> None:
    lines = rehearsed()["usage"]
    for start in (
        "api-service: the agent of Deployment production/api-service wrote 1 file as declared",
        "nightly: the agent of CronJob production/nightly wrote 3 files as declared",
        "pasted: the agent of the output delivery wrote 2 files as declared (not compared: the text of own)",
    ):
        (line,) = [line for line in lines if line.startswith(start)]
        assert re.search(r"; without a key it ended with 1 and wrote no \S+$", line), line


def test_sidecars_had_new_values_soon_and_init_containers_ended() -> None:
    lines = [line for line in rehearsed()["usage"] if "new values" in line]
    assert [line.partition(":")[0] for line in lines] == ["api-service", "pasted"]
    for line in lines:
        took = re.search(r"after (\d+\.\d) s", line)
        assert took is not None
        assert float(took[1]) < 6


def test_pods_run_as_the_account_with_the_rights() -> None:
    lines = [line for line in rehearsed()["usage"] if "pods of" in line]
    assert [line.partition(",")[0] for line in lines] == [
        "api-service: pods of Deployment production/api-service run as api-service-sa",
        "itself: pods of StatefulSet production/itself run as itself",
        "nightly: pods of CronJob production/nightly run as nightly",
    ]
