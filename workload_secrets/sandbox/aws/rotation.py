"""Rotation of secrets as AWS keeps it; no function is ever called.

The emulator's RotateSecret makes a new current version at once, whatever was asked. So the
front answers it itself: it asks for the rights that AWS asks for, remembers function and
rules, and shows them in DescribeSecret. The signature of a user isn't checked on this way.
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
"""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from workload_secrets.sandbox.aws.request import RootClient
from workload_secrets.sandbox.aws.web_identity import Denied

May = Callable[[str, str, str, str, Mapping[str, str]], str | None]
"""The account of an access key where it may do an action: (key, region, action, resource,
context); None where it may not."""

OPERATIONS: Final = frozenset({"RotateSecret", "CancelRotateSecret"})


class Rotations:
    """Which secret is rotated by which function, and by what rules."""

    def __init__(self, client: RootClient, may: May) -> None:
        self._client = client
        self._may = may
        self._kept: dict[str, dict[str, Any]] = {}
        """What DescribeSecret shows, by the secret's ARN."""
        self._lock = threading.Lock()

    def answer(self, operation: str, asked: Mapping[str, Any], key: str, region: str) -> tuple[int, bytes]:
        """RotateSecret or CancelRotateSecret. Raises Denied."""
        function = str(asked.get("RotationLambdaARN", ""))
        context = {"secretsmanager:rotationlambdaarn": function} if function else {}
        found = self._secret(asked, key, region, f"secretsmanager:{operation}", context)
        if operation == "CancelRotateSecret":
            with self._lock:
                self._kept.pop(found["ARN"], None)
            return _ok(found)
        if asked.get("RotateImmediately", True):
            raise Denied(
                "NotImplemented", "the sandbox runs no rotation function: RotateImmediately must be false"
            )
        if not function or not asked.get("RotationRules"):
            raise Denied("InvalidParameterException", "RotationLambdaARN and RotationRules are needed")
        self._allowed(key, region, "lambda:InvokeFunction", function, {})
        kept = {
            "RotationEnabled": True,
            "RotationLambdaARN": function,
            "RotationRules": asked["RotationRules"],
        }
        with self._lock:
            self._kept[found["ARN"]] = kept
        return _ok(found)

    def described(self, operation: str, status: int, body: bytes) -> bytes:
        """The answer to DescribeSecret with the rotation that is kept."""
        if operation != "DescribeSecret" or status != http.client.OK:
            return body
        said: dict[str, Any] = json.loads(body)
        with self._lock:
            kept = self._kept.get(said.get("ARN", ""), {})
        return json.dumps(said | kept).encode() if kept else body

    def _secret(
        self, asked: Mapping[str, Any], key: str, region: str, action: str, context: Mapping[str, str]
    ) -> dict[str, str]:
        """ARN and name of the secret that the caller may do this to. Refusing an action on a
        secret that isn't there says no more than AWS does."""
        given = str(asked.get("SecretId", ""))
        account = self._allowed(key, region, action, given, context)
        manager = self._client("secretsmanager", account, region)
        try:
            described = manager.describe_secret(SecretId=given)
        except manager.exceptions.ResourceNotFoundException:
            raise Denied(
                "ResourceNotFoundException", "Secrets Manager can't find the specified secret."
            ) from None
        return {"ARN": described["ARN"], "Name": described["Name"]}

    def _allowed(self, key: str, region: str, action: str, resource: str, context: Mapping[str, str]) -> str:
        account = self._may(key, region, action, resource, context)
        if account is None:
            raise Denied("AccessDeniedException", f"the caller may not {action} on {resource}")
        return account


def _ok(said: Mapping[str, Any]) -> tuple[int, bytes]:
    return http.client.OK, json.dumps(said).encode()
