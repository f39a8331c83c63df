"""Values of a rehearsal: random, written by a declared writer, known afterwards by digest."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from workload_secrets.access.matrix import Place
from workload_secrets.access.observed.attempt import Attempt, allowed, digest, refused
from workload_secrets.decide.answer import Answer
from workload_secrets.declaration import Declaration, Grant
from workload_secrets.errors import ServerError
from workload_secrets.keys.actions import set_keys
from workload_secrets.keys.store import Store

PREFIX: Final = "ws-canary-"
"""How every canary begins, so that a search finds one wherever it should not be."""
_BYTES: Final = 24


@dataclass
class Canaries:
    """`expected` holds the digests by secret and key; `attempts` what came of each writer's
    write and of the reading that merging needs."""

    expected: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    attempts: dict[Place, Attempt] = field(default_factory=dict[Place, Attempt])


def write_canaries(declaration: Declaration, store: Callable[[str, str], Store | Attempt]) -> Canaries:
    """Every declared writer sets every key of every secret it may write.

    `store(principal, secret)` logs in and gives where to write, or the refusal. The values
    are forgotten as soon as they are written.
    """
    done = Canaries()
    for name, principal in sorted(declaration.principals.items()):
        for grant in principal.grants:
            if grant.verb != "write":
                continue
            found = store(name, grant.secret)
            attempt = found if isinstance(found, Attempt) else _write(declaration, grant.secret, found, done)
            done.attempts[(name, grant.secret, "write")] = attempt
    return done


def rewrite_canaries(
    declaration: Declaration, secret: str, store: Callable[[str, str], Store | Attempt], old: Canaries
) -> Canaries:
    """New values in one secret, written by its first declared writer. Raises ServerError where
    nobody writes it or the write is refused."""
    writers = [
        n for n, p in sorted(declaration.principals.items()) if Grant(secret=secret, verb="write") in p.grants
    ]
    if not writers:
        raise ServerError(f"{secret}: no declared writer, so nobody can rotate it")
    found = store(writers[0], secret)
    done = Canaries(dict(old.expected), dict(old.attempts))
    attempt = found if isinstance(found, Attempt) else _write(declaration, secret, found, done)
    if attempt.answer is not Answer.YES:
        raise ServerError(f"{secret}: {writers[0]} can't write new values: {attempt.reason}")
    return done


def _write(declaration: Declaration, name: str, store: Store, done: Canaries) -> Attempt:
    secret = declaration.secrets[name]
    values: Mapping[str, str] = {key.name: PREFIX + secrets.token_urlsafe(_BYTES) for key in secret.keys}
    try:
        set_keys(store, name, secret, values)
    except ServerError as error:
        return refused(str(error))
    done.expected[name] = {key: digest(value) for key, value in values.items()}
    return allowed("wrote canaries")
