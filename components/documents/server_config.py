"""The configuration of a Vault or OpenBao server as HCL text, from plain values.

There are two texts. The one of the first start belongs to exactly one node: it initialises
itself, and on several nodes it would make several clusters. The running text belongs to all
nodes, which join each other; an emptied node joins too and initialises nothing.

The charts put the text through Helm's templates and replace HOST_IP, POD_IP, HOSTNAME,
API_ADDR, TRANSIT_ADDR and RAFT_ADDR in it, so none of these and no `{{` may stand here.
Stanzas: https://openbao.org/docs/configuration/ and
https://developer.hashicorp.com/vault/docs/configuration
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from components.config.errors import ConfigError

API_PORT: Final = 8200
CLUSTER_PORT: Final = 8201
SECRET_ID_VARIABLE: Final = "BOOTSTRAP_SECRET_ID"  # noqa: S105 a variable's name
"""Hands the bootstrap secret id to the one node of the first start."""
BOOTSTRAP_MOUNT: Final = "bootstrap"
"""The AppRole mount of the bootstrap login alone: disabling it ends that login for good."""
_REPLACED_BY_CHART: Final = (
    "{{",
    "HOST_IP",
    "POD_IP",
    "HOSTNAME",
    "API_ADDR",
    "TRANSIT_ADDR",
    "RAFT_ADDR",
)


@dataclass(frozen=True, kw_only=True)
class SealText:
    """One seal stanza; `settings` in their order. None of them is a secret value."""

    kind: Literal["awskms", "static", "transit"]
    settings: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class BootstrapText:
    """The AppRole `role` with `policy` (HCL). Its token holds `token_ttl_seconds`."""

    role: str
    policy: str
    token_ttl_seconds: int


@dataclass(frozen=True, kw_only=True)
class ServerText:
    """What the text says. `folder` is the product's: /openbao or /vault.

    `peers` are the nodes' DNS names, the first initialises. `seal` None: Shamir, nodes wait
    for people. `audit` maps a device's name to `file` or `stdout`, None where the product
    takes none here. `metrics_hours` None: no telemetry.
    """

    folder: str
    peers: tuple[str, ...]
    seal: SealText | None
    audit: Mapping[str, Literal["file", "stdout"]] | None
    no_standby_reads: bool
    disable_mlock: bool
    metrics_hours: int | None = None


def running(server: ServerText) -> str:
    """The text of every node: whoever isn't in the cluster joins one that is."""
    return _checked(_text(server, "".join(_join(server, peer) for peer in server.peers)))


def first_start(server: ServerText, bootstrap: BootstrapText | None) -> str:
    """The text of the one node of the first start. `bootstrap` None: a person initialises."""
    return _checked(_text(server, "") + (_initialize(bootstrap) if bootstrap else ""))


def bootstrap_policy() -> str:
    """What the bootstrap deployer may do: make policies, logins and what others begin with.

    Whoever writes policies can give himself more, so its login works once and its token is
    short. Reading a secret isn't in it.
    """
    make = ("create", "read", "update", "delete", "list")
    paths: Mapping[str, Sequence[str]] = {
        "sys/policies/acl/*": make,
        "sys/auth": ("read",),
        "sys/auth/*": (*make, "sudo"),
        "auth/+/config": make,
        "auth/+/role/*": make,
        "sys/storage/raft/configuration": ("read",),
        "sys/storage/raft/autopilot/state": ("read",),
        "sys/storage/raft/autopilot/configuration": ("create", "read", "update"),
    }
    return "".join(
        f'path "{path}" {{ capabilities = [{", ".join(json.dumps(right) for right in rights)}] }}\n'
        for path, rights in paths.items()
    )


def api_address(peer: str) -> str:
    """Where a node answers, by its DNS name."""
    return f"https://{peer}:{API_PORT}"


