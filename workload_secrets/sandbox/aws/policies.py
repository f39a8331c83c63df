"""Policies read back from the emulator's IAM, in the form its own evaluator takes."""

from __future__ import annotations

import json
from typing import Any

from ministack.core.iam_evaluator import (
    ParsedStatement,
    parse_policy_document,  # pyright: ignore[reportUnknownVariableType]
)

Statements = list[ParsedStatement]


def attached_policies(iam: Any, who: str, name: str) -> tuple[list[Statements], list[list[Statements]]]:
    """The identity policies of a `user` or `role`, and what limits them (a permissions boundary)."""
    argument = {f"{who.title()}Name": name}
    documents = [
        getattr(iam, f"get_{who}_policy")(**argument, PolicyName=policy)["PolicyDocument"]
        for policy in pages(iam, f"list_{who}_policies", "PolicyNames", **argument)
    ]
    attached = pages(iam, f"list_attached_{who}_policies", "AttachedPolicies", **argument)
    documents += [_managed(iam, policy["PolicyArn"]) for policy in attached]
    described = getattr(iam, f"get_{who}")(**argument)[who.title()]
    boundary = described.get("PermissionsBoundary")
    limits: list[list[Statements]] = []
    if boundary:
        limits.append([_parsed(_managed(iam, boundary["PermissionsBoundaryArn"]))])
    return [_parsed(document) for document in documents], limits


def pages(client: Any, operation: str, field: str, **arguments: str) -> list[Any]:
    """Every item of a list call."""
    if not client.can_paginate(operation):
        return list(getattr(client, operation)(**arguments)[field])
    found = client.get_paginator(operation).paginate(**arguments)
    return [item for page in found for item in page[field]]


def _managed(iam: Any, arn: str) -> Any:
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


def _parsed(document: Any) -> Statements:
    return parse_policy_document(document if isinstance(document, str) else json.dumps(document))
