"""The other child process of `rehearse.py`: the same calls in sequence, by boto3 or hvac alone.

Reads a request (JSON) on standard input: `system`, `record` (the calls that `deployed.py` wrote),
`replace` (texts to put in place of others, such as the account), and where the server is.
Identifiers that the server chose are those of this run's own answers.
Prints one line of JSON. Credentials come by the environment.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import boto3
import hvac
from botocore import xform_name
from botocore.exceptions import ClientError

Calls = list[dict[str, Any]]


class Watch:
    """Sums the seconds inside `with` blocks, so that looking up identifiers doesn't count."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._since = 0.0

    def __enter__(self) -> None:
        self._since = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self._since


def aws(request: dict[str, Any], calls: Calls, names: dict[str, str], watch: Watch) -> int:
    """One client for each service, as a plain script would have them. Gives unexpected errors."""
    clients: dict[str, Any] = {}
    wrong = 0
    for entry in calls:
        service, operation, arguments = entry["what"]
        if service not in clients:
            make = cast("Callable[..., Any]", boto3.client)
            with watch:
                clients[service] = make(service, region_name=request["region"], endpoint_url=request["url"])
        method = getattr(clients[service], xform_name(operation))
        arguments = _replaced(arguments, names)
        failed = False
        try:
            with watch:
                answer = method(**arguments)
            names.update(_differing(entry.get("answer"), json.loads(json.dumps(answer, default=str))))
        except ClientError as error:
            failed = True
            sys.stderr.write(f"{operation}: {error}\n")
        wrong += failed and not entry["failed"]
    return wrong


def vault(request: dict[str, Any], calls: Calls, names: dict[str, str], watch: Watch) -> int:
    """hvac's own adapter, which keeps its connection. Gives unexpected errors."""
    client = hvac.Client(
        url=request["url"],
        token=os.environ["VAULT_TOKEN"],
        verify=request["ca"],
        namespace=request["namespace"],
    )
    wrong = 0
    for entry in calls:
        method, path, body = _replaced(entry["what"], names)
        with watch:
            answer: Any = client.adapter.request(method.lower(), path, json=body, raise_exception=False)
        status = getattr(answer, "status_code", 200)  # hvac decodes a good answer to a dict
        if status >= 400 and status != entry.get("answer"):
            sys.stderr.write(f"{method} {path}: {status}\n")
            wrong += 1
    return wrong


def _replaced(value: Any, names: dict[str, str]) -> Any:
    """The value with every known identifier replaced, also inside texts."""
    if value is None:
        return None
    text = json.dumps(value)
    for old, new in reversed(names.items()):  # an ARN before the account inside it
        text = text.replace(old, new)
    return json.loads(text)


def _differing(old: Any, new: Any) -> Iterator[tuple[str, str]]:
    """Identifiers: the texts that differ between the recorded answer and this one."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old.keys() & new.keys() - {"ResponseMetadata"}:
            if key.endswith(("Arn", "ARN", "KeyId")) or isinstance(old[key], dict):
                yield from _differing(old[key], new[key])
    elif isinstance(old, str) and isinstance(new, str) and old != new:
        yield old, new


def main() -> None:
    """Replays, prints."""
    request = json.loads(sys.stdin.read())
    calls = [c for c in json.loads(Path(request["record"]).read_text()) if c["system"] == request["system"]]
    way = {"aws": aws, "vault": vault}[request["system"]]
    watch = Watch()
    wrong = way(request, calls, dict(request["replace"]), watch)
    sys.stdout.write(json.dumps({"seconds": watch.seconds, "calls": len(calls), "wrong": wrong}) + "\n")


if __name__ == "__main__":
    main()
