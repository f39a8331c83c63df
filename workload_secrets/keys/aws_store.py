"""A secret of AWS Secrets Manager, by a boto3 client.

Secrets Manager has no check-and-set in PutSecretValue. So after a put the version that
AWSPREVIOUS names is compared with the one that was read: where it is another, somebody
wrote between, and theirs stands in AWSPREVIOUS still; `ChangedError` lets the caller merge
again. The time between is one call; a third writer in that time is not noticed.
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from workload_secrets.errors import InputError, ServerError
from workload_secrets.keys.encoding import Encoding, flat, nested
from workload_secrets.keys.store import ChangedError, Version
from workload_secrets.outside import SECRETS, aws_code


class AwsStore:
    """One secret; `name` is its name or ARN. Needs GetSecretValue, DescribeSecret and
    PutSecretValue on it."""

    def __init__(self, client: Any, name: str, encoding: Encoding) -> None:
        self._client = client
        self._name = name
        self._encoding: Encoding = encoding
        self._own: set[str] = set()

    @property
    def where(self) -> str:
        return f"AWS secret {self._name}"

    def read(self) -> Version | None:
        return self._get(VersionStage="AWSCURRENT")

    def write(self, values: Mapping[str, str], replaces: Version | None) -> str:
        SECRETS.learn(*values.values())
        body = dict(values) if self._encoding == "flat" else nested(values)
        answer = self._call(
            "put_secret_value",
            SecretId=self._name,
            SecretString=json.dumps(body, ensure_ascii=False),
            ClientRequestToken=str(uuid.uuid4()),
        )
        written = cast("str", answer["VersionId"])
        self._own.add(written)
        stages = self._stages()
        if "AWSCURRENT" not in stages.get(written, ()):
            raise self._changed("AWSCURRENT")
        previous = {version for version, labels in stages.items() if "AWSPREVIOUS" in labels}
        if replaces and not previous <= self._own | {replaces.id}:
            raise self._changed("AWSPREVIOUS")
        return written

    def history(self) -> Iterator[Version]:
        """Only the current and the previous version have a label, and only those stay."""
        current = self.read()
        if current is None:
            return
        previous = self._get(VersionStage="AWSPREVIOUS")
        yield replace(current, first=previous is None)
        if previous is not None:
            yield previous

    def _changed(self, theirs: str) -> ChangedError:
        version = self._get(VersionStage=theirs)
        return ChangedError(f"{self.where}: somebody else wrote at the same time", version)

    def _get(self, **which: str) -> Version | None:
        try:
            answer = self._call("get_secret_value", SecretId=self._name, **which)
        except _AbsentError:
            self._stages()
            return None
        if answer.get("SecretString") is None and answer.get("SecretBinary") is None:
            return None  # an emulator's version that nobody wrote
        created = cast("datetime | None", answer.get("CreatedDate"))
        return Version(
            id=cast("str", answer["VersionId"]),
            created=created.astimezone(UTC) if created else None,
            values=self._decode(cast("str | None", answer.get("SecretString"))),
        )

    def _decode(self, text: str | None) -> dict[str, str]:
        try:
            data = json.loads(text or "null")
        except ValueError:
            data = None
        if not isinstance(data, dict):
            raise InputError(f"{self.where} holds no JSON object; write it anew with the declared keys")
        values = cast("dict[str, object]", data)
        SECRETS.learn_from({"secret": values})
        if self._encoding == "nested":
            return flat(values, keep_empty=True)
        return {
            name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()
        }

    def _stages(self) -> dict[str, list[str]]:
        """Labels by version. Raises ServerError where there is no such secret at all."""
        try:
            answer = self._call("describe_secret", SecretId=self._name)
        except _AbsentError:
            raise ServerError(f"{self.where} doesn't exist; deploy the stack first") from None
        return cast("dict[str, list[str]]", answer.get("VersionIdsToStages") or {})

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        try:
            return cast("dict[str, Any]", getattr(self._client, operation)(**arguments))
        except ClientError as error:
            code = aws_code(error)
            if code == "ResourceNotFoundException":
                raise _AbsentError from None
            raise ServerError(f"{self.where}: {operation}: {code}") from None
        except BotoCoreError as error:
            raise ServerError(f"{self.where}: {operation}: {type(error).__name__}") from None


class _AbsentError(ServerError):
    """No such secret or version."""
