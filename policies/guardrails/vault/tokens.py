"""The rule that no root, development or static token is in the stack."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from policies.guardrails.resource import Resource
from policies.guardrails.rule import AnyRule, Context, Rule, Violation
from policies.guardrails.vault.charts import CHARTS, is_dev, is_server, value
from policies.guardrails.vault.environment import variables, words
from policies.guardrails.vault.pods import WORKLOADS
from policies.guardrails.vault.types import PROVIDER, TOKEN, TOKEN_ROLE, policy_names

_SECRET_ID: Final = "vault:appRole/authBackendRoleSecretId:AuthBackendRoleSecretId"  # noqa: S105 a type token
_KONG: Final = tuple(f"kubernetes:configuration.konghq.com/{v}:KongVault" for v in ("v1alpha1", "v1"))
_NAMES: Final = frozenset(
    {
        "VAULT_TOKEN",
        "BAO_TOKEN",
        "VAULT_DEV_ROOT_TOKEN_ID",
        "BAO_DEV_ROOT_TOKEN_ID",
        "KONG_VAULT_HCV_TOKEN",
        "DECK_HCV_TOKEN",
    }
)
_DEV: Final = re.compile(r"--?dev(-root-token-id)?(=.*)?")
_SHELL: Final = re.compile(r"\b(vault|bao)\s+server\b.*\s--?dev\b")
_REFERENCE: Final = re.compile(r"\{vault://[^}]+\}")


def _no_static(resource: Resource, _: Context) -> Iterator[Violation]:
    yield from _CHECKS.get(resource.type, _pod)(resource)


def _provider(resource: Resource) -> Iterator[Violation]:
    if resource.inputs.get("token") not in (None, ""):
        yield Violation("the provider's token is in the stack's state", ("token",))


def _handed(resource: Resource) -> Iterator[Violation]:
    if not resource.get("wrappingTtl"):
        yield Violation("a secret id that isn't wrapped is in the stack's state", ("wrappingTtl",))


def _role(resource: Resource) -> Iterator[Violation]:
    yield from _root(resource, "allowedPolicies")


def _made(resource: Resource) -> Iterator[Violation]:
    yield from _root(resource, "policies")
    if not resource.get("wrappingTtl"):
        yield Violation("a token that isn't wrapped is in the stack's state", ("wrappingTtl",))


def _root(resource: Resource, key: str) -> Iterator[Violation]:
    for index, name in enumerate(policy_names(resource, key)):
        if name == "root":
            yield Violation("a token with the policy root allows everything", (key, index))


def _kong(resource: Resource) -> Iterator[Violation]:
    place = ("spec", "config", "token")
    if resource.text("spec", "backend") != "hcv":
        return
    token = resource.text(*place)
    if token and not _REFERENCE.fullmatch(token):
        yield Violation("Kong's token stands in the object", place)


def _chart(chart: Resource) -> Iterator[Violation]:
    if is_server(chart):
        if is_dev(chart):
            text = "the server runs in development mode, with a root token known to all"
            yield Violation(text, ("values", "server", "dev", "enabled"))
        elif value(chart, "server", "dev", "devRootToken") is not None:
            yield Violation("a root token stands in the values", ("values", "server", "dev", "devRootToken"))
        yield from _environment(chart)


def _pod(resource: Resource) -> Iterator[Violation]:
    yield from _environment(resource)
    found: list[Any] = list(words(resource))
    serves = {at[:-2] for at, word in found if word == "server"}
    for at, word in found:
        if _SHELL.search(word) or (at[:-2] in serves and _DEV.fullmatch(word)):
            yield Violation("the server runs in development mode, with a root token known to all", at)


def _environment(resource: Resource) -> Iterator[Violation]:
    for found in variables(resource, _NAMES):
        if found.value != "":
            yield Violation(f"{found.name} is a static token, good until somebody takes it back", found.at)


_CHECKS: Final[Mapping[str, Callable[[Resource], Iterator[Violation]]]] = {
    PROVIDER: _provider,
    TOKEN: _made,
    _SECRET_ID: _handed,
    TOKEN_ROLE: _role,
    **dict.fromkeys(_KONG, _kong),
    **dict.fromkeys(CHARTS, _chart),
}

RULES: Final[tuple[AnyRule, ...]] = (
    Rule(
        id="VLT-02",
        severity="critical",
        title="no root, development or static token",
        why="Whoever sees such a token has all that it allows, from anywhere, until somebody takes it back.",
        remedy="log in by a role: kubernetes, jwt, approle or cert; hand what can't log in a wrapped token"
        " outside the stack",
        reference="https://developer.hashicorp.com/vault/docs/concepts/production-hardening",
        seed="export DECK_HCV_TOKEN=root",
        types=(*_CHECKS, *WORKLOADS),
        check=_no_static,
    ),
)
