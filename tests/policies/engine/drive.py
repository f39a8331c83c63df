"""Goes through a stack as the engine does, and keeps what the pack tells it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2

from tests.policies.engine import requests
from tests.policies.engine.server import Server, Start, serving
from workload_secrets.graph.model import Graph

Level = Literal["advisory", "mandatory", "disabled"]
LEVELS: Mapping[Level, Any] = {
    "advisory": analyzer_pb2.ADVISORY,
    "mandatory": analyzer_pb2.MANDATORY,
    "disabled": analyzer_pb2.DISABLED,
}
NAMES: Mapping[Any, Level] = {value: name for name, value in LEVELS.items()}


@dataclass(frozen=True, kw_only=True)
class Told:
    """One thing that the pack says. `text` is without the policy's own description."""

    policy: str
    level: Level
    urn: str
    text: str

    @property
    def rule(self) -> str:
        """The rule's id; of what is said of waivers, `waiver`."""
        return self.text.partition(" ")[0]


@dataclass(frozen=True)
class Said:
    """All that the pack says of one operation. `stopped`: at a resource that was refused, as the
    engine's update does; nothing after it was asked."""

    all: tuple[Told, ...]
    stopped: bool = False

    @property
    def mandatory(self) -> tuple[Told, ...]:
        return tuple(told for told in self.all if told.level == "mandatory")

    @property
    def advisory(self) -> tuple[Told, ...]:
        return tuple(told for told in self.all if told.level == "advisory")

    @property
    def deferred(self) -> tuple[Told, ...]:
        return tuple(told for told in self.advisory if f"{told.rule} deferred" in told.text)


class Engine:
    """The engine's part of one operation on a stack."""

    def __init__(self, server: Server, start: Start) -> None:
        self._stub = server.stub
        self._start = start
        self._stub.GetAnalyzerInfo(empty_pb2.Empty())
        self._stub.ConfigureStack(
            analyzer_pb2.AnalyzerStackConfigureRequest(
                stack=start.stack, project=start.project, dry_run=start.dry_run, config=start.config or {}
            )
        )

    def configure(
        self, levels: Mapping[str, Level], settings: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        """The levels of policies and what else `--policy-pack-config` says to them, by their names."""
        configured = {
            name: analyzer_pb2.PolicyConfig(enforcementLevel=LEVELS[level]) for name, level in levels.items()
        }
        for name, given in (settings or {}).items():
            entry = configured.setdefault(
                name, analyzer_pb2.PolicyConfig(enforcementLevel=LEVELS["mandatory"])
            )
            entry.properties.update(given)
        self._stub.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig=configured))

    def run(self, graph: Graph, *, marked: bool = True, stops: bool = False, remediates: bool = True) -> Said:
        """Asks about every resource and then about the stack. `stops`: as an update, it goes no
        further than a resource that is refused. `remediates`: it first asks for remediations,
        of which there are none."""
        told: list[Told] = []
        for resource in requests.registered(graph):
            request = requests.analyze(graph, resource, marked=marked)
            assert not (remediates and self._stub.Remediate(request).remediations)
            said = list(_told(self._stub.Analyze(request), resource.urn))
            told += said
            if stops and any(one.level == "mandatory" for one in said):
                return Said(tuple(told), stopped=True)
        told += _told(self._stub.AnalyzeStack(requests.stack(graph, marked=marked)), "")
        return Said(tuple(told))


def operation(graph: Graph, start: Start, levels: Mapping[str, Level] | None = None) -> Said:
    """A whole preview or update with a pack of its own, as the engine starts one for each."""
    with serving(start) as server:
        engine = Engine(server, start)
        engine.configure(levels or {})
        return engine.run(graph, stops=not start.dry_run)


def _told(response: analyzer_pb2.AnalyzeResponse, urn: str) -> Iterator[Told]:
    """The engine holds what is said of a resource for that resource's, whatever it names."""
    assert not response.not_applicable
    found: Iterable[analyzer_pb2.AnalyzeDiagnostic] = response.diagnostics
    for diagnostic in found:
        assert diagnostic.message.startswith(f"{diagnostic.description}\n")
        yield Told(
            policy=diagnostic.policyName,
            level=NAMES[diagnostic.enforcementLevel],
            urn=urn or diagnostic.urn,
            text=diagnostic.message.removeprefix(f"{diagnostic.description}\n"),
        )
