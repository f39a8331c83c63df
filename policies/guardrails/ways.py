"""The three ways to run the rules, and what each of them can't see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from policies.guardrails.rule import AnyRule, Context, Sight, Way

TITLES: Final[Mapping[Way, str]] = {
    "engine": "`pulumi preview --policy-pack policies`",
    "monitor": "`workload-secrets preview`",
    "state": "`workload-secrets review --state`",
}
_STRIPPED: Final = "the engine's SDK for policies takes the marks of secrets off (pulumi-policy issue 163)"
_NO_BASE: Final = "it knows no base to compare with: `workload-secrets preview --base` does"
_NOT_SENT: Final = "the engine doesn't send it to a pack (pulumi sdk/proto/analyzer.proto)"
BLIND: Final[Mapping[Way, Mapping[Sight, str]]] = {
    "engine": {
        "secrets": _STRIPPED,
        "retainOnDelete": _NOT_SENT,
        "dependsOn": _NOT_SENT,
        "baseline": _NO_BASE,
    },
    "monitor": {},
    "state": {"values": "an export holds only ciphertext of what is marked secret", "baseline": _NO_BASE},
}
"""What a way can't see, and why."""


def unseen(rule: AnyRule, way: Way) -> str | None:
    """Why this way can't see all that the rule needs; None where it can. Such a rule still says
    what it finds, but what it can't evaluate is no finding there."""
    reasons = [reason for sight, reason in BLIND[way].items() if sight in rule.needs]
    return "; ".join(reasons) or None


def blind(rule: AnyRule, context: Context) -> bool:
    """Whether a review can't see all that the rule needs: by its way, or as no base is given."""
    return unseen(rule, context.way) is not None or ("baseline" in rule.needs and context.baseline is None)


def not_seen(rules: Iterable[AnyRule], way: Way) -> dict[str, str]:
    """The rules that a way can't wholly see, with the reason."""
    return {rule.id: reason for rule in rules if (reason := unseen(rule, way))}
