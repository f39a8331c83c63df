"""What the tests of drift share: resources with every input a handler uses, and hands that change
each of them on the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2

from workload_secrets.graph.values import decode, encode
from workload_secrets.sandbox.deploy.call import Ask, Call, Site
from workload_secrets.sandbox.deploy.inputs import Inputs, Understood
from workload_secrets.sandbox.deploy.kubernetes.provider import KubernetesProvider
from workload_secrets.sandbox.deploy.notes import Notes
from workload_secrets.sandbox.deploy.registry import handler_of
from workload_secrets.sandbox.deploy.vault.provider import VaultProvider
from workload_secrets.sandbox.engine.provider import Plugin

_AS_NEW = object()
ANOTHER = object()
"""Any value but the one that was given."""


@dataclass(frozen=True, kw_only=True)
class Hands:
    """Whoever changes things on the servers, as their administrator. `known`: the resource's outputs."""

    vault: VaultProvider
    aws: Callable[[str], Any]
    kubernetes: KubernetesProvider
    known: dict[str, Any] = field(default_factory=dict)


Hand = Callable[[Hands], None]


@dataclass(frozen=True, kw_only=True)
class Property:
    """One input by its path. `new`: another legal value, as a program says it (or what makes it), that
    `by_hand` gives it on the server, where it is then read as `shown`. `refused`: a program can't change
    it in place.
    `anew`: by hand only by making the object anew, so that afterwards the resource is made again.
    `along`: inputs that the same hand changes."""

    name: str
    new: Any
    by_hand: Hand
    shown: Any = _AS_NEW
    refused: bool = False
    anew: bool = False
    along: frozenset[str] = frozenset()

    @property
    def expected(self) -> Any:
        return self.new if self.shown is _AS_NEW else self.shown


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One resource. `inputs` has every input that its handler uses, `least` the names that it needs;
    `later` answers those that are known only when `before` has made what the resource lies in.

    `place` are inputs that say where the object is, or that it can't change while it lives: `removed`
    takes it away by hand. `others` then put something else at its place. `noted`: inputs that the
    list `not enforced here` has, as no server keeps them. A `declared` resource has no server at all.
    """

    type: str
    inputs: Mapping[str, Any]
    properties: tuple[Property, ...]
    place: frozenset[str]
    removed: Hand
    least: frozenset[str] = frozenset()
    before: Hand = lambda _: None
    later: Callable[[Hands], Mapping[str, Any]] = lambda _: {}
    declared: bool = False
    others: tuple[Hand, ...] = ()
    noted: frozenset[str] = frozenset()
    name: str = ""

    @property
    def id(self) -> str:
        return (
            self.name or self.type.rpartition("/")[0].replace("/", ".") + "." + self.type.rpartition(":")[2]
        )

    def with_least(self) -> Subject:
        """The same with the inputs that it needs alone."""
        needed = {name.partition(".")[0] for name in self.least | self.place}
        few = {name: value for name, value in self.inputs.items() if name in needed}
        left = tuple(p for p in self.properties if p.name.partition(".")[0] not in few)
        return replace(self, inputs=few, properties=left)


class FailedError(Exception):
    """What the provider tells the engine."""


class Context:
    def set_trailing_metadata(self, metadata: object) -> None:
        pass

    def abort(self, code: grpc.StatusCode, details: str) -> None:
        raise FailedError(f"{code.name}: {details}")


class Resource:
    """One resource in the engine's state, and what the engine asks its provider for."""

    def __init__(self, plugin: Plugin, subject: Subject, name: str = "it") -> None:
        self._plugin = plugin
        self._urn = f"urn:pulumi:dev::unit::workload-secrets:platform:Platform${subject.type}::{name}"
        self.id = ""
        self.inputs: dict[str, Any] = {}
        self.outputs: dict[str, Any] = {}

    def create(self, inputs: Mapping[str, Any]) -> None:
        request = provider_pb2.CreateRequest(urn=self._urn, properties=encode(dict(inputs)))
        answer = self._plugin.Create(request, Context())
        self.id, self.inputs, self.outputs = answer.id, dict(inputs), decode(answer.properties).value

    def refresh(self) -> bool:
        """False where the object is gone."""
        request = provider_pb2.ReadRequest(
            urn=self._urn, id=self.id, inputs=encode(self.inputs), properties=encode(self.outputs)
        )
        answer = self._plugin.Read(request, Context())
        if answer.id:
            self.inputs, self.outputs = decode(answer.inputs).value, decode(answer.properties).value
        return bool(answer.id)

    def diff(self, inputs: Mapping[str, Any]) -> tuple[list[str], list[str]]:
        """The names of inputs that differ from the state, and those that replace the resource."""
        request = provider_pb2.DiffRequest(
            urn=self._urn,
            id=self.id,
            old_inputs=encode(self.inputs),
            olds=encode(self.outputs),
            news=encode(dict(inputs)),
        )
        answer = self._plugin.Diff(request, Context())
        return list(answer.diffs), list(answer.replaces)

    def update(self, inputs: Mapping[str, Any]) -> None:
        request = provider_pb2.UpdateRequest(
            urn=self._urn,
            id=self.id,
            olds=encode(self.outputs),
            old_inputs=encode(self.inputs),
            news=encode(dict(inputs)),
        )
        answer = self._plugin.Update(request, Context())
        self.inputs, self.outputs = dict(inputs), decode(answer.properties).value

    def notes(self) -> Notes:
        """What the provider says since the last look at it."""
        said, self._plugin._notes = self._plugin._notes, Notes()
        return said

    def delete(self) -> None:
        request = provider_pb2.DeleteRequest(
            urn=self._urn, id=self.id, old_inputs=encode(self.inputs), properties=encode(self.outputs)
        )
        self._plugin.Delete(request, Context())


