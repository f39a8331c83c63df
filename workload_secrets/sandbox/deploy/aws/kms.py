"""KMS: keys and aliases.

A key has no name. The engine knows a key by its id. A deploy without state takes the one enabled
key with an alias whose description is the resource's: listing aliases is a right the deployer
has anyhow, for the alias beside the key. So a key needs a description, and two such keys are
an error. A key whose deploy ended before its alias was made isn't found again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from workload_secrets.sandbox.deploy.aws.provider import (
    AwsProvider,
    ask,
    same_region,
    tag_list,
    tag_map,
    wanted_tags,
)
from workload_secrets.sandbox.deploy.call import Call
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.outcome import HandlerError, Managed, Outcome

_NOT_OURS: Final = ("AccessDeniedException", "NotFoundException")

_KIND: Final[Mapping[str, Any]] = {
    "isEnabled": True,
    "keyUsage": "ENCRYPT_DECRYPT",
    "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
    "multiRegion": False,
}
"""The one kind of key that is made here."""


def key(call: Call, inputs: Inputs) -> Outcome:
    """aws:kms/key:Key. A symmetric key of one region."""
    provider: AwsProvider = call.provider
    client = provider.client("kms")
    same_region(provider, inputs)
    description = inputs.text("description")
    wanted: dict[str, Any] = {
        "description": description,
        "enableKeyRotation": inputs.flag("enableKeyRotation"),
        "tags": wanted_tags(provider, inputs),
        **_KIND,
    }
    policy = inputs.document("policy")
    if policy is not None:
        wanted["policy"] = policy
    window = _supported(call, inputs)
    inputs.finish()
    found_id = [call.id] if call.id else []

    def read() -> Mapping[str, Any] | None:
        if not found_id and call.operation == "apply":
            found_id.extend(_with_description(client, description))
        return _state(client, found_id[0]) if found_id else None

    def create() -> None:
        optional = {"Policy": json.dumps(policy, separators=(",", ":"))}
        made = ask(
            client,
            "create_key",
            Description=description,
            Tags=tag_list(wanted["tags"], "TagKey", "TagValue"),
            **(optional if policy is not None else {}),
        )
        found_id.append(made["KeyMetadata"]["KeyId"])
        if wanted["enableKeyRotation"]:
            ask(client, "enable_key_rotation", KeyId=found_id[0])

    def update(differs: frozenset[str]) -> None:
        _update(client, found_id[0], wanted, differs)

    def delete() -> None:
        after: dict[str, Any] = {"PendingWindowInDays": window} if window else {}
        ask(client, "schedule_key_deletion", KeyId=found_id[0], **after)

    managed = Managed(
        what=f"key with description {description!r}",
        wanted=wanted,
        read=read,
        create=create,
        update=update,
        delete=delete,
    )
    state, found = call.settle(managed)
    outputs = {
        "id": found_id[0],
        "keyId": found_id[0],
        "arn": found["arn"],
        **inputs.shown({name: name for name in found if name not in ("policy", "arn")}, wanted, found),
        "tagsAll": found["tags"],
        "policy": json.dumps(found["policy"], separators=(",", ":")),
    }
    return Outcome(state=state, outputs=outputs)


def _supported(call: Call, inputs: Inputs) -> int | None:
    """The days until a deleted key is gone; None for the API's own number."""
    for name, value in _KIND.items():
        inputs.only(name, value)
    inputs.only("bypassPolicyLockoutSafetyCheck", False)
    window = inputs.number("deletionWindowInDays")
    if window is not None:
        if not 7 <= window <= 30:
            raise HandlerError(f"input deletionWindowInDays is {window}: allowed are 7 to 30")
        call.notes.not_enforced("deletionWindowInDays of a KMS key: it counts only on deletion")
    call.notes.not_enforced(
        "bypassPolicyLockoutSafetyCheck of a KMS key: the emulator accepts a policy without administrator"
    )
    return window


def _with_description(client: Any, description: str) -> list[str]:
    targets = {entry["TargetKeyId"] for entry in _aliases(client).values()}
    found = [
        key_id
        for key_id in sorted(targets)
        # A key of another stack may be closed to this deployer; then it isn't ours.
        if (entry := ask(client, "describe_key", absent=_NOT_OURS, KeyId=key_id)) is not None
        and entry["KeyMetadata"].get("Description") == description
        and entry["KeyMetadata"].get("KeyState") == "Enabled"
    ]
    if len(found) > 1:
        raise HandlerError(f"{len(found)} enabled keys have the description {description!r}, expected one")
    return found


