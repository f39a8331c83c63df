"""A resource monitor that records every registration and lets a function realize it."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
from __future__ import annotations

import dataclasses
import threading
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.mocks import MockMonitor, Mocks
from pulumi.runtime.proto import resource_pb2

from workload_secrets.graph import checks, providers, symbols
from workload_secrets.graph import hooks as hooks_module
from workload_secrets.graph.errors import ProgramError, RealizeError
from workload_secrets.graph.functions import COMPUTED
from workload_secrets.graph.hooks import Hooks
from workload_secrets.graph.model import Graph, Mode, Resource
from workload_secrets.graph.realized import (
    Change,
    Failure,
    Invokes,
    Realize,
    change_of,
    failure,
    output_secrets,
)
from workload_secrets.graph.requests import PROVIDER_PREFIX, STACK_TYPE, resource, urn
from workload_secrets.graph.shape import Shape
from workload_secrets.graph.values import decode, encode


class _NoMocks(Mocks):
    """Nothing reaches the SDK's own mocks."""

    def call(self, args: Any) -> Any:
        raise ProgramError(f"{args.token}: not answered")

    def new_resource(self, args: Any) -> Any:
        raise ProgramError(f"{args.typ}: not answered")


class Monitor(MockMonitor):
    """Answers the SDK in place of an engine. Its methods are called from several threads."""

    def __init__(
        self,
        *,
        project: str,
        stack: str,
        root: FilePath,
        mode: Mode,
        realize: Realize,
        hooks: Hooks,
        invokes: Invokes | None = None,
    ) -> None:
        super().__init__(_NoMocks())
        self._project, self._stack, self._root = project, stack, root
        self._mode: Mode = mode
        self._realize, self._hooks, self._invokes = realize, hooks, invokes
        self._lock = threading.Lock()
        self._shape = Shape()
        self._found: dict[str, Resource] = {}
        self._providers = providers.Resolved()
        self._failed: set[str] = set()
        self.counts: dict[Change, int] = {"created": 0, "updated": 0, "same": 0}
        self.failure: Failure | None = None
        self.refusal: ProgramError | None = None
        self.stop = False

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        return urn(self._stack, self._project, parent, type_, name)

    # --- requests of the SDK -------------------------------------------------------------

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        """Records, then realizes. A refusal is kept and raised; a failure is answered FAIL."""
        try:
            found = self._record(request)
        except ProgramError as error:
            self._refuse(error)
            raise
        if request.type == STACK_TYPE or not request.custom:
            return self._component(found, request)
        if self._skip(found):
            return self._fail(found)
        if found.type.startswith(PROVIDER_PREFIX):
            return self._answer(found, {**found.inputs, "id": f"symbol-{symbols.mark(found)}"})
        return self._make(found)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        """Keeps a component's outputs; the stack's are its exports."""
        outputs = decode(request.outputs)
        with self._lock:
            if request.urn in self._found:
                self._found[request.urn] = dataclasses.replace(
                    self._found[request.urn],
                    outputs=outputs.value,
                    output_secrets=frozenset(outputs.secrets),
                )
        return empty_pb2.Empty()

    def RegisterResourceHook(self, request: Any) -> Any:  # noqa: N802
        try:
            self._hooks.register(request)
        except ProgramError as error:
            self._refuse(error)
            raise
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        invokes = COMPUTED.get(request.tok, self._invokes)
        if invokes is None:
            raise self._refuse(
                ProgramError(f"{request.tok}: the program looks something up. State it in the stack.")
            )
        try:
            answer = invokes(request.tok, decode(request.args).value)
        except ProgramError as error:
            raise self._refuse(error) from None
        response: Any = resource_pb2.ResourceInvokeResponse()
        getattr(response, "return").CopyFrom(encode(answer))  # a keyword in Python
        return response

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        raise self._refuse(
            ProgramError(
                f"{request.type} `{request.name}`: reads an existing resource. Declare it `existing`."
            )
        )

    def Call(self, request: Any) -> Any:  # noqa: N802
        raise self._refuse(
            ProgramError(f"{request.tok}: methods of resources can't be called without an engine.")
        )

    def ExistsResource(self, request: Any) -> Any:  # noqa: N802
        raise self._refuse(
            ProgramError(f"{request.type}: asks whether a resource exists. Declare it `existing`.")
        )

    def RegisterStackTransform(self, request: Any) -> Any:  # noqa: N802
        raise self._refuse(ProgramError("stack transforms aren't run without an engine. Set the properties."))

    def RegisterStackInvokeTransform(self, request: Any) -> Any:  # noqa: N802
        raise self._refuse(ProgramError("invoke transforms aren't run without an engine."))

    # --- the parts -----------------------------------------------------------------------

    def graph(self) -> Graph:
        """Everything registered so far, sorted by URN."""
        with self._lock:
            resources = tuple(self._found[key] for key in sorted(self._found))
        roots = [r for r in resources if r.type == STACK_TYPE]
        return Graph(
            project=self._project,
            stack=self._stack,
            mode=self._mode,
            resources=resources,
            outputs=roots[0].outputs if roots else {},
        )

    def _refuse(self, error: ProgramError) -> ProgramError:
        """Keeps the first refusal and stops: nothing is made after it."""
        with self._lock:
            self.refusal = self.refusal or error
            self.stop = True
        return error

    def _record(self, request: Any) -> Resource:
        checks.refuse(request)
        found = resource(request, self.make_urn(request.parent, request.type, request.name), self._root)
        with self._lock:
            if found.urn in self._found:
                first = self._found[found.urn].source or "?"
                raise ProgramError(
                    f"{found.source}: {found.urn} is declared twice (first at {first}). "
                    "Give each its own name."
                )
            found = self._providers.join(found, self._found)
            self._shape.add(found.urn, found.options.depends_on)
            self._found[found.urn] = found
        checks.refuse_resource(found)
        return found

    def _skip(self, found: Resource) -> bool:
        """True after a stop, and where something this resource needs has failed."""
        needs = {found.parent, found.provider_urn, found.options.deleted_with, *found.options.depends_on}
        with self._lock:
            return self.stop or bool(needs & self._failed)

    def _component(self, found: Resource, request: Any) -> Any:
        return resource_pb2.RegisterResourceResponse(urn=found.urn, object=request.object)

    def _make(self, found: Resource) -> Any:
        try:
            outputs = self._realize(found)
            self._complete(found, outputs)
            change = change_of(outputs)
            if self._mode == "preview":
                outputs = {**outputs, "id": ""}
            response = self._answer(found, outputs)
            with self._lock:
                self.counts[change] += 1
            self._run_hooks(found, change, outputs)
        except Exception as error:  # every failure of one resource ends the same way
            return self._fail(found, error)
        return response

    def _complete(self, found: Resource, outputs: Mapping[str, Any]) -> None:
        """A missing output would be a silent None in the program."""
        for name in ("id", *symbols.COMPUTED.get(found.type, ())):
            if outputs.get(name) in (None, ""):
                raise RealizeError(f"came back without `{name}`")

    def _answer(self, found: Resource, outputs: Mapping[str, Any]) -> Any:
        secrets = output_secrets(found, outputs)
        values = {key: value for key, value in outputs.items() if key != "id"}
        response = resource_pb2.RegisterResourceResponse(
            urn=found.urn,
            id=outputs["id"],
            object=encode(values, secrets),
        )
        with self._lock:
            self._found[found.urn] = dataclasses.replace(
                found,
                outputs=symbols.unknown(found) if self._mode == "preview" else dict(outputs),
                output_secrets=secrets,
            )
        return response

    def _run_hooks(self, found: Resource, change: Change, outputs: Mapping[str, Any]) -> None:
        names = found.options.hooks.get(hooks_module.RUN.get(change, ""), ())
        for name in names:
            inputs = encode(found.inputs, found.secrets)
            secrets = output_secrets(found, outputs)
            request = hooks_module.call(found, str(outputs["id"]), inputs, outputs, secrets)
            error = self._hooks.run(name, request)
            if error:
                raise RealizeError(f"was made, but its hook `{name}` failed: {error}")

    def _fail(self, found: Resource, error: Exception | None = None) -> Any:
        with self._lock:
            self._failed.add(found.urn)
            if error is not None:
                self.stop = True
                self.failure = self.failure or failure(found, error)
        return resource_pb2.RegisterResourceResponse(urn=found.urn, result=resource_pb2.Result.FAIL)
