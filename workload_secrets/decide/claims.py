"""A Kubernetes token's claims, and what the login evaluators share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from workload_secrets.decide.answer import Answer, Decision
from workload_secrets.decide.glob import Wild, matches

_PREFIX: Final = "system:serviceaccount:"


@dataclass(frozen=True, kw_only=True)
class TokenClaims:
    """What a token claims. `signed`: by the key of the cluster whose issuer it names.

    `expired` means past its end by more than any usual leeway (600 s).
    """

    issuer: str
    subject: str
    audience: tuple[str, ...]
    expired: bool = False
    signed: bool = True

    @property
    def service_account(self) -> tuple[str, str] | None:
        """Namespace and name, or None where the subject is no ServiceAccount."""
        namespace, colon, name = self.subject.removeprefix(_PREFIX).partition(":")
        good = self.subject.startswith(_PREFIX) and colon and namespace and name and ":" not in name
        return (namespace, name) if good else None


def is_list(value: object) -> bool:
    """A list of anything; text is not one."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def glob(pattern: str, value: str) -> bool:
    """`*` is the only wildcard here; a question mark is itself."""
    return matches(tuple(Wild.ANY if c == "*" else c for c in pattern), value)


def undecidable(inputs: Mapping[str, Any], keys: Iterable[str]) -> list[Decision]:
    """An unknown for each key that is set though no evaluator can follow it."""
    return [unknown(f"{key} is set, which can't be decided here") for key in keys if inputs.get(key)]


def yes(reason: str) -> Decision:
    """A decision of yes for one reason."""
    return Decision(Answer.YES, (reason,))


def no(reason: str) -> Decision:
    """A decision of no for one reason."""
    return Decision(Answer.NO, (reason,))


def unknown(reason: str) -> Decision:
    """A decision of unknown for one reason."""
    return Decision(Answer.UNKNOWN, (reason,))
