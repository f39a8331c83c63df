#!/usr/bin/env python3
"""What the rules cost: the start of the pack, and the time for each resource with all rules.

Stacks of several sizes are captured once. Their resources are judged in process, as the tool
does, and by the pack's real server over gRPC, as Pulumi's engine does: every resource, then the
stack. A pack without rules is measured beside: what Pulumi's SDK takes for itself. Seconds are
the processor's, the server's own among them, since other work on the machine doesn't add to them;
the clock's stand beside. Run from the project's folder as `python -m bench.policies`.
"""

# pyright: reportUnknownMemberType=false
from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pulumi.runtime.proto import analyzer_pb2

from bench.scanned import write
from bench.scanner import scan
from bench.stacks import ROOT, write_stack
from bench.tables import aim, exponent, machine, sizes, table
from policies.guardrails.catalogue import rules
from policies.guardrails.rule import Context
from tests.policies.engine import requests
from tests.policies.engine.drive import Engine
from tests.policies.engine.server import Start, serving
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph
from workload_secrets.review.views import declared_of, stack_of

START: Final = 1.0
"""Aim: seconds from the pack's start to its first answer."""
EACH: Final = 1.0
"""Aim: milliseconds for each resource."""
EXPONENT: Final = 1.05
"""Aim: how the whole time grows with the number of resources."""
_SCANNED: Final = 1500
"""Checkov is measured on no more resources."""
_FIRST: Final = analyzer_pb2.AnalyzeRequest(
    urn="urn:pulumi:dev::workload-secrets::pulumi:pulumi:Stack::workload-secrets-dev",
    type="pulumi:pulumi:Stack",
    name="workload-secrets-dev",
)
_BARE: Final = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy, StackValidationPolicy

def made(kind, name):
    level = EnforcementLevel.MANDATORY
    return kind(name=name, description=name, enforcement_level=level, validate=lambda args, report: None)

kinds = (ResourceValidationPolicy, ResourceValidationPolicy, StackValidationPolicy, StackValidationPolicy)
PolicyPack("bare", policies=[made(kind, f"nothing-{number}") for number, kind in enumerate(kinds)])
"""
"""A pack of as many policies that look at nothing: what it costs is the SDK's."""


@dataclass(frozen=True)
class Run:
    """One size. Seconds of the processor in process, of the server and of a server without rules,
    and of the clock."""

    resources: int
    inside: float
    server: float
    bare: float
    wall: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints; the exit code says nothing of the aims."""
    options = _parser().parse_args(arguments)
    print(f"start: {machine()}")
    starts = [_started() for _ in range(options.repeat)]
    graphs = {size: _graph(size) for size in options.sizes}
    runs = {size: _run(graph, options.repeat) for size, graph in graphs.items()}
    beside = (
        _beside(options.checkov, graphs, runs)
        if options.checkov
        else ["Checkov: not measured, see --checkov"]
    )
    print(f"end:   {machine()}\n")
    print(_table(runs))
    print(*_verdict(starts, runs), *beside, sep="\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Example: .venv/bin/python -m bench.policies --sizes 1,10 --checkov .checkov/bin/checkov",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--sizes", type=sizes, default=(1, 10, 100, 700), help="workloads, such as 1,10,100")
    parser.add_argument("--repeat", type=int, default=3, help="measurements of each size")
    parser.add_argument("--checkov", type=Path, help="Checkov's program, to measure beside")
    return parser


def _graph(workloads: int) -> Graph:
    with tempfile.TemporaryDirectory() as folder:
        return capture(ROOT, str(write_stack(Path(folder), workloads)), mode="update")


def _started() -> tuple[float, float]:
    """Seconds of the processor and of the clock until the pack has answered."""
    start = Start(dry_run=False)
    with serving(start) as server:
        begun = time.perf_counter()
        Engine(server, start).configure({})
        server.stub.Analyze(_FIRST)
        return _spent(server.pid), server.seconds + time.perf_counter() - begun


def _spent(pid: int) -> float:
    """Seconds of the processor that the threads of a process have had (man 5 proc, schedstat)."""
    found = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(file.read_text().split()[0]) for file in found) / 1e9


def _run(graph: Graph, repeat: int) -> Run:
    inside = [_inside(graph) for _ in range(repeat)]
    served = [_served(graph, Start(dry_run=False)) for _ in range(repeat)]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "__main__.py").write_text(_BARE, "utf-8")
        (Path(folder) / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 0.0.1\n", "utf-8")
        bare = [_served(graph, Start(dry_run=False, folder=Path(folder))) for _ in range(repeat)]
    return Run(
        resources=len(graph.resources),
        inside=statistics.median(inside),
        server=statistics.median(server for server, _ in served),
        bare=statistics.median(server for server, _ in bare),
        wall=statistics.median(wall for _, wall in served),
    )


def _inside(graph: Graph) -> float:
    declared = declared_of(graph)
    tier = "production" if declared is None else declared["tier"]
    context = Context(way="monitor", tier=tier, today=datetime.now(UTC).date(), declared=declared)
    every, stack = rules(), stack_of(graph)
    start = time.process_time()
    every.review(stack, context)
    return time.process_time() - start


def _served(graph: Graph, start: Start) -> tuple[float, float]:
    """Of a pack of its own, as each operation has one. Making the requests isn't counted."""
    each = [requests.analyze(graph, resource) for resource in requests.registered(graph)]
    whole = requests.stack(graph)
    with serving(start) as server:
        Engine(server, start).configure({})
        server.stub.Analyze(_FIRST)  # which loads what the SDK loads late; it counts as start
        before, begun = _spent(server.pid), time.perf_counter()
        for request in each:
            server.stub.Remediate(request)
            server.stub.Analyze(request)
        server.stub.AnalyzeStack(whole)
        return _spent(server.pid) - before, time.perf_counter() - begun


