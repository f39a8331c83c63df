"""What the injector would make of a pod template: the agent's configuration.

Written after hashicorp/vault-k8s 1.7.6 (agent-inject/agent/annotations.go, agent.go and
config.go); names, defaults and the JSON are the same. An annotation that isn't known here
raises, so that nothing is left out in silence. Secrets stand sorted by name, where the
injector has the order of a Go map, which is any.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from workload_secrets.errors import InputError
from workload_secrets.sandbox.agent.names import OF_A_SECRET, PREFIX, flag, own

HOME: Final = "/home/vault"
TOKEN_MOUNT: Final = "/var/run/secrets/vault.hashicorp.com/serviceaccount"  # noqa: S105
"""Where the injector mounts a named token volume that no container of the app mounts."""
VOLUME: Final = "/vault/secrets"
# As components/documents/agent.py writes it for a key of KV v2 that must be there.
_DEMAND: Final = re.compile(r'sprig_hasKey \.Data\.data "([^"]+)"\) \}\}\{\{ sprig_fail')
_LISTENER: Final = "127.0.0.1:8200"
Object = Mapping[str, Any]


@dataclass(frozen=True)
class TokenVolume:
    """The projected token the agent logs in with: its audience, life in seconds and file."""

    audience: str
    seconds: int
    path: str


class Injection:
    """One pod template (a Kubernetes object) as the injector reads it.

    `annotations` are the injector's, without prefix. Raises InputError where the injector
    would refuse the pod, and for an annotation that isn't known here.
    """

    def __init__(self, template: Object) -> None:
        self._template = template
        metadata = cast("Object", template.get("metadata") or {})
        spec = cast("Object", template.get("spec") or {})
        self.annotations = own(cast("Mapping[str, str]", metadata.get("annotations") or {}))
        self.service_account = str(spec.get("serviceAccountName") or "default")
        name = self.annotations.get("agent-service-account-token-volume-name", "")
        self.token = _token_volume(cast("Sequence[Object]", spec.get("volumes") or ()), name)
        self.volume = self.annotations.get("secret-volume-path", VOLUME)
        self.init_only = flag(self.annotations, "agent-pre-populate-only")
        self.injected = flag(self.annotations, "agent-inject")

    @property
    def environment(self) -> dict[str, str]:
        """What the agent's container has beside its configuration (container_env.go)."""
        given = self.annotations
        names = {
            "GOMAXPROCS": given.get("go-max-procs"),
            "VAULT_CLIENT_TIMEOUT": given.get("client-timeout"),
            "VAULT_MAX_RETRIES": given.get("client-max-retries"),
            "VAULT_LOG_LEVEL": given.get("log-level", "info"),
            "VAULT_LOG_FORMAT": given.get("log-format", "standard"),
            "HTTPS_PROXY": given.get("proxy-address"),
        }
        return {name: value for name, value in names.items() if value}

    def config(self, *, init: bool) -> dict[str, Any]:
        """The JSON of the init container or of the sidecar, with the paths inside the pod."""
        given = self.annotations
        made: dict[str, Any] = {
            "auto_auth": {"method": self._method(), "sink": list(_sinks(given, self.volume))},
            "exit_after_auth": init,
            "pid_file": f"{HOME}/.pid",
            "vault": _vault(given),
            "template": [_template(given, raw, self.volume) for raw in sorted(_raw_names(given))],
            "template_config": _template_config(given),
            **_listener(given),
        }
        for key in ("disable_idle_connections", "disable_keep_alives"):
            features = given.get(f"agent-{key.replace('_', '-')}")
            if features:
                made[key] = features.split(",")
        return made

    def asking_for(self, key: str) -> tuple[Injection, str] | None:
        """The same pod with one file alone, which asks for this key in the place of one of its own,
        and the file's path; None where no template demands a key by name."""
        for name, text in sorted(self.annotations.items()):
            found = _DEMAND.search(text) if name.startswith("agent-inject-template-") else None
            if found is None:
                continue
            raw = name.removeprefix("agent-inject-template-")
            kept = {n: v for n, v in self.annotations.items() if not n.startswith(OF_A_SECRET)}
            kept |= {f"{n}{raw}": self.annotations.get(f"{n}{raw}", "") for n in OF_A_SECRET}
            kept[name] = text.replace(f'"{found[1]}"', f'"{key}"')
            metadata = {"annotations": {f"{PREFIX}{n}": v for n, v in kept.items() if v}}
            path = kept[f"agent-inject-file-{raw}"] or raw.lower()
            return Injection({**self._template, "metadata": metadata}), path
        return None

    def _method(self) -> dict[str, Any]:
        given = self.annotations
        role = given.get("role")
        if not role:
            raise InputError("pod template: no Vault role, so the injector refuses the pod")
        config = {"token_path": posixpath.normpath(f"{TOKEN_MOUNT}/{self.token.path}"), "role": role}
        return _without_empty(
            {
                "type": given.get("auth-type", "kubernetes"),
                "mount_path": given.get("auth-path", "auth/kubernetes"),
                "min_backoff": given.get("auth-min-backoff"),
                "max_backoff": given.get("auth-max-backoff"),
                "namespace": given.get("namespace"),
                "config": config,
                "exit_on_err": flag(given, "agent-auto-auth-exit-on-err"),
            }
        )


