"""A search over states and logs of tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from workload_secrets.access.canary import PREFIX
from workload_secrets.certify.certificate import Certificate
from workload_secrets.certify.finder import Finder, Limits
from workload_secrets.certify.logs import look_at_log
from workload_secrets.certify.search import Search
from workload_secrets.certify.state import State, look_at_state
from workload_secrets.graph.values import SECRET, SIGNATURE
from workload_secrets.review import secret_places

VALUE = 'p4ss/w+rd "of" the=té$t\\'
"""Holds what every form must escape."""
CANARY = f"{PREFIX}Zk3-_dPq0aXw7TnRb5LmC8vJ2sHyEuGf"
TYPE = "aws:iam/role:Role"
URN = f"urn:pulumi:dev::shop::{TYPE}::pay"
NAME = "THE_PASSWORD"


def finder(values: Mapping[str, str] | None = None, limits: Limits | None = None) -> Finder:
    """Looks for VALUE, or for `values`: names by value."""
    search = Search({VALUE: NAME} if values is None else values, PREFIX)
    return Finder(search, secret_places.shape, limits or Limits())


def entry(
    inputs: Mapping[str, Any] | None = None,
    outputs: Mapping[str, Any] | None = None,
    *,
    type_: str = TYPE,
    **more: Any,
) -> dict[str, Any]:
    urn = f"urn:pulumi:dev::shop::{type_}::pay"
    return {
        **{"urn": urn, "custom": True, "id": "pay", "type": type_},
        **{"inputs": inputs or {}, "outputs": outputs or {}, **more},
    }


def state(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"version": 3, "deployment": {"manifest": {}, "resources": list(entries), **more}}


def marked(value: Any) -> dict[str, Any]:
    """As `--show-secrets` writes it."""
    return {SIGNATURE: SECRET, "plaintext": json.dumps(value)}


def encrypted() -> dict[str, Any]:
    return {SIGNATURE: SECRET, "ciphertext": "v1:w9cMkJ2zqgk=:5Wf0c8kq"}


def look(data: Any, search: Finder | None = None) -> Certificate:
    made = Certificate()
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    look_at_state(State.read(content, "state.json"), search or finder(), secret_places, made)
    return made


def look_log(text: str | bytes, search: Finder | None = None, limit: int = 1_000_000) -> Certificate:
    made = Certificate()
    content = text if isinstance(text, bytes) else text.encode()
    look_at_log(content, "up.log", search or finder(), made, limit)
    return made


def found(certificate: Certificate) -> set[tuple[str, str]]:
    """Secrets and places."""
    return {(finding.secret, str(finding.place)) for finding in certificate.findings}
