"""The injector's annotations that the sandbox understands, without their common prefix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from workload_secrets.errors import InputError

PREFIX: Final = "vault.hashicorp.com/"

CONFIGURED: Final = frozenset(
    {
        "agent-auto-auth-exit-on-err",
        "agent-cache-enable",
        "agent-disable-idle-connections",
        "agent-disable-keep-alives",
        "agent-enable-quit",
        "agent-inject",
        "agent-inject-token",
        "agent-pre-populate",
        "agent-pre-populate-only",
        "agent-service-account-token-volume-name",
        "auth-max-backoff",
        "auth-min-backoff",
        "auth-path",
        "auth-type",
        "ca-cert",
        "client-cert",
        "client-key",
        "client-max-retries",
        "client-timeout",
        "go-max-procs",
        "log-format",
        "log-level",
        "namespace",
        "proxy-address",
        "role",
        "secret-volume-path",
        "service",
        "template-config-exit-on-retry-failure",
        "template-max-connections-per-host",
        "template-static-secret-render-interval",
        "tls-server-name",
        "tls-skip-verify",
    }
)
"""They end up in the agent's configuration or environment."""
OF_THE_POD: Final = frozenset(
    {
        "agent-copy-volume-mounts",
        "agent-image",
        "agent-init-first",
        "agent-inject-containers",
        "agent-limits-cpu",
        "agent-limits-ephemeral",
        "agent-limits-mem",
        "agent-requests-cpu",
        "agent-requests-ephemeral",
        "agent-requests-mem",
        "agent-revoke-grace",
        "agent-revoke-on-shutdown",
        "agent-run-as-group",
        "agent-run-as-same-user",
        "agent-run-as-user",
        "agent-set-security-context",
        "agent-share-process-namespace",
        "tls-secret",
    }
)
"""They are about the pod alone, and the sandbox runs no pods."""
OF_A_SECRET: Final = (
    "agent-inject-secret-",
    "agent-inject-template-",
    "agent-inject-file-",
    "agent-inject-perms-",
    "agent-inject-command-",
    "error-on-missing-key-",
)
"""Followed by the secret's NAME."""
_NOT_HERE: Final = ("agent-inject-template-file-",)
"""It begins like one of the above."""
_TRUE: Final = frozenset(("1", "t", "true"))
_FALSE: Final = frozenset(("0", "f", "false", ""))


def own(annotations: Mapping[str, str]) -> dict[str, str]:
    """The injector's annotations without PREFIX. Raises InputError for one that is not known."""
    found = {n.removeprefix(PREFIX): v for n, v in annotations.items() if n.startswith(PREFIX)}
    for name in found:
        listed = name in CONFIGURED or name in OF_THE_POD
        if not listed and (not name.startswith(OF_A_SECRET) or name.startswith(_NOT_HERE)):
            raise InputError(
                f"annotation {PREFIX}{name}: not supported in the sandbox, which would leave it out"
            )
    return found


def flag(given: Mapping[str, str], name: str, *, default: bool = False) -> bool:
    """parseutil.ParseBool, of which other words than these are not supported here.

    Raises InputError for them.
    """
    text = given.get(name)
    if text is None:
        return default
    if text.lower() not in _TRUE | _FALSE:
        raise InputError(f"annotation {PREFIX}{name}: neither true nor false")
    return text.lower() in _TRUE
