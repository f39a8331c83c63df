"""Whom nobody can log in as in a live environment, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from workload_secrets.access.principals import Actor
from workload_secrets.declaration import Declaration

_OUTSIDE: Final[Mapping[str, str]] = {
    "jwt": "only its issuer signs a job's token; `rehearse` tries it",
    "approle": "only the machine gets its secret id; `rehearse` tries it",
    "cert": "only its holder has the certificate's key; `rehearse` tries it",
    "token": "only whoever is handed its token has it; `rehearse` tries it",
}
_INTRUDER: Final = "an intruder can't be made in a live environment; `rehearse` tries it"


def untried(declaration: Declaration, actor: Actor) -> str | None:
    """The reason; None where the prover can get a token of the actor's."""
    if actor.kind == "intruder":
        return _INTRUDER
    if actor.kind not in {"workload", "writer", "job"}:
        return f"nobody logs in as the {actor.name}"
    identity = declaration.principals[actor.name].identity
    return _OUTSIDE[identity.method] if identity else None
