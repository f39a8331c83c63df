"""A secret without a value has no version, and the first value is the current one, as in AWS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from workload_secrets.keys.template import write_if_absent
from workload_secrets.sandbox.aws.profile import admin_client
from workload_secrets.sandbox.handle import Sandbox

pytestmark = pytest.mark.sandbox
NAME = "versions/without-value"


@pytest.fixture
def manager(sandbox: Sandbox) -> Iterator[Any]:
    made = admin_client(sandbox, "dev", "secretsmanager")
    made.create_secret(Name=NAME)
    yield made
    made.delete_secret(SecretId=NAME, ForceDeleteWithoutRecovery=True)


def stages(manager: Any) -> list[list[str]]:
    return list(manager.describe_secret(SecretId=NAME).get("VersionIdsToStages", {}).values())


def test_a_secret_without_a_value_has_no_version(manager: Any) -> None:
    assert stages(manager) == []
    assert manager.list_secret_version_ids(SecretId=NAME)["Versions"] == []
    with pytest.raises(ClientError) as refused:
        manager.get_secret_value(SecretId=NAME)
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_the_template_is_written_once_and_can_be_read(manager: Any) -> None:
    assert write_if_absent(manager, NAME, '{"a": ""}') is True
    assert write_if_absent(manager, NAME, '{"b": ""}') is False
    assert manager.get_secret_value(SecretId=NAME)["SecretString"] == '{"a": ""}'


def test_the_template_never_replaces_a_value(manager: Any) -> None:
    manager.put_secret_value(SecretId=NAME, SecretString="live")
    assert write_if_absent(manager, NAME, '{"a": ""}') is False
    assert manager.get_secret_value(SecretId=NAME)["SecretString"] == "live"
    assert len(stages(manager)) == 1
