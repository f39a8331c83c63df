"""Secrets Manager: the secret (never a value) and its resource policy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

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
from workload_secrets.sandbox.deploy.outcome import HandlerError, Managed, Outcome, whole

_ABSENT = ("ResourceNotFoundException",)


def secret(call: Call, inputs: Inputs) -> Outcome:
    """aws:secretsmanager/secret:Secret."""
    provider: AwsProvider = call.provider
    client = provider.client("secretsmanager")
    same_region(provider, inputs)
    name = inputs.text("name")
    wanted: dict[str, Any] = {
        "description": inputs.optional_text("description", "") or "",
        "kmsKeyId": inputs.optional_text("kmsKeyId", "") or "",
        "tags": wanted_tags(provider, inputs),
    }
    optional: dict[str, Any] = {"KmsKeyId": wanted["kmsKeyId"]} if wanted["kmsKeyId"] else {}
    window = _deletion(call, inputs)
    inputs.finish()

    # A secret that isn't there has no random characters in its ARN, so exact rights don't cover
    # the look: AWS answers access denied. That counts as absent until one was created.
    absent = [*_ABSENT, "AccessDeniedException"]

    def read() -> Mapping[str, Any] | None:
        found = ask(client, "describe_secret", absent=absent, SecretId=name)
        if found is None:
            return None
        if found.get("DeletedDate") and call.operation in ("read", "delete"):
            return None
        if found.get("DeletedDate"):
            raise HandlerError(
                f"secret {name} is scheduled for deletion: wait, or run "
                f"`aws secretsmanager restore-secret --secret-id {name}` and import it (docs/recover.md)"
            )
        ask(client, "get_resource_policy", SecretId=found["ARN"])  # the real provider keeps it in its state
        return {
            "arn": found["ARN"],
            "description": found.get("Description", ""),
            "kmsKeyId": found.get("KmsKeyId", ""),
            "tags": tag_map(found.get("Tags")),
        }

    def create() -> None:
        ask(
            client,
            "create_secret",
            Name=name,
            Description=wanted["description"],
            Tags=tag_list(wanted["tags"]),
            **optional,
        )
        absent.clear()

    def update(differs: frozenset[str]) -> None:
        if differs & {"description", "kmsKeyId"}:
            ask(client, "update_secret", SecretId=name, Description=wanted["description"], **optional)
        if "tags" in differs:
            found = read() or {}
            gone = sorted(set(found.get("tags", {})) - set(wanted["tags"]))
            if gone:
                ask(client, "untag_resource", SecretId=name, TagKeys=gone)
            ask(client, "tag_resource", SecretId=name, Tags=tag_list(wanted["tags"]))

    def delete() -> None:
        after: dict[str, Any] = {"RecoveryWindowInDays": window} if window else {}
        if window == 0:
            after["ForceDeleteWithoutRecovery"] = True
        ask(client, "delete_secret", SecretId=name, **after)

    managed = Managed(
        what=f"secret {name}", wanted=wanted, read=read, create=create, update=update, delete=delete
    )
    state, found = call.settle(managed)
    arn = found["arn"]
    shown = inputs.shown({name: name for name in wanted}, wanted, found)
    return Outcome(
        state=state, outputs={**shown, "id": arn, "arn": arn, "name": name, "tagsAll": found["tags"]}
    )


def _deletion(call: Call, inputs: Inputs) -> int | None:
    """The recovery window in days; None for the API's own, 0 for none."""
    window = inputs.number("recoveryWindowInDays")
    if window is not None:
        if window != 0 and not 7 <= window <= 30:
            raise HandlerError(f"input recoveryWindowInDays is {window}: allowed are 0 and 7 to 30")
        call.notes.not_enforced("recoveryWindowInDays of a secret: it counts only on deletion")
    if inputs.only("forceOverwriteReplicaSecret", False) is not None:
        call.notes.not_enforced("forceOverwriteReplicaSecret of a secret: it counts only for replicas")
    return window


def secret_policy(call: Call, inputs: Inputs) -> Outcome:
    """aws:secretsmanager/secretPolicy:SecretPolicy."""
    provider: AwsProvider = call.provider
    client = provider.client("secretsmanager")
    same_region(provider, inputs)
    arn = inputs.text("secretArn")
    wanted = {"policy": inputs.document("policy")}
    block = inputs.flag("blockPublicPolicy")
    if block:
        call.notes.not_enforced("blockPublicPolicy of a secret's policy: the emulator accepts a public one")
    inputs.finish()

    def read() -> Mapping[str, Any] | None:
        found = ask(client, "get_resource_policy", absent=_ABSENT, SecretId=arn)
        text = found.get("ResourcePolicy") if found else None
        return None if not text else {"policy": json.loads(text)}

    def put() -> None:
        document = json.dumps(wanted["policy"], separators=(",", ":"))
        ask(client, "put_resource_policy", SecretId=arn, ResourcePolicy=document, BlockPublicPolicy=block)

    def delete() -> None:
        ask(client, "delete_resource_policy", SecretId=arn)

    managed = whole(f"policy of secret {arn}", wanted, read, put, delete)
    state, found = call.settle(managed)
    policy = json.dumps(found["policy"], separators=(",", ":"))
    return Outcome(
        state=state, outputs={"id": arn, "secretArn": arn, "policy": policy, "blockPublicPolicy": block}
    )
