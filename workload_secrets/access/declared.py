"""What should be true: read from the declaration alone, never from what it led to."""

from __future__ import annotations

from collections.abc import Iterator

from workload_secrets.access.matrix import Cell, Matrix
from workload_secrets.access.principals import DEPLOYER
from workload_secrets.access.rotators import VERBS, rotators
from workload_secrets.decide.answer import Answer
from workload_secrets.declaration import Declaration


def declared(declaration: Declaration) -> Matrix:
    """The declared rights. Everybody and everything else: none.

    A writer reads too, since setting one key merges it into the others. The deployer puts
    the empty template of an AWS secret and configures the roles and keys of engines, so it
    may write those, and never use them; so may the job that deploys. A rotation function
    reads what it replaces.
    """
    return Matrix.of(_cells(declaration))


def _cells(declaration: Declaration) -> Iterator[Cell]:
    for name, principal in declaration.principals.items():
        for grant in principal.grants:
            yield Cell(name, grant.secret, grant.verb, Answer.YES, (f"{name} {grant.verb}s {grant.secret}",))
            if grant.verb == "write":
                reason = f"{name} writes {grant.secret}, and merging needs reading"
                yield Cell(name, grant.secret, "read", Answer.YES, (reason,))
    for who in (DEPLOYER, *(name for name, p in declaration.principals.items() if p.job == "deploy")):
        for name, secret in declaration.secrets.items():
            if secret.backend == "aws":
                yield Cell(who, name, "write", Answer.YES, ("the deployer puts the empty template",))
            elif not secret.is_store:
                yield Cell(who, name, "write", Answer.YES, (f"the deployer configures {secret.path}",))
    for who in rotators(declaration).values():
        for secret in who.secrets:
            for verb in VERBS:
                yield Cell(who.name, secret, verb, Answer.YES, (f"a function rotates {secret}",))
