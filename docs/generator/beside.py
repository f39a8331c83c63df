"""The rules beside Checkov, from the data file that `bench/checkov.py` writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from docs.generator.markdown import code, table
from docs.generator.policies import SERVICES, ordered

DATA: Final = Path(__file__).with_name("checkov.yaml")


@cache
def data() -> dict[str, Any]:
    """What the last run found."""
    return yaml.safe_load(DATA.read_text("utf-8"))


def compared() -> Iterator[str]:
    """Rule by rule: what Checkov finds of our cases."""
    found = data()["rules"]
    total = [sum(one["violating"][part] for one in found.values()) for part in (0, 1)]
    alone = [code(rule) for rule, one in found.items() if not one["checks"]]
    shown = f"{total[0]} of the {total[1]} violating cases that it can be shown"
    yield f"Checkov {data()['checkov']} finds {shown}."
    yield ""
    yield from table(
        ("rule", "violating cases that it finds", "passing cases that it fails", "its checks", "note"),
        (_row(rule.id, found) for service in SERVICES for rule in ordered(service) if _has(rule.id, found)),
    )
    yield ""
    yield f"It has no check about the same thing for: {', '.join(sorted(alone))}."


def fails() -> list[str]:
    """Which of our passing cases Checkov fails by a check about the same thing."""
    found = data()["rules"]
    rows = [
        (code(rule.id), case, ", ".join(code(check) for check in checks))
        for service in SERVICES
        for rule in ordered(service)
        for case, checks in found.get(rule.id, {}).get("fails", {}).items()
    ]
    return table(("rule", "passing case", "checks that fail on it"), rows)


def only() -> list[str]:
    """What Checkov finds in our cases that no rule is about."""
    rows = [
        (
            ", ".join(code(check) for check in group["checks"]),
            "; ".join(dict.fromkeys(one["title"].partition(" (")[0] for one in group["checks"].values())),
            group["why"],
        )
        for group in data()["only"]
    ]
    return table(("checks", "what they ask", "why no rule does"), rows)


def stacks() -> Iterator[str]:
    """What Checkov says of our own stacks."""
    rows = [
        (
            code(one["check"]),
            one["title"],
            ", ".join(f"{name} {count}" for name, count in one["stacks"].items()),
            one["verdict"],
        )
        for one in data()["stacks"]
    ]
    yield from table(("check", "what it asks", "findings", "what to think of it"), rows)
    clean = data()["clean"]
    if clean:
        yield from ("", f"No finding: {', '.join(clean)}.")


def _has(rule: str, found: Mapping[str, Any]) -> bool:
    return rule in found and bool(found[rule]["checks"])


def _row(rule: str, found: Mapping[str, Any]) -> tuple[str, ...]:
    one = found[rule]
    checks = [f"{code(check)} {count}" for check, count in one["by"].items()]
    silent = [code(check) for check in one["checks"] if not _spoke(check, one["by"])]
    listed = ", ".join([*checks, *([f"silent: {', '.join(silent)}"] if silent else [])])
    return code(rule), _of(one["violating"]), _of(one["passing"]), listed, one.get("note", "")


def _spoke(name: str, by: Mapping[str, int]) -> bool:
    return any(check == name or (name.endswith("_") and check.startswith(name)) for check in by)


def _of(counts: list[int]) -> str:
    found, shown, every = counts
    return f"{found} of {shown}" + (f" ({every - shown} not shown)" if every > shown else "")
