"""The sandbox's handlers as provider plugins of the engine.

One process is one provider of a program. It has the deployer's credentials from the environment,
as the real provider would, and contacts loopback addresses only.
https://www.pulumi.com/docs/iac/build-with-pulumi/build-a-provider/ and the comments of
proto/pulumi/provider.proto say what each call is for.
"""

# ruff: noqa: N802 the protocol's names
from __future__ import annotations

import functools
import json
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from workload_secrets.errors import ServerError
from workload_secrets.graph.changes import CHOSEN, changed
from workload_secrets.graph.values import decode, encode
from workload_secrets.provider_settings import resolve
from workload_secrets.sandbox import state
from workload_secrets.sandbox.deploy.admin import maker
from workload_secrets.sandbox.deploy.call import Ask, Call, Site
from workload_secrets.sandbox.deploy.importing import (
    IMPORTED,
    ImportedInputs,
    form_of,
    imported,
    place,
    readable,
)
from workload_secrets.sandbox.deploy.inputs import CheckedInputs, Inputs, NotHandledError, Understood
from workload_secrets.sandbox.deploy.kept import as_found, require_kept
from workload_secrets.sandbox.deploy.kubernetes.kinds import is_object
from workload_secrets.sandbox.deploy.notes import Notes
from workload_secrets.sandbox.deploy.occupied import REFUSED
from workload_secrets.sandbox.deploy.outcome import Gone, HandlerError, OccupiedError, Operation, Outcome
from workload_secrets.sandbox.deploy.registry import PROVIDERS, handler_of
from workload_secrets.sandbox.deploy.requests import direct
from workload_secrets.sandbox.engine.serving import serve
from workload_secrets.sandbox.files import write_json

_THREADS: Final = 16
_REPLACED: Final = provider_pb2.PropertyDiff.UPDATE_REPLACE
_UPDATED: Final = provider_pb2.PropertyDiff.UPDATE
_DETAILS: Final = "grpc-status-details-bin"
_PAGE: Final = "docs/recover.md, Import what exists"
_COUNTED_UP: Final = frozenset({"managedFields", "resourceVersion", "generation"})
"""Metadata that a Kubernetes server changes by itself."""


class HalfMadeError(HandlerError):
    """An object that is there but not as it was asked for; `made` tells the engine what to keep."""

    def __init__(self, reason: str, made: Any) -> None:
        super().__init__(reason)
        self._made = made

    def details(self) -> bytes:
        """The status of the call as gRPC sends it: https://grpc.io/docs/guides/error/"""
        status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(self))
        status.details.add().Pack(self._made)
        return status.SerializeToString()


