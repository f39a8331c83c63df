"""An engine without servers: providers that answer what they were asked, and a language host that
writes down what the program sends. Both run in one process of their own; engines attach to it."""

# ruff: noqa: N802 the protocol's names
from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import (
    language_pb2,
    language_pb2_grpc,
    provider_pb2,
    provider_pb2_grpc,
    resource_pb2,
)

from tests.sandbox.engine.deployed import ROOT
from workload_secrets.graph import config
from workload_secrets.sandbox.deploy.call import Ask, Site
from workload_secrets.sandbox.engine import command
from workload_secrets.sandbox.engine.binary import Engine
from workload_secrets.sandbox.engine.language import LanguageHost, packages_installed
from workload_secrets.sandbox.engine.provider import Plugin
from workload_secrets.sandbox.engine.serving import MESSAGE_SIZES, serve
from workload_secrets.sandbox.engine.workspace import Workspace, prepare

_MONITOR = "/pulumirpc.ResourceMonitor/"
_KINDS: dict[str, Any] = {
    "resources": resource_pb2.RegisterResourceRequest,
    "outputs": resource_pb2.RegisterResourceOutputsRequest,
    "hooks": resource_pb2.RegisterResourceHookRequest,
}


class Echo(Plugin):
    """A provider of any system: takes every setting, and makes things that are what was asked for."""

    def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse()

    def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def Configure(self, request: Any, context: Any) -> Any:
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Create(self, request: Any, context: Any) -> Any:
        made = provider_pb2.CreateResponse(properties=request.properties)
        if not request.preview:
            made.id = request.urn.rpartition("::")[2]
        return made


@dataclass
class Sent:
    """What a program sent to the engine, by the URNs that it was answered."""

    resources: dict[str, Any] = field(default_factory=dict[str, Any])
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    hooks: dict[str, Any] = field(default_factory=dict[str, Any])

    def write(self, file: Path) -> None:
        texts = {
            name: {key: base64.b64encode(one.SerializeToString()).decode() for key, one in kept.items()}
            for name, kept in vars(self).items()
        }
        file.write_text(json.dumps(texts))

    @classmethod
    def read(cls, file: Path) -> Sent:
        texts = json.loads(file.read_text())
        return cls(
            **{
                name: {key: type_.FromString(base64.b64decode(one)) for key, one in texts[name].items()}
                for name, type_ in _KINDS.items()
            }
        )


class _Monitor(grpc.GenericRpcHandler):
    """Stands before the engine's monitor, hands every call on as it is, and writes it down."""

    def __init__(self, address: str, sent: Sent) -> None:
        self._channel: Any = grpc.insecure_channel(address, options=MESSAGE_SIZES)
        self._sent = sent
        self._lock = threading.Lock()

    def service(self, handler_call_details: Any) -> Any:
        method = str(handler_call_details.method)

        def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
            try:
                response: bytes = self._channel.unary_unary(method)(request)
            except grpc.RpcError as error:
                said: Any = error
                context.abort(said.code(), said.details())
                raise
            self._write_down(method.removeprefix(_MONITOR), request, response)
            return response

        return grpc.unary_unary_rpc_method_handler(answer)

    def _write_down(self, name: str, request: bytes, response: bytes) -> None:
        with self._lock:
            if name == "RegisterResource":
                urn = resource_pb2.RegisterResourceResponse.FromString(response).urn
                self._sent.resources[urn] = resource_pb2.RegisterResourceRequest.FromString(request)
            elif name == "RegisterResourceOutputs":
                told = resource_pb2.RegisterResourceOutputsRequest.FromString(request)
                self._sent.outputs[told.urn] = told
            elif name == "RegisterResourceHook":
                hook = resource_pb2.RegisterResourceHookRequest.FromString(request)
                self._sent.hooks[hook.name] = hook


class _Host(LanguageHost):
    """Our language host, with a recorder before the engine's monitor."""

    def __init__(self, file: Path) -> None:
        super().__init__("")
        self._file = file

    def Handshake(self, request: Any, context: Any) -> Any:
        self._engine = request.engine_address
        return language_pb2.LanguageHandshakeResponse()

    def Run(self, request: Any, context: Any) -> Any:
        sent = Sent()
        server = grpc.server(ThreadPoolExecutor(16), options=MESSAGE_SIZES)
        server.add_generic_rpc_handlers((_Monitor(request.monitor_address, sent),))
        request.monitor_address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()
        try:
            return super().Run(request, context)
        finally:
            server.stop(None)
            sent.write(self._file)


@dataclass(frozen=True)
class Alone:
    """Stacks under the real engine without any server."""

    engine: Engine
    folder: Path
    port: int

    @property
    def sent(self) -> Sent:
        """What the last program sent."""
        return Sent.read(self.folder / "sent.json")

    def place(self, project: Path, stack: str) -> Workspace:
        systems = ",".join(f"{name}:{self.port}" for name in packages_installed())
        made = prepare(
            self.engine,
            self.folder / Path(stack).stem,
            program=project,
            stack=config.load(project, stack),
            sandbox=self.folder,
            site={},
            environment={
                "PULUMI_DEBUG_LANGUAGES": f"python:{self.port}",
                "PULUMI_DEBUG_PROVIDERS": systems,
            },
        )
        command.initialize(made)
        return made


@contextmanager
def alone(engine: Engine, folder: Path) -> Generator[Alone]:
    child = subprocess.Popen(
        [sys.executable, "-m", __name__, str(folder)],
        # A host starts programs; gRPC's care for forks breaks the calls that are under way then.
        env={**os.environ, "PYTHONPATH": str(ROOT), "GRPC_ENABLE_FORK_SUPPORT": "false"},
        cwd=folder,
        stdin=subprocess.PIPE,  # it ends when this does
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        yield Alone(engine, folder, int(child.stdout.readline()))
    finally:
        child.kill()
        child.communicate()


def main() -> None:
    folder = Path(sys.argv[1])
    host = _Host(folder / "sent.json")
    echo = Echo("echo", "0", site=Site(), ask=Ask(lambda _: None), notes_file=folder / "notes.json")

    def add(server: Any) -> None:
        language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(echo, server)

    serve(add, 16)


if __name__ == "__main__":
    main()
