"""The rights with which a change can be deployed: those of the stack before it and after it.

What the change removes is deleted with the old stack's rights, and what it adds is made with the
new one's. So who deploys has both until the change is deployed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from workload_secrets.decide import vault_hcl
from workload_secrets.graph.model import Graph

_ROLES: Final = ("deployer", "administrator")
_Object = Mapping[str, Any]


def rights(old: Graph, new: Graph) -> dict[str, dict[str, Any]]:
    """By role (`deployer`, `administrator`): `iam` (JSON text), `vault` (HCL) and `rbac` (Kubernetes
    objects), each None or empty where neither side has any. A role whose rights stay is absent.
    """
    found: dict[str, dict[str, Any]] = {}
    for role in _ROLES:
        before, after = _documents(old, role), _documents(new, role)
        if before != after:
            found[role] = {
                "iam": _iam(before.get("iam"), after.get("iam")),
                "vault": _vault(before.get("vault"), after.get("vault")),
                "rbac": _rbac(before.get("rbac") or (), after.get("rbac") or ()),
            }
    return found


def _documents(graph: Graph, role: str) -> dict[str, Any]:
    return graph.platform_output(role) or {}


def _iam(before: str | None, after: str | None) -> str | None:
    """One policy. Statements that differ in their resources alone become one, so that the union
    stays near the size of one policy."""
    if not before or not after:
        return before or after
    merged: dict[str, dict[str, Any]] = {}
    for statement in (*_statements(after), *_statements(before)):
        rest = {name: value for name, value in statement.items() if name not in ("Resource", "Sid")}
        known = merged.setdefault(json.dumps(rest, sort_keys=True), {**statement, "Resource": []})
        known["Resource"] = sorted({*known["Resource"], *_listed(statement["Resource"])})
    sids: set[str] = set()
    for statement in merged.values():
        statement["Sid"] = _free(statement["Sid"], sids)
    document = {"Version": "2012-10-17", "Statement": list(merged.values())}
    return json.dumps(document, sort_keys=True)


def _statements(policy: str) -> list[dict[str, Any]]:
    return json.loads(policy)["Statement"]


def _listed(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else value


def _free(sid: str, taken: set[str]) -> str:
    """The id, or one beside it: IAM wants each once in a policy."""
    found = sid if sid not in taken else f"{sid}Before"
    taken.add(found)
    return found


def _vault(before: str | None, after: str | None) -> str | None:
    if not before or not after:
        return before or after
    paths: dict[str, set[str]] = {}
    for text in (before, after):
        for rule in vault_hcl.rules(text, "deployer"):
            paths.setdefault(rule.path, set()).update(rule.capabilities)
    blocks = (
        f'path "{path}" {{\n  capabilities = {json.dumps(sorted(held))}\n}}\n'
        for path, held in sorted(paths.items())
    )
    return "\n".join(blocks)


def _rbac(before: Iterable[_Object], after: Iterable[_Object]) -> list[_Object]:
    """The objects of both, where both have one with the rules of both."""
    merged: dict[tuple[str, str, str], dict[str, Any]] = {}
    for item in (*after, *before):
        metadata = item["metadata"]
        key = (item["kind"], metadata.get("namespace", ""), metadata["name"])
        known = merged.setdefault(key, {**item, **({"rules": []} if "rules" in item else {})})
        for rule in item.get("rules", ()):
            if rule not in known["rules"]:
                known["rules"].append(rule)
    return list(merged.values())
