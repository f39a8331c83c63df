from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from workload_secrets.errors import InputError, ServerError
from workload_secrets.keys.aws_store import AwsStore
from workload_secrets.keys.store import ChangedError


class FakeClient:
    """Secrets Manager's version labels. `between` runs once, after the next put."""

    def __init__(self, text: str | None = None) -> None:
        self.versions: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self.between: Callable[[], None] | None = None
        if text is not None:
            self.put("v0", text)

    def put(self, version: str, text: str) -> None:
        self.versions[version] = text
        if "AWSCURRENT" in self.labels:
            self.labels["AWSPREVIOUS"] = self.labels["AWSCURRENT"]
        self.labels["AWSCURRENT"] = version

    def put_secret_value(self, **request: Any) -> dict[str, Any]:
        version = str(request["ClientRequestToken"])
        self.put(version, request["SecretString"])
        if self.between:
            self.between, hook = None, self.between
            hook()
        return {"VersionId": version}

    def get_secret_value(self, **request: Any) -> dict[str, Any]:
        version = self.labels.get(request["VersionStage"])
        if version is None:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetSecretValue")
        return {"VersionId": version, "SecretString": self.versions[version]}

    def describe_secret(self, **_: Any) -> dict[str, Any]:
        stages: dict[str, list[str]] = {}
        for label, version in self.labels.items():
            stages.setdefault(version, []).append(label)
        return {"VersionIdsToStages": stages}


def current(client: FakeClient) -> Any:
    return json.loads(client.versions[client.labels["AWSCURRENT"]])


def test_nested_secrets_are_read_and_written_nested() -> None:
    client = FakeClient('{"VCS": {"Pat": "p", "Empty": ""}}')
    store = AwsStore(client, "s", "nested")
    version = store.read()
    assert version is not None
    assert version.values == {"VCS.Pat": "p", "VCS.Empty": ""}
    store.write({"VCS.Pat": "q"}, version)
    assert current(client) == {"VCS": {"Pat": "q"}}


def test_flat_secrets_stay_flat() -> None:
    client = FakeClient('{"VCS.Pat": "p"}')
    store = AwsStore(client, "s", "flat")
    store.write({"VCS.Pat": "q"}, store.read())
    assert current(client) == {"VCS.Pat": "q"}


def test_no_value_yet_reads_as_none() -> None:
    assert AwsStore(FakeClient(), "s", "flat").read() is None


def test_a_version_that_came_before_ours_is_given_back_for_merging() -> None:
    client = FakeClient('{"a": "1"}')
    store = AwsStore(client, "s", "flat")
    read = store.read()
    client.put("theirs", '{"a": "1", "b": "2"}')
    with pytest.raises(ChangedError) as caught:
        store.write({"a": "mine"}, read)
    assert caught.value.merge_into is not None
    assert caught.value.merge_into.values == {"a": "1", "b": "2"}
    store.write({"a": "mine", "b": "2"}, caught.value.merge_into)
    assert current(client) == {"a": "mine", "b": "2"}


def test_a_version_that_came_after_ours_is_given_back_for_merging() -> None:
    client = FakeClient('{"a": "1"}')
    store = AwsStore(client, "s", "flat")
    client.between = lambda: client.put("theirs", '{"b": "2"}')
    with pytest.raises(ChangedError) as caught:
        store.write({"a": "mine"}, store.read())
    assert caught.value.merge_into is not None
    assert caught.value.merge_into.id == "theirs"


@pytest.mark.parametrize("text", ["secret-text", "[]", '"secret-text"'])
def test_what_is_no_object_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(InputError, match="no JSON object") as caught:
        AwsStore(FakeClient(text), "s", "flat").read()
    assert "secret-text" not in str(caught.value)


def test_a_refusal_names_the_operation_and_the_code_alone() -> None:
    class Refusing(FakeClient):
        def get_secret_value(self, **request: Any) -> dict[str, Any]:
            message = "User is not authorized with secret-text"
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, "x")

    with pytest.raises(ServerError, match=r"get_secret_value: AccessDeniedException$"):
        AwsStore(Refusing(), "s", "flat").read()
