"""IAM: roles, their inline policies, OpenID Connect providers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from workload_secrets.sandbox.deploy.aws.kms import partition
from workload_secrets.sandbox.deploy.aws.provider import (
    AwsProvider,
    ask,
    tag_list,
    tag_map,
    wanted_tags,
)
from workload_secrets.sandbox.deploy.call import Call
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.outcome import HandlerError, Managed, Outcome, whole

_ABSENT = ("NoSuchEntity", "NoSuchEntityException")

_READS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "url": lambda given: given.removeprefix("https://"),
    "thumbprintLists": lambda given: [print_.lower() for print_ in given],
}
"""Inputs of an OpenID Connect provider as IAM writes them."""


def role(call: Call, inputs: Inputs) -> Outcome:
    """aws:iam/role:Role, without inline or managed policies of its own."""
    provider: AwsProvider = call.provider
    client = provider.client("iam")
    name = inputs.text("name")
    wanted: dict[str, Any] = {
        "assumeRolePolicy": inputs.document("assumeRolePolicy"),
        "description": inputs.optional_text("description", "") or "",
        "maxSessionDuration": inputs.number("maxSessionDuration", 3600),
        "path": inputs.optional_text("path", "/"),
        "permissionsBoundary": inputs.optional_text("permissionsBoundary", "") or "",
        "tags": wanted_tags(provider, inputs),
    }
    if inputs.flag("forceDetachPolicies"):
        call.notes.not_enforced(
            "forceDetachPolicies of a role: it says how a deletion goes, no server keeps it"
        )
    inputs.finish()

    def read() -> Mapping[str, Any] | None:
        found = ask(client, "get_role", absent=_ABSENT, RoleName=name)
        if found is None:
            return None
        _attached(client, name)
        return _role_state(found["Role"])

    def create() -> None:
        optional = {"PermissionsBoundary": wanted["permissionsBoundary"]}
        ask(
            client,
            "create_role",
            RoleName=name,
            Path=wanted["path"],
            AssumeRolePolicyDocument=_text(wanted["assumeRolePolicy"]),
            Description=wanted["description"],
            MaxSessionDuration=wanted["maxSessionDuration"],
            Tags=tag_list(wanted["tags"]),
            **(optional if wanted["permissionsBoundary"] else {}),
        )

    def update(differs: frozenset[str]) -> None:
        _update_role(client, name, wanted, differs)

    def delete() -> None:
        profiles = ask(client, "list_instance_profiles_for_role", RoleName=name)["InstanceProfiles"]
        if profiles:
            raise HandlerError(f"role {name} is in instance profiles, which no stack here makes")
        ask(client, "delete_role", RoleName=name)

    managed = Managed(
        what=f"role {name}",
        wanted=wanted,
        read=read,
        create=create,
        update=update,
        delete=delete,
        fixed=frozenset({"path"}),
    )
    state, found = call.settle(managed)
    trust = "assumeRolePolicy"
    shown = inputs.shown(
        {name: name for name in wanted},
        {**wanted, trust: _text(wanted[trust])},
        {**found, trust: _text(found[trust])},
    )
    return Outcome(
        state=state, outputs={**found, **shown, "tagsAll": found["tags"], "id": name, "name": name}
    )


def _attached(client: Any, name: str) -> None:
    """Looks at a role's policies as the real provider does, which keeps them in its state."""
    for policy in ask(client, "list_role_policies", RoleName=name)["PolicyNames"]:
        ask(client, "get_role_policy", absent=_ABSENT, RoleName=name, PolicyName=policy)
    ask(client, "list_attached_role_policies", RoleName=name)


def _role_state(found: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "arn": found["Arn"],
        "uniqueId": found["RoleId"],
        "assumeRolePolicy": _data(found["AssumeRolePolicyDocument"]),
        "description": found.get("Description", ""),
        "maxSessionDuration": found.get("MaxSessionDuration", 3600),
        "path": found.get("Path", "/"),
        "permissionsBoundary": found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
        "tags": tag_map(found.get("Tags")),
    }


