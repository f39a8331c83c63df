"""What the engine's event log says of a preview: counts, and names of what changes; no value.

The log has one event in JSON a line, with every input and output of every resource. Of those
only operations, types, names of resources and of properties are taken.
https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/events.go
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

COUNTED: Final = ("create", "update", "replace", "delete")
_READS: Final = frozenset({"read", "discard", "read-replacement", "refresh"})
"""What the engine does without a change; its own summary leaves it out."""
_ORDER: Final = ("delete", "replace", "update", "create")
_LONGEST: Final = 600
"""Characters of a line. A provider's message can hold a whole answer of a server."""
_ENTRIES: Final = 2000


@dataclass
class Preview:
    """What one preview says. `steps` are operations with a text, `findings` and `messages` texts.
    `summed`: the engine counted by itself; `finished`: it didn't fail."""

    counts: Counter[str] = field(default_factory=Counter[str])
    steps: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    findings: list[str] = field(default_factory=list[str])
    messages: list[str] = field(default_factory=list[str])
    unread: int = 0
    summed: bool = False
    finished: bool = False


def read(lines: Iterable[str]) -> Preview:
    """The preview that a log tells of. A line that is no event is counted as unread."""
    found, seen = Preview(), Counter[str]()
    for line in filter(str.strip, lines):
        try:
            event: Any = json.loads(line)
            _take(found, seen, event)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            found.unread += 1
    if not found.summed:
        found.counts = seen
    return found


def summary(found: Preview) -> str:
    """The counts in one line, such as `create 3, update 1, replace 0, delete 0, other 0, same 61`."""
    others = sum(n for op, n in found.counts.items() if op not in {*COUNTED, *_READS, "same"})
    numbers = [*((op, found.counts[op]) for op in COUNTED), ("other", others), ("same", found.counts["same"])]
    return ", ".join(f"{op} {number}" for op, number in numbers)


def details(found: Preview, cleaned: Callable[[str], str]) -> str:
    """What changes, what the rules say and what went wrong. `cleaned` takes secrets out of a
    text that the engine or a provider wrote."""
    steps = sorted(found.steps, key=lambda step: (_rank(step[0]), step[1]))
    parts = [
        ("changes", [f"{op:<8} {text}" for op, text in steps]),
        ("rules", found.findings),
        ("messages", found.messages),
    ]
    text = "\n\n".join(_part(title, [cleaned(one) for one in lines]) for title, lines in parts if lines)
    if not found.finished:
        text = f"The preview failed: this is what the engine had found by then.\n\n{text}"
    if found.unread:
        text += f"\n\n{found.unread} lines of the engine's log could not be read."
    return text.strip() or "nothing changes"


def _take(found: Preview, seen: Counter[str], event: Mapping[str, Any]) -> None:
    if summed := event.get("summaryEvent"):
        found.counts = Counter({str(op): int(n) for op, n in summed["resourceChanges"].items()})
        found.summed, found.finished = True, summed.get("result") != "failed"
    elif step := event.get("resourcePreEvent"):
        _take_step(found, seen, step["metadata"])
    elif finding := event.get("policyEvent"):
        place = _name(finding.get("resourceUrn", ""))
        described, _, text = str(finding["message"]).strip().partition("\n")
        found.findings.append(f"{finding['enforcementLevel']}: {place}{text or described}")
    elif (said := event.get("diagnosticEvent")) and _told(said):
        found.messages.append(f"{said['severity']}: {_name(said.get('urn', ''))}{said['message']}")


def _told(said: Mapping[str, Any]) -> bool:
    return not said.get("ephemeral") and said["severity"] != "debug"


def _take_step(found: Preview, seen: Counter[str], step: Mapping[str, Any]) -> None:
    op = str(step["op"])
    if not step.get("logical"):  # a part of a replacement, which has a step of its own
        return
    seen[op] += 1
    if op != "same" and op not in _READS:
        reasons = ", ".join(sorted({str(key) for key in _properties(op, step)}))
        name = "::".join(str(step["urn"]).split("::")[3:])
        found.steps.append((op, f"{step['type']} {name}{f': {reasons}' if reasons else ''}"))


def _properties(op: str, step: Mapping[str, Any]) -> Iterable[str]:
    """The properties that make a replacement or an update. Of components the engine names none."""
    if op not in ("replace", "update"):
        return ()
    if named := step.get("keys") or step.get("diffs"):
        return named
    old, new = ((step.get(side) or {}).get("inputs") or {} for side in ("old", "new"))
    return [key for key in {**old, **new} if old.get(key) != new.get(key)]


def _name(urn: object) -> str:
    """`TYPE NAME: ` of a resource; empty for none and for the stack itself."""
    parts = str(urn).split("::")
    if len(parts) < 4 or parts[2] == "pulumi:pulumi:Stack":
        return ""
    return f"{parts[2].rpartition('$')[2]} {'::'.join(parts[3:])}: "


def _rank(op: str) -> int:
    return _ORDER.index(op) if op in _ORDER else len(_ORDER)


def _part(title: str, lines: list[str]) -> str:
    shown = [*_lines(lines[:_ENTRIES])]
    if len(lines) > _ENTRIES:
        shown.append(f"  … and {len(lines) - _ENTRIES} more")
    return "\n".join([f"{title}:", *shown])


def _lines(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        first, *more = cast("list[str]", text.strip().splitlines()) or [""]
        yield f"  {_cut(first)}"
        yield from (f"      {_cut(line)}" for line in more)


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