def _state(client: Any, key_id: str) -> Mapping[str, Any] | None:
    about = ask(client, "describe_key", absent=("NotFoundException",), KeyId=key_id)
    if about is None or about["KeyMetadata"]["KeyState"] == "PendingDeletion":
        return None
    about = about["KeyMetadata"]
    found: dict[str, Any] = {
        "arn": about["Arn"],
        "isEnabled": about["KeyState"] == "Enabled",
        "keyUsage": about["KeyUsage"],
        "customerMasterKeySpec": about["KeySpec"],
        "multiRegion": about["MultiRegion"],
        "description": about.get("Description", ""),
        "enableKeyRotation": ask(client, "get_key_rotation_status", KeyId=key_id)["KeyRotationEnabled"],
        "tags": tag_map(ask(client, "list_resource_tags", KeyId=key_id).get("Tags"), "TagKey", "TagValue"),
    }
    answer = ask(client, "get_key_policy", KeyId=key_id, PolicyName="default")
    found["policy"] = json.loads(answer["Policy"])
    return found


def _update(client: Any, key_id: str, wanted: Mapping[str, Any], differs: frozenset[str]) -> None:
    if "description" in differs:
        ask(client, "update_key_description", KeyId=key_id, Description=wanted["description"])
    if "policy" in differs:
        document = json.dumps(wanted["policy"], separators=(",", ":"))
        ask(client, "put_key_policy", KeyId=key_id, PolicyName="default", Policy=document)
    if "enableKeyRotation" in differs:
        on = wanted["enableKeyRotation"]
        ask(client, "enable_key_rotation" if on else "disable_key_rotation", KeyId=key_id)
    if "isEnabled" in differs:
        ask(client, "enable_key", KeyId=key_id)
    if "tags" in differs:
        now = (_state(client, key_id) or {}).get("tags", {})
        gone = sorted(set(now) - set(wanted["tags"]))
        if gone:
            ask(client, "untag_resource", KeyId=key_id, TagKeys=gone)
        ask(client, "tag_resource", KeyId=key_id, Tags=tag_list(wanted["tags"], "TagKey", "TagValue"))


def alias(call: Call, inputs: Inputs) -> Outcome:
    """aws:kms/alias:Alias."""
    provider: AwsProvider = call.provider
    client = provider.client("kms")
    same_region(provider, inputs)
    name = inputs.text("name")
    wanted = {"targetKeyId": inputs.text("targetKeyId").rsplit("/", 1)[-1]}
    inputs.finish()
    arn = f"{_prefix(provider)}:{name}"

    def read() -> Mapping[str, Any] | None:
        found = _aliases(client).get(name)
        return None if found is None else {"targetKeyId": found["TargetKeyId"], "arn": found["AliasArn"]}

    def create() -> None:
        ask(client, "create_alias", AliasName=name, TargetKeyId=wanted["targetKeyId"])

    def update(_: frozenset[str]) -> None:
        ask(client, "update_alias", AliasName=name, TargetKeyId=wanted["targetKeyId"])

    def delete() -> None:
        ask(client, "delete_alias", AliasName=name)

    managed = Managed(what=name, wanted=wanted, read=read, create=create, update=update, delete=delete)
    state, found = call.settle(managed)
    target = found["targetKeyId"]
    outputs = {"id": name, "name": name, "arn": found.get("arn", arn), "targetKeyId": target}
    outputs["targetKeyArn"] = f"{_prefix(provider)}:key/{target}"
    return Outcome(state=state, outputs=outputs)


def _prefix(provider: AwsProvider) -> str:
    return f"arn:{partition(provider.region)}:kms:{provider.region}:{provider.account}"


def partition(region: str) -> str:
    """The partition of a region, by its prefix."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def _aliases(client: Any) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    marker: dict[str, Any] = {}
    while True:
        page = ask(client, "list_aliases", **marker)
        # AWS's own aliases may stand there without a key.
        found.update({entry["AliasName"]: entry for entry in page["Aliases"] if "TargetKeyId" in entry})
        if not page.get("Truncated"):
            return found
        marker = {"Marker": page["NextMarker"]}
