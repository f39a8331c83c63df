"""The Python language host of our Pulumi CLI: runs programs and policy packs.

Pulumi's own host is no Go module that could be built; the user's own CLI brings it. Programs
run with this Python, whatever `virtualenv` says.
https://pulumi-developer-docs.readthedocs.io/latest/docs/architecture/languages.html
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from workload_secrets.sandbox.engine.analyzer import Pack
from workload_secrets.sandbox.engine.serving import serve
from workload_secrets.sandbox.process import die_with_parent

REPORTED: Final = 32
"""A program ends with this where the user has seen the reason already."""
_THREADS: Final = 16
_LENGTH_BYTES: Final = 8
_PLUGIN_FILE: Final = "pulumi-plugin.json"


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """The host of the engine at an address. The engine calls it from several threads."""

    def __init__(self, engine: str) -> None:
        self._engine = engine

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802 the protocol's name
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version=metadata.version("pulumi"))

    def GetRequiredPackages(self, request: Any, context: Any) -> Any:  # noqa: N802
        """The providers of the installed SDKs, in the versions that the SDKs ask for."""
        packages = [
            plugin_pb2.PackageDependency(name=name, kind="resource", version=version)
            for name, version in packages_installed().items()
        ]
        return language_pb2.GetRequiredPackagesResponse(packages=packages)

    def Run(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Runs the program in a process of its own, with the request on its stdin."""
        message = request.SerializeToString()
        child = subprocess.Popen(
            [sys.executable, "-P", "-u", "-m", "workload_secrets.sandbox.engine.program", self._engine],
            cwd=request.info.program_directory,
            stdin=subprocess.PIPE,
            preexec_fn=die_with_parent,
        )
        context.add_callback(child.kill)
        assert child.stdin is not None  # noqa: S101 it is a pipe
        with child.stdin as pipe:
            pipe.write(len(message).to_bytes(_LENGTH_BYTES) + message)
            pipe.flush()
            code = child.wait()
        if code == 0:
            return language_pb2.RunResponse()
        if code == REPORTED:
            return language_pb2.RunResponse(bail=True)
        return language_pb2.RunResponse(error=f"the program's process ended with {code}")

    def RunPlugin(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        """Runs a policy pack, and hands on what it prints, line by line."""
        if request.kind != "analyzer":
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"a plugin of kind {request.kind} in Python")
        command = [sys.executable, "-u", "-m", "pulumi.policy", *request.args]
        given = dict(line.partition("=")[::2] for line in request.env)

        def start(variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
            return subprocess.Popen(
                [*command, request.info.program_directory],
                cwd=request.pwd,
                env={**given, **variables},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                preexec_fn=die_with_parent,
            )

        for name, line in Pack(start).output(context.is_active):
            yield language_pb2.RunPluginResponse(**{name: line})  # pyright: ignore[reportArgumentType]
        yield language_pb2.RunPluginResponse(exitcode=0)

    def InstallDependencies(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        """Nothing: this Python has them."""
        return iter(())

    def About(self, request: Any, context: Any) -> Any:  # noqa: N802
        version = ".".join(str(part) for part in sys.version_info[:3])
        return language_pb2.AboutResponse(executable=sys.executable, version=version)

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()


def packages_installed() -> Mapping[str, str]:
    """The provider version that each installed SDK asks for, by the provider's name."""
    found: dict[str, str] = {}
    for distribution in metadata.distributions():
        files = (distribution.files or ()) if distribution.name.startswith("pulumi") else ()
        for file in files:
            if file.name == _PLUGIN_FILE:
                about = json.loads(file.read_text())
                if about.get("resource"):
                    found[about["name"]] = about.get("version") or distribution.version
    return dict(sorted(found.items()))


def main() -> None:
    """Serves until the engine is gone. The engine's address is the last argument."""
    host = LanguageHost(sys.argv[-1])
    serve(lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server), _THREADS)


if __name__ == "__main__":
    main()
