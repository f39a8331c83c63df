"""kill -9 at any moment leaves nothing that the next run trips over, and nothing running."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.proof import kill

COUNT: Final = 4
"""Kills in this test; `python -m tests.proof.kill --count 10` makes more."""


def test_the_moments_are_spread_and_the_same_every_run() -> None:
    found = kill.moments(10, 20.0)
    assert found == kill.moments(10, 20.0)
    assert sorted(int(moment // 2) for moment in found) == list(range(10))


@pytest.mark.sandbox
def test_a_rehearsal_killed_at_any_moment_leaves_nothing(tmp_path: Path) -> None:
    """The kills themselves, and before and after them a whole rehearsal that works."""
    found = kill.prove(tmp_path, COUNT)
    assert len(found) == COUNT
    assert all(each.clean for each in found), [each for each in found if not each.clean]
    assert not all(each.ended for each in found), "every run had ended before it was killed"
