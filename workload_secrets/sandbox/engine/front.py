"""The guard before a real provider: what the engine asks passes, once its endpoints are loopback.

The real provider is a child of this process. It starts with an environment of its own, and no
settings reach it before every address in them was looked at. What it contacts all the same, an
address that stands in no setting, goes through a proxy here that lets nothing out: Go's HTTP client
never takes a proxy for a loopback address, and always takes it for others
(https://pkg.go.dev/net/http#ProxyFromEnvironment).
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any, Final, cast

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2

from workload_secrets.errors import ServerError
from workload_secrets.graph.values import decode
from workload_secrets.provider_settings import resolve
from workload_secrets.sandbox import state
from workload_secrets.sandbox.deploy.guard import require_loopback
from workload_secrets.sandbox.deploy.outcome import HandlerError
from workload_secrets.sandbox.deploy.registry import PROVIDERS
from workload_secrets.sandbox.engine.serving import MESSAGE_SIZES, serve
from workload_secrets.sandbox.ports import LOOPBACK
from workload_secrets.sandbox.process import die_with_parent

_THREADS: Final = 64
_SERVICE: Final = "/pulumirpc.ResourceProvider/"
_SETTINGS: Final[Mapping[str, tuple[Any, str]]] = {
    f"{_SERVICE}CheckConfig": (provider_pb2.CheckRequest, "news"),
    f"{_SERVICE}DiffConfig": (provider_pb2.DiffRequest, "news"),
    f"{_SERVICE}Configure": (provider_pb2.ConfigureRequest, "args"),
}
"""The calls that bring settings: the request, and its field with them."""


class Front(grpc.GenericRpcHandler):
    """The guard of one provider process. `channel` leads to the real provider."""

    def __init__(self, system: str, channel: grpc.Channel) -> None:
        self._system = system
        self._channel: Any = channel

    def service(self, handler_call_details: Any) -> Any:
        """Hands a call on as it is, and its answer back with the details of an error."""
        method = str(handler_call_details.method)

        def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
            if method in _SETTINGS:
                kind, field = _SETTINGS[method]
                try:
                    check(self._system, getattr(kind.FromString(request), field))
                except HandlerError as error:
                    context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
            asked = self._channel.unary_unary(method).future(request)
            context.add_callback(asked.cancel)
            try:
                return asked.result()
            except grpc.RpcError as error:
                said: Any = error
                # Here is what a half-made object leaves in the state.
                context.set_trailing_metadata(said.trailing_metadata() or ())
                context.abort(said.code(), said.details())
                raise

        return cast("Any", grpc).unary_unary_rpc_method_handler(answer)


def check(system: str, settings: struct_pb2.Struct) -> None:
    """Raises HandlerError where settings don't name every endpoint, or one is not loopback.

    What has unknown values, in a preview, is only looked through: no provider connects with it.
    """
    found = decode(settings)
    values = resolve(found.value)
    for address in _addresses(values):
        require_loopback(system, address)
    if not found.unknowns:
        PROVIDERS[system](system, values)


def _addresses(value: Any) -> list[str]:
    """Every text in the settings that is an address, however deep."""
    if isinstance(value, Mapping):
        return [found for item in cast("Mapping[str, Any]", value).values() for found in _addresses(item)]
    if isinstance(value, list):
        return [found for item in cast("list[Any]", value) for found in _addresses(item)]
    return [value] if isinstance(value, str) and "://" in value else []


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Where a real provider comes to that goes by its environment: the address for AWS, the file of
    the sandbox's authority, and the proxy for everything else."""

    proxy: str
    ca_file: Path
    aws_url: str | None = None


def environment(given: Mapping[str, str], leads: Surroundings) -> dict[str, str]:
    """The environment of a real provider: what it would find by itself leads to the sandbox or nowhere.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html: an address for the
    services without an endpoint of their own. AWS_CA_BUNDLE is Go's way to the sandbox's authority.
    """
    kept = {name: value for name, value in given.items() if name.lower() not in _PROXIES}
    kept |= {"HTTP_PROXY": leads.proxy, "HTTPS_PROXY": leads.proxy, "KUBECONFIG": os.devnull}
    kept |= {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CA_BUNDLE": str(leads.ca_file)}
    if leads.aws_url is not None:
        kept["AWS_ENDPOINT_URL"] = leads.aws_url
    return kept


_PROXIES: Final = frozenset({"http_proxy", "https_proxy", "no_proxy", "all_proxy"})


class Refusing(BaseHTTPRequestHandler):
    """A proxy that lets nothing out. Its answer says so in the provider's own message."""

    def _refuse(self) -> None:
        self.send_response(403, "the sandbox lets nothing out")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_CONNECT = do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _refuse  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the provider says what it was refused."""


def refusing_proxy() -> str:
    """Starts the proxy; its address."""
    server = ThreadingHTTPServer((LOOPBACK, 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://{LOOPBACK}:{server.server_address[1]}"


@contextmanager
def running(
    program: str, engine: str, variables: Mapping[str, str]
) -> Generator[tuple[subprocess.Popen[bytes], grpc.Channel]]:
    """A real provider, and the way to it; it ends with this process. Raises ServerError where it says
    no port."""
    with subprocess.Popen(
        [program, engine],
        env=variables,
        stdin=subprocess.PIPE,  # as the engine does: some providers end when it ends
        stdout=subprocess.PIPE,
        preexec_fn=die_with_parent,
    ) as child:
        stream = cast("IO[bytes]", child.stdout)
        try:
            port = stream.readline().strip()
            if not port.isdigit():
                raise ServerError(f"{program} is no provider of Pulumi's: its first line is no port")
            threading.Thread(target=_hand_on, args=(stream,), daemon=True).start()
            with grpc.insecure_channel(f"{LOOPBACK}:{int(port)}", options=MESSAGE_SIZES) as channel:
                yield child, channel
        finally:
            child.kill()


def _hand_on(stream: IO[bytes]) -> None:
    with contextlib.suppress(ValueError):  # closed at the end
        for line in stream:
            sys.stderr.buffer.write(line)
            sys.stderr.flush()


def main() -> None:
    """Serves until the engine is gone. Arguments: what `workspace.prepare` wrote, the system, the real
    provider's program, the engine's address."""
    file, system, program, engine = sys.argv[1:5]
    request: dict[str, Any] = json.loads(Path(file).read_text())
    sandbox = state.read(Path(request["sandbox"]))
    if sandbox is None:
        raise ServerError(f"no sandbox in {request['sandbox']}")
    leads = Surroundings(proxy=refusing_proxy(), ca_file=sandbox.ca_file, aws_url=sandbox.aws_url)
    with running(program, engine, environment(os.environ, leads)) as (child, channel):
        # The provider that is gone can't answer; neither does its guard.
        threading.Thread(target=lambda: os._exit(child.wait() and 1), daemon=True).start()
        serve(lambda server: server.add_generic_rpc_handlers((Front(system, channel),)), _THREADS)


if __name__ == "__main__":
    main()
