"""Captured stacks with resources that break rules, and how their state would be exported."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from policies.guardrails.catalogue import ALL
from policies.guardrails.enforcement import Enforcement
from policies.guardrails.verdict import Settings
from policies.guardrails.waivers import Waiver
from tests.captured import captured
from workload_secrets.graph.model import UNKNOWN, Graph, Resource
from workload_secrets.graph.values import SECRET, SIGNATURE

TODAY = date(2026, 6, 1)
POLICY = "aws:iam/rolePolicy:RolePolicy"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
EVIL = "a`b``|c](https://evil.example) <img src=x> @org/team #1 \n## Injected \x1b[31m\u202e"
CANARY = "canary-5f3a9c-value"
SOURCE = "components/planted.py:7"


def planted(graph: Graph, *more: Resource) -> Graph:
    return replace(graph, resources=tuple(sorted((*graph.resources, *more), key=lambda r: r.urn)))


def resource(
    type_: str, name: str, inputs: Mapping[str, Any], secrets: frozenset[tuple[str | int, ...]] = frozenset()
) -> Resource:
    return Resource(
        urn=f"urn:pulumi:dev::workload-secrets::{type_}::{name}",
        type=type_,
        name=name,
        parent=None,
        custom=True,
        inputs=inputs,
        outputs={},
        source=SOURCE,
        secrets=secrets,
    )


def wide(name: str = "wide", action: str = "secretsmanager:*") -> Resource:
    """A policy of the role that pmp takes, for every secret."""
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return resource(POLICY, name, {"role": "dev-pmp", "policy": document})


def value(marked: bool = True) -> Resource:
    """A value in Pulumi, which no stack may have."""
    inputs = {"secretId": "a", "secretString": CANARY}
    return resource(VERSION, "value", inputs, secrets=frozenset([("secretString",)] if marked else []))


def dev(*more: Resource) -> Graph:
    return planted(captured("dev"), *more)


def settings(*waivers: Waiver, warning: Mapping[str, frozenset[str]] | None = None) -> Settings:
    return Settings(
        rules=ALL, stack="dev", waivers=waivers, enforcement=Enforcement(warning or {}), deferring=True
    )


def waiver(rule: str, resource_: str, expires: date = date(2026, 7, 1)) -> Waiver:
    return Waiver(
        rule=rule, resource=resource_, owner="platform-team", reason="until the release", expires=expires
    )


def exported(graph: Graph) -> dict[str, Any]:
    """What `pulumi stack export` would give for a stack."""
    return {
        "version": 3,
        "deployment": {
            "manifest": {"time": "2026-06-01T00:00:00Z", "magic": "", "version": ""},
            "secrets_providers": {"type": "passphrase", "state": {"salt": "v1:none"}},
            "resources": [_entry(r) for r in graph.resources],
        },
    }


def _entry(found: Resource) -> dict[str, Any]:
    file, _, line = found.source.rpartition(":")
    return {
        "urn": found.urn,
        "custom": found.custom,
        "type": found.type,
        "id": f"id-of-{found.name}" if found.custom else "",
        "inputs": _sealed(found.inputs, found.secrets, ()),
        "outputs": _sealed(found.outputs, found.output_secrets, ()),
        "parent": found.parent,
        "protect": found.options.protect,
        "retainOnDelete": found.options.retain_on_delete,
        "dependencies": list(found.options.depends_on),
        "provider": f"{found.provider_urn}::id" if found.provider_urn else "",
        **({"sourcePosition": f"project:///{file}#{line},1"} if file else {}),
    }


def _sealed(item: Any, secrets: frozenset[tuple[str | int, ...]], path: tuple[str | int, ...]) -> Any:
    if path in secrets:
        return {SIGNATURE: SECRET, "ciphertext": "v1:c2VhbGVk"}
    if item is UNKNOWN:
        return "known-by-now"
    if isinstance(item, Mapping):
        return {key: _sealed(inner, secrets, (*path, key)) for key, inner in item.items()}
    if isinstance(item, list | tuple):
        return [_sealed(inner, secrets, (*path, number)) for number, inner in enumerate(item)]
    return item
