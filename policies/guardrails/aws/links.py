"""What belongs together in AWS: a role with its policies and with who takes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from policies.guardrails.aws.declared import secret_name
from policies.guardrails.aws.documents import GROUP_POLICY, POLICY, ROLE, ROLE_POLICY, USER_POLICY
from policies.guardrails.aws.holders import (
    ATTACHMENT,
    GROUP_ATTACHMENT,
    MANY_ATTACHMENT,
    USER_ATTACHMENT,
    policy_end,
)
from policies.guardrails.aws.types import ASSOCIATION, SECRET, SECRET_ROTATION
from policies.guardrails.near import Handle, Links
from policies.guardrails.resource import Resource
from policies.guardrails.rule import Context

_OWNER = {
    ROLE_POLICY: "role",
    ATTACHMENT: "role",
    USER_POLICY: "user",
    USER_ATTACHMENT: "user",
    GROUP_POLICY: "group",
    GROUP_ATTACHMENT: "group",
}
_POLICY = "managed policy"
_SECRET = "secret"  # noqa: S105 a kind


def links(resource: Resource, _: Context) -> Links:
    """The links of a resource of AWS. Raises NotEvaluable and Unreadable."""
    if resource.type == ROLE:
        arns = _texts(resource.inputs.get("managedPolicyArns"))
        return Links(
            own=(("role", resource.text("name") or resource.name),),
            names=tuple(_managed(arn) for arn in arns),
        )
    if resource.type == POLICY:
        end = policy_end(resource)
        return Links(own=((_POLICY, end),) if end else ())
    if resource.type == SECRET:
        return Links(own=((_SECRET, resource.text("name") or ""),))
    if resource.type == SECRET_ROTATION:
        of = resource.text("secretId") or ""
        return Links(names=((_SECRET, secret_name(of) or of),))
    if resource.type == ASSOCIATION:
        return Links(owners=(_named("role", resource.text("roleArn")),))
    if resource.type == MANY_ATTACHMENT:
        return Links(owners=tuple(_many(resource)), names=(_managed(resource.text("policyArn")),))
    if resource.type in _OWNER:
        kind = _OWNER[resource.type]
        names = (_managed(resource.text("policyArn")),) if "policyArn" in resource.inputs else ()
        return Links(owners=(_named(kind, resource.text(kind)),), names=names)
    return Links()


def _many(resource: Resource) -> Iterator[Handle]:
    for kind in ("role", "user", "group"):
        for name in _texts(resource.inputs.get(f"{kind}s")):
            yield _named(kind, name)


def _named(kind: str, name: str | None) -> Handle:
    return kind, (name or "").rpartition("/")[2]


def _managed(arn: str | None) -> Handle:
    return _POLICY, (arn or "").rpartition(":policy")[2]


def _texts(value: Any) -> list[str]:
    """The texts of a list that are known."""
    items = cast("list[Any]", value) if isinstance(value, list | tuple) else []
    return [item for item in items if isinstance(item, str)]
