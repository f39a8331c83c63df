"""A command gets a Vault token of its own, and nothing of it stays."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.workflows.reading import SCRIPTS
from tests.workflows.serving import Asked, Reply, Served, serving
from workload_secrets.sandbox.certificates import Authority

JWT, TOKEN, REQUEST = "identity-canary", "vault-canary", "request-canary"
SHOWS = "import json, os; print(json.dumps(dict(os.environ)))"


@dataclass
class Servers:
    """GitHub's token service and a Vault with a certificate of its own authority."""

    github: Served
    vault: Served
    ca: str
    login: Reply = field(default_factory=lambda: Reply(data={"auth": {"client_token": TOKEN}}))
    identity: Reply = field(default_factory=lambda: Reply(data={"value": JWT}))
    revoked: Reply = field(default_factory=lambda: Reply(204, raw=b""))

    def run(self, *command: str, **variables: str | None) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": "/usr/bin:/bin",
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.github.url}/token?api-version=2",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST,
            "VAULT_ADDR": self.vault.url,
            "VAULT_AUTH_MOUNT": "github",
            "VAULT_ROLE": "dev-deploy",
            "VAULT_AUDIENCE": "vault-dev",
            "VAULT_CACERT": self.ca,
            **variables,
        }
        return subprocess.run(
            [sys.executable, str(SCRIPTS / "vault_session.py"), *command],
            env={name: value for name, value in environment.items() if value is not None},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    authority = Authority(tmp_path, "vault")
    made: list[Servers] = []

    def vault(asked: Asked) -> Reply:
        return made[0].login if asked.path.endswith("/login") else made[0].revoked

    with serving(lambda _: made[0].identity) as github, serving(vault, authority.server("vault")) as served:
        made.append(Servers(github, served, str(authority.file)))
        yield made[0]


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def shown(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    return json.loads(done.stdout.splitlines()[-1])


def test_the_command_has_the_token_and_can_not_ask_for_another(servers: Servers) -> None:
    done = servers.run(*python(SHOWS))
    assert done.returncode == 0, done.stderr
    assert shown(done)["VAULT_TOKEN"] == TOKEN
    assert not {name for name in shown(done) if name.startswith("ACTIONS_")}
    assert JWT not in shown(done).values()


def test_the_login_names_role_mount_and_audience(servers: Servers) -> None:
    servers.run(*python(""), VAULT_AUDIENCE="vault-dev&x=1", VAULT_NAMESPACE="team")
    asked, login = servers.github.asked[0], servers.vault.asked[0]
    assert asked.path == "/token?api-version=2&audience=vault-dev%26x%3D1"
    assert asked.headers["authorization"] == f"bearer {REQUEST}"
    assert (login.path, login.body) == ("/v1/auth/github/login", {"role": "dev-deploy", "jwt": JWT})
    assert login.headers["x-vault-namespace"] == "team"


@pytest.mark.parametrize("code", ["", "raise SystemExit(7)"])
def test_the_token_is_revoked_however_the_command_ends(servers: Servers, code: str) -> None:
    done = servers.run(*python(code))
    assert done.returncode == (7 if code else 0)
    last = servers.vault.asked[-1]
    assert last.path == "/v1/auth/token/revoke-self"
    assert last.headers["x-vault-token"] == TOKEN


def test_both_tokens_are_masked_before_the_command_and_shown_nowhere_else(servers: Servers) -> None:
    done = servers.run(*python("print('begin')"))
    before, after = done.stdout.split("begin")
    assert before.split() == [f"::add-mask::{JWT}", f"::add-mask::{TOKEN}"]
    assert not any(canary in after + done.stderr for canary in (JWT, TOKEN, REQUEST))


def test_outside_of_a_runner_nothing_is_printed(servers: Servers) -> None:
    assert servers.run(*python(""), GITHUB_ACTIONS=None).stdout == ""


@pytest.mark.parametrize("name", ["VAULT_ROLE", "VAULT_AUTH_MOUNT", "VAULT_AUDIENCE"])
def test_a_missing_variable_is_named_and_the_command_not_run(servers: Servers, name: str) -> None:
    done = servers.run(*python("print('ran')"), **{name: ""})
    assert (done.returncode, done.stdout) == (2, "")
    assert f"not set: {name}" in done.stderr


def test_without_a_vault_the_command_just_runs(servers: Servers) -> None:
    done = servers.run(*python(SHOWS), VAULT_ADDR="")
    assert done.returncode == 0
    assert "VAULT_TOKEN" not in shown(done)
    assert "ACTIONS_ID_TOKEN_REQUEST_TOKEN" not in shown(done)


@pytest.mark.parametrize("variables", [{"VAULT_CACERT": None}, {"VAULT_ADDR": "http://127.0.0.1:1"}])
def test_nothing_is_sent_to_a_vault_that_is_not_verified(
    servers: Servers, variables: dict[str, str | None]
) -> None:
    done = servers.run(*python("print('ran')"), **variables)
    assert done.returncode == 5
    assert "ran" not in done.stdout
    assert servers.vault.asked == []


@pytest.mark.parametrize("part", ["login", "identity"])
@pytest.mark.parametrize(
    "reply", [Reply(403, {"errors": [TOKEN]}), Reply(200, [TOKEN]), Reply(200, raw=b"<" + TOKEN.encode())]
)
def test_a_refused_login_runs_nothing_and_repeats_nothing(servers: Servers, part: str, reply: Reply) -> None:
    setattr(servers, part, reply)
    done = servers.run(*python("print('ran')"))
    assert done.returncode == 5
    assert "ran" not in done.stdout
    assert not any(canary in done.stderr for canary in (JWT, TOKEN, REQUEST))
    assert "Traceback" not in done.stderr


def test_a_failed_revocation_is_said_and_changes_no_result(servers: Servers) -> None:
    servers.revoked = Reply(403, {})
    done = servers.run(*python(""))
    assert done.returncode == 0
    assert "was not revoked" in done.stderr
