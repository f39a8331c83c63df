"""How the transit keys and PKI roles that a stack makes are used: by `update`, unlike all else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from policies.guardrails.each import gather
from policies.guardrails.resource import NotEvaluable, Resource
from policies.guardrails.rule import Context
from policies.guardrails.stack import Stack
from policies.guardrails.vault.types import space
from workload_secrets.decide.vault_verbs import Spot, ways

_VERBS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "vault:transit/secretBackendKey:SecretBackendKey": ("transit", ("encrypt", "decrypt", "rewrap")),
    "vault:pkiSecret/secretBackendRole:SecretBackendRole": ("pki", ("issue",)),
}
_UNCHECKED: Final = "sign-verbatim"
"""It signs what it is given, whatever the role allows."""


def used(stack: Stack, context: Context) -> tuple[frozenset[tuple[str, str]], NotEvaluable | None]:
    """The paths, with their Vault namespace, that take `update` in a program that declares
    nothing; and what isn't known of them. Where there is a declaration, its verbs say it."""
    if context.declared is not None:
        return frozenset(), None

    def paths(resource: Resource) -> Iterator[tuple[str, str]]:
        backend, verbs = _VERBS[resource.type]
        spot = Spot(
            mount=(resource.text("backend") or "").strip("/"),
            path=resource.text("name") or "",
        )
        for verb in verbs:
            for way in ways(backend, verb, spot):
                if "update" in way.capabilities and f"/{_UNCHECKED}/" not in way.path:
                    yield space(resource, context), way.path

    found, doubt = gather(stack.of(*_VERBS), paths)
    return frozenset(found), doubt
