"""The child process of `rehearse.py`: makes one stack's resources of some systems, once.

Reads a request (JSON) on standard input: the stack's file and name, its sandbox's folder, `systems`
(others are symbols), `warm` (load the SDK modules first), and `record` (a file for the
calls). Prints one line of JSON. Credentials come by the environment.
"""

# pyright: reportPrivateUsage=false
from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.client import BaseClient

from workload_secrets.graph import config, symbols
from workload_secrets.graph.child import tune
from workload_secrets.graph.model import Resource
from workload_secrets.graph.program import Created, ProgramRequest, run_program
from workload_secrets.sandbox import state
from workload_secrets.sandbox.deploy.admin import maker
from workload_secrets.sandbox.deploy.call import Call, Site
from workload_secrets.sandbox.deploy.http import JsonClient
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.notes import Notes
from workload_secrets.sandbox.deploy.registry import PROVIDERS, handler_of
from workload_secrets.sandbox.deploy.requests import direct


@dataclass
class Recorder:
    """Every call to a server, in the order of its start; so none stands before its cause."""

    calls: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def install(self) -> None:
        """Wraps what boto3 clients and the HTTP client of the deploy send with."""
        aws: Any = BaseClient._make_api_call  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue, reportUnknownVariableType]
        send = JsonClient.send

        def call(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
            entry = self._begin("aws", client.meta.service_model.service_name, operation, arguments)
            entry["failed"] = True
            entry["answer"] = answer = aws(client, operation, arguments)
            entry["failed"] = False
            return answer

        def http(client: JsonClient, method: str, path: str, body: Any = None, **options: Any) -> Any:
            entry = self._begin(client._what.lower(), method, path, body)
            entry["answer"] = (answer := send(client, method, path, body, **options)).status
            return answer

        BaseClient._make_api_call = call  # pyright: ignore[reportAttributeAccessIssue]
        JsonClient.send = http  # pyright: ignore[reportAttributeAccessIssue]

    def _begin(self, system: str, *what: Any) -> dict[str, Any]:
        entry: dict[str, Any] = {"system": system, "what": what}
        with self._lock:
            self.calls.append(entry)
        return entry


def main() -> None:
    """Warms up, makes, prints."""
    request = json.loads(sys.stdin.read())
    root = Path(request["project"])
    file = config.load(root, request["stack"], request["overrides"])
    if request["warm"]:
        run_program(ProgramRequest.of(root, file)).check()
    tune()
    recorder = Recorder()
    recorder.install()
    made = _handlers(request)

    def realize(resource: Resource) -> Mapping[str, Any]:
        chosen = resource.type.partition(":")[0] in request["systems"]
        return Created(made(resource)) if chosen else symbols.realize(resource)

    started = time.perf_counter()
    outcome = run_program(ProgramRequest.of(root, file), realize).check()
    seconds = time.perf_counter() - started
    if request["record"]:
        Path(request["record"]).write_text(json.dumps(recorder.calls, default=str))
    calls = Counter(entry["system"] for entry in recorder.calls)
    found = {"seconds": seconds, "calls": calls, "created": outcome.created}
    sys.stdout.write(json.dumps(found) + "\n")


def _handlers(request: Mapping[str, Any]) -> Callable[[Resource], Mapping[str, Any]]:
    """Creates a resource by its handler, as the provider's plugin does; one provider a system."""
    sandbox = state.read(Path(request["sandbox"]))
    if sandbox is None:
        raise SystemExit(f"no sandbox in {request['sandbox']}")
    site, notes, ask = Site.read(request["site"]), Notes(), direct(maker(sandbox, request["name"]))
    providers: dict[str, Any] = {}
    making = threading.Lock()

    def make(resource: Resource) -> Mapping[str, Any]:
        with making:
            system = resource.type.partition(":")[0]
            if system not in providers:
                providers[system] = PROVIDERS[system](system, resource.provider)
        call = Call(
            urn=resource.urn,
            type=resource.type,
            name=resource.name,
            provider=providers[system],
            site=site,
            notes=notes,
            ask=ask,
            operation="create",
        )
        return handler_of(resource.type)(call, Inputs(resource.inputs)).outputs

    return make


if __name__ == "__main__":
    main()
