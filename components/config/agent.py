"""Options of the injected Vault agent: what a person may choose, typed.

Each is one annotation of the injector (hashicorp/vault-k8s 1.7.6,
agent-inject/agent/annotations.go). Not offered: `tls-skip-verify`, which would show tokens to
anybody in between; `agent-cache-*`, since the cache's store asks for Kubernetes' own token, which
is kept away from the agent; `agent-configmap`, JSON patches and telemetry, whose content nobody
here could check.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from components.config.base import Model
from components.config.fields import AccountName, HttpsAddress, Name
from components.config.rules import between, pattern

RENDER_SECONDS: Final = 300
"""The agent's own interval for secrets without a lease."""

Image = Annotated[
    str,
    pattern(
        r"[a-z0-9][A-Za-z0-9._/:-]{0,200}(@sha256:[0-9a-f]{64})?",
        "an image reference with a tag or digest",
        "write it like registry.example/vault:1.21.2",
    ),
]
Quantity = Annotated[
    str,
    pattern(
        r"[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?",
        "a Kubernetes quantity such as 250m or 64Mi",
        "correct it, in quotes",
    ),
]
ContainerPath = Annotated[
    str,
    pattern(
        r"(/[A-Za-z0-9_-][A-Za-z0-9_.-]*){1,16}",
        "an absolute path inside the container, without ..",
        "write it like /vault/tls/ca.crt",
    ),
]
Seconds = Annotated[int, between(1, 86_400, "seconds", "choose another number of seconds")]
Grace = Annotated[int, between(0, 600, "seconds", "keep it below the pod's termination grace period")]
UserId = Annotated[int, between(1, 4_294_967_294, "as a user or group id", "the agent never runs as root")]
Count = Annotated[int, between(1, 1000, "in number", "choose another number")]
Feature = Literal["auto-auth", "caching", "templating"]


class Resources(Model):
    """Kubernetes quantities."""

    cpu: Quantity | None = None
    memory: Quantity | None = None
    ephemeral: Quantity | None = None


class AgentOptions(Model):
    """`service` is Vault's address as pods reach it, by default endpoints.vault.address.
    `tls_secret` is a Secret of the workload's namespace, mounted at /vault/tls; with it `ca_cert`
    is /vault/tls/ca.crt unless given. `init_only`: no sidecar, so nothing is renewed; by default
    only for a Job or CronJob. `set_security_context` and what isn't given is the injector's own
    setting. Times are seconds."""

    service: HttpsAddress | None = None
    tls_secret: AccountName | None = None
    ca_cert: ContainerPath | None = None
    client_cert: ContainerPath | None = None
    client_key: ContainerPath | None = None
    tls_server_name: AccountName | None = None
    proxy_address: HttpsAddress | None = None
    client_timeout_seconds: Seconds | None = None
    client_max_retries: Count | None = None

    init_only: bool | None = None
    init_first: bool = False
    revoke_on_shutdown: bool = True
    revoke_grace_seconds: Grace = 5
    exit_on_auth_error: bool = True
    enable_quit: bool = False
    auth_min_backoff_seconds: Seconds | None = None
    auth_max_backoff_seconds: Seconds | None = None
    render_interval_seconds: Seconds = RENDER_SECONDS
    max_connections_per_host: Count | None = None
    disable_idle_connections: tuple[Feature, ...] = ()
    disable_keep_alives: tuple[Feature, ...] = ()

    containers: tuple[Name, ...] = ()
    copy_volume_mounts: AccountName | None = None
    secret_volume_path: ContainerPath = "/vault/secrets"  # noqa: S105
    image: Image | None = None
    limits: Resources = Resources()
    requests: Resources = Resources()
    run_as_user: UserId | None = None
    run_as_group: UserId | None = None
    run_as_same_user: bool = False
    set_security_context: bool | None = None
    share_process_namespace: bool | None = None
    go_max_procs: Count | None = None
    log_level: Literal["trace", "debug", "info", "warn", "error"] = "info"
    log_format: Literal["standard", "json"] = "standard"
