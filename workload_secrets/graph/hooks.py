"""Resource hooks in process: no callback server, no socket."""

# pyright: reportPrivateUsage=false
from __future__ import annotations

import asyncio
import threading
from typing import Any, Final

from pulumi.runtime._callbacks import _CallbackServicer
from pulumi.runtime.proto import resource_pb2

from workload_secrets.graph.errors import ProgramError
from workload_secrets.graph.values import encode

# Kinds that a deploy can honour: it knows what it created or updated only afterwards.
RUN: Final = {"created": "after_create", "updated": "after_update"}


class Callbacks(_CallbackServicer):
    """The SDK's registry of callbacks without its server."""

    def __init__(self, monitor: Any) -> None:  # pyright: ignore[reportMissingSuperCall]
        self._callbacks = {}
        self._transforms = {}
        self._state_migrations = {}
        self._monitor = monitor
        self._target = "in-process"

    def function(self, token: str) -> Any:
        """The callback of a token, as the SDK registered it."""
        return self._callbacks[token]


class Hooks:
    """The registered hooks, by name. Names are unique in a program, as in the engine."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._requests: dict[str, Any] = {}
        self.callbacks: Callbacks | None = None

    def register(self, request: Any) -> None:
        """Raises ProgramError for a name that is taken."""
        with self._lock:
            if request.name in self._requests:
                raise ProgramError(
                    f"resource hook `{request.name}` is registered twice. Give each hook its own name, "
                    "such as the resource's name and what it does."
                )
            self._requests[request.name] = request

    def run(self, name: str, call: Any) -> str:
        """Runs one hook on the program's loop and waits. Gives the error text, or nothing."""
        request = self._requests[name]
        if self.callbacks is None:
            raise ProgramError("hooks were registered before the callbacks")
        function = self.callbacks.function(request.callback.token)
        future = asyncio.run_coroutine_threadsafe(function(call.SerializeToString()), self._loop)
        error = future.result().error
        return "" if request.ignore_errors else error


def call(resource: Any, id_: str, inputs: Any, outputs: Any, secrets: Any) -> Any:
    """The request that a hook gets. Raises TypeError for outputs that aren't JSON values."""
    return resource_pb2.ResourceHookRequest(
        urn=resource.urn,
        id=id_,
        name=resource.name,
        type=resource.type,
        new_inputs=inputs,
        new_outputs=encode(outputs, secrets),
    )
