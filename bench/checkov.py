#!/usr/bin/env python3
"""The rules of `policies/` beside Checkov, on the same resources.

Every violating and passing case of every rule, and the project's own stacks, are written as a
Terraform plan and Kubernetes manifests (`scanned.py`), and Checkov scans them, offline. What it
finds goes to `docs/generator/checkov.yaml`, which `python -m docs.generator` makes tables of. Run
from the project's folder as `python -m bench.checkov`. Which check is about the same thing as
which rule is said by hand, in `checkov.yaml`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from bench.scanned import write
from bench.scanner import Failed, scan
from policies.guardrails.catalogue import ALL
from tests.policies.cases import every
from workload_secrets.graph.capture import capture
from workload_secrets.review.views import stack_of

ROOT: Final = Path(__file__).resolve().parents[1]
SAID: Final = Path(__file__).with_suffix(".yaml")
DATA: Final = ROOT / "docs" / "generator" / "checkov.yaml"
_CALLS: Final = ("arn", "id", "keyId")
"""Outputs by which other resources name one."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Scans, compares, and writes the data file. Exit code 2 where a check has no verdict."""
    options = _parser().parse_args(arguments)
    said = yaml.safe_load(SAID.read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        cases, kinds = _write_cases(Path(folder) / "cases")
        found = scan(options.checkov, cases)
        stacks = scan(options.checkov, _write_stacks(Path(folder) / "stacks"))
    missing = sorted(_unsaid(said, found.failed, stacks.failed))
    if missing:
        print(f"say in {SAID.relative_to(ROOT)} what to think of: {', '.join(missing)}", file=sys.stderr)
        return 2
    data = {
        "checkov": found.version,
        "rules": {rule.id: _rule(rule.id, said, kinds, found.failed) for rule in ALL},
        "only": list(_only(said, found.failed, found.titles)),
        "stacks": list(_stacks(said, stacks.failed, stacks.titles)),
        "clean": sorted({*_stack_names()} - {failed.folder for failed in stacks.failed}),
    }
    text = "# Made by bench/checkov.py; not edited by hand.\n" + yaml.safe_dump(
        data, sort_keys=False, width=110
    )
    options.out.write_text(text, "utf-8")
    print(f"wrote {options.out}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Example: make checkov",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--checkov", type=Path, required=True, help="Checkov's program")
    parser.add_argument("--out", type=Path, default=DATA, help="the data file to write")
    return parser


@dataclass(frozen=True)
class _Written:
    """A case with its folder; not `shown` where no file has any of its resources."""

    folder: str
    name: str
    shown: bool


_Kinds = Mapping[tuple[str, str], Sequence[_Written]]
"""Cases by rule and kind."""


def _write_cases(folder: Path) -> tuple[Path, _Kinds]:
    folder.mkdir()
    kinds: dict[tuple[str, str], list[_Written]] = defaultdict(list)
    for case in every():
        if case.kind != "unknown":
            cases = kinds[case.rule.id, case.kind]
            name = f"{case.rule.id}-{case.kind}-{len(cases)}"
            cases.append(_Written(name, case.name, write(folder / name, case.stack.resources)))
    return folder, kinds


def _stack_names() -> list[str]:
    return ["dev", "prod", *sorted(f"example-{file.stem}" for file in (ROOT / "examples").glob("*.yaml"))]


def _write_stacks(folder: Path) -> Path:
    folder.mkdir()
    for name in _stack_names():
        example = ROOT / "examples" / f"{name.removeprefix('example-')}.yaml"
        graph = capture(ROOT, str(example) if name.startswith("example-") else name, mode="update")
        ids = {r.urn: [str(r.outputs[key]) for key in _CALLS if key in r.outputs] for r in graph.resources}
        write(folder / name, stack_of(graph).resources, ids)
    return folder


def _is_of(check: str, names: Sequence[str]) -> bool:
    return any(check == name or (name.endswith("_") and check.startswith(name)) for name in names)


def _rule(rule: str, said: Mapping[str, Any], kinds: _Kinds, failed: Sequence[Failed]) -> dict[str, Any]:
    """How many cases of either kind Checkov fails by a check about the same thing, how many it
    was shown, and how many there are; by which check how many of the violating ones, and which
    passing ones."""
    names = said["rules"].get(rule, ())
    by_case: dict[str, set[str]] = defaultdict(set)
    for one in failed:
        if _is_of(one.check, names):
            by_case[one.folder].add(one.check)
    counts: dict[str, Any] = {"checks": list(names)}
    for kind in ("violating", "passing"):
        cases = kinds[rule, kind]
        shown = [case for case in cases if case.shown]
        counts[kind] = [sum(bool(by_case[case.folder]) for case in shown), len(shown), len(cases)]
    by = Counter(check for case in kinds[rule, "violating"] for check in by_case[case.folder])
    passing = [case for case in kinds[rule, "passing"] if by_case[case.folder]]
    counts["fails"] = {case.name: sorted(by_case[case.folder]) for case in passing}
    counts["by"] = dict(sorted(by.items()))
    return {**counts, "note": note} if (note := said["notes"].get(rule)) else counts


def _mapped(said: Mapping[str, Any]) -> list[str]:
    return [name for names in said["rules"].values() for name in names]


def _unsaid(said: Mapping[str, Any], cases: Sequence[Failed], stacks: Sequence[Failed]) -> Iterator[str]:
    known = [*_mapped(said), *(check for group in said["only"] for check in group["checks"])]
    yield from {one.check for one in cases if not _is_of(one.check, known)}
    yield from {one.check for one in stacks if one.check not in said["stacks"]}


def _only(
    said: Mapping[str, Any], failed: Sequence[Failed], titles: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    for group in said["only"]:
        seen = {check: len({one.folder for one in failed if one.check == check}) for check in group["checks"]}
        checks = {check: {"title": titles[check], "cases": count} for check, count in seen.items() if count}
        if checks:
            yield {"checks": checks, "why": group["why"]}


def _stacks(
    said: Mapping[str, Any], failed: Sequence[Failed], titles: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    for check in sorted({one.check for one in failed}):
        found = Counter(one.folder for one in failed if one.check == check)
        yield {
            "check": check,
            "title": titles[check],
            "stacks": dict(sorted(found.items())),
            "verdict": said["stacks"][check],
        }


if __name__ == "__main__":
    sys.exit(main())
