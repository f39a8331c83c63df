#!/usr/bin/env python3
"""What a rehearsal's deploy costs for each workload, beside the same calls made by hand.

For each size one sandbox is started, used and removed. The whole stack is deployed once. Then
each half, a stack with the secrets of one backend, is deployed without its Kubernetes objects
(they are symbols), and its recorded calls are made again in sequence, by boto3 or by hvac
alone, in another account and another Vault namespace of the same servers. The two ways
alternate; medians are taken. Seconds are wall clock.
"""

# pyright: reportPrivateUsage=false
from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from stacks import ROOT, write_stack
from tables import machine, sizes, table

from workload_secrets.access.derived import declaration_of
from workload_secrets.cli.site import spec
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph
from workload_secrets.graph.process import clean_environment
from workload_secrets.sandbox import prerequisites
from workload_secrets.sandbox.api import down, up
from workload_secrets.sandbox.deploy.run import ENDPOINTS, environment, site_of
from workload_secrets.sandbox.endpoints import endpoints
from workload_secrets.sandbox.handle import Sandbox

RATIO: Final = 2.0
"""Aim: a half of the deploy against the same calls in sequence."""
NAME: Final = "bench"
SYSTEMS: Final = ("aws", "vault", "kubernetes")
HALVES: Final = {"aws": "boto3", "vault": "hvac"}


@dataclass(frozen=True)
class Room:
    """One stack of the bench in its sandbox: its file, its graph, its Vault namespace."""

    file: Path
    graph: Graph
    namespace: str

    @property
    def account(self) -> str:
        facts = declaration_of(self.graph).facts
        return facts.aws.account_id if facts.aws else ""


