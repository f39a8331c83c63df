"""The rule about roles that take a signed token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from policies.guardrails.resource import Resource
from policies.guardrails.rule import AnyRule, Context, Rule, Violation
from policies.guardrails.vault.types import JWT_ROLE, seconds

_LEEWAYS: Final = ("clockSkewLeeway", "expirationLeeway", "notBeforeLeeway")
_NONE: Final = -1
"""Zero means the server's default, up to 150 seconds."""
_STS: Final = "sts.amazonaws.com"


def _exact_token(resource: Resource, _: Context) -> Iterator[Violation]:
    audiences = resource.texts("boundAudiences")
    if not audiences:
        yield Violation("boundAudiences is empty: a token for another service logs in", ("boundAudiences",))
    for index, audience in enumerate(audiences):
        if not audience or "*" in audience or audience == _STS:
            yield Violation("an audience that isn't this login's own", ("boundAudiences", index))
    yield from _subject(resource)
    for key in _LEEWAYS:
        if seconds(resource, key) != _NONE:
            yield Violation(f"{key} is not -1: a token that has expired still logs in", (key,))


def _subject(resource: Resource) -> Iterator[Violation]:
    claims = resource.object("boundClaims")
    subject = resource.text("boundSubject") or _claim(resource, claims)
    if not subject:
        yield Violation("boundSubject is empty: everybody whom the issuer knows logs in", ("boundSubject",))
    elif "*" in subject:
        yield Violation("boundSubject holds a wildcard", ("boundSubject",))
    if resource.text("boundClaimsType") == "glob":
        yield Violation("claims are compared as globs: pmp* fits pmp-evil", ("boundClaimsType",))


def _claim(resource: Resource, claims: Mapping[str, Any]) -> str:
    """The claim `sub`, where it is bound as a claim; a comma makes a list of it."""
    if "sub" not in claims:
        return ""
    found = resource.text("boundClaims", "sub") or ""
    return "" if "," in found else found


RULES: Final[tuple[AnyRule, ...]] = (
    Rule(
        id="VKA-05",
        severity="high",
        title="a signed token logs in as one subject, for one audience, and not after its end",
        why="A glob admits neighbours; the default leeway admits a token a minute or more after its end.",
        remedy="set boundAudiences and boundSubject to exact texts, and the three leeways to -1",
        reference="https://developer.hashicorp.com/vault/api-docs/auth/jwt#create-update-role",
        types=(JWT_ROLE,),
        check=_exact_token,
    ),
)
