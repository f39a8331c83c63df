"""Runs `pulumi` commands in a workspace and reads what the engine says of them.

Not by the Automation API: its `up` skips the preview, so that the policies of several resources
would run only after everything was made, and it reads the outputs with their secrets shown.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from workload_secrets.errors import PolicyError, ServerError
from workload_secrets.files import open_to_append
from workload_secrets.graph.process import STOP_SECONDS
from workload_secrets.outside import OutsideText
from workload_secrets.sandbox.engine.workspace import Workspace
from workload_secrets.sandbox.files import private_folder, write_private
from workload_secrets.sandbox.process import die_with_parent

Verb = Literal["preview", "up", "refresh", "destroy"]
Progress = Callable[[str], None]
_POLL_SECONDS: Final = 0.1
_CHUNK_BYTES: Final = 65536
_SHOWN: Final = 5
_LINES: Final = 15
_DONE: Final = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "create-replacement": "created in place of another",
    "delete-replaced": "deleted for another",
    "refresh": "refreshed",
    "read": "read",
    "import": "imported",
    "same": "unchanged",
}
_UNCHANGED: Final = frozenset({"same", "read"})
_COLOURS: Final = "<{%"


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a command did: how many resources by operation (`create`, `same`, …), and the error and
    warning texts. `events` are the engine's own, as `--event-log` writes them."""

    changes: Mapping[str, int]
    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    violations: tuple[str, ...]
    events: tuple[Mapping[str, Any], ...]

    def summary(self) -> str:
        """`67 created`, `1 updated, 66 unchanged`."""
        said = (f"{count} {_DONE.get(op, op)}" for op, count in sorted(self.changes.items()))
        return ", ".join(said) or "nothing to do"

    def changed(self) -> tuple[str, ...]:
        """A line for each resource that is another after the command than before, with the names of
        the properties that differ."""
        made = (event["resOutputsEvent"] for event in self.events if "resOutputsEvent" in event)
        return tuple(_change(e["metadata"]) for e in made if e["metadata"]["op"] not in _UNCHANGED)


