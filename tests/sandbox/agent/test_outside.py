"""A pod template can't make the agent of a rehearsal write outside its own folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from workload_secrets.errors import InputError
from workload_secrets.sandbox.agent import run as agent_run
from workload_secrets.sandbox.agent.config import Injection
from workload_secrets.sandbox.agent.run import Agent, Place

PREFIX = "vault.hashicorp.com/"


def injection(token: str = "token", **changed: str) -> Injection:
    given = {
        "role": "api",
        "agent-service-account-token-volume-name": "tok",
        "agent-inject-secret-config": "kv/data/api",
        "agent-inject-template-config": "x",
    }
    given |= {name.replace("_", "-"): value for name, value in changed.items()}
    source = {"serviceAccountToken": {"audience": "vault", "path": token}}
    return Injection(
        {
            "metadata": {"annotations": {f"{PREFIX}{name}": value for name, value in given.items()}},
            "spec": {"volumes": [{"name": "tok", "projected": {"sources": [source]}}]},
        }
    )


def agent(folder: Path, given: Injection) -> Agent:
    return Agent(folder / "agents" / "api", given, Place("https://127.0.0.1:1", folder / "ca.pem", "jwt"))


@pytest.fixture(autouse=True)
def echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program in the agent's place that ends at once."""
    monkeypatch.setattr(agent_run, "binary", lambda: "/bin/true")


@pytest.mark.parametrize("path", ["../x", "../../../../x", "a/../../x", "..", "."])
def test_a_file_that_leads_out_is_refused(tmp_path: Path, path: str) -> None:
    with (
        agent(tmp_path, injection(agent_inject_file_config=path)) as running,
        pytest.raises(InputError, match="leads out of the sandbox's own folder"),
    ):
        running.init()


@pytest.mark.parametrize("volume", ["/vault/secrets/..", "/", "/etc", "relative"])
def test_wherever_the_volume_is_files_come_into_its_folder(tmp_path: Path, volume: str) -> None:
    with agent(tmp_path, injection(secret_volume_path=volume)) as running:
        try:
            running.init()
        except InputError as refused:
            assert "leads out" in str(refused)  # noqa: PT017 - either is sound
        else:
            config = (tmp_path / "agents" / "api" / "config.json").read_text()
            assert f'"destination": "{tmp_path}/agents/api/secrets/config"' in config


def test_an_absolute_file_stands_below_the_volume_as_the_injector_joins_it(tmp_path: Path) -> None:
    given = injection(agent_inject_file_config="/etc/passwd")
    assert given.config(init=True)["template"][0]["destination"] == "/vault/secrets/etc/passwd"


@pytest.mark.parametrize("path", ["../token", "a/../../../x", "/etc/x", "."])
def test_a_token_file_that_leads_out_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(InputError, match="leads out"), agent(tmp_path, injection(token=path)):
        pass
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == []


def test_a_token_file_may_lie_deeper(tmp_path: Path) -> None:
    with agent(tmp_path, injection(token="a/b")) as running:
        assert running.init().code == 0
        assert (tmp_path / "agents" / "api" / "token" / "a" / "b").read_text() == "jwt"
    assert not (tmp_path / "agents" / "api").exists()
