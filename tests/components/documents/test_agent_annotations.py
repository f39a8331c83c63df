import re
from dataclasses import replace
from typing import Any

import pytest

from components.config.agent import AgentOptions
from components.documents.agent import File, Source, rendered
from components.documents.agent_annotations import PREFIX, AgentPod, annotation_map, token_volume

FILE = File(
    name="config",
    source=Source(kind="kv", path="secret/data/production/api-service"),
    format="env",
    keys=("api_key",),
    names={"api_key": "API_KEY"},
    mode="0400",
)
GOLDEN = {
    "agent-auto-auth-exit-on-err": "true",
    "agent-cache-enable": "false",
    "agent-enable-quit": "false",
    "agent-init-first": "false",
    "agent-inject": "true",
    "agent-inject-perms-config": "0400",
    "agent-inject-secret-config": "secret/data/production/api-service",
    "agent-inject-template-config": rendered(FILE)[0].template,
    "agent-inject-token": "false",
    "agent-pre-populate": "true",
    "agent-pre-populate-only": "false",
    "agent-revoke-grace": "5",
    "agent-revoke-on-shutdown": "true",
    "agent-service-account-token-volume-name": "workload-secrets-token",
    "auth-path": "auth/kubernetes",
    "auth-type": "kubernetes",
    "error-on-missing-key-config": "true",
    "log-format": "standard",
    "log-level": "info",
    "role": "api-service",
    "secret-volume-path": "/vault/secrets",
    "service": "https://vault.example:8200",
    "template-config-exit-on-retry-failure": "true",
    "template-static-secret-render-interval": "300s",
    "tls-skip-verify": "false",
}


def _map(file: File = FILE, *, init_only: bool = False, namespace: str | None = None, **given: Any) -> Any:
    pod = AgentPod(
        options=AgentOptions(**given),
        files=rendered(file),
        role="api-service",
        auth_mount="kubernetes",
        service="https://vault.example:8200",
        namespace=namespace,
        init_only=init_only,
    )
    return {name.removeprefix(PREFIX): value for name, value in annotation_map(pod).items()}


def test_the_whole_map_of_the_guides_service() -> None:
    assert _map() == GOLDEN


def test_every_value_is_a_string_and_every_name_one_of_kubernetes() -> None:
    options: dict[str, Any] = {
        "tls_secret": "vault-ca",
        "limits": {"cpu": "500m"},
        "init_first": True,
        "client_timeout_seconds": 30,
        "share_process_namespace": False,
        "disable_keep_alives": ("templating", "caching"),
        "containers": ("api", "worker"),
    }
    made = _map(**options)
    assert all(isinstance(value, str) for value in made.values())
    assert all(re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?", name) for name in made)
    assert made["ca-cert"] == "/vault/tls/ca.crt"
    assert made["agent-limits-cpu"] == "500m"
    assert made["client-timeout"] == "30s"
    assert made["agent-share-process-namespace"] == "false"
    assert made["agent-disable-keep-alives"] == "templating,caching"
    assert made["agent-inject-containers"] == "api,worker"


def test_only_a_sidecar_revokes_its_token() -> None:
    made = _map(init_only=True)
    assert made["agent-pre-populate-only"] == "true"
    assert not [name for name in made if "revoke" in name]


def test_a_name_with_capitals_is_kept_by_the_files_path() -> None:
    """The injector lower-cases NAME, not what agent-inject-file says."""
    made = _map(replace(FILE, name="Settings.env"))
    (label,) = [name.removeprefix("agent-inject-file-") for name in made if "inject-file" in name]
    assert made[f"agent-inject-file-{label}"] == "Settings.env"
    assert label == label.lower()


def test_a_namespace_of_vault_is_named() -> None:
    assert _map(namespace="teams/payments")["namespace"] == "teams/payments"
    assert "namespace" not in _map()


@pytest.mark.parametrize("name", ["cpu", "memory", "ephemeral"])
def test_resources_have_the_injectors_names(name: str) -> None:
    made = _map(requests={name: "1"})
    assert made[f"agent-requests-{'mem' if name == 'memory' else name}"] == "1"


def test_the_token_is_for_vault_alone() -> None:
    assert token_volume("vault", 900) == {
        "name": "workload-secrets-token",
        "projected": {
            "sources": [
                {"serviceAccountToken": {"audience": "vault", "expirationSeconds": 900, "path": "token"}}
            ]
        },
    }