def initialize(workspace: Workspace) -> None:
    """Makes the stack in the backend where it isn't there yet. Raises ServerError."""
    select = ("stack", "select", "--create", workspace.stack)
    command = [str(workspace.engine.path), *select, "--non-interactive"]
    done = subprocess.run(
        command,
        cwd=workspace.project,
        env=workspace.variables(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ServerError(f"pulumi {' '.join(select)} failed:\n{OutsideText(done.stderr, lines=_LINES)}")


def run(
    workspace: Workspace,
    verb: Verb,
    *options: str,
    progress: Progress = lambda _: None,
    policy_pack: Path | None = None,
) -> Done:
    """Runs `pulumi VERB` without questions; `progress` gets a line for each resource it changed.

    `policy_pack` is a folder with PulumiPolicy.yaml. Raises PolicyError where a mandatory rule is
    violated, and ServerError for any other failure, both with the engine's own messages.
    """
    logs = private_folder(workspace.folder / "logs")
    log = write_private(logs / f"{len(list(logs.glob('*.log')))}-{verb}.log", "")
    with _pipe(workspace.folder / "events") as (events, pipe), open_to_append(log) as output:
        command = [
            *(str(workspace.engine.path), verb, "--stack", workspace.stack, "--non-interactive"),
            *(() if verb == "preview" else ("--yes",)),
            *("--color", "never", "--event-log", str(events), *options),
            *(("--policy-pack", str(policy_pack)) if policy_pack else ()),
        ]
        child = subprocess.Popen(
            command,
            cwd=workspace.project,
            env={**workspace.variables(), "PULUMI_DEBUG_COMMANDS": "true"},  # else there is no --event-log
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=die_with_parent,
            # Ctrl-C in a terminal would reach it beside our own signal, and two end it at once.
            start_new_session=True,
        )
        try:
            found = tuple(_follow(child, pipe, progress))
        finally:
            _end(child)
    done = _done(found)
    if child.returncode:
        _fail(f"pulumi {verb} of stack {workspace.stack}", done, log)
    return done


@contextmanager
def _pipe(path: Path) -> Generator[tuple[Path, int]]:
    """A named pipe and its reading end. Into a file the update would write over the preview's events."""
    path.unlink(missing_ok=True)
    os.mkfifo(path, 0o600)
    end = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    try:
        yield path, end
    finally:
        os.close(end)
        path.unlink()


def _follow(child: subprocess.Popen[bytes], pipe: int, progress: Progress) -> Iterator[Mapping[str, Any]]:
    """The events as the engine writes them, until it has ended."""
    rest, ended = b"", False
    while not ended:
        ended = child.poll() is not None
        while select.select([pipe], [], [], 0 if ended else _POLL_SECONDS)[0]:
            *lines, rest = (rest + os.read(pipe, _CHUNK_BYTES)).split(b"\n")
            for line in lines:
                event = json.loads(line)
                if said := _progress(event):
                    progress(said)
                yield event


def _end(child: subprocess.Popen[bytes]) -> None:
    """Lets an engine that still works finish what is under way; ends it where that takes too long."""
    if child.poll() is None:
        child.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            child.wait(STOP_SECONDS)
        child.kill()
        child.wait()


def _progress(event: Mapping[str, Any]) -> str | None:
    made = event.get("resOutputsEvent")
    if made is None or made.get("planning"):
        return None
    about = made["metadata"]
    if about["op"] not in _DONE or about["op"] == "same":
        return None
    return f"{_DONE[about['op']]} {about['type'].rpartition(':')[2]} {about['urn'].rpartition('::')[2]}"


def _change(about: Mapping[str, Any]) -> str:
    names = ", ".join(sorted({*(about.get("diffs") or ()), *(about.get("detailedDiff") or ())}))
    type_, name = about["type"].rpartition(":")[2], about["urn"].rpartition("::")[2]
    return f"{_DONE.get(about['op'], about['op'])} {type_} {name}{f': {names}' if names else ''}"


def _done(events: tuple[Mapping[str, Any], ...]) -> Done:
    said = [event["diagnosticEvent"] for event in events if "diagnosticEvent" in event]
    summaries = [event["summaryEvent"] for event in events if "summaryEvent" in event]
    changes = summaries[-1].get("resourceChanges") if summaries else None
    return Done(
        changes=Counter(changes or {}),
        errors=tuple(dict.fromkeys(_text(d) for d in said if d["severity"] == "error")),
        warnings=tuple(dict.fromkeys(_text(d) for d in said if d["severity"] == "warning")),
        violations=tuple(dict.fromkeys(_violations(events))),
        events=events,
    )


def _violations(events: tuple[Mapping[str, Any], ...]) -> Iterator[str]:
    for event in events:
        found = event.get("policyEvent")
        if found and found["enforcementLevel"] == "mandatory":
            where = f" ({name})" if (name := found.get("resourceUrn", "").rpartition("::")[2]) else ""
            message = " ".join(_plain(found["message"]).split("\n"))
            yield f"{found['policyName']}{where}: {message}"


def _text(diagnostic: Mapping[str, Any]) -> str:
    name = diagnostic.get("urn", "").rpartition("::")[2]
    said = _plain(f"{diagnostic.get('prefix', '')}{diagnostic['message']}").removeprefix("error: ")
    return f"{name}: {said}" if name else said


def _plain(text: str) -> str:
    """Without the engine's marks of colours, such as <{%reset%}>."""
    first, *rest = text.split(_COLOURS)
    return (first + "".join(part.partition("%}>")[2] for part in rest)).strip()


def _fail(what: str, done: Done, log: Path) -> None:
    if done.violations:
        raise PolicyError(f"{what} was refused:\n" + _shown(done.violations))
    # What the engine says in the end, such as "update failed", only follows from the first error.
    raise ServerError(f"{what} failed:\n" + (_shown(done.errors) or str(OutsideText.of_log(log))))


def _shown(said: tuple[str, ...]) -> str:
    return "\n".join(str(OutsideText(text, lines=_LINES)) for text in said[:_SHOWN])
