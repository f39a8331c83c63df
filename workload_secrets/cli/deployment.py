"""One stack of a sandbox under the engine: up, up again, looked through, destroyed."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from workload_secrets.access.canary import PREFIX
from workload_secrets.access.derived import declaration_of
from workload_secrets.access.observed.cluster import exec_token
from workload_secrets.certify.certificate import Certificate
from workload_secrets.certify.export import exported
from workload_secrets.certify.finder import Finder
from workload_secrets.certify.known import Known, from_environment
from workload_secrets.certify.logs import look_at_log
from workload_secrets.certify.search import Search
from workload_secrets.certify.state import State, look_at_state
from workload_secrets.declaration import Declaration
from workload_secrets.errors import ServerError
from workload_secrets.graph.model import Graph, Resource
from workload_secrets.graph.state import MAX_BYTES, from_stream
from workload_secrets.outside import SECRETS
from workload_secrets.review import secret_places
from workload_secrets.review.run import FOLDER
from workload_secrets.sandbox import databases, prerequisites, substitutes
from workload_secrets.sandbox.deploy.leftovers import left
from workload_secrets.sandbox.deploy.listing import listing
from workload_secrets.sandbox.engine.binary import Engine
from workload_secrets.sandbox.engine.command import Done, run
from workload_secrets.sandbox.engine.real import RealProvider
from workload_secrets.sandbox.engine.stack import notes, place, substituted
from workload_secrets.sandbox.files import write_json
from workload_secrets.sandbox.handle import Sandbox
from workload_secrets.sandbox.lent_reviewer import lend

Step = Callable[[str], None]
_PACK_FILE: Final = "PulumiPolicy.yaml"
_OWN_PACK: Final = Path(__file__).resolve().parents[2] / FOLDER
_SHOWN: Final = 10


class Deployment:
    """A stack from its first `up` to its `destroy`. `lines` say what each stage did.

    Every stage raises ServerError where a server or the engine fails, with its own words.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        project: Path,
        stack: str,
        graph: Graph,
        engine: Engine,
        progress: Step,
        real: Mapping[str, RealProvider] | None = None,
    ) -> None:
        """`graph` is the captured one; `real` has the providers that aren't ours, by system. Makes what
        the stack calls existing, and the place where the engine works on it."""
        self.stack = graph.stack
        self.declaration: Declaration = declaration_of(graph)
        self.lines: list[str] = []
        self._sandbox = sandbox
        self._progress = progress
        self._project = project.resolve()
        self._pack = pack_of(project)
        self._events: list[Mapping[str, Any]] = []
        self._substituted = prerequisites.make(sandbox, self.stack, self.declaration)
        self.workspace = place(sandbox, project, stack, self.declaration, engine, real)
        if real:
            self._substituted += substituted(sandbox, self._project, stack, self.declaration)[1]
        self._say(f"providers: {self.workspace.providers()}")
        self._real = real or {}
        self._take_back: Callable[[], None] = lambda: None
        self._before = listing(sandbox, self.stack)
        self._made: frozenset[str] = frozenset()

    def up(self, *, reviewed: bool = True) -> Graph:
        """The first `up`; gives what is deployed. It has its preview and the policy pack, unless
        `reviewed` is false: for tests of what comes after.

        Raises PolicyError where the pack refuses.
        """
        options = ("--policy-pack-config", str(self._policy_settings())) if reviewed else ("--skip-preview",)
        done = self._run("up", *options, progress=self._progress, pack=self._pack if reviewed else None)
        self._say(f"up: {done.summary()}")
        if "vault" in self._real:
            self._take_back, lent = lend(self._sandbox, self.stack, self.declaration)
            self._substituted += lent
        self._made = frozenset(listing(self._sandbox, self.stack).keys() - self._before.keys())
        return self.graph()

    def graph(self) -> Graph:
        """What is deployed, of the engine's state. Secrets in it are unknown."""
        found = from_stream(io.BytesIO(self._state()), f"the state of {self.stack}")
        return replace(found, resources=tuple(replace(r, source=self._source(r)) for r in found.resources))

    def again(self) -> None:
        """A second `up` and a `refresh`, after which nothing may be another than before."""
        self._take_back()
        for verb in ("up", "refresh"):
            done = self._run(verb, "--skip-preview")
            if changed := done.changed():
                raise ServerError(
                    f"stack {self.stack}: `pulumi {verb}` after the first `up` changes what nobody changed: "
                    f"{done.summary()}\n" + "\n".join(f"  {line}" for line in changed[:_SHOWN])
                )
            self._say(f"{verb} again: {done.summary()}" if verb == "up" else f"{verb}: {done.summary()}")

    def certificate(self) -> Certificate:
        """What `certify` finds in the state and in everything that the engine wrote so far; it looks
        for canaries and for all credentials of the run."""
        known = Known()
        from_environment(self.workspace.variables(), known)
        for name, value in _credentials(self._sandbox, self.stack, self.declaration):
            known.add(name, value)
        SECRETS.learn(*known.names)
        finder = Finder(Search(known.names, PREFIX), secret_places.shape)
        found = Certificate(values=tuple(sorted(known.names.values())), not_looked_at=known.not_looked_for)
        look_at_state(State.read(self._state(), f"the state of {self.stack}"), finder, secret_places, found)
        # As one piece of JSON: in a log of lines it would also look for what several lines make together.
        look_at_log(json.dumps(self._events).encode(), "the engine's events", finder, found, MAX_BYTES)
        for log in sorted((self.workspace.folder / "logs").glob("*.log")):
            look_at_log(log.read_bytes(), log.name, finder, found, MAX_BYTES)
        if found.verdict == "clean":
            self._say(f"state clean: {found.resources} resources and {found.texts} texts looked at")
        return found

    def destroy(self) -> None:
        """Destroys what isn't protected; then the servers must be as before `up`, but for what is
        protected, what that needs, and what waits in a deletion window."""
        done = self._run("destroy", "--exclude-protected", "--skip-preview")
        rest = State.read(self._state(), f"the state of {self.stack}").entries
        kept = self.graph().resources if rest else ()
        found = left(self._before, self._made, listing(self._sandbox, self.stack), kept)
        if found.problems:
            raise ServerError(
                f"stack {self.stack}: the servers aren't as they were before `up` ({done.summary()}):\n"
                + "\n".join(f"  {problem}" for problem in found.problems[:_SHOWN])
            )
        reasons = (
            (found.kept, "protected or needed by it"),
            (found.waiting, "in a deletion window"),
            (found.accounts, "whose pods keep the account of a patch"),
        )
        but = ", ".join(f"{count} {why}" for count, why in reasons if count)
        self._say(f"destroy: {done.summary()}; servers as before{f', but for {but}' if but else ''}")

    def noted(self) -> Mapping[str, tuple[str, ...]]:
        """What could not be held: notEnforced, declaredOnly, and substitutions of all kinds."""
        found = notes(self.workspace)
        declared = substitutes.of_declaration(self._sandbox, self.stack, self.declaration)
        stood_in = (
            *self._sandbox.substitutions,
            *self._substituted,
            *sorted({*found.get("substitutions", ()), *declared}),
        )
        return {
            "notEnforced": tuple(found.get("notEnforced", ())),
            "declaredOnly": tuple(found.get("declaredOnly", ())),
            "substitutions": tuple(dict.fromkeys(stood_in)),
        }

    def _run(
        self, verb: Any, *options: str, progress: Step = lambda _: None, pack: Path | None = None
    ) -> Done:
        done = run(self.workspace, verb, *options, progress=progress, policy_pack=pack)
        self._events += done.events
        return done

    def _state(self) -> bytes:
        workspace = self.workspace
        return exported(
            workspace.stack, workspace.project, workspace.variables(), program=str(workspace.engine.path)
        )

    def _source(self, resource: Resource) -> str:
        """The engine names lines from its own project folder, we from the user's."""
        path, colon, line = resource.source.rpartition(":")
        return f"{os.path.relpath(self.workspace.project / path, self._project)}{colon}{line}" if path else ""

    def _policy_settings(self) -> Path:
        """The rule on providers refuses an emulator of AWS in production: this one is the sandbox's."""
        settings = {"guardrails": {"rehearsedEmulator": self._sandbox.aws_url or ""}}
        return write_json(self.workspace.folder / "policies.json", settings)

    def _say(self, line: str) -> None:
        self.lines.append(line)
        self._progress(f"{self.stack}: {line}")


def pack_of(project: Path) -> Path:
    """The project's own policy pack, or ours where it has none."""
    own = project / FOLDER
    return own if (own / _PACK_FILE).is_file() else _OWN_PACK


def _credentials(sandbox: Sandbox, stack: str, declaration: Declaration) -> Iterator[tuple[str, str]]:
    """Every credential of a stack's run, by what it is."""
    access = sandbox.stacks[stack]
    cluster = sandbox.clusters[access.cluster]
    files = {
        "the administrator's Vault token": access.vault_admin_token_file,
        "the courier's Vault token": access.courier_token_file,
        "the cluster administrator's token": cluster.admin_token_file,
        "the reviewer's token": cluster.reviewer_token_file,
        **{
            f"the admin password of database {name}": databases.password_file(sandbox, stack, name)
            for name in declaration.endpoints.databases
        },
    }
    yield from ((name, file.read_text()) for name, file in files.items() if file and file.is_file())
    yield "the deployer's token for the cluster", exec_token(access.deployer_exec)
    yield "the prover's token for the cluster", exec_token(access.prover_exec)
