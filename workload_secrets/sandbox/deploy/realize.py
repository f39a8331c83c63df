"""Makes each resource of a running program on the sandbox's servers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from workload_secrets.graph.errors import RealizeError
from workload_secrets.graph.model import Resource
from workload_secrets.graph.program import Created, Same, Updated
from workload_secrets.sandbox.deploy.call import Ask, Call, Site
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.kept import require_kept
from workload_secrets.sandbox.deploy.notes import Notes
from workload_secrets.sandbox.deploy.outcome import HandlerError
from workload_secrets.sandbox.deploy.registry import Providers, handler_of

_ANSWERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]]] = {
    "created": Created,
    "updated": Updated,
    "same": Same,
}


class Maker:
    """The `Realize` function of a deploy. It is called from several threads."""

    def __init__(
        self, site: Site, notes: Notes, ask: Ask, progress: Callable[[str], None] = lambda _: None
    ) -> None:
        self._site = site
        self._notes = notes
        self._ask = ask
        self._progress = progress
        self._providers = Providers()

    def __call__(self, resource: Resource) -> Mapping[str, Any]:
        """Raises RealizeError with the handler's message."""
        try:
            handler = handler_of(resource.type)
            call = Call(
                urn=resource.urn,
                type=resource.type,
                name=resource.name,
                provider=self._providers.of(resource),
                site=self._site,
                notes=self._notes,
                ask=self._ask,
            )
            outcome = handler(call, Inputs(resource.inputs))
            require_kept(resource.type, resource.inputs, outcome.outputs)
        except HandlerError as error:
            raise RealizeError(str(error)) from None
        self._progress(f"{outcome.state} {resource.type.rpartition(':')[2]} {resource.name}")
        return _ANSWERS[outcome.state](outcome.outputs)
