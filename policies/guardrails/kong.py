"""Rules about gateways of Kong that read Vault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from policies.guardrails.declaration import part, word
from policies.guardrails.injector import RELEASES
from policies.guardrails.kong_references import RULES as REFERENCES
from policies.guardrails.kong_vaults import (
    DOCS,
    GROUP,
    Vault,
    gateways,
    vaults,
)
from policies.guardrails.kubernetes.pod_spec import WORKLOADS
from policies.guardrails.resource import Resource
from policies.guardrails.rule import AnyRule, Context, Rule, Violation
from policies.guardrails.secret_text import literal
from workload_secrets.decide.gateway_times import LONGEST_TTL_SECONDS

KONG_VAULTS: Final = tuple(
    f"{GROUP}{version}:KongVault{patch}"
    for version in ("v1alpha1", "v1beta1", "v1")
    for patch in ("", "Patch")
)
_TYPES: Final = (*KONG_VAULTS, *RELEASES, *WORKLOADS)
_GOOD: Final = frozenset({"kubernetes", "cert"})
_STATIC: Final = "token"
_FIELDS_OF: Final = {
    "approle": ("approle",),
    "cert": ("cert",),
    "jwt": ("oauth2", "jwt"),  # Kong's documents say both
    "kubernetes": ("kubernetes",),
    "token": ("token",),
}
"""By declared identity, what Kong calls the method."""
_FIELDS: Final = {
    "token": "a token",
    "approle_secret_id": "a secret id",
    "cert_auth_cert_key": "a private key",
    "jwt_auth_jwt": "a token",
    "oauth2_client_secret": "a client's secret",
}
"""Fields that hold a credential themselves."""


def _declares(vault: Vault, method: str, context: Context) -> bool:
    """Whether a declared gateway logs in so at this prefix. Who logs in says how: the entity's own
    fields are made where the object is."""
    return any(
        method in _FIELDS_OF.get(_identity(declared, context), ())
        and (declared["environment"] if vault.prefix is None else declared["prefix"] == vault.prefix)
        for declared in gateways(context)
    )


def _identity(declared: Mapping[str, Any], context: Context) -> str:
    """The declared login of a vault; a pod's where its principal says nothing else."""
    principal = part(context.declared, "principals", word(declared, "principal"))
    return word(principal, "identity", "method") or ("kubernetes" if principal else "")


def _method(resource: Resource, context: Context) -> Iterator[Violation]:
    for vault in vaults(resource):
        method = vault.text("auth_method") or _STATIC  # Kong's own default
        development = context.tier == "development"
        if method == _STATIC and not (development and _declares(vault, method, context)):
            yield Violation("it logs in with a token that somebody made once", vault.path("auth_method"))
        elif method not in _GOOD and not _declares(vault, method, context):
            yield Violation("it logs in by a method that isn't declared", vault.path("auth_method"))
        for name, what in _FIELDS.items():
            if literal(vault.text(name) or ""):
                yield Violation(f"{what} stands in the object", vault.path(name))


def _times(resource: Resource, context: Context) -> Iterator[Violation]:
    del context
    for vault in vaults(resource):
        ttl = vault.seconds("ttl")
        if not ttl or ttl < 0:
            yield Violation(
                "without a ttl a value is kept for good, and no rotation reaches it", vault.path("ttl")
            )
        elif ttl > LONGEST_TTL_SECONDS:
            text = f"a value is kept for {ttl:g} seconds; at most {LONGEST_TTL_SECONDS} are allowed"
            yield Violation(text, vault.path("ttl"))
        for name, what in (
            ("neg_ttl", "nothing says how long a missing value counts as missing"),
            ("resurrect_ttl", "a value that was taken away is served for years"),
        ):
            seconds = vault.seconds(name)
            if not seconds or seconds < 0:
                yield Violation(what, vault.path(name))


RULES: Final[tuple[AnyRule, ...]] = (
    Rule(
        id="KNG-01",
        severity="critical",
        title="a gateway logs in to Vault as itself, not with a token",
        why="A token in a gateway's configuration is good for whoever reads it, and nothing renews it.",
        remedy="set auth_method to kubernetes (or cert) with a role of its own",
        reference=DOCS,
        seed="token: ${hcv_token}",
        softened="A gateway with another method; with `token` in development only.",
        types=_TYPES,
        check=_method,
    ),
    Rule(
        id="KNG-02",
        severity="medium",
        title="a gateway keeps a value for an hour at most",
        why="Until its time is over the gateway uses the old value, however often it is rotated.",
        remedy=f"set ttl (at most {LONGEST_TTL_SECONDS}), neg_ttl and resurrect_ttl in the vault's config",
        reference=DOCS,
        seed="You'll also want to configure the `ttl` settings",
        types=_TYPES,
        check=_times,
    ),
    *REFERENCES,
)
