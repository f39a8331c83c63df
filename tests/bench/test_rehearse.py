"""The rehearsal bench runs on real servers; what it measures is not judged here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.sandbox
def test_it_deploys_a_stack_and_repeats_each_half_by_hand() -> None:
    command = [sys.executable, str(ROOT / "bench" / "rehearse.py"), "--sizes", "1", "--repeat", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "boto3" in done.stdout
    assert "hvac" in done.stdout
