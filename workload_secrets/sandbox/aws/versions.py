"""A secret without a value has no version: the emulator gives it an empty one.

In AWS, CreateSecret without a value makes no version, and the first value that is put becomes
AWSCURRENT by itself, whatever labels the put names.
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
The front sees every secret made, so it knows the empty versions and keeps them from callers.
"""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from workload_secrets.sandbox.aws.request import RootClient

_CURRENT: Final = "AWSCURRENT"


class EmptyVersions:
    """Corrects the emulator's answers of Secrets Manager about versions without a value."""

    def __init__(self, client: RootClient) -> None:
        self._client = client
        self._empty: dict[str, str] = {}
        """The empty version by the secret's ARN."""
        self._lock = threading.Lock()

    def answer(self, operation: str, asked: Mapping[str, Any], status: int, body: bytes) -> tuple[int, bytes]:
        """The answer that AWS would give."""
        if status != http.client.OK or operation not in _CORRECTIONS:
            return status, body
        said: dict[str, Any] = json.loads(body)
        with self._lock:
            empty = self._empty.get(said.get("ARN", ""))
        if operation != "CreateSecret" and empty is None:
            return status, body
        return _CORRECTIONS[operation](self, asked, said, empty or "")

    def created(self, asked: Mapping[str, Any], said: dict[str, Any], _: str) -> tuple[int, bytes]:
        """CreateSecret: without a value there is no version to name."""
        if "SecretString" not in asked and "SecretBinary" not in asked:
            with self._lock:
                self._empty[said["ARN"]] = said.pop("VersionId")
        return _ok(said)

    def described(self, _: Mapping[str, Any], said: dict[str, Any], empty: str) -> tuple[int, bytes]:
        """DescribeSecret."""
        stages: dict[str, list[str]] = said.get("VersionIdsToStages") or {}
        stages.pop(empty, None)
        if not stages:
            said.pop("VersionIdsToStages", None)
        return _ok(said)

    def listed(self, _: Mapping[str, Any], said: dict[str, Any], empty: str) -> tuple[int, bytes]:
        """ListSecretVersionIds."""
        said["Versions"] = [v for v in said.get("Versions", []) if v.get("VersionId") != empty]
        return _ok(said)

    def read(self, asked: Mapping[str, Any], said: dict[str, Any], empty: str) -> tuple[int, bytes]:
        """GetSecretValue."""
        if said.get("VersionId") != empty:
            return _ok(said)
        label = asked.get("VersionStage", _CURRENT)
        message = f"Secrets Manager can't find the specified secret value for staging label: {label}"
        refusal = {"__type": "ResourceNotFoundException", "message": message, "Message": message}
        return http.client.BAD_REQUEST, json.dumps(refusal).encode()

    def put(self, _: Mapping[str, Any], said: dict[str, Any], empty: str) -> tuple[int, bytes]:
        """PutSecretValue: the first value is the current one."""
        if _CURRENT not in said.get("VersionStages", []):
            self._make_current(said["ARN"], said["VersionId"], empty)
            said["VersionStages"] = sorted({*said.get("VersionStages", []), _CURRENT})
        return _ok(said)

    def _make_current(self, arn: str, version: str, empty: str) -> None:
        region, account = arn.split(":")[3:5]
        manager = self._client("secretsmanager", account, region)
        stages = manager.describe_secret(SecretId=arn)["VersionIdsToStages"]
        if _CURRENT in stages.get(empty, ()):
            manager.update_secret_version_stage(
                SecretId=arn, VersionStage=_CURRENT, MoveToVersionId=version, RemoveFromVersionId=empty
            )


_CORRECTIONS: Final[
    Mapping[str, Callable[[EmptyVersions, Mapping[str, Any], dict[str, Any], str], tuple[int, bytes]]]
] = {
    "CreateSecret": EmptyVersions.created,
    "DescribeSecret": EmptyVersions.described,
    "ListSecretVersionIds": EmptyVersions.listed,
    "GetSecretValue": EmptyVersions.read,
    "PutSecretValue": EmptyVersions.put,
}


def _ok(said: Mapping[str, Any]) -> tuple[int, bytes]:
    return http.client.OK, json.dumps(said).encode()
