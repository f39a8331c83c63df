"""Every rule about Vault."""

from __future__ import annotations

from typing import Final

from policies.guardrails.rule import AnyRule
from policies.guardrails.vault import (
    accounts,
    attached,
    audit,
    database,
    database_roles,
    encryption,
    grants,
    jwt_roles,
    login_mounts,
    logins,
    mounts,
    needed,
    policy_text,
    tokens,
)

RULES: Final[tuple[AnyRule, ...]] = (
    *encryption.RULES,
    *tokens.RULES,
    *audit.RULES,
    *mounts.RULES,
    *policy_text.RULES,
    *grants.RULES,
    *attached.RULES,
    *needed.RULES,
    *logins.RULES,
    *login_mounts.RULES,
    *jwt_roles.RULES,
    *accounts.RULES,
    *database.RULES,
    *database_roles.RULES,
)
