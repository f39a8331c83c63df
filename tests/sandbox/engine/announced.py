"""What a change was announced to do, held against what the engine does."""

from __future__ import annotations

from workload_secrets.access.change import Change
from workload_secrets.access.resources import short
from workload_secrets.sandbox.engine import command


def steps(done: command.Done) -> dict[str, set[str]]:
    """What the engine does to things outside Pulumi, by operation."""
    found: dict[str, set[str]] = {}
    for event in done.events:
        about = event.get("resourcePreEvent", {}).get("metadata", {})
        type_ = about.get("type", "")
        if type_.count(":") == 2 and not type_.startswith(("pulumi:", "workload-secrets:")):
            found.setdefault(about["op"], set()).add(f"{short(type_)} {about['urn'].rpartition('::')[2]}")
    return found


def require_announced(announced: Change, done: command.Done) -> None:
    """Fails where one does what the other doesn't say."""
    made = steps(done)
    names = {line.partition(": ")[0]: "made anew" in line for line in announced.changed}
    assert set(announced.added) == made.get("create", set())
    assert set(announced.removed) == made.get("delete", set())
    assert {name for name, anew in names.items() if anew} == made.get("replace", set())
    assert {name for name, anew in names.items() if not anew} == made.get("update", set())