def _update_role(client: Any, name: str, wanted: Mapping[str, Any], differs: frozenset[str]) -> None:
    if "assumeRolePolicy" in differs:
        document = _text(wanted["assumeRolePolicy"])
        ask(client, "update_assume_role_policy", RoleName=name, PolicyDocument=document)
    if "description" in differs:
        ask(client, "update_role_description", RoleName=name, Description=wanted["description"])
    if "maxSessionDuration" in differs:
        ask(client, "update_role", RoleName=name, MaxSessionDuration=wanted["maxSessionDuration"])
    if "permissionsBoundary" in differs:
        boundary = wanted["permissionsBoundary"]
        if boundary:
            ask(client, "put_role_permissions_boundary", RoleName=name, PermissionsBoundary=boundary)
        else:
            ask(client, "delete_role_permissions_boundary", RoleName=name)
    if "tags" in differs:
        now = tag_map(ask(client, "get_role", RoleName=name)["Role"].get("Tags"))
        gone = sorted(set(now) - set(wanted["tags"]))
        if gone:
            ask(client, "untag_role", RoleName=name, TagKeys=gone)
        ask(client, "tag_role", RoleName=name, Tags=tag_list(wanted["tags"]))


def role_policy(call: Call, inputs: Inputs) -> Outcome:
    """aws:iam/rolePolicy:RolePolicy, an inline policy."""
    provider: AwsProvider = call.provider
    client = provider.client("iam")
    name, role_name = inputs.text("name"), inputs.text("role")
    wanted = {"policy": inputs.document("policy")}
    inputs.finish()

    def read() -> Mapping[str, Any] | None:
        found = ask(client, "get_role_policy", absent=_ABSENT, RoleName=role_name, PolicyName=name)
        return None if found is None else {"policy": _data(found["PolicyDocument"])}

    def put() -> None:
        document = _text(wanted["policy"])
        ask(client, "put_role_policy", RoleName=role_name, PolicyName=name, PolicyDocument=document)

    def delete() -> None:
        ask(client, "delete_role_policy", RoleName=role_name, PolicyName=name)

    managed = whole(f"policy {name} of role {role_name}", wanted, read, put, delete)
    state, found = call.settle(managed)
    outputs = {
        "id": f"{role_name}:{name}",
        "name": name,
        "role": role_name,
        "policy": _text(found["policy"]),
    }
    return Outcome(state=state, outputs=outputs)


def openid_connect_provider(call: Call, inputs: Inputs) -> Outcome:
    """aws:iam/openIdConnectProvider:OpenIdConnectProvider. The emulator can't change one."""
    provider: AwsProvider = call.provider
    client = provider.client("iam")
    url = inputs.text("url")
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise HandlerError(f"input url is {url}: an https URL is needed")
    wanted: dict[str, Any] = {
        "url": url.removeprefix("https://"),
        "clientIdLists": sorted(inputs.texts("clientIdLists")),
    }
    tags = wanted["tags"] = wanted_tags(provider, inputs)
    thumbprints = [print_.lower() for print_ in inputs.texts("thumbprintLists")]
    if thumbprints:
        wanted["thumbprintLists"] = thumbprints
    inputs.finish()
    if tags:
        call.notes.not_enforced("tags of an OpenID Connect provider: the emulator can't change them later")
    arn = f"arn:{partition(provider.region)}:iam::{provider.account}:oidc-provider/{url.removeprefix('https://')}"

    def read() -> Mapping[str, Any] | None:
        found = ask(client, "get_open_id_connect_provider", absent=_ABSENT, OpenIDConnectProviderArn=arn)
        if found is None:
            return None
        return {
            "url": str(found["Url"]).removeprefix("https://"),
            "clientIdLists": sorted(found.get("ClientIDList", [])),
            "thumbprintLists": [print_.lower() for print_ in found.get("ThumbprintList", [])],
            "tags": tag_map(found.get("Tags")),
        }

    def create() -> None:
        arguments: dict[str, Any] = {"ThumbprintList": thumbprints} if thumbprints else {}
        if tags:
            arguments["Tags"] = tag_list(tags)
        ask(
            client,
            "create_open_id_connect_provider",
            Url=url,
            ClientIDList=wanted["clientIdLists"],
            **arguments,
        )

    def delete() -> None:
        ask(client, "delete_open_id_connect_provider", OpenIDConnectProviderArn=arn)

    managed = Managed(
        what=f"OpenID Connect provider {url}",
        wanted=wanted,
        read=read,
        create=create,
        update=lambda _: None,
        delete=delete,
        fixed=frozenset(wanted),
    )
    state, found = call.settle(managed)
    outputs = {
        "id": arn,
        "arn": arn,
        **inputs.shown({name: name for name in found}, wanted, found, reads=_READS),
        "tagsAll": found["tags"],
    }
    return Outcome(state=state, outputs=outputs)


def _text(document: Any) -> str:
    return json.dumps(document, separators=(",", ":"))


def _data(document: Any) -> Any:
    return json.loads(document) if isinstance(document, str) else document