def _text(server: ServerText, joins: str) -> str:
    listener = [
        f'address = "[::]:{API_PORT}"',
        f'cluster_address = "[::]:{CLUSTER_PORT}"',
        f'tls_cert_file = "{server.folder}/tls/tls.crt"',
        f'tls_key_file = "{server.folder}/tls/tls.key"',
        'tls_min_version = "tls12"',
    ]
    top = ["ui = false"]
    if server.no_standby_reads:
        top.append("disable_standby_reads = true")
    if server.disable_mlock:
        top.append("disable_mlock = true")  # recommended with raft; else the chart adds it itself
    parts = [
        *(f"{line}\n" for line in top),
        _stanza('listener "tcp"', listener),
        _storage(server, joins),
    ]
    if server.seal:
        settings = [f"{key} = {json.dumps(value)}" for key, value in server.seal.settings.items()]
        parts.append(_stanza(f'seal "{server.seal.kind}"', settings))
    for name, kind in (server.audit or {}).items():
        parts.append(_audit(server.folder, name, kind))
    if server.metrics_hours:
        retention = f'prometheus_retention_time = "{server.metrics_hours}h"'
        parts.append(_stanza("telemetry", [retention, "disable_hostname = true"]))
    parts.append('service_registration "kubernetes" {}\n')
    return "".join(parts)


def _storage(server: ServerText, joins: str) -> str:
    # 1 is raft's own speed, which both projects recommend for production; their default is five
    # times slower to elect a leader.
    # https://openbao.org/docs/configuration/storage/raft/#performance_multiplier
    lines = f'  path = "{server.folder}/data"\n  performance_multiplier = 1\n'
    return f'storage "raft" {{\n{lines}{joins}}}\n'


def _audit(folder: str, name: str, kind: str) -> str:
    """The same on every node, or a standby that takes over fails and there is no leader."""
    path = "stdout" if kind == "stdout" else f"{folder}/audit/{name}.log"
    mode = "" if kind == "stdout" else '    mode = "0600"\n'
    options = f'  options {{\n    file_path = "{path}"\n{mode}  }}\n'
    return f'audit "file" "{name}" {{\n{options}}}\n'


def _join(server: ServerText, peer: str) -> str:
    return (
        "  retry_join {\n"
        f'    leader_api_addr = "{api_address(peer)}"\n'
        f'    leader_tls_servername = "{peer}"\n'
        f'    leader_ca_cert_file = "{server.folder}/tls/ca.crt"\n'
        "  }\n"
    )


def _initialize(bootstrap: BootstrapText) -> str:
    """Only what lets the deployer log in. The server revokes the root token of this run itself."""
    role = f"auth/{BOOTSTRAP_MOUNT}/role/{bootstrap.role}"
    evaluated = {
        "eval_type": '"string"',
        "eval_source": '"env"',
        "env_var": f'"{SECRET_ID_VARIABLE}"',
        "require_present": "true",
    }
    lines = "".join(f"        {key} = {value}\n" for key, value in evaluated.items())
    from_environment = f"{{\n{lines}      }}"
    ttl = f'"{bootstrap.token_ttl_seconds}s"'
    settings = {
        "token_policies": f'["{bootstrap.role}"]',
        "token_ttl": ttl,
        "token_max_ttl": ttl,
        "secret_id_num_uses": "1",
    }
    requests = [
        _request("policy", f"sys/policies/acl/{bootstrap.role}", {"policy": json.dumps(bootstrap.policy)}),
        _request("mount", f"sys/auth/{BOOTSTRAP_MOUNT}", {"type": '"approle"'}),
        _request("role", role, settings),
        _request("role-id", f"{role}/role-id", {"role_id": f'"{bootstrap.role}"'}),
        _request("secret-id", f"{role}/custom-secret-id", {"secret_id": from_environment}),
    ]
    return 'initialize "bootstrap" {\n' + "".join(requests) + "}\n"


def _request(name: str, path: str, data: Mapping[str, str]) -> str:
    lines = "".join(f"      {key} = {value}\n" for key, value in data.items())
    return (
        f'  request "{name}" {{\n    operation = "update"\n    path = "{path}"\n'
        f"    data = {{\n{lines}    }}\n  }}\n"
    )


def _stanza(head: str, lines: Sequence[str]) -> str:
    return f"{head} {{\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


def _checked(text: str) -> str:
    found = [word for word in _REPLACED_BY_CHART if word in text]
    if found:
        raise ConfigError(
            f"vaultServer: got a name with {', '.join(found)}, which the chart replaces in the server's "
            "configuration; allowed: names without it; remedy: rename it"
        )
    return text
