"""Every rule about Kubernetes."""

from __future__ import annotations

from typing import Final

from policies.guardrails.kubernetes import accounts, delivery, environment, objects, rbac, restricted, tokens
from policies.guardrails.rule import AnyRule

RULES: Final[tuple[AnyRule, ...]] = (
    *accounts.RULES,
    *tokens.RULES,
    *objects.RULES,
    *environment.RULES,
    *restricted.RULES,
    *rbac.RULES,
    *delivery.RULES,
)
