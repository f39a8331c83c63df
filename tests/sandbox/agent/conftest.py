"""A Vault with a KV mount, a login for one account, and agents that use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from components.config.agent import AgentOptions
from components.documents.agent import File, Source, rendered
from components.documents.agent_annotations import AgentPod, annotation_map, token_volume
from workload_secrets.sandbox.agent.config import Injection
from workload_secrets.sandbox.agent.run import Agent, Place
from workload_secrets.sandbox.handle import Sandbox
from workload_secrets.sandbox.openbao import ADMIN
from workload_secrets.sandbox.rest import Rest

AUDIENCE = "vault"
_MORE = "".join(
    f'path "{space}{path}" {{ capabilities = ["create", "read", "update", "delete", "list"] }}\n'
    for space in ("", "tenant/")
    for path in ("auth/+/role/*", "agent-kv/*", "agent-pki/*")
)


Pods = Callable[..., Injection]
Agents = Callable[..., Agent]


def kv(name: str, keys: tuple[str, ...], **fields: Any) -> File:
    source = Source(kind="kv", path=f"agent-kv/data/{name}")
    given: dict[str, Any] = {"format": "env", "mode": "0440", "names": {key: key for key in keys}}
    given |= {"name": "config", "source": source, "keys": keys}
    return File(**(given | fields))


@dataclass(frozen=True)
class Vault:
    """The sandbox's Vault, as an administrator who may read and write its test mounts."""

    rest: Rest

    def put(self, name: str, values: Mapping[str, Any]) -> None:
        self.rest.call("POST", f"/v1/agent-kv/data/{name}", {"data": dict(values)})

    def policy(self, name: str, path: str, capability: str) -> None:
        """A policy, and a role that gives it to the account production/api."""
        text = f'path "{path}" {{ capabilities = ["{capability}"] }}\n'
        self.rest.call("PUT", f"/v1/sys/policies/acl/{name}", {"policy": text})
        role = {
            "bound_service_account_names": ["api"],
            "bound_service_account_namespaces": ["production"],
            "audience": AUDIENCE,
            "token_policies": [name],
        }
        self.rest.call("POST", f"/v1/auth/agent-auth/role/{name}", role)


def administrator(sandbox: Sandbox, namespace: str = "") -> Rest:
    assert sandbox.vault_address is not None
    assert sandbox.vault_admin_token_file is not None
    headers = {"X-Vault-Token": sandbox.vault_admin_token_file.read_text()}
    if namespace:
        headers["X-Vault-Namespace"] = namespace
    return Rest(sandbox.vault_address, sandbox.ca_file, headers)


def prepare(rest: Rest, sandbox: Sandbox) -> None:
    """The KV mount and the login, in the namespace that the client names."""
    cluster = sandbox.clusters["dev"]
    rest.call("POST", "/v1/sys/mounts/agent-kv", {"type": "kv", "options": {"version": "2"}})
    rest.call("POST", "/v1/sys/auth/agent-auth", {"type": "kubernetes"})
    config = {
        "kubernetes_host": cluster.api_server,
        "kubernetes_ca_cert": cluster.ca_file.read_text(),
        "disable_local_ca_jwt": True,
        "token_reviewer_jwt": cluster.reviewer_token_file.read_text(),
    }
    rest.call("POST", "/v1/auth/agent-auth/config", config)


@pytest.fixture(scope="session")
def vault(sandbox: Sandbox) -> Vault:
    rest = administrator(sandbox)
    policy = rest.call("GET", f"/v1/sys/policies/acl/{ADMIN}")["data"]["policy"]
    rest.call("PUT", f"/v1/sys/policies/acl/{ADMIN}", {"policy": policy + _MORE})
    prepare(rest, sandbox)
    made = Vault(rest)
    made.policy("reader", "agent-kv/data/+", "read")
    return made


@pytest.fixture
def pod(sandbox: Sandbox) -> Callable[..., Injection]:
    """A pod template of the given files, as the injector reads it."""

    def make(*files: File, role: str = "reader", namespace: str | None = None, **options: Any) -> Injection:
        given = AgentPod(
            options=AgentOptions(**options),
            files=[item for file in files for item in rendered(file)],
            role=role,
            auth_mount="agent-auth",
            service="https://vault.example:8200",
            namespace=namespace,
        )
        spec = {"serviceAccountName": "api", "volumes": [token_volume(AUDIENCE, 600)]}
        return Injection({"metadata": {"annotations": annotation_map(given)}, "spec": spec})

    return make


@pytest.fixture
def agent(sandbox: Sandbox, token: Callable[..., str], tmp_path: Path) -> Callable[..., Agent]:
    """An agent of a pod, with the token that Kubernetes would mount."""
    assert sandbox.vault_address is not None
    address, numbers = sandbox.vault_address, count()

    def make(injection: Injection, *, account: str = "api", audience: str = AUDIENCE) -> Agent:
        minted = token(account, audience, namespace="production")
        folder = tmp_path / f"agent-{next(numbers)}"
        return Agent(folder, injection, Place(address, sandbox.ca_file, minted))

    return make
