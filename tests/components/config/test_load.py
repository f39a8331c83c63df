import contextvars
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.config.errors import ConfigError
from components.config.load import load
from components.config.stack import StackConfig
from tests.stacks.read import ROOT, changed, data

KEYS = {"environment", "tier"}


def _texts(stack_data: dict[str, Any]) -> dict[str, str]:
    return {
        f"workload-secrets:{key}": value if key in KEYS else json.dumps(value)
        for key, value in stack_data.items()
    }


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Callable[..., StackConfig]:
    """Loads texts as the engine would pass them, in a context of its own."""

    def run(texts: dict[str, str], secret: tuple[str, ...] = (), folder: Path = ROOT) -> StackConfig:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(pulumi, "get_stack", lambda: "dev")

        def inside() -> StackConfig:
            pulumi.runtime.set_all_config(texts, list(secret))
            config = load(pulumi.Config("workload-secrets"))
            assert isinstance(config, StackConfig)
            return config

        return contextvars.copy_context().run(inside)

    return run


def test_dev_loads_from_the_engines_texts(loaded: Callable[..., StackConfig]) -> None:
    config = loaded(_texts(data("dev")))
    assert config.environment == "dev"
    assert config.shared.kv_mounts["pmp"].mount == "pmp-dev"
    assert [grant.secret for grant in config.workloads["pmp"].reads] == ["pmp-credentials", "pmp-vault"]


def test_every_missing_key_is_named(loaded: Callable[..., StackConfig]) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded({"workload-secrets:environment": "dev"})
    lines = str(refused.value).splitlines()
    assert [line.split(": ")[1] for line in lines] == [
        "tier",
        "facts",
        "endpoints",
        "shared",
        "secrets",
        "workloads",
        "writers",
    ]
    assert lines[0] == (
        "Pulumi.dev.yaml: tier: got nothing; allowed: a value for this key; "
        "remedy: set workload-secrets:tier in the stack file, or as a default in Pulumi.yaml"
    )


def test_text_where_an_object_is_wanted_is_refused_unseen(loaded: Callable[..., StackConfig]) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded(_texts(data("dev")) | {"workload-secrets:facts": "hunter2"})
    assert str(refused.value) == (
        "Pulumi.dev.yaml: facts: got text that is not an object; allowed: an object; "
        "remedy: write workload-secrets:facts as nested YAML"
    )


def test_a_key_that_nothing_reads_is_refused(loaded: Callable[..., StackConfig]) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded(_texts(data("dev")) | {"workload-secrets:secret": "hunter2"})
    assert str(refused.value) == (
        "Pulumi.dev.yaml: secret: got a key that is not known; allowed: environment, tier, facts, endpoints, "
        "shared, secrets, workloads, writers, gateways, ci, vaultServer; remedy: remove "
        "workload-secrets:secret, or correct the name"
    )


def test_an_encrypted_key_is_refused(loaded: Callable[..., StackConfig]) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded(_texts(data("dev")), secret=("workload-secrets:secrets",))
    assert str(refused.value) == (
        "Pulumi.yaml: secrets: got an encrypted value; allowed: plain configuration: no secret value belongs "
        "here; remedy: remove it, and write values with: workload-secrets keys set"
    )


def test_messages_name_the_file_in_which_a_key_stands(
    loaded: Callable[..., StackConfig], tmp_path: Path
) -> None:
    bad = changed("dev", {"secrets/billing-api/path": "data/x", "facts/aws/accountId": "1"})
    with pytest.raises(ConfigError) as refused:
        loaded(_texts(bad))
    assert [line.split(": ")[:2] for line in str(refused.value).splitlines()] == [
        ["Pulumi.dev.yaml", "facts.aws.accountId"],
        ["Pulumi.yaml", "secrets.billing-api.path"],
    ]
    (tmp_path / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text("utf-8"), "utf-8")
    with pytest.raises(ConfigError) as refused:
        loaded(_texts(bad), folder=tmp_path)
    assert [line.split(": ")[0] for line in str(refused.value).splitlines()] == [
        "the file of stack dev",
        "the file of stack dev or Pulumi.yaml",
    ]


def test_the_pem_files_are_looked_for_in_the_project(
    loaded: Callable[..., StackConfig], tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"endpoints\.cluster\.caFile: got .* which can't be read"):
        loaded(_texts(data("dev")), folder=tmp_path)
