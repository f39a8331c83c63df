"""A standing sandbox with the gateways of the stack `kong`, for tests of what holds in it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from tests.deploying import deployed
from tests.stacks.read import ROOT, path
from workload_secrets.access.derived import declaration_of
from workload_secrets.access.observed.rehearsal import Rehearsal
from workload_secrets.access.usage import gateway_logins, kong
from workload_secrets.access.usage.context import Usage, UsageContext
from workload_secrets.access.usage.gateway_logins import Room
from workload_secrets.cli.site import site, spec, vault_admin
from workload_secrets.graph.capture import capture
from workload_secrets.keys.vault_http import VaultHttp
from workload_secrets.kong.resolver import Session
from workload_secrets.sandbox import down, prerequisites, up
from workload_secrets.sandbox.endpoints import endpoints

STACK: Final = path("kong")
NAMESPACE: Final = "team/gw"


@dataclass(frozen=True)
class Rehearsed:
    context: UsageContext
    file: Path

    @property
    def admin(self) -> VaultHttp:
        assert self.context.admin is not None
        return self.context.admin.http.as_token(self.context.admin.http.token, NAMESPACE)

    def prove(self) -> Usage:
        return kong.prove(self.context)

    def room(self, name: str) -> Room:
        return next(room for room in gateway_logins.rooms(self.context) if room.name == name)

    def session(self, name: str, **fields: Any) -> Session:
        room = self.room(name)
        config = {**room.vault.config, **fields}
        brought = gateway_logins.brought(self.context, room, config)
        return gateway_logins.gateway(self.context, room, config, brought).log_in()

    @contextmanager
    def policy(self, name: str, text: str) -> Generator[None]:
        """Another text in a policy for a while."""
        place = f"sys/policies/acl/{name}"
        found = self.admin.call("GET", place)
        assert found.status == 200, found.errors
        old = found.data["data"]["policy"]
        assert self.admin.call("PUT", place, {"policy": text}).status in (200, 204)
        try:
            yield
        finally:
            assert self.admin.call("PUT", place, {"policy": old}).status in (200, 204)


@contextmanager
def gateways(folder: Path) -> Generator[Rehearsed]:
    """The stack deployed below `folder`, its canaries written, and a stack file that reaches it."""
    graph = capture(ROOT, str(STACK))
    root = folder / ".sandbox"
    sandbox = up([spec(graph)], name="kong", root=root, owner="process", progress=lambda _: None)
    try:
        declaration = declaration_of(graph)
        made = deployed(sandbox, str(STACK), graph)
        prerequisites.after_deploy(sandbox, graph.stack)
        rehearsal = Rehearsal(made, site(sandbox, graph.stack))
        rehearsal.write()
        data = yaml.safe_load(STACK.read_text("utf-8"))
        found = endpoints(sandbox, graph.stack, declaration)
        found["cluster"]["exec"]["args"] = [str(sandbox.stacks[graph.stack].prover_exec)]
        data["config"]["workload-secrets:endpoints"] = found
        (folder / "kong.yaml").write_text(yaml.safe_dump(data))
        context = rehearsal.usage(sandbox, vault_admin(sandbox, graph.stack))
        yield Rehearsed(context, folder / "kong.yaml")
    finally:
        down("kong", root)
