"""The preview bench runs; what it measures is not judged here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_it_measures_two_sizes_and_says_which_aims_hold() -> None:
    command = [sys.executable, str(ROOT / "bench" / "preview.py"), "--sizes", "1,2", "--repeat", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "declare/mocks" in done.stdout
    assert "growth exponent" in done.stdout
