"""What AWS decides on, where the emulator decides on something else or on less.

The emulator checks rights on OpenID Connect providers and KMS aliases against `*`, those on pod
identity associations against the cluster, knows no iam:PermissionsBoundary, and asks for no right to
tag at creation nor to pass a role. For such requests this says which actions on which resources AWS
asks for: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import unquote, urlsplit

from ministack.core.iam_actions import (
    request_tag_context,  # pyright: ignore[reportUnknownVariableType]
)

from workload_secrets.sandbox.aws.request import Request

_PROVIDERS: Final = "OpenIDConnectProvider"
_BOUNDED: Final = frozenset(
    {
        "AttachRolePolicy",
        "CreateRole",
        "DeleteRolePermissionsBoundary",
        "DeleteRolePolicy",
        "DetachRolePolicy",
        "PutRolePermissionsBoundary",
        "PutRolePolicy",
    }
)
"""The actions on roles that have the key iam:PermissionsBoundary."""
_SETS_BOUNDARY: Final = frozenset({"CreateRole", "PutRolePermissionsBoundary"})
_ALIASES: Final = frozenset({"CreateAlias", "DeleteAlias", "UpdateAlias"})
_ASSOCIATION: Final = re.compile(r"/clusters/([^/]+)/pod-identity-associations(?:/([^/]+))?")
_BY_METHOD: Final = {"GET": "Describe", "POST": "Update", "DELETE": "Delete"}
_PASSED: Final = {"iam:passedtoservice": "pods.eks.amazonaws.com"}
_NEW: Final = "a-new"
"""Stands for the id that EKS gives."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One right that a request needs. `key` is a KMS key's id, ARN or alias instead of a `resource`: what
    it is called and how it is tagged has to be looked up. `context` has lower-case names. `own`: the
    right on the request itself, so that this decision counts and the emulator's doesn't."""

    action: str
    resource: str = ""
    key: str = ""
    own: bool = False
    context: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a request is decided. `boundary_of` gives a role's permissions boundary, None without one."""

    account: str
    region: str
    boundary_of: Callable[[str], str | None]

    def arn(self, service: str, rest: str) -> str:
        """The emulator has one partition."""
        region = "" if service == "iam" else self.region
        return f"arn:aws:{service}:{region}:{self.account}:{rest}"


def asked(request: Request, place: Place) -> tuple[Asked, ...]:
    """The rights that AWS asks for; none for a request that the emulator decides as AWS does."""
    service, operation = request.target_operation
    if service == "TrentService":
        return tuple(_kms(operation, json.loads(request.body or b"{}"), request, place))
    if service == "secretsmanager":
        return tuple(_secret(operation, json.loads(request.body or b"{}"), request, place))
    path = urlsplit(request.target).path
    association = _ASSOCIATION.fullmatch(path)
    if association:
        return tuple(_association(request, place, association.group(1), association.group(2)))
    if path.startswith("/tags/arn"):
        action = "UntagResource" if request.method == "DELETE" else "TagResource"
        arn = unquote(path.removeprefix("/tags/"))
        return (Asked(action=f"eks:{action}", resource=arn, own=True),) if ":eks:" in arn else ()
    return tuple(_iam(request.form, request, place)) if not service else ()


def _iam(form: Mapping[str, str], request: Request, place: Place) -> Iterator[Asked]:
    operation = form.get("Action", "")
    tags = _tags(f"iam:{operation}", request.body, form)
    if operation.endswith(_PROVIDERS):
        host = form.get("Url", "").removeprefix("https://")
        arn = form.get("OpenIDConnectProviderArn") or place.arn("iam", f"oidc-provider/{host}")
        yield Asked(action=f"iam:{operation}", resource=arn, own=True, context=tags)
        if operation == f"Create{_PROVIDERS}" and tags:
            yield Asked(action=f"iam:Tag{_PROVIDERS}", resource=arn, context=tags)
    elif operation in _BOUNDED:
        role = place.arn("iam", f"role{form.get('Path', '/')}{form.get('RoleName', '')}")
        sets = operation in _SETS_BOUNDARY
        boundary = form.get("PermissionsBoundary") if sets else place.boundary_of(form.get("RoleName", ""))
        context = {**tags, **({"iam:permissionsboundary": boundary} if boundary else {})}
        yield Asked(action=f"iam:{operation}", resource=role, own=True, context=context)
        if operation == "CreateRole" and tags:
            yield Asked(action="iam:TagRole", resource=role, context=tags)


def _kms(operation: str, body: Mapping[str, Any], request: Request, place: Place) -> Iterator[Asked]:
    if operation == "CreateKey" and body.get("Tags"):
        tags = _tags("kms:CreateKey", request.body)
        yield Asked(action="kms:TagResource", resource="*", context=tags)
    if operation in _ALIASES:
        action, alias = f"kms:{operation}", str(body.get("AliasName"))
        yield Asked(action=action, resource=place.arn("kms", alias), own=True)
        if operation != "DeleteAlias":
            yield Asked(action=action, key=str(body.get("TargetKeyId")))
        if operation != "CreateAlias":
            yield Asked(action=action, key=alias)


def _secret(operation: str, body: Mapping[str, Any], request: Request, place: Place) -> Iterator[Asked]:
    if operation == "CreateSecret" and body.get("Tags"):
        tags = _tags("secretsmanager:CreateSecret", request.body)
        arn = place.arn("secretsmanager", f"secret:{body.get('Name')}")
        yield Asked(action="secretsmanager:TagResource", resource=arn, context=tags)


def _association(request: Request, place: Place, cluster: str, identifier: str | None) -> Iterator[Asked]:
    """The role is passed to EKS, which also looks at it.
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelastickubernetesservice.html"""
    body: Mapping[str, Any] = json.loads(request.body or b"{}")
    arn = place.arn("eks", f"podidentityassociation/{cluster}/{identifier or _NEW}")
    if identifier is not None:
        yield Asked(action=f"eks:{_BY_METHOD[request.method]}PodIdentityAssociation", resource=arn, own=True)
    if body.get("roleArn"):
        yield Asked(action="iam:GetRole", resource=str(body["roleArn"]))
        yield Asked(action="iam:PassRole", resource=str(body["roleArn"]), context=_PASSED)
    if body.get("tags"):
        tags = _tags("eks:CreatePodIdentityAssociation", request.body)
        yield Asked(action="eks:TagResource", resource=arn, context=tags)


def _tags(action: str, body: bytes, form: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The condition keys of the tags that a request sets, with lower-case names."""
    given: Mapping[str, Any] = cast(
        "Any", request_tag_context(action.partition(":")[0], action, body, dict(form or {}))
    )
    return {name.lower(): value for name, value in given.items()}
