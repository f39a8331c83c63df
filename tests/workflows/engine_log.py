"""Event logs in the form in which the engine writes them: one event in JSON a line.

The form was read in pulumi's sdk/go/common/apitype/events.go and pkg/backend/display/events.go.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

STACK = "urn:pulumi:dev::workload-secrets::pulumi:pulumi:Stack::workload-secrets-dev"
VALUE = "canary-value-of-a-property"


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:dev::workload-secrets::workload-secrets:platform:Platform${type_}::{name}"


def step(op: str, type_: str, name: str, *, logical: bool = True, **changed: Any) -> dict[str, Any]:
    """A step, with values in the inputs as the engine has them."""
    state = {
        "type": type_,
        "urn": urn(type_, name),
        "custom": True,
        "id": name,
        "parent": STACK,
        "inputs": {"name": VALUE, "password": "[secret]"},
        "outputs": {"name": VALUE},
        "provider": f"{urn('pulumi:providers:aws', 'aws')}::id",
    }
    metadata = {
        "op": op,
        "urn": urn(type_, name),
        "type": type_,
        "old": None if op == "create" else state,
        "new": None if op == "delete" else state,
        "detailedDiff": None,
        "provider": state["provider"],
        **({"logical": True} if logical else {}),
        **changed,
    }
    return {"resourcePreEvent": {"metadata": metadata, "planning": True}}


def finding(level: str, message: str, of: str = "") -> dict[str, Any]:
    return {
        "policyEvent": {
            **({"resourceUrn": of} if of else {}),
            "message": f"Every rule about one resource\n{message}\n",
            "color": "never",
            "policyName": "guardrails",
            "policyPackName": "workload-secrets",
            "policyPackVersion": "0.1.0",
            "policyPackVersionTag": "0.1.0",
            "enforcementLevel": level,
        }
    }


def message(severity: str, text: str, of: str = STACK, **more: Any) -> dict[str, Any]:
    said = {
        "urn": of,
        "prefix": f"{severity}: ",
        "message": f"{text}\n",
        "color": "never",
        "severity": severity,
    }
    return {"diagnosticEvent": {**said, **more}}


def summary(changes: Mapping[str, int], result: str = "succeeded") -> dict[str, Any]:
    return {
        "summaryEvent": {
            "maybeCorrupt": False,
            "durationSeconds": 4,
            "resourceChanges": dict(changes),
            "PolicyPacks": {"workload-secrets": "0.1.0"},
            "isPreview": True,
            "result": result,
        }
    }


def log(*events: Mapping[str, Any]) -> str:
    whole = [{"preludeEvent": {"config": {"workload-secrets:x": VALUE}}}, *events, {"cancelEvent": {}}]
    return "".join(json.dumps({"sequence": n, "timestamp": 1, **e}) + "\n" for n, e in enumerate(whole))


SECRET, POLICY, MOUNT = (
    "aws:secretsmanager/secret:Secret",
    "aws:iam/rolePolicy:RolePolicy",
    "vault:index/mount:Mount",
)
MIXED = (
    step("same", SECRET, "kept"),
    step("create", SECRET, "orders"),
    step("update", POLICY, "pmp-secrets", diffs=["policy"], keys=[]),
    step("create-replacement", MOUNT, "apps", logical=False, keys=["path"], diffs=["path"]),
    step("replace", MOUNT, "apps", keys=["path"], diffs=["path", "options"]),
    step("delete-replaced", MOUNT, "apps", logical=False),
    step("delete", SECRET, "old::name"),
    step("read", POLICY, "seen"),
    {"stdoutEvent": {"message": VALUE, "color": "never"}},
    message("info#err", "progress", ephemeral=True),
    message("debug", "details of the engine"),
    message("warning", "allowOverwrite is deprecated", urn(POLICY, "pmp-secrets")),
    finding("mandatory", "SM-01 (medium) violation: no kmsKeyId", urn(SECRET, "orders")),
    finding("advisory", "waiver K8S-08 on dev::x: until 2026-12-31"),
    summary({"create": 1, "update": 1, "replace": 1, "delete": 1, "same": 1, "read": 1}),
)
