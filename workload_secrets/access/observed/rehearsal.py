"""Logs in as everybody, by every way there is, against the sandbox's servers.

Declared rights must come by the natural route and read exactly the canaries. For all
else every role of the graph is tried with every token the actor can get.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from workload_secrets.access.aws_view import AwsView, aws_view
from workload_secrets.access.canary import Canaries, rewrite_canaries, write_canaries
from workload_secrets.access.declared import declared
from workload_secrets.access.derived import declaration_of
from workload_secrets.access.matrix import Cell, Matrix, Place
from workload_secrets.access.observed.any_route import AnyRoute
from workload_secrets.access.observed.attempt import Attempt, refused
from workload_secrets.access.observed.aws import AwsLogin
from workload_secrets.access.observed.logins import AwsLogins, Results, VaultLogins
from workload_secrets.access.observed.natural import NaturalWay
from workload_secrets.access.observed.shown import Presenter
from workload_secrets.access.observed.site import Site
from workload_secrets.access.observed.vault import VaultLogin
from workload_secrets.access.principals import DEPLOYER, PROVER, Actor, Wallet, actors
from workload_secrets.access.rotators import rotators
from workload_secrets.access.strangers import stranger_wallet, strangers
from workload_secrets.access.usage.context import UsageContext
from workload_secrets.access.vault_view import VaultView, vault_view
from workload_secrets.decide.answer import Answer
from workload_secrets.declaration import Declaration, Secret
from workload_secrets.graph.model import Graph
from workload_secrets.sandbox.handle import Sandbox

LANES: Final = 8
"""Threads that log in at the same time."""


class Rehearsal:
    """One proof of one deployed stack. `graph` is the deployed one, with real outputs."""

    def __init__(self, graph: Graph, site: Site) -> None:
        self.declaration: Declaration = declaration_of(graph)
        self._site = site
        self._graph = graph
        self.stack = graph.stack
        self._wallet = Wallet(self.declaration)
        self._wanted = declared(self.declaration).places()
        self._actors = {actor.name: actor for actor in actors(self.declaration)}
        self._aws_view: AwsView = aws_view(graph, self.declaration)
        self._vault_view: VaultView = vault_view(graph, self.declaration)
        self._aws = AwsLogins(site.aws, self._secrets("aws")) if site.aws else None
        self._vault = VaultLogins(site.vault, self._secrets("vault")) if site.vault else None
        self._routes = AnyRoute(self._aws, self._vault, self._aws_view, self._vault_view)
        self._natural_way = NaturalWay(self.declaration, site, self._wallet, self._aws, self._vault)
        self._canaries = Canaries()

    @property
    def left_out(self) -> tuple[str, ...]:
        """A sentence where there are too many roles for everybody to try each."""
        return self._routes.left_out

    @property
    def logins(self) -> int:
        """How many logins were attempted."""
        return sum(logins.count for logins in (self._aws, self._vault) if logins is not None)

    def write(self) -> int:
        """Writes the canaries as the declared writers; gives how many secrets have some."""
        self._canaries = write_canaries(self.declaration, self._natural_way.store)
        return len(self._canaries.expected)

    def observe(self) -> Matrix:
        """The third column. Refusals are left out: a cell that is missing was tried."""
        with ThreadPoolExecutor(LANES) as pool:
            return Matrix.of(cell for cells in pool.map(self._actor, self._actors.values()) for cell in cells)

    def observe_strangers(self, others: Iterable[Rehearsal]) -> Matrix:
        """What the principals of other stacks get here; refusals are left out."""
        return Matrix.of(cell for other in others for cell in self._strangers(other))

    def _strangers(self, other: Rehearsal) -> Iterator[Cell]:
        wallet = stranger_wallet(other.declaration, self.declaration)

        def tried(actor: Actor) -> list[Results]:
            return list(self._routes.results(actor, wallet, other.presenter))

        found = strangers(other.stack, other.declaration)
        with ThreadPoolExecutor(LANES) as pool:
            for actor, every in zip(found, pool.map(tried, found), strict=True):
                for results in every:
                    yield from self._cells(actor.name, results)

    @property
    def presenter(self) -> Presenter:
        """Who makes what this stack's principals show."""
        return self._site.presenter

    def usage(self, sandbox: Sandbox, admin: VaultLogin | None) -> UsageContext:
        """What the usage proofs of this stack get; after `write`."""
        return UsageContext(
            stack=self.stack,
            declaration=self.declaration,
            graph=self._graph,
            sandbox=sandbox,
            vault_login=self._natural_way.vault,
            aws_login=self._natural_way.aws,
            token=self._natural_way.token,
            expected=self._canaries.expected,
            rewrite=self._rewrite,
            cluster=self._site.prover,
            admin=admin,
            presenter=self.presenter,
        )

    def _rewrite(self, secret: str) -> Mapping[str, str]:
        made = rewrite_canaries(self.declaration, secret, self._natural_way.store, self._canaries)
        # In place: every later proof of this stack compares with what stands there now.
        self._canaries.expected.update(made.expected)
        return self._canaries.expected[secret]

    def _secrets(self, system: str) -> dict[str, Secret]:
        return {n: s for n, s in sorted(self.declaration.secrets.items()) if s.system == system}

    # --- one actor ---

    def _actor(self, actor: Actor) -> list[Cell]:
        if actor.name == DEPLOYER:
            return list(self._deployer())
        if actor.name == PROVER:
            return list(self._prover())
        if actor.kind == "rotation":
            return list(self._rotation(actor.name))
        found = list(self._natural(actor.name)) if actor.kind != "intruder" else []
        return [*found, *self._others(actor)]

    def _natural(self, name: str) -> Iterator[Cell]:
        for place in sorted(p for p in self._wanted if p[0] == name):
            attempt, tried = self._natural_attempt(place)
            yield Cell(*place, attempt.answer, (attempt.reason,), tried=tried)

    def _natural_attempt(self, place: Place) -> tuple[Attempt, bool]:
        name, secret, verb = place
        if self._natural_way.associated(name, secret):
            reason = "an EKS Pod Identity login can't be rehearsed"
            return Attempt(Answer.UNKNOWN, reason), False
        if verb == "write" and self.declaration.principals[name].kind == "writer":
            return self._canaries.attempts.get(place, refused("no write was made")), True
        login = self._natural_way.login(name, secret)
        if isinstance(login, Attempt):
            return login, True
        attempt = self._attempts(login)[(secret, verb)]
        store = self.declaration.secrets[secret].is_store
        return (self._exact(secret, attempt) if verb == "read" and store else attempt), True

    def _exact(self, secret: str, attempt: Attempt) -> Attempt:
        """A read counts only where it gives exactly what was written for this secret."""
        expected = self._canaries.expected.get(secret, {})
        if attempt.answer is not Answer.YES or attempt.digests == expected:
            return attempt
        if attempt.digests is None:
            return attempt if not expected else refused(attempt.reason)
        wrong = sorted(
            k for k in expected.keys() | attempt.digests if expected.get(k) != attempt.digests.get(k)
        )
        return refused(f"{attempt.reason}: other than what was written: {', '.join(wrong[:5])}")

    def _others(self, actor: Actor) -> Iterator[Cell]:
        """Whatever isn't declared, by any role."""
        for results in self._routes.results(actor, self._wallet, self._site.presenter):
            yield from self._cells(actor.name, results)

    def _cells(self, name: str, results: Results) -> Iterator[Cell]:
        for (secret, verb), attempt in results.items():
            place: Place = (name, secret, verb)
            if attempt.answer is not Answer.NO and place not in self._wanted:
                yield Cell(*place, attempt.answer, (attempt.reason,))

    def _attempts(self, login: AwsLogin | VaultLogin) -> Results:
        if isinstance(login, AwsLogin):
            return self._aws.attempts(login) if self._aws else {}
        return self._vault.attempts(login) if self._vault else {}

    # --- the rotation functions, the deployer and the prover ---

    def _rotation(self, name: str) -> Iterator[Cell]:
        if self._aws is None or self._site.rotation is None:
            return
        login = self._site.rotation(rotators(self.declaration)[name].role_arn)
        for (secret, verb), attempt in self._aws.attempts(login).items():
            place: Place = (name, secret, verb)
            if attempt.answer is not Answer.NO or place in self._wanted:
                found = self._exact(secret, attempt) if verb == "read" else attempt
                yield Cell(*place, found.answer, (found.reason,))

    def _deployer(self) -> Iterator[Cell]:
        for login in (self._site.deployer_aws, self._site.deployer_vault):
            if login is None:
                continue
            for (secret, verb), attempt in self._attempts(login).items():
                place: Place = (DEPLOYER, secret, verb)
                if attempt.answer is not Answer.NO or place in self._wanted:
                    yield Cell(*place, attempt.answer, (attempt.reason,))

    def _prover(self) -> Iterator[Cell]:
        """It has no identity there; so its own cluster token is shown to every role."""
        token = self._site.prover_token
        aws = (self._aws.login(arn, token) for arn in self._aws_view.roles) if self._aws else ()
        vault = (
            (
                self._vault.login(role.mount, role.name, token, role.namespace or None)
                for role in self._vault_view.roles.values()
                if role.kind in ("kubernetes", "jwt")
            )
            if self._vault
            else ()
        )
        logins: Iterable[AwsLogin | VaultLogin | Attempt] = (*aws, *vault)
        for login in logins:
            if not isinstance(login, Attempt):
                yield from self._cells(PROVER, self._attempts(login))
