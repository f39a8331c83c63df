"""What a command did, read from the engine's events."""

from __future__ import annotations

from typing import Any

from workload_secrets.sandbox.engine.command import Done

POLICY = "vault:index/policy:Policy"


def event(op: str, name: str, **more: Any) -> dict[str, Any]:
    about = {"op": op, "type": POLICY, "urn": f"urn:pulumi:dev::p::{POLICY}::{name}", **more}
    return {"resOutputsEvent": {"metadata": about}}


def done(*events: dict[str, Any], **changes: int) -> Done:
    return Done(changes=changes, errors=(), warnings=(), violations=(), events=events)


def test_a_summary_counts_in_words() -> None:
    assert done(create=67).summary() == "67 created"
    assert done(same=66, update=1).summary() == "66 unchanged, 1 updated"
    assert done().summary() == "nothing to do"


def test_what_changed_is_named_with_its_properties_and_without_values() -> None:
    detailed = {"policy": {"kind": "update"}, "tags.x": {"kind": "add"}}
    found = done(
        event("same", "one"),
        event("read", "two"),
        event("update", "three", diffs=["policy"], detailedDiff=detailed, old={"inputs": {"policy": "a"}}),
        event("delete", "four", diffs=None),
        {"summaryEvent": {"resourceChanges": {"same": 1}}},
    )
    assert found.changed() == ("updated Policy three: policy, tags.x", "deleted Policy four")