@dataclass(frozen=True, kw_only=True)
class Result:
    """Of one size. Seconds and calls by system; `halves` are medians of (own, by hand)."""

    start: float
    whole: float
    made: float
    resources: int
    calls: Mapping[str, int]
    halves: Mapping[str, tuple[float, float]]
    half_calls: Mapping[str, int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints; the exit code says nothing of the aims."""
    options = _parser().parse_args(arguments)
    print(f"start: {machine()}")
    with tempfile.TemporaryDirectory() as folder:
        found = {size: _size(Path(folder) / str(size), size, options.repeat) for size in options.sizes}
    print(f"end:   {machine()}\n")
    print(_wholes(found))
    print(_halves(found))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Example: .venv/bin/python bench/rehearse.py --sizes 10,100",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--sizes", type=sizes, default=(10, 100), help="workloads, such as 10,100")
    parser.add_argument("--repeat", type=int, default=3, help="measurements of each half and way")
    return parser


def _size(folder: Path, workloads: int, repeat: int) -> Result:
    folder.mkdir(mode=0o700)
    kinds = [tuple(HALVES), *((half,) for half in HALVES for _ in range(2 * repeat))]
    rooms = [_room(folder, workloads, number, backends) for number, backends in enumerate(kinds)]
    specs = [dataclasses.replace(spec(room.graph), vault_namespace=room.namespace) for room in rooms]
    started = time.perf_counter()
    sandbox = up(specs, name=NAME, root=folder / ".sandbox", owner="process", progress=lambda _: None)
    start = time.perf_counter() - started
    try:
        for room in rooms:  # their Vault namespaces
            prerequisites.make(sandbox, room.graph.stack, declaration_of(room.graph))
        started = time.perf_counter()
        whole = _deployed(sandbox, rooms[0], SYSTEMS, None)
        seconds = time.perf_counter() - started
        pairs = zip(rooms[1::2], rooms[2::2], strict=True)
        runs = {half: [_pair(sandbox, folder, half, *next(pairs)) for _ in range(repeat)] for half in HALVES}
    finally:
        down(NAME, folder / ".sandbox")
    return Result(
        start=start,
        whole=seconds,
        made=whole["seconds"],
        resources=whole["created"],
        calls=whole["calls"],
        halves={
            half: _medians(own, hand)
            for half, found in runs.items()
            for own, hand in [zip(*found, strict=True)]
        },
        half_calls={half: found[0][0]["calls"][half] for half, found in runs.items()},
    )


def _room(folder: Path, workloads: int, number: int, backends: Sequence[str]) -> Room:
    account, namespace = f"{555500000000 + number}", f"room{number:03}"
    file = write_stack(
        folder, workloads, name=namespace, account=account, namespace=namespace, backends=backends
    )
    return Room(file, capture(ROOT, str(file)), namespace)


def _pair(
    sandbox: Sandbox, folder: Path, half: str, own: Room, other: Room
) -> tuple[dict[str, Any], dict[str, Any]]:
    record = folder / f"calls-{half}.json"
    mine = _deployed(sandbox, own, (half,), record)
    declaration = declaration_of(other.graph)
    request = {
        "system": half,
        "record": str(record),
        "replace": {own.account: other.account, own.namespace: other.namespace},
        "url": sandbox.aws_url if half == "aws" else sandbox.vault_address,
        "ca": str(sandbox.ca_file),
        "namespace": other.namespace,
        "region": declaration.facts.aws.region if declaration.facts.aws else None,
    }
    return mine, _child("replayed", request, environment(sandbox, other.graph.stack))


def _deployed(sandbox: Sandbox, room: Room, systems: Sequence[str], record: Path | None) -> dict[str, Any]:
    declaration, stack = declaration_of(room.graph), room.graph.stack
    request = {
        "project": str(ROOT),
        "stack": str(room.file),
        "name": stack,
        "sandbox": str(sandbox.folder),
        "overrides": {ENDPOINTS: endpoints(sandbox, stack, declaration)},
        "site": site_of(sandbox, stack, declaration),
        "systems": systems,
        "warm": record is not None,
        "record": None if record is None else str(record),
    }
    return _child("deployed", request, environment(sandbox, stack))


def _child(program: str, request: Mapping[str, Any], credentials: Mapping[str, str]) -> dict[str, Any]:
    command = [sys.executable, str(Path(__file__).with_name(f"{program}.py"))]
    done = subprocess.run(
        command,
        input=json.dumps(request),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=clean_environment(credentials),
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{program} failed:\n{done.stderr}")
    found = json.loads(done.stdout)
    if found.get("wrong"):
        raise SystemExit(f"{found['wrong']} calls failed when made by hand:\n{done.stderr}")
    return found


def _medians(own: Sequence[dict[str, Any]], hand: Sequence[dict[str, Any]]) -> tuple[float, float]:
    return statistics.median(run["seconds"] for run in own), statistics.median(run["seconds"] for run in hand)


def _wholes(found: Mapping[int, Result]) -> str:
    header = ("workloads", "resources", "start s", "deploy s", "s/workload", *(f"{s} calls" for s in SYSTEMS))
    rows = [
        (
            f"{size:,}",
            f"{result.resources:,}",
            f"{result.start:.1f}",
            f"{result.whole:.1f}",
            f"{result.whole / size:.3f}",
            *(f"{result.calls.get(system, 0) / size:.1f}" for system in SYSTEMS),
        )
        for size, result in found.items()
    ]
    return f"{table(header, rows)}\ncalls are for each workload; deploy is the child process as a whole\n"


def _halves(found: Mapping[int, Result]) -> str:
    header = ("workloads", "half", "calls", "deploy s", "by hand", "by hand s", "ratio", "aim")
    rows: list[tuple[str, ...]] = []
    for size, result in found.items():
        for half, (own, hand) in result.halves.items():
            ratio = own / hand
            rows.append(
                (
                    f"{size:,}",
                    half,
                    f"{result.half_calls[half]:,}",
                    f"{own:.2f}",
                    HALVES[half],
                    f"{hand:.2f}",
                    f"{ratio:.2f}",
                    f"{'holds' if ratio <= RATIO else 'MISSED'} ({RATIO:.0f})",
                )
            )
    return f"{table(header, rows)}\ndeploy: the half alone, declaring the program included"


if __name__ == "__main__":
    sys.exit(main())