def pod_template(found: Object) -> Object:
    """The pod template of a Deployment, StatefulSet or CronJob."""
    spec = cast("Object", found["spec"])
    if found["kind"] == "CronJob":
        spec = cast("Object", spec["jobTemplate"]["spec"])
    return cast("Object", spec["template"])


def _token_volume(volumes: Sequence[Object], name: str) -> TokenVolume:
    """agent.go, serviceaccount: the named volume, which no container needs to mount."""
    for volume in volumes:
        projected = cast("Object", volume.get("projected") or {})
        for source in cast("Sequence[Object]", projected.get("sources") or ()):
            token = cast("Object", source.get("serviceAccountToken") or {})
            if name and volume["name"] == name and token.get("path"):
                seconds = int(token.get("expirationSeconds") or 3600)
                return TokenVolume(str(token.get("audience") or ""), seconds, str(token["path"]))
    raise InputError(f"pod template: no projected token volume {name!r}, so the injector refuses the pod")


def _raw_names(given: Mapping[str, str]) -> Iterator[str]:
    """The NAMEs of all secrets, as they are written. (annotations.go, secrets)"""
    for name, value in given.items():
        raw = name.removeprefix("agent-inject-secret-")
        if raw != name and raw and value.strip():
            yield raw


def _template(given: Mapping[str, str], raw: str, volume: str) -> dict[str, Any]:
    """config.go, newTemplateConfigs. Without a template the injector would print the raw map."""
    contents = given.get(f"agent-inject-template-{raw}", "")
    if not contents:
        raise InputError(f"annotation {PREFIX}agent-inject-secret-{raw}: without a template of its own")
    path = given.get(f"agent-inject-file-{raw}") or raw.lower()
    return _without_empty(
        {
            "destination": posixpath.normpath(f"{volume}/{path}"),
            "contents": contents,
            "left_delimiter": "{{",
            "right_delimiter": "}}",
            "command": given.get(f"agent-inject-command-{raw}"),
            "perms": given.get(f"agent-inject-perms-{raw}"),
            "error_on_missing_key": flag(given, f"error-on-missing-key-{raw}"),
        }
    )


def _vault(given: Mapping[str, str]) -> dict[str, Any]:
    return _without_empty(
        {
            "address": given.get("service"),
            "ca_cert": given.get("ca-cert"),
            "client_cert": given.get("client-cert"),
            "client_key": given.get("client-key"),
            "tls_skip_verify": flag(given, "tls-skip-verify"),
            "tls_server_name": given.get("tls-server-name"),
        }
    )


def _sinks(given: Mapping[str, str], volume: str) -> Iterator[dict[str, Any]]:
    yield {"type": "file", "config": {"path": f"{HOME}/.vault-token"}}
    if flag(given, "agent-inject-token"):
        yield {"type": "file", "config": {"path": f"{volume}/token"}}


def _template_config(given: Mapping[str, str]) -> dict[str, Any]:
    """Go writes the first field also where it is false."""
    return {
        "exit_on_retry_failure": flag(given, "template-config-exit-on-retry-failure", default=True),
        **_without_empty(
            {
                "static_secret_render_interval": given.get("template-static-secret-render-interval"),
                "max_connections_per_host": int(given.get("template-max-connections-per-host") or 0),
            }
        ),
    }


def _listener(given: Mapping[str, str]) -> dict[str, Any]:
    """config.go, newConfig: a listener needs a cache, if only an empty one."""
    if flag(given, "agent-cache-enable"):
        raise InputError(
            f"annotation {PREFIX}agent-cache-enable: the persistent cache needs Kubernetes' own token, "
            "which a pod with a named token volume keeps away from the agent"
        )
    if not flag(given, "agent-enable-quit"):
        return {}
    listener = {"type": "tcp", "address": _LISTENER, "tls_disable": True, "agent_api": {"enable_quit": True}}
    return {"listener": [listener], "cache": {}}


def _without_empty(found: Object) -> dict[str, Any]:
    """Go's omitempty."""
    return {name: value for name, value in found.items() if value}
