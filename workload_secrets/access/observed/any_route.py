"""Every role of a stack, tried with everything that an actor can show."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from typing import Final, TypeVar

from workload_secrets.access.aws_view import AwsView
from workload_secrets.access.candidates import Index, trusted_subjects
from workload_secrets.access.observed.attempt import Attempt
from workload_secrets.access.observed.aws import AwsLogin
from workload_secrets.access.observed.logins import AwsLogins, Results, VaultLogins
from workload_secrets.access.observed.shown import Presenter, Target
from workload_secrets.access.observed.vault import VaultLogin
from workload_secrets.access.principals import Actor, Wallet
from workload_secrets.access.vault_view import VaultRole, VaultView
from workload_secrets.access.verbs import verbs_of
from workload_secrets.decide.answer import Answer

T = TypeVar("T")
EVERY_ROLE: Final = 40
"""Up to this many roles, everybody tries each of them. With more, everybody tries those its
token could fit by the documents, and as many others, chosen by name."""


class AnyRoute:
    """The roles of one deployed stack in both systems."""

    def __init__(
        self, aws: AwsLogins | None, vault: VaultLogins | None, aws_view: AwsView, vault_view: VaultView
    ) -> None:
        self._aws = aws
        self._vault = vault
        self._arns = tuple(aws_view.roles)
        self._roles = tuple(vault_view.roles.values())
        self._aws_index = Index((trusted_subjects(r.trust), arn) for arn, r in aws_view.roles.items())
        self._vault_index = Index[VaultRole]((role.subjects, role) for role in self._roles)

    @property
    def left_out(self) -> tuple[str, ...]:
        """A sentence where there are too many roles for everybody to try each."""
        counts = {"AWS": len(self._arns), "Vault": len(self._roles)}
        return tuple(
            f"{system} roles: everybody tries those its token could fit and {EVERY_ROLE} others of {count}"
            for system, count in counts.items()
            if count > EVERY_ROLE
        )

    def results(self, actor: Actor, wallet: Wallet, presenter: Presenter) -> Iterator[Results]:
        """What each login that works can do. One that nobody can decide is an unknown."""
        yield from self._on_aws(actor, wallet, presenter)
        yield from self._on_vault(actor, wallet, presenter)

    def _on_aws(self, actor: Actor, wallet: Wallet, presenter: Presenter) -> Iterator[Results]:
        if self._aws is None:
            return
        for claims in wallet.tokens(actor, "aws"):
            token = presenter.mint.token(actor, claims)
            for arn in _chosen(actor, self._aws_index, self._arns):
                login = self._aws.login(arn, token)
                if isinstance(login, AwsLogin):
                    yield _because(f"assume {arn.rpartition('/')[2]}", self._aws.attempts(login))
                elif login.answer is Answer.UNKNOWN:
                    yield {(name, verbs_of(secret)[0]): login for name, secret in self._aws.secrets.items()}

    def _on_vault(self, actor: Actor, wallet: Wallet, presenter: Presenter) -> Iterator[Results]:
        if self._vault is None:
            return
        for role in _chosen(actor, self._vault_index, self._roles):
            for claims in wallet.shown(actor, role.kind):
                make = partial(presenter.shown, actor, Target.of(role), claims)
                login = self._vault.show(role.place, claims, make)
                if isinstance(login, VaultLogin):
                    yield _because(f"login {role.mount}/{role.name}", self._vault.attempts(login))
                elif login.answer is Answer.UNKNOWN:
                    yield {(n, verbs_of(s)[0]): login for n, s in self._vault.secrets.items()}


def _chosen(actor: Actor, index: Index[T], every: tuple[T, ...]) -> tuple[T, ...]:
    if len(every) <= EVERY_ROLE:
        return every
    start = int.from_bytes(hashlib.sha256(actor.name.encode()).digest()[:4]) % len(every)
    others = (every[start:] + every[:start])[:EVERY_ROLE]
    own = {id(item) for item in others}
    return (*others, *(item for item in index.find(actor.subject) if id(item) not in own))


def _because(way: str, results: Results) -> Results:
    """The results with the way in before the reason."""
    return {
        place: Attempt(a.answer, f"{way}, {a.reason}", a.digests, a.lengths) for place, a in results.items()
    }
