"""The annotations of a pod template that make the injector add a Vault agent.

Names and meanings: hashicorp/vault-k8s 1.7.6, agent-inject/agent/annotations.go. Every value
is a string. What decides about safety is always written, so that a default of the injector's
installation can't change it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.config.agent import AgentOptions
from components.documents.agent import Rendered

PREFIX: Final = "vault.hashicorp.com/"
TOKEN_VOLUME: Final = "workload-secrets-token"  # noqa: S105 a volume's name
TOKEN_PATH: Final = "token"  # noqa: S105 a file's name
_CA: Final = "/vault/tls/ca.crt"
"""The injector mounts `tls-secret` at /vault/tls."""


@dataclass(frozen=True, kw_only=True)
class AgentPod:
    """Everything about one workload's agent. `service` is Vault's address, `auth_mount` without
    `auth/`, `namespace` of Vault or None."""

    options: AgentOptions
    files: Sequence[Rendered]
    role: str
    auth_mount: str
    service: str
    namespace: str | None = None
    init_only: bool = False


def annotation_map(pod: AgentPod) -> dict[str, str]:
    """The whole map, sorted by name."""
    made = {**dict(_common(pod)), **dict(_connection(pod)), **dict(_container(pod.options))}
    for file in pod.files:
        made |= _file(file)
    return {f"{PREFIX}{name}": _text(value) for name, value in sorted(made.items()) if value is not None}


def token_volume(audience: str, seconds: int) -> dict[str, Any]:
    """A projected volume with the workload's token for Vault alone, as a Kubernetes object.

    Named in the annotations, so the agent never takes another mounted token: neither the API
    server's nor the one that IRSA's webhook mounts for STS.
    """
    token = {"audience": audience, "expirationSeconds": seconds, "path": TOKEN_PATH}
    return {"name": TOKEN_VOLUME, "projected": {"sources": [{"serviceAccountToken": token}]}}


def _common(pod: AgentPod) -> Iterator[tuple[str, Any]]:
    options = pod.options
    yield "agent-inject", True
    yield "agent-inject-token", False
    yield "agent-inject-containers", ",".join(options.containers) or None
    yield "secret-volume-path", options.secret_volume_path
    yield "agent-pre-populate", True
    yield "agent-pre-populate-only", pod.init_only
    yield "agent-init-first", options.init_first
    yield "agent-auto-auth-exit-on-err", options.exit_on_auth_error
    yield "template-config-exit-on-retry-failure", True
    yield "template-static-secret-render-interval", f"{options.render_interval_seconds}s"
    yield "template-max-connections-per-host", options.max_connections_per_host
    yield "agent-enable-quit", options.enable_quit
    if not pod.init_only:  # only a sidecar can revoke
        yield "agent-revoke-on-shutdown", options.revoke_on_shutdown
        yield "agent-revoke-grace", options.revoke_grace_seconds


def _connection(pod: AgentPod) -> Iterator[tuple[str, Any]]:
    options = pod.options
    yield "auth-type", "kubernetes"  # also for a jwt mount, whose login takes the same body
    yield "auth-path", f"auth/{pod.auth_mount}"
    yield "role", pod.role
    yield "namespace", pod.namespace
    yield "service", pod.service
    yield "agent-service-account-token-volume-name", TOKEN_VOLUME
    yield "tls-skip-verify", False
    yield "tls-secret", options.tls_secret
    yield "ca-cert", options.ca_cert or (_CA if options.tls_secret else None)
    yield "client-cert", options.client_cert
    yield "client-key", options.client_key
    yield "tls-server-name", options.tls_server_name
    yield "proxy-address", options.proxy_address
    yield "client-max-retries", options.client_max_retries
    yield "client-timeout", _seconds(options.client_timeout_seconds)
    yield "auth-min-backoff", _seconds(options.auth_min_backoff_seconds)
    yield "auth-max-backoff", _seconds(options.auth_max_backoff_seconds)
    yield "agent-disable-idle-connections", ",".join(options.disable_idle_connections) or None
    yield "agent-disable-keep-alives", ",".join(options.disable_keep_alives) or None


def _container(options: AgentOptions) -> Iterator[tuple[str, Any]]:
    yield "agent-image", options.image
    for kind, wanted in (("limits", options.limits), ("requests", options.requests)):
        yield f"agent-{kind}-cpu", wanted.cpu
        yield f"agent-{kind}-mem", wanted.memory
        yield f"agent-{kind}-ephemeral", wanted.ephemeral
    yield "agent-set-security-context", options.set_security_context
    yield "agent-run-as-user", options.run_as_user
    yield "agent-run-as-group", options.run_as_group
    yield "agent-run-as-same-user", True if options.run_as_same_user else None
    yield "agent-share-process-namespace", options.share_process_namespace
    yield "agent-copy-volume-mounts", options.copy_volume_mounts
    yield "go-max-procs", options.go_max_procs
    yield "log-level", options.log_level
    yield "log-format", options.log_format
    yield "agent-cache-enable", False


def _file(file: Rendered) -> dict[str, str]:
    made = {
        f"agent-inject-secret-{file.label}": file.source,
        f"agent-inject-template-{file.label}": file.template,
        f"agent-inject-perms-{file.label}": file.mode,
        f"error-on-missing-key-{file.label}": "true",
    }
    if file.path != file.label:
        made[f"agent-inject-file-{file.label}"] = file.path
    if file.command:
        made[f"agent-inject-command-{file.label}"] = file.command
    return made


def _seconds(value: int | None) -> str | None:
    return None if value is None else f"{value}s"


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
