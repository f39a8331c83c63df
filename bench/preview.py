#!/usr/bin/env python3
"""What `preview` costs for each resource, beside the same program under the SDK's own mocks.

Each measurement is a child process of its own (see `measure.py`); the two ways alternate,
so that a busy machine disturbs both alike, and medians are taken. Seconds are the
processor's, since other work on the machine doesn't add to them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from stacks import ROOT, write_stack
from tables import aim, exponent, machine, sizes, table

WAYS: Final = ("product", "mocks")
RATIO: Final = 1.3
"""Aim: declaring and access together against the mocks."""
EXPONENT: Final = 0.05
"""Aim: how much steeper than the mocks' own growth."""


@dataclass(frozen=True)
class Run:
    """Medians of one way at one size. Seconds of processor time, megabytes of memory."""

    resources: int
    declare: float
    access: float
    wall: float
    peak: float

    @property
    def seconds(self) -> float:
        return self.declare + self.access


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints; the exit code says nothing of the aims."""
    options = _parser().parse_args(arguments)
    print(f"start: {machine()}")
    with tempfile.TemporaryDirectory() as folder:
        runs = {size: _runs(Path(folder), size, options.repeat) for size in options.sizes}
    print(f"end:   {machine()}\n")
    print(_table(runs))
    print(*_verdict(runs), sep="\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Example: .venv/bin/python bench/preview.py --sizes 10,100 --repeat 3",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--sizes", type=sizes, default=(10, 100, 1000), help="workloads, such as 10,100,1000")
    parser.add_argument("--repeat", type=int, default=3, help="measurements of each way at each size")
    return parser


def _runs(folder: Path, workloads: int, repeat: int) -> dict[str, Run]:
    file = write_stack(folder, workloads)
    found: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
    for _ in range(repeat):
        for way in WAYS:
            found[way].append(_measure(way, file))
    return {way: _median(runs) for way, runs in found.items()}


def _measure(way: str, file: Path) -> dict[str, Any]:
    command = [sys.executable, str(Path(__file__).with_name("measure.py")), way, str(file)]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"measuring {way} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def _median(runs: list[dict[str, Any]]) -> Run:
    return Run(
        resources=runs[0]["resources"],
        declare=statistics.median(run["declare"][0] for run in runs),
        access=statistics.median(run["access"][0] for run in runs),
        wall=statistics.median(run["declare"][1] + run["access"][1] for run in runs),
        peak=statistics.median(run["peakMegabytes"] for run in runs),
    )


def _table(runs: dict[int, dict[str, Run]]) -> str:
    header = ("workloads", "resources", "mocks ms", "declare ms", "access ms")
    header += ("declare/mocks", "all/mocks", "all/mocks wall", "peak MB", "mocks MB")
    rows: list[tuple[str, ...]] = []
    for size, found in runs.items():
        own, mock = found["product"], found["mocks"]
        each = 1000 / own.resources
        rows.append(
            (
                f"{size:,}",
                f"{own.resources:,}",
                f"{mock.declare * each:.2f}",
                f"{own.declare * each:.2f}",
                f"{own.access * each:.2f}",
                f"{own.declare / mock.declare:.2f}",
                f"{own.seconds / mock.declare:.2f}",
                f"{own.wall / mock.wall:.2f}",
                f"{own.peak:.0f}",
                f"{mock.peak:.0f}",
            )
        )
    return table(header, rows) + "\nmilliseconds are of processor time, for each resource\n"


def _verdict(runs: dict[int, dict[str, Run]]) -> list[str]:
    lines: list[str] = []
    for size, found in runs.items():
        ratio = found["product"].seconds / found["mocks"].declare
        lines.append(aim(f"{size:,} workloads: {ratio:.2f} times the mocks", ratio <= RATIO, f"{RATIO}"))
    if len(runs) > 1:
        own = exponent([(r["product"].resources, r["product"].seconds) for r in runs.values()])
        mock = exponent([(r["mocks"].resources, r["mocks"].seconds) for r in runs.values()])
        text = f"growth exponent {own:.2f}, the mocks' own {mock:.2f}"
        lines.append(aim(text, own - mock <= EXPONENT, f"{EXPONENT} above"))
    return lines


if __name__ == "__main__":
    sys.exit(main())
