"""Where an agent works: namespaces of Vault, its folder, and what it has to do without here."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.sandbox.agent.conftest import AUDIENCE, Agents, Pods, Vault, administrator, kv, prepare
from workload_secrets.sandbox.handle import Sandbox
from workload_secrets.sandbox.rest import Rest

pytestmark = pytest.mark.sandbox


def test_a_namespace_of_vault_holds_for_login_and_templates(
    vault: Vault, sandbox: Sandbox, pod: Pods, agent: Agents
) -> None:
    rest = administrator(sandbox, "tenant")
    prepare(rest, sandbox)
    inside = Vault(rest)
    inside.policy("reader", "agent-kv/data/+", "read")
    inside.put("spaced", {"a": "inside"})
    vault.put("spaced", {"a": "outside"})
    with agent(pod(kv("spaced", ("a",)), namespace="tenant")) as running:
        assert running.init().code == 0
        assert running.file("config").read_text() == "a='inside'\n"


def test_the_command_that_revokes_at_a_pods_end_works_in_a_namespace(
    vault: Vault, sandbox: Sandbox, token: Callable[..., str]
) -> None:
    """The injector's names no namespace (container_sidecar.go, createLifecycle)."""
    login = {"role": "reader", "jwt": token("api", AUDIENCE, namespace="production")}
    answer = administrator(sandbox, "tenant").call("POST", "/v1/auth/agent-auth/login", login)
    headers = {"X-Vault-Token": answer["auth"]["client_token"]}
    rest = Rest(sandbox.vault_address or "", sandbox.ca_file, headers)
    assert rest.ask("POST", "/v1/auth/token/revoke-self", {})[0] == 204
    inside = Rest(sandbox.vault_address or "", sandbox.ca_file, {**headers, "X-Vault-Namespace": "tenant"})
    assert inside.ask("GET", "/v1/auth/token/lookup-self")[0] == 403


def test_nothing_is_left_of_an_agent(vault: Vault, pod: Pods, agent: Agents) -> None:
    vault.put("modes", {"a": "1"})
    with agent(pod(kv("modes", ("a",)))) as running:
        running.start()
        file = running.file("config")
        assert running.wait(file.exists, 10)
        assert stat.S_IMODE(file.parents[1].stat().st_mode) == 0o700
    assert not file.parents[1].exists()


def test_what_differs_from_a_pod_is_listed(vault: Vault, pod: Pods, agent: Agents, tmp_path: Path) -> None:
    vault.put("modes", {"a": "1"})
    marker = tmp_path / "ran"
    file = replace(kv("modes", ("a",)), command=f"touch {marker}")
    with agent(pod(file, proxy_address="https://proxy.example:3128", tls_server_name="vault")) as running:
        assert running.init().code == 0
        assert list(running.substitutions) == [
            "https://vault.example:8200 → the sandbox's Vault",
            "its client certificate and server name → the sandbox's TLS",
            "commands after rendering → none: no app runs here",
            "its proxy → none: Vault is on this machine",
        ]
    assert not marker.exists()
