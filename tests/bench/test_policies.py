"""The bench of the rules runs; what it measures is not judged here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_it_measures_two_sizes_and_says_which_aims_hold() -> None:
    command = [sys.executable, "-m", "bench.policies", "--sizes", "1,2", "--repeat", "1"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    for part in (
        "the pack starts in",
        "in process: growth exponent",
        "over gRPC, all",
        "Checkov: not measured",
    ):
        assert part in done.stdout
