"""A three-valued answer with the chain of reasons that led to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Answer(Enum):
    """Unknown is never shown as no."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Decision:
    """`reasons` reads from cause to effect, one plain sentence each, names only."""

    answer: Answer
    reasons: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """True only for a decided yes."""
        return self.answer is Answer.YES


def either(decisions: list[Decision]) -> Decision:
    """Yes if any is yes; else unknown if any is unknown; else no with all reasons."""
    for wanted in (Answer.YES, Answer.UNKNOWN):
        for decision in decisions:
            if decision.answer is wanted:
                return decision
    return Decision(Answer.NO, tuple(r for d in decisions for r in d.reasons))


def both(decisions: list[Decision]) -> Decision:
    """No if any is no; else unknown if any is unknown; else yes with all reasons."""
    for wanted in (Answer.NO, Answer.UNKNOWN):
        for decision in decisions:
            if decision.answer is wanted:
                return decision
    return Decision(Answer.YES, tuple(r for d in decisions for r in d.reasons))