def _answered(method: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a handler's own message to the engine; of any other error only what kind it is, since its
    text may quote an input."""

    @functools.wraps(method)
    def answer(self: Plugin, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request)
        except HalfMadeError as error:
            context.set_trailing_metadata(((_DETAILS, error.details()),))
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        except HandlerError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        except Gone as gone:
            context.abort(
                grpc.StatusCode.NOT_FOUND,
                f"{gone} is in the state but not on the server: run `pulumi refresh`, then `pulumi up`",
            )
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(where.filename).name}:{where.lineno}"
            context.abort(grpc.StatusCode.INTERNAL, f"{type(error).__name__} at {place}")
        finally:
            self.save_notes()

    return answer


class Plugin(provider_pb2_grpc.ResourceProviderServicer):
    """The provider of one system. The engine calls it from several threads.

    The engine takes the marks of secrets off what it sends and puts them back on the outputs of the
    same names: `acceptSecrets` is false.
    """

    def __init__(self, system: str, version: str, *, site: Site, ask: Ask, notes_file: Path) -> None:
        self._system = system
        self._version = version
        self._site = site
        self._ask = ask
        self._notes = Notes()
        self._notes_file = notes_file
        self._saving = threading.Lock()
        self._saved: Mapping[str, Any] = {}
        self._client: Any = None

    def save_notes(self) -> None:
        """Writes what the result must list, where there is something new."""
        with self._saving:
            lists = self._notes.lists()
            if lists != self._saved:
                write_json(self._notes_file, lists)
                self._saved = lists

    @_answered
    def GetPluginInfo(self, request: Any) -> Any:
        return plugin_pb2.PluginInfo(version=self._version)

    @_answered
    def GetSchema(self, request: Any) -> Any:
        return provider_pb2.GetSchemaResponse(
            schema=json.dumps({"name": self._system, "version": self._version})
        )

    @_answered
    def CheckConfig(self, request: Any) -> Any:
        settings = decode(request.news)
        failures: list[Any] = []
        if not settings.unknowns:
            try:
                self._made(request.urn, settings.value)
            except HandlerError as error:
                failures.append(provider_pb2.CheckFailure(reason=str(error)))
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    @_answered
    def DiffConfig(self, request: Any) -> Any:
        """Only another cluster replaces what a provider made."""
        old, new = _given(request.old_inputs), _given(request.news)
        names = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
        return _diff(names, [name for name in names if name == "clusterIdentifier"])

    @_answered
    def Configure(self, request: Any) -> Any:
        settings = decode(request.args)
        if not settings.unknowns:
            self._client = self._made(self._system, settings.value)
        return provider_pb2.ConfigureResponse(
            acceptSecrets=False, supportsPreview=True, acceptResources=False, acceptOutputs=False
        )

    @_answered
    def Check(self, request: Any) -> Any:
        """What an import found is no program's: it is checked when the program states it."""
        type_ = _type(request.urn)
        failures: list[Any] = []
        if self._client is not None and IMPORTED not in request.news.fields:
            inputs = CheckedInputs(decode(request.news).value)
            try:
                handler_of(type_)(self._call(request.urn, "create"), inputs)
            except Understood:
                pass
            except HandlerError as error:
                if isinstance(error, NotHandledError) or not inputs.guessed:
                    failures.append(provider_pb2.CheckFailure(reason=str(error)))
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    @_answered
    def Diff(self, request: Any) -> Any:
        """Of an import the program's inputs are compared; a refresh compares what two reads found."""
        old, new, type_ = _given(request.old_inputs), _given(request.news), _type(request.urn)
        marked, again = old.pop(IMPORTED, False), new.pop(IMPORTED, False)
        if marked and not again:
            return _diff(*self._after_import(request, old, new))
        return _diff(*changed(type_, old, new))

    @_answered
    def Create(self, request: Any) -> Any:
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        inputs, call = decode(request.properties).value, self._call(request.urn, "create")
        try:
            outcome = self._do(call, inputs)
        except OccupiedError as error:
            raise HandlerError(f"{error}{self._way_to_import(call, inputs)}") from None
        except HandlerError as error:
            self._record_half_made(call, inputs, str(error))
            raise
        return provider_pb2.CreateResponse(
            id=str(outcome.outputs["id"]), properties=_properties(call.type, inputs, outcome)
        )

    @_answered
    def Read(self, request: Any) -> Any:
        """The server's answer alone; an empty id where the object is gone. An import knows the id alone."""
        inputs, type_ = decode(request.inputs).value, _type(request.urn)
        if not inputs:
            return self._imported(request.urn, request.id)
        call = replace(self._call(request.urn, "read"), id=request.id, known=decode(request.properties).value)
        asked = readable(type_, inputs)
        try:
            outcome = handler_of(type_)(call, asked)
        except Gone:
            return provider_pb2.ReadResponse()
        mark = {IMPORTED: True} if inputs.pop(IMPORTED, False) else {}
        unasked = asked.unasked - CHOSEN.get(type_, frozenset())
        return provider_pb2.ReadResponse(
            id=request.id,
            properties=_properties(type_, inputs, outcome),
            inputs=encode({**as_found(type_, inputs, outcome.outputs, unasked), **mark}),
        )

    @_answered
    def Update(self, request: Any) -> Any:
        inputs, known = decode(request.news).value, decode(request.olds).value
        if request.preview:
            return provider_pb2.UpdateResponse(properties=encode({**known, **inputs}))
        call = replace(self._call(request.urn, "update"), id=request.id, known=known)
        outcome = self._do(call, inputs)
        return provider_pb2.UpdateResponse(properties=_properties(_type(request.urn), inputs, outcome))

    @_answered
    def Delete(self, request: Any) -> Any:
        known = decode(request.properties).value
        call = replace(self._call(request.urn, "delete"), id=request.id, known=known)
        try:
            handler_of(call.type)(call, readable(call.type, decode(request.old_inputs).value))
        except Gone:
            return empty_pb2.Empty()
        raise HandlerError(f"{call.name} was not deleted: its handler has no way to")

    @_answered
    def Invoke(self, request: Any) -> Any:
        raise HandlerError(f"no handler for look-up {request.tok}: no program here makes one")

    def Cancel(self, request: Any, context: Any) -> Any:
        """What is under way ends by itself."""
        return empty_pb2.Empty()

    def _made(self, name: str, settings: Mapping[str, Any]) -> Any:
        if self._system not in PROVIDERS:
            raise HandlerError(f"the sandbox has no server for resources of provider {self._system}")
        return PROVIDERS[self._system](name.rpartition("::")[2], resolve(settings))

    def _call(self, urn: str, operation: Operation) -> Call:
        return Call(
            urn=urn,
            type=_type(urn),
            name=urn.rpartition("::")[2],
            provider=self._client,
            site=self._site,
            notes=self._notes,
            ask=self._ask,
            operation=operation,
        )

    def _imported(self, urn: str, id_: str) -> Any:
        """What the server has under an id. The first diff compares it with the program."""
        type_, inputs = _type(urn), place(_type(urn), id_)
        asked = ImportedInputs(inputs)
        # What stands in for what is found when the program says what it wants.
        call = replace(self._call(urn, "read"), id=id_, notes=Notes())
        try:
            outcome = self._handled(call, asked)
        except Gone:
            return provider_pb2.ReadResponse()
        found = imported(type_, inputs, asked, outcome.outputs)
        return provider_pb2.ReadResponse(
            id=str(outcome.outputs["id"]),
            properties=_properties(type_, found, outcome),
            inputs=encode({**found, IMPORTED: True}),
        )

    def _after_import(
        self, request: Any, old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> tuple[list[str], list[str]]:
        """The names that differ between an imported object and the program, and which of them replace it.

        What the server has and the program leaves out may be a default, so the handler is asked
        rather than the inputs compared; nothing is replaced for it.
        """
        type_ = _type(request.urn)
        known = {name: value for name, value in old.items() if name in new}
        if decode(request.news).unknowns or self._client is None:
            return changed(type_, known, new)
        call = replace(self._call(request.urn, "compare"), id=request.id, known=decode(request.olds).value)
        try:
            outcome = self._handled(call, Inputs(new))
        except Gone:
            return changed(type_, known, new)
        names, replacing = changed(type_, as_found(type_, new, outcome.outputs), new)
        if outcome.state == "updated" and not names:
            names = sorted(old.keys() - new.keys()) or sorted(new)
        return names, replacing

    def _way_to_import(self, call: Call, inputs: Mapping[str, Any]) -> str:
        """How to import what a create found. Empty where its type has no import."""
        try:
            form_of(call.type)
            outcome = self._handled(replace(call, operation="read"), Inputs(inputs))
        except (Gone, HandlerError):
            return ""
        return f", or import it as {call.type} {call.name} with id {outcome.outputs['id']} ({_PAGE})"

    def _record_half_made(self, call: Call, inputs: Mapping[str, Any], reason: str) -> None:
        """Raises HalfMadeError where the object is there though making it failed, so that the engine
        keeps it in its state and the next `up` goes on. Else its API would refuse it for ever.

        An object that a second create overwrites needs no such care.
        """
        if call.type not in REFUSED and not is_object(call.type):
            return
        try:
            outcome = handler_of(call.type)(replace(call, operation="read"), Inputs(inputs))
        except (Gone, HandlerError):
            return
        raise HalfMadeError(
            reason,
            provider_pb2.ErrorResourceInitFailed(
                id=str(outcome.outputs["id"]),
                properties=_properties(call.type, inputs, outcome),
                reasons=[reason],
                inputs=encode(inputs),
            ),
        )

    def _do(self, call: Call, inputs: Mapping[str, Any]) -> Outcome:
        outcome = self._handled(call, Inputs(inputs))
        require_kept(call.type, inputs, outcome.outputs)
        return outcome

    def _handled(self, call: Call, inputs: Inputs) -> Outcome:
        if self._client is None:
            raise HandlerError(f"the settings of provider {self._system} are not known")
        return handler_of(call.type)(call, inputs)


def _type(urn: str) -> str:
    """`urn:pulumi:STACK::PROJECT::PARENTS$TYPE::NAME`."""
    return urn.split("::")[2].rpartition("$")[2]


def _given(inputs: struct_pb2.Struct) -> dict[str, Any]:
    return {name: value for name, value in decode(inputs).value.items() if value is not None}


def _diff(names: Iterable[str], replacing: list[str]) -> Any:
    names = list(names)
    changes = provider_pb2.DiffResponse.DIFF_SOME if names else provider_pb2.DiffResponse.DIFF_NONE
    detailed = {
        name: provider_pb2.PropertyDiff(kind=_REPLACED if name in replacing else _UPDATED, inputDiff=True)
        for name in names
    }
    return provider_pb2.DiffResponse(
        changes=changes,
        diffs=names,
        replaces=replacing,
        # Names are explicit, so the old object must go first; the real providers say so too.
        deleteBeforeReplace=bool(replacing),
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )


def _properties(type_: str, inputs: Mapping[str, Any], outcome: Outcome) -> struct_pb2.Struct:
    """What goes into the state: the inputs as the server has them, and what it added."""
    outputs = {name: value for name, value in outcome.outputs.items() if name != "id"}
    found = as_found(type_, inputs, outputs)
    if is_object(type_):
        outputs.pop("status", None)
        metadata = {name: v for name, v in outputs["metadata"].items() if name not in _COUNTED_UP}
        found["metadata"] = {**metadata, **found["metadata"]}
    return encode({**outputs, **found})


def main() -> None:
    """Serves until the engine is gone. Arguments: what `workspace.prepare` wrote, system, version."""
    file, system, version = sys.argv[1:4]
    request: dict[str, Any] = json.loads(Path(file).read_text())
    sandbox = state.read(Path(request["sandbox"]))
    if sandbox is None:
        raise ServerError(f"no sandbox in {request['sandbox']}")
    plugin = Plugin(
        system,
        version,
        site=Site.read(request["site"]),
        ask=direct(maker(sandbox, request["stack"])),
        notes_file=Path(request["notes"]) / f"{system}-{os.getpid()}.json",
    )
    serve(lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(plugin, server), _THREADS)


if __name__ == "__main__":
    main()
