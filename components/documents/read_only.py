"""What of somebody's rights only looks: derived from those rights, so that nothing is said twice.

A refresh looks at exactly what the deployer makes. It needs no value, and no right that changes
anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from components.documents.text import policy_text

Paths = dict[str, tuple[str, ...]]
_LOOKS: Final = ("Describe", "Get", "List")
_VALUES: Final = frozenset(
    {
        "secretsmanager:BatchGetSecretValue",
        "secretsmanager:GetRandomPassword",
        "secretsmanager:GetSecretValue",
    }
)
_GUARDED: Final = ("sys/audit",)
"""Lists that the server gives to nobody without sudo, though reading them changes nothing.
https://openbao.org/docs/concepts/policies/#root-protected-api-endpoints"""


def read_only_iam(policy: str) -> str | None:
    """The same IAM policy with the actions alone that look; None where none does."""
    statements: list[dict[str, Any]] = json.loads(policy)["Statement"]
    kept = [
        {**statement, "Action": actions, "Sid": statement["Sid"].replace("Manage", "See")}
        for statement in statements
        if (actions := [action for action in _texts(statement["Action"]) if _looks(action)])
    ]
    return policy_text(kept) if kept else None


def read_only_paths(paths: Mapping[str, Iterable[str]]) -> Paths:
    """The same paths in Vault with reading alone. Auth mounts are read by `sys/mounts/auth/PATH`:
    `sys/auth/PATH` itself demands sudo."""
    found: Paths = {}
    for path, capabilities in paths.items():
        held = set(capabilities)
        if "read" not in held or ("sudo" in held and path not in _GUARDED):
            continue
        found[path] = ("read", "sudo") if path in _GUARDED else ("read",)
    return found


def _looks(action: str) -> bool:
    return action.partition(":")[2].startswith(_LOOKS) and action not in _VALUES


def _texts(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
