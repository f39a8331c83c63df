"""Runs Checkov over folders, offline, and reads what it says."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

_FRAMEWORKS: Final = ("terraform_plan", "kubernetes", "secrets")
_RESULT: Final = "results_json.json"


@dataclass(frozen=True)
class Failed:
    """One finding; `folder` is the scanned folder's, right below the one that was given."""

    folder: str
    check: str
    resource: str


@dataclass(frozen=True)
class Scan:
    """All findings of one run, with the checks' titles. `seconds` are of the processor and of
    the clock; `resources` is Checkov's own count."""

    version: str
    failed: tuple[Failed, ...]
    titles: Mapping[str, str]
    resources: int
    seconds: tuple[float, float]


def scan(checkov: Path, folder: Path) -> Scan:
    """Scans every folder below one. Exits with Checkov's own words where it doesn't run."""
    with tempfile.TemporaryDirectory() as out:
        command = [str(checkov), "--directory", str(folder), "--skip-download", "--quiet", "--compact"]
        command += ["--framework", *_FRAMEWORKS, "--output", "json", "--output-file-path", out]
        environment = {**os.environ, "BC_ENABLE_TELEMETRY": "false", "LOG_LEVEL": "CRITICAL"}
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        file = Path(out) / _RESULT
        if done.returncode not in (0, 1) or not file.exists():
            raise SystemExit(f"{checkov} exits with {done.returncode}:\n{done.stderr[-2000:]}")
        found: Any = json.loads(file.read_text("utf-8"))
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return _read(cast("list[Any]", found if isinstance(found, list) else [found]), folder, (processor, wall))


def _read(reports: list[Any], folder: Path, seconds: tuple[float, float]) -> Scan:
    below = {one.name for one in folder.iterdir()}
    failed, titles = list[Failed](), dict[str, str]()
    for report in reports:
        for one in report["results"]["failed_checks"]:
            where = next(part for part in Path(one["file_path"]).parts if part in below)
            failed.append(Failed(where, one["check_id"], one["resource"]))
            titles[one["check_id"]] = one["check_name"]
    summaries = [report["summary"] for report in reports]
    return Scan(
        version=summaries[0]["checkov_version"],
        failed=tuple(failed),
        titles=titles,
        resources=sum(summary["resource_count"] for summary in summaries),
        seconds=seconds,
    )