def _table(runs: Mapping[int, Run]) -> str:
    header = (
        "workloads",
        "resources",
        "in process ms",
        "server ms",
        "bare server ms",
        "gRPC wall ms",
        "all s",
        "wall s",
    )
    rows = [
        (
            f"{size:,}",
            f"{run.resources:,}",
            f"{run.inside / run.resources * 1000:.3f}",
            f"{run.server / run.resources * 1000:.3f}",
            f"{run.bare / run.resources * 1000:.3f}",
            f"{run.wall / run.resources * 1000:.3f}",
            f"{run.server:.2f}",
            f"{run.wall:.2f}",
        )
        for size, run in runs.items()
    ]
    said = "milliseconds are for each resource; a bare server has four policies that look at nothing"
    return f"{table(header, rows)}\n{said}\n"


def _verdict(starts: Sequence[tuple[float, float]], runs: Mapping[int, Run]) -> list[str]:
    processor, wall = (statistics.median(one[part] for one in starts) for part in (0, 1))
    text = f"the pack starts in {processor:.2f} s of processor time, {wall:.2f} s by the clock"
    lines = [aim(text, processor <= START, f"{START:g} s")]
    for name, seconds in _columns(runs).items():
        worst = max(each / run.resources * 1000 for each, run in zip(seconds, runs.values(), strict=True))
        lines.append(aim(f"{name}: {worst:.3f} ms for each resource at worst", worst <= EACH, f"{EACH:g} ms"))
        if len(runs) > 1 and min(seconds) > 0:  # else the machine was too busy to tell
            counts = [run.resources for run in runs.values()]
            grows = exponent(list(zip(counts, seconds, strict=True)))
            lines.append(aim(f"{name}: growth exponent {grows:.2f}", grows <= EXPONENT, f"{EXPONENT}"))
    return lines


def _columns(runs: Mapping[int, Run]) -> dict[str, list[float]]:
    return {
        "in process": [run.inside for run in runs.values()],
        "over gRPC, the SDK's own time off": [run.server - run.bare for run in runs.values()],
        "over gRPC, all": [run.server for run in runs.values()],
    }


def _beside(checkov: Path, graphs: Mapping[int, Graph], runs: Mapping[int, Run]) -> list[str]:
    """Checkov on the same resources, where a plan or a manifest has them. Its own start, which is
    its time on the least stack, isn't counted for the others."""
    small = {size: graph for size, graph in graphs.items() if len(graph.resources) <= _SCANNED}
    found: dict[int, tuple[int, float]] = {}
    version = ""
    for size, graph in small.items():
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder) / "stack", stack_of(graph).resources)
            seen = scan(checkov, Path(folder))
            found[size], version = (seen.resources, seen.seconds[0]), seen.version
    least, most = min(found), max(found)
    (few, start), (many, whole) = found[least], found[most]
    if few == many:
        return [f"Checkov: {whole:.1f} s of processor time for {many} resources, its start among them"]
    each, own = (whole - start) / (many - few) * 1000, runs[most].inside / runs[most].resources * 1000
    text = f"Checkov {version}: {start:.1f} s for {few} resources, then {each:.2f} ms for each of {many}"
    return [f"{text}: {each / own:.0f} times ours in process"]


if __name__ == "__main__":
    sys.exit(main())
