"""The child process of `rehearse.py`: makes one stack's resources of some systems, once.

Reads a request (JSON) on standard input: what `sandbox.deploy` gives its own child, `systems`
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
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.client import BaseClient

from workload_secrets.graph import config, symbols
from workload_secrets.graph.child import tune
from workload_secrets.graph.model import Resource
from workload_secrets.graph.program import ProgramRequest, run_program
from workload_secrets.sandbox.deploy.call import Site
from workload_secrets.sandbox.deploy.http import JsonClient
from workload_secrets.sandbox.deploy.notes import Notes
from workload_secrets.sandbox.deploy.realize import Maker
from workload_secrets.sandbox.deploy.requests import asking


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
    maker = Maker(Site.read(request["site"]), Notes(), asking(request["channel"]))

    def realize(resource: Resource) -> Mapping[str, Any]:
        chosen = resource.type.partition(":")[0] in request["systems"]
        return maker(resource) if chosen else symbols.realize(resource)

    started = time.perf_counter()
    outcome = run_program(ProgramRequest.of(root, file), realize).check()
    seconds = time.perf_counter() - started
    if request["record"]:
        Path(request["record"]).write_text(json.dumps(recorder.calls, default=str))
    calls = Counter(entry["system"] for entry in recorder.calls)
    found = {"seconds": seconds, "calls": calls, "created": outcome.created}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
