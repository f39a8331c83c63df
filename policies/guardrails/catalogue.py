"""Every rule there is, service by service."""

from __future__ import annotations

from typing import Final

from policies.guardrails import agent, kong, meta, meta_values
from policies.guardrails.aws import iam, iam_access, iam_escalation, oidc, secret_values, secrets_manager
from policies.guardrails.kubernetes import rules as kubernetes
from policies.guardrails.rule import AnyRule
from policies.guardrails.run import Rules
from policies.guardrails.vault import rules as vault

ALL: Final[tuple[AnyRule, ...]] = (
    *secrets_manager.RULES,
    *secret_values.RULES,
    *iam.RULES,
    *iam_access.RULES,
    *iam_escalation.RULES,
    *oidc.RULES,
    *vault.RULES,
    *kubernetes.RULES,
    *agent.RULES,
    *kong.RULES,
    *meta.RULES,
    *meta_values.RULES,
)


def rules() -> Rules:
    """All rules, indexed. Raises ValueError where two have one id."""
    ids = [rule.id for rule in ALL]
    doubled = sorted({i for i in ids if ids.count(i) > 1})
    if doubled:
        raise ValueError(f"two rules with the id {', '.join(doubled)}")
    return Rules(ALL)
