"""`kong vault get` in a data plane's own container, whose value stays in that container.

The command: app/_how-tos/gateway of Kong/developer.konghq.com, kong/cmd/vault.lua of Kong/kong.
The exec stream is Kubernetes' v4.channel.k8s.io over WebSocket
(https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/, connect GET
requests to exec of Pod). It is spoken here by websocket-client: the kubernetes client's own stream
follows redirects with the bearer token.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import urlencode

import websocket

from workload_secrets.errors import Exit, ServerError, WorkloadSecretsError
from workload_secrets.outside import SECRETS

SECONDS: Final = 60
PROTOCOL: Final = "v4.channel.k8s.io"
_OUT, _STATUS = 1, 3
SCRIPT: Final = """\
command -v kong >/dev/null || { echo "why no-kong"; exit 1; }
exec 3>&1
why=$({ value=$(kong vault get "$1") || exit 1
  echo "length $(printf %s "$value" | wc -c)" >&3; } 2>&1) && exit 0
case $why in
  *"permission denied"*|*403*) echo "why refused";;
  *"no authentication mechanism"*) echo "why login";;
  *"did not return value"*) echo "why key";;
  *"string expected"*) echo "why type";;
  *"vault not found"*|*"could not find vault"*) echo "why vault";;
  *"not found"*) echo "why absent";;
  *license*) echo "why license";;
  *) echo "why other";;
esac
exit 1
"""
"""Prints how many bytes the value has, or one word of why there is none. The reference is $1, so
that no shell reads it; what Kong says is looked at inside, since it repeats Vault's answer."""
_REASONS: Final[Mapping[str, str]] = {
    "no-kong": "there is no kong in it; name the data plane's container by --container",
    "refused": "Vault refused Kong; `kong get` without --pod says at which step",
    "login": "Kong could not log in to Vault; `kong get` without --pod says why",
    "key": "the secret has no such key",
    "type": "the key's value is no string",
    "vault": "the data plane knows no vault with this prefix; apply its entity",
    "absent": "Vault has nothing there",
    "license": "the data plane has no Enterprise licence, which this backend needs",
    "other": "kong vault get failed; run it in the container to see its message",
}


class PodRefused(WorkloadSecretsError):  # noqa: N818 reads better
    """Kong was run, and got no value."""

    exit_code = Exit.ACCESS


@dataclass(frozen=True, kw_only=True)
class Container:
    """Where the data plane runs."""

    namespace: str
    pod: str
    container: str

    def __str__(self) -> str:
        return f"container {self.container} of pod {self.namespace}/{self.pod}"


@dataclass(frozen=True, kw_only=True)
class Api:
    """An API server: its address, its CA certificate as PEM text, and a bearer token."""

    server: str
    authority: str
    token: str = field(repr=False)


def length(api: Api, where: Container, reference: str) -> int:
    """How many bytes the value has, without line breaks at its end. Raises PodRefused where Kong
    gets none, ServerError where the container can't be reached."""
    SECRETS.learn(api.token)
    stream = _connect(api, where, reference)
    try:
        words = _words(_output(stream))
    except (websocket.WebSocketException, OSError) as error:
        raise ServerError(f"{where}: the exec stream broke ({type(error).__name__}); try again") from None
    finally:
        stream.close()
    kind, _, rest = words.partition(" ")
    if kind == "length" and rest.strip().isdigit():
        return int(rest)
    raise PodRefused(f"{where}: {_REASONS.get(rest if kind == 'why' else '', _REASONS['other'])}")


def _connect(api: Api, where: Container, reference: str) -> websocket.WebSocket:
    command = ["sh", "-c", SCRIPT, "kong-get", reference]
    query = urlencode(
        [
            ("container", where.container),
            ("stdout", "true"),
            ("stderr", "false"),
            *(("command", word) for word in command),
        ]
    )
    path = f"/api/v1/namespaces/{where.namespace}/pods/{where.pod}/exec"
    try:
        return websocket.create_connection(
            f"{api.server.rstrip('/').replace('https://', 'wss://', 1)}{path}?{query}",
            timeout=SECONDS,
            header={"Authorization": f"Bearer {api.token}"},
            subprotocols=[PROTOCOL],
            sslopt={"context": ssl.create_default_context(cadata=api.authority)},
            redirect_limit=0,
        )
    except websocket.WebSocketBadStatusException as error:
        raise ServerError(_not_run(where, error.status_code or 0)) from None
    except (websocket.WebSocketException, OSError) as error:
        raise ServerError(
            f"the Kubernetes API at {api.server} can't be reached ({type(error).__name__}); "
            "check endpoints.cluster.apiServer and caFile"
        ) from None


def _not_run(where: Container, status: int) -> str:
    reasons = {
        400: "there is no such container, or it doesn't run; name another by --container",
        401: "the cluster doesn't know you; log in to it first",
        403: "you may not run commands in it; be given create and get on pods/exec",
        404: "there is no such pod; name one as NAMESPACE/POD",
    }
    return f"{where}: HTTP {status}: {reasons.get(status, 'the API server runs nothing there')}"


def _output(stream: websocket.WebSocket) -> bytes:
    """What the command writes, until its status or the end."""
    found = b""
    while True:
        received: Any = stream.recv_data()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        opcode, data = cast("tuple[int, bytes]", received)
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            return found
        if not data:
            continue
        if data[0] == _OUT:
            found += data[1:]
        elif data[0] == _STATUS:
            _started(data[1:])
            return found


def _started(status: bytes) -> None:
    """Raises ServerError where the command wasn't run at all: then no exit code is given."""
    try:
        found: Any = json.loads(status)
    except ValueError:
        found = {}
    if found.get("status") == "Success" or found.get("reason") == "NonZeroExitCode":
        return
    raise ServerError("the container ran nothing: it has no shell, or has ended; see `kubectl describe pod`")


def _words(output: bytes) -> str:
    """The script's last line."""
    lines = output.decode(errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else ""
