"""AWS settings of the caller that can't be used: bad input, named, before any request."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from workload_secrets import aws_session
from workload_secrets.errors import InputError, ServerError
from workload_secrets.keys.clients import Clients

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "not-to-be-shown"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A caller without AWS settings."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    (tmp_path / ".aws").mkdir()
    return tmp_path


def log_in() -> Any:
    facts = SimpleNamespace(account_id="111122223333", region="eu-central-1")
    aws = SimpleNamespace(url="https://127.0.0.1:9")
    declaration: Any = SimpleNamespace(facts=SimpleNamespace(aws=facts), endpoints=SimpleNamespace(aws=aws))
    return Clients(declaration, Path()).aws()


@pytest.mark.parametrize(
    ("settings", "config", "message"),
    [
        ({"AWS_PROFILE": "deployer"}, "", r"AWS profile deployer: .*allowed: none; remedy: set AWS_PROFILE"),
        (
            {"AWS_PROFILE": "deployer"},
            "[profile a]\nregion = eu-west-1\n[default]\n",
            r"AWS profile deployer: .*allowed: a, default",
        ),
        ({"AWS_DEFAULT_PROFILE": "deployer"}, "", r"AWS profile deployer"),
        ({}, "nonsense\n", r"\.aws/config: can't be read as an AWS configuration file"),
        ({}, "[default\nregion = x\n", r"\.aws/config: can't be read"),
        ({"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"}, "", r"one half of a key pair; AWS_SECRET_ACCESS_KEY"),
        ({}, "[default]\naws_access_key_id = a\n", r"one half of a key pair; aws_secret_access_key"),
        ({**KEYS, "AWS_RETRY_MODE": "bad"}, "", r"AWS settings can't be used \(InvalidRetryModeError\)"),
        ({**KEYS, "AWS_STS_REGIONAL_ENDPOINTS": "bad"}, "", r"AWS settings can't be used"),
    ],
)
def test_settings_that_can_not_be_used_are_bad_input(
    home: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], config: str, message: str
) -> None:
    if config:
        (home / ".aws" / "config").write_text(config)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=message) as raised:
        log_in()
    assert "not-to-be-shown" not in str(raised.value)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {**KEYS, "AWS_REGION": "we ird", "AWS_DEFAULT_REGION": "we ird"},
        {**KEYS, "AWS_CA_BUNDLE": "/absent"},
    ],
)
def test_a_login_that_fails_is_a_server_s_error(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ServerError, match="log in first"):
        log_in()


def test_the_sandbox_reads_no_setting_of_the_caller(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / ".aws" / "config").write_text("nonsense\n")
    monkeypatch.setenv("AWS_PROFILE", "deployer")
    session = aws_session.apart(aws_access_key_id="a", aws_secret_access_key="b", region_name="eu-central-1")
    assert session.client("sts", endpoint_url="https://127.0.0.1:9").meta.region_name == "eu-central-1"
