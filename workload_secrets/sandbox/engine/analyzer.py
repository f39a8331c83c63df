"""A policy pack that starts when the engine has told which stack and which operation it is for.

`pulumi.policy` takes these from its environment when it starts, while the engine tells them by
ConfigureStack to a plugin that runs already. So a server of our own stands before it.
https://github.com/pulumi/pulumi/blob/v3.274.1/sdk/go/common/resource/plugin/analyzer_plugin.go
"""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any, Final, cast

import grpc
from pulumi.runtime.proto import analyzer_pb2

from workload_secrets.sandbox.engine.serving import MESSAGE_SIZES
from workload_secrets.sandbox.ports import LOOPBACK

Line = tuple[str, bytes]
"""`stdout` or `stderr`, and what was printed there."""
_THREADS: Final = 8
_CONFIGURE: Final = "/pulumirpc.Analyzer/ConfigureStack"
_HANDSHAKE: Final = "/pulumirpc.Analyzer/Handshake"
_LOOK_SECONDS: Final = 0.2


class Pack(grpc.GenericRpcHandler):
    """One pack. `start` starts its process with these variables added to the environment."""

    def __init__(self, start: Callable[[Mapping[str, str]], subprocess.Popen[bytes]]) -> None:
        self._start = start
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._channel: grpc.Channel | None = None
        self._lines: queue.SimpleQueue[Line] = queue.SimpleQueue()
        self._server = grpc.server(ThreadPoolExecutor(_THREADS), options=MESSAGE_SIZES)
        self._server.add_generic_rpc_handlers((self,))

    def output(self, wanted: Callable[[], bool]) -> Iterator[Line]:
        """Serves the engine for as long as `wanted` says so. Gives what the pack prints, after the
        port that the engine looks for."""
        port = self._server.add_insecure_port(f"{LOOPBACK}:0")
        self._server.start()
        yield "stdout", f"{port}\n".encode()
        try:
            while wanted() and not (self._child and self._child.poll() is not None):
                try:
                    yield self._lines.get(timeout=_LOOK_SECONDS)
                except queue.Empty:
                    continue
            while not self._lines.empty():
                yield self._lines.get()
        finally:
            self._server.stop(None)
            if self._child is not None:
                self._child.kill()
                self._child.wait()

    def service(self, handler_call_details: Any) -> Any:
        """Hands every call on to the pack as it is."""
        method = str(handler_call_details.method)

        def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
            if method == _HANDSHAKE and self._channel is None:
                context.abort(grpc.StatusCode.UNIMPLEMENTED, "the pack starts with ConfigureStack")
            try:
                pack: Any = self._pack(_variables(request) if method == _CONFIGURE else {})
                return pack.unary_unary(method)(request)
            except grpc.RpcError as error:
                said: Any = error
                context.abort(said.code(), said.details())
                raise

        return cast("Any", grpc).unary_unary_rpc_method_handler(answer)

    def _pack(self, variables: Mapping[str, str]) -> grpc.Channel:
        """The running pack; the first call starts it."""
        with self._lock:
            if self._channel is None:
                self._child = self._start(variables)
                port = int((cast("IO[bytes]", self._child.stdout).readline() or b"0").strip())
                for name in ("stdout", "stderr"):
                    stream = getattr(self._child, name)
                    threading.Thread(target=self._read, args=(name, stream), daemon=True).start()
                self._channel = grpc.insecure_channel(f"{LOOPBACK}:{port}", options=MESSAGE_SIZES)
            return self._channel

    def _read(self, name: str, stream: IO[bytes]) -> None:
        for line in stream:
            self._lines.put((name, line))


def _variables(request: bytes) -> dict[str, str]:
    """What `pulumi.policy` reads of the stack."""
    told = analyzer_pb2.AnalyzerStackConfigureRequest()
    told.ParseFromString(request)
    return {
        "PULUMI_PROJECT": told.project,
        "PULUMI_STACK": told.stack,
        "PULUMI_ORGANIZATION": told.organization or "organization",
        "PULUMI_DRY_RUN": "true" if told.dry_run else "false",
        "PULUMI_CONFIG": json.dumps(dict(told.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(told.config_secret_keys)),
    }
