"""Which holders may read a secret, for every secret of a stack at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from policies.guardrails.aws.declared import secret_name
from policies.guardrails.aws.holders import Holder, holders
from policies.guardrails.stack import Stack
from workload_secrets.decide.reach import beyond

READ: Final = ("secretsmanager:GetSecretValue",)


@dataclass(frozen=True)
class Readers:
    """`exact` are the holders that name a secret; `wide` those with a pattern, who are asked."""

    exact: Mapping[str, Sequence[Holder]]
    wide: Sequence[Holder] = field(default=())

    def of(self, name: str) -> tuple[Holder, ...]:
        """Everyone who may read the secret of this name, whatever its account and region."""
        named = (h for h in self.exact.get(name, ()) if h not in self.wide)
        return (*named, *(holder for holder in self.wide if _reads(holder, name)))


@lru_cache(maxsize=1)
def readers(stack: Stack) -> Readers:
    """Those of a stack. What isn't known of a holder isn't seen here: look at `unknown`."""
    exact: dict[str, list[Holder]] = {}
    wide: list[Holder] = []
    for holder in holders(stack):
        names = _names(holder)
        if names is None:
            wide.append(holder)
        for name in names or ():
            exact.setdefault(name, []).append(holder)
    return Readers(exact, wide)


def _names(holder: Holder) -> set[str] | None:
    """The names of the secrets that it may read; None where a pattern or a refusal asks for more."""
    found: set[str] = set()
    for document in holder.documents:
        for statement in document.aimed_at(READ[0]):
            names = statement.resource
            if not statement.allow or names is None or names.inverted:
                return None
            for value in names.values:
                name = secret_name(value or "")
                if value is None or "${" in value or (name is None and "*" in value):
                    return None
                if name is not None and ("*" in name or "?" in name):
                    return None
                found |= {name} if name is not None else set()
    return found


def _reads(holder: Holder, name: str) -> bool:
    exact = f"arn:*:secretsmanager:*:*:secret:{name}-??????"
    return next(beyond(holder.documents, READ, universe=exact, allowed=()), None) is not None
