"""What a usage proof gets, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from workload_secrets.access.observed.attempt import Attempt
from workload_secrets.access.observed.aws import AwsLogin
from workload_secrets.access.observed.cluster import ClusterClient
from workload_secrets.access.observed.shown import Presenter
from workload_secrets.access.observed.vault import VaultLogin
from workload_secrets.declaration import Declaration
from workload_secrets.declaration.secret import Secret, Verb
from workload_secrets.graph.model import Graph
from workload_secrets.sandbox.handle import Sandbox


@dataclass(frozen=True, kw_only=True)
class UsageContext:
    """One deployed stack in a sandbox, after the canaries were written.

    `vault_login` and `aws_login` log a declared principal in by its natural route. `token`
    gives a token of a principal's ServiceAccount for an audience. `expected` holds the digests
    (`attempt.digest`) of what was written, by secret and key. `rewrite` writes new canaries to
    a store as its declared writer, gives their digests and puts them into `expected`. `admin` is
    the sandbox's own administrator in Vault, None where there is no Vault. `presenter` makes
    secret ids and certificates.
    """

    stack: str
    declaration: Declaration
    graph: Graph
    sandbox: Sandbox
    vault_login: Callable[[str], VaultLogin | Attempt]
    aws_login: Callable[[str], AwsLogin | Attempt]
    token: Callable[[str, str], str]
    expected: Mapping[str, Mapping[str, str]]
    rewrite: Callable[[str], Mapping[str, str]]
    cluster: ClusterClient
    admin: VaultLogin | None
    presenter: Presenter

    def users(self, secret: str, verb: Verb) -> tuple[str, ...]:
        """The principals that are declared to have a verb on a secret, sorted."""
        return tuple(
            name
            for name, principal in sorted(self.declaration.principals.items())
            if any(grant.secret == secret and grant.verb == verb for grant in principal.grants)
        )

    def of(self, backend: str) -> Mapping[str, Secret]:
        """The declared secrets of one kind, sorted by name."""
        return {n: s for n, s in sorted(self.declaration.secrets.items()) if s.backend == backend}


@dataclass(frozen=True)
class Usage:
    """`lines` say what was used and how; `problems` what did not work as declared. Names,
    counts and times, never values."""

    lines: tuple[str, ...] = field(default=())
    problems: tuple[str, ...] = field(default=())


UsageProof = Callable[[UsageContext], Usage]