def at(inputs: Any, path: str) -> Any:
    """What stands at a path such as `tune.tokenType`; None where there is nothing."""
    for part in path.split("."):
        inputs = inputs.get(part) if isinstance(inputs, Mapping) else None
    return inputs


def put(inputs: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The inputs with another value at a path."""
    first, _, rest = path.partition(".")
    return {**inputs, first: put(inputs.get(first) or {}, rest, value) if rest else value}


class _Noting(Inputs):
    """Notes which inputs a handler takes, whether or not they are given."""

    def __init__(self, values: Mapping[str, Any], prefix: str = "") -> None:
        super().__init__(values, prefix)
        self.noted: set[str] = set()

    def take(self, name: str, default: Any = None) -> Any:
        self.noted.add(self._prefix + name)
        return super().take(name, default)

    def text(self, name: str) -> str:
        if self.given(name) is None:
            self.noted.add(self._prefix + name)
            return name
        return super().text(name)

    def finish(self) -> None:
        super().finish()
        raise Understood

    def all(self) -> Iterator[str]:
        yield from self.noted
        for inner in self._nested:
            assert isinstance(inner, _Noting)
            yield from inner.all()


def used(subject: Subject, provider: Any, site: Site) -> frozenset[str]:
    """Every input that the handler of a type uses; of an object with inputs of its own only these."""
    call = Call(
        urn="urn",
        type=subject.type,
        name="it",
        provider=provider,
        site=site,
        notes=Notes(),
        ask=Ask(lambda _: None),
        operation="create",
    )
    inputs = _Noting(subject.inputs)
    with suppress(Understood):
        handler_of(subject.type)(call, inputs)
    names = set(inputs.all())
    return frozenset(name for name in names if not any(other.startswith(f"{name}.") for other in names))


def plugin(system: str, provider: Any, site: Site, ask: Ask, folder: Path) -> Plugin:
    """The provider plugin of a system, without an engine, with the clients of a provider."""
    made = Plugin(system, "7.0.0", site=site, ask=ask, notes_file=folder / "notes.json")
    made._client = provider
    return made
