"""Every input of every AWS resource, and how an administrator changes it in the emulator."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from tests.sandbox.deploy.drifting import ANOTHER, Hand, Hands, Property, Subject

ACCOUNT, REGION = "111122223333", "eu-central-1"
_REGION = frozenset({"region"})
_ROTATION = "arn:aws:lambda:eu-central-1:111122223333:function:"


def calls(service: str, operation: str, **arguments: Any) -> Hand:
    """A callable among the arguments gets the hands."""

    def hand(hands: Hands) -> None:
        given = {name: value(hands) if callable(value) else value for name, value in arguments.items()}
        getattr(hands.aws(service), operation)(**given)

    return hand


def all_of(*hands: Hand) -> Hand:
    def hand(who: Hands) -> None:
        for one in hands:
            one(who)

    return hand


def document(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))


def trust(service: str) -> str:
    return document(
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": ["sts:TagSession", "sts:AssumeRole"]}
    )


def reads(resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": resource}


def _no_role(hands: Hands) -> None:
    iam = hands.aws("iam")
    names = [role["RoleName"] for role in iam.list_roles()["Roles"]]
    for name in names:
        if name.startswith("drift-"):
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
                iam.delete_role_policy(RoleName=name, PolicyName=policy)
            iam.delete_role(RoleName=name)


def _boundaries(hands: Hands) -> None:
    iam = hands.aws("iam")
    there = {policy["PolicyName"] for policy in iam.list_policies(Scope="Local")["Policies"]}
    for name in {"drift-a", "drift-b"} - there:
        iam.create_policy(PolicyName=name, PolicyDocument=document(reads("*")))


def _a_role(name: str) -> Hand:
    return calls(
        "iam", "create_role", RoleName=name, AssumeRolePolicyDocument=trust("pods.eks.amazonaws.com")
    )


def roles() -> tuple[Subject, ...]:
    role = {"RoleName": "drift-role"}
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/drift-"
    policy = {"RoleName": "drift-policy", "PolicyName": "secrets"}
    association = {"clusterName": "dev", "associationId": lambda hands: hands.known["associationId"]}
    arn = f"arn:aws:iam::{ACCOUNT}:role/drift-"
    return (
        Subject(
            type="aws:iam/role:Role",
            inputs={
                "name": "drift-role",
                "assumeRolePolicy": trust("pods.eks.amazonaws.com"),
                "description": "a role ",
                "maxSessionDuration": 7200,
                "path": "/",
                "permissionsBoundary": f"{boundary}a",
                "tags": {"b": "2", "A": "1"},
                "forceDetachPolicies": True,
            },
            least=frozenset({"assumeRolePolicy"}),
            properties=(
                Property(
                    name="assumeRolePolicy",
                    new=trust("ec2.amazonaws.com"),
                    by_hand=calls(
                        "iam",
                        "update_assume_role_policy",
                        **role,
                        PolicyDocument=trust("ec2.amazonaws.com"),
                    ),
                ),
                Property(
                    name="description", new="b", by_hand=calls("iam", "update_role", **role, Description="b")
                ),
                Property(
                    name="maxSessionDuration",
                    new=10800,
                    by_hand=calls("iam", "update_role", **role, MaxSessionDuration=10800),
                ),
                Property(
                    name="permissionsBoundary",
                    new=f"{boundary}b",
                    by_hand=calls(
                        "iam", "put_role_permissions_boundary", **role, PermissionsBoundary=f"{boundary}b"
                    ),
                ),
                Property(
                    name="tags",
                    new={"b": "2", "A": "1", "c": "3"},
                    shown=ANOTHER,
                    by_hand=calls("iam", "tag_role", **role, Tags=[{"Key": "c", "Value": "3"}]),
                ),
                Property(
                    name="path",
                    new="/other/",
                    by_hand=all_of(
                        _no_role,
                        calls(
                            "iam",
                            "create_role",
                            **role,
                            Path="/other/",
                            AssumeRolePolicyDocument=trust("pods.eks.amazonaws.com"),
                        ),
                    ),
                    anew=True,
                ),
            ),
            place=frozenset({"name"}),
            noted=frozenset({"forceDetachPolicies"}),
            before=all_of(_no_role, _boundaries),
            removed=_no_role,
            others=(_a_role("drift-role"),),
        ),
        Subject(
            type="aws:iam/rolePolicy:RolePolicy",
            inputs={"name": "secrets", "role": "drift-policy", "policy": document(reads("a"))},
            properties=(
                Property(
                    name="policy",
                    new=document(reads("*")),
                    by_hand=calls("iam", "put_role_policy", **policy, PolicyDocument=document(reads("*"))),
                ),
            ),
            place=frozenset({"name", "role"}),
            least=frozenset({"policy"}),
            before=all_of(_no_role, _a_role("drift-policy")),
            removed=calls("iam", "delete_role_policy", **policy),
            others=(_no_role,),
        ),
        Subject(
            type="aws:eks/podIdentityAssociation:PodIdentityAssociation",
            inputs={
                "clusterName": "dev",
                "namespace": "drift",
                "serviceAccount": "a",
                "roleArn": f"{arn}a",
                "disableSessionTags": False,
                "tags": {"a": "1"},
                "region": REGION,
            },
            properties=(
                Property(
                    name="roleArn",
                    new=f"{arn}b",
                    by_hand=calls("eks", "update_pod_identity_association", **association, roleArn=f"{arn}b"),
                ),
                Property(
                    name="disableSessionTags",
                    new=True,
                    by_hand=calls(
                        "eks", "update_pod_identity_association", **association, disableSessionTags=True
                    ),
                    refused=True,
                    anew=True,
                ),
            ),
            place=_REGION | {"clusterName", "namespace", "serviceAccount"},
            noted=frozenset({"tags"}),
            least=frozenset({"roleArn"}),
            before=all_of(_no_role, _a_role("drift-a"), _a_role("drift-b"), _no_association),
            removed=_no_association,
        ),
        _provider(),
    )


def _no_association(hands: Hands) -> None:
    eks = hands.aws("eks")
    if "dev" not in eks.list_clusters()["clusters"]:
        return
    for found in eks.list_pod_identity_associations(clusterName="dev", namespace="drift")["associations"]:
        eks.delete_pod_identity_association(clusterName="dev", associationId=found["associationId"])


def _provider() -> Subject:
    url = "https://drift.example/id/A"
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/drift.example/id/A"

    def absent(hands: Hands) -> None:
        iam = hands.aws("iam")
        there = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
        if {"Arn": arn} in there:
            iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)

    def another(**changed: Any) -> Hand:
        plain = {"Url": url, "ClientIDList": ["sts.amazonaws.com", "other"], "ThumbprintList": ["a" * 40]}
        tags = [{"Key": "a", "Value": "1"}]
        return all_of(
            absent, calls("iam", "create_open_id_connect_provider", **{**plain, "Tags": tags, **changed})
        )

    def made_anew(name: str, new: Any, **changed: Any) -> Property:
        return Property(name=name, new=new, by_hand=another(**changed), refused=True, anew=True)

    return Subject(
        type="aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        inputs={
            "url": url,
            "clientIdLists": ["sts.amazonaws.com", "other"],
            "thumbprintLists": ["A" * 40],
            "tags": {"a": "1"},
        },
        properties=(
            made_anew("clientIdLists", ["other"], ClientIDList=["other"]),
            made_anew("thumbprintLists", ["b" * 40], ThumbprintList=["b" * 40]),
            made_anew("tags", {"a": "2"}, Tags=[{"Key": "a", "Value": "2"}]),
        ),
        place=frozenset({"url"}),
        least=frozenset({"clientIdLists", "thumbprintLists"}),
        before=absent,
        removed=absent,
    )


def _key_policy(action: str) -> str:
    return document(
        {
            "Sid": "Administrator",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": action,
            "Resource": "*",
        }
    )


def keys() -> tuple[Subject, ...]:
    def mine(hands: Hands) -> str:
        return str(hands.known["keyId"])

    def new_key(hands: Hands) -> str:
        return str(hands.aws("kms").create_key()["KeyMetadata"]["KeyId"])

    def no_alias(hands: Hands) -> None:
        kms = hands.aws("kms")
        if "alias/drift" in {entry["AliasName"] for entry in kms.list_aliases()["Aliases"]}:
            kms.delete_alias(AliasName="alias/drift")

    return (
        Subject(
            type="aws:kms/key:Key",
            inputs={
                "description": "drift",
                "enableKeyRotation": True,
                "tags": {"a": "1"},
                "policy": _key_policy("kms:*"),
                "isEnabled": True,
                "keyUsage": "ENCRYPT_DECRYPT",
                "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
                "multiRegion": False,
                "bypassPolicyLockoutSafetyCheck": False,
                "deletionWindowInDays": 7,
                "region": REGION,
            },
            properties=(
                Property(
                    name="description",
                    new="another",
                    by_hand=calls("kms", "update_key_description", KeyId=mine, Description="another"),
                ),
                Property(
                    name="enableKeyRotation",
                    new=False,
                    by_hand=calls("kms", "disable_key_rotation", KeyId=mine),
                ),
                Property(
                    name="policy",
                    new=_key_policy("kms:Describe*"),
                    by_hand=calls(
                        "kms",
                        "put_key_policy",
                        KeyId=mine,
                        PolicyName="default",
                        Policy=_key_policy("kms:Describe*"),
                    ),
                ),
                Property(
                    name="isEnabled",
                    new=False,
                    by_hand=calls("kms", "disable_key", KeyId=mine),
                    refused=True,
                ),
                Property(
                    name="tags",
                    new={"a": "2"},
                    by_hand=calls("kms", "tag_resource", KeyId=mine, Tags=[{"TagKey": "a", "TagValue": "2"}]),
                ),
            ),
            place=_REGION | {"keyUsage", "customerMasterKeySpec", "multiRegion"},
            noted=frozenset({"bypassPolicyLockoutSafetyCheck", "deletionWindowInDays"}),
            least=frozenset({"description"}),
            removed=calls("kms", "schedule_key_deletion", KeyId=mine),
        ),
        Subject(
            type="aws:kms/alias:Alias",
            inputs={"name": "alias/drift", "region": REGION},
            later=lambda hands: {"targetKeyId": new_key(hands)},
            properties=(
                Property(
                    name="targetKeyId",
                    new=new_key,
                    shown=ANOTHER,
                    by_hand=calls("kms", "update_alias", AliasName="alias/drift", TargetKeyId=new_key),
                ),
            ),
            place=_REGION | {"name"},
            least=frozenset({"targetKeyId"}),
            before=no_alias,
            removed=no_alias,
        ),
    )


def secrets() -> tuple[Subject, ...]:
    name = {"SecretId": "drift/secret"}

    def absent(hands: Hands) -> None:
        with suppress(ClientError):
            hands.aws("secretsmanager").delete_secret(**name, ForceDeleteWithoutRecovery=True)

    def present(hands: Hands) -> dict[str, Any]:
        return {"secretArn": hands.aws("secretsmanager").create_secret(Name="drift/secret")["ARN"]}

    def rotated(function: str, **rules: Any) -> Hand:
        return calls(
            "secretsmanager",
            "rotate_secret",
            **name,
            RotationLambdaARN=f"{_ROTATION}{function}",
            RotationRules=rules,
            RotateImmediately=False,
        )

    deny = {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"}
    other = document({**deny, "Action": "secretsmanager:PutSecretValue"})
    return (
        Subject(
            type="aws:secretsmanager/secret:Secret",
            inputs={
                "name": "drift/secret",
                "description": " a secret",
                "kmsKeyId": "alias/a",
                "tags": {"a": "1"},
                "recoveryWindowInDays": 7,
                "forceOverwriteReplicaSecret": False,
                "region": REGION,
            },
            properties=(
                Property(
                    name="description",
                    new="b",
                    by_hand=calls("secretsmanager", "update_secret", **name, Description="b"),
                ),
                Property(
                    name="tags",
                    new={"a": "2"},
                    by_hand=calls(
                        "secretsmanager", "tag_resource", **name, Tags=[{"Key": "a", "Value": "2"}]
                    ),
                ),
                # Last: no call takes a key away again.
                Property(
                    name="kmsKeyId",
                    new="alias/b",
                    by_hand=calls("secretsmanager", "update_secret", **name, KmsKeyId="alias/b"),
                ),
            ),
            place=_REGION | {"name"},
            noted=frozenset({"recoveryWindowInDays", "forceOverwriteReplicaSecret"}),
            before=absent,
            removed=calls("secretsmanager", "delete_secret", **name),
        ),
        Subject(
            type="aws:secretsmanager/secretPolicy:SecretPolicy",
            inputs={"policy": document(deny), "blockPublicPolicy": True, "region": REGION},
            later=present,
            properties=(
                Property(
                    name="policy",
                    new=other,
                    by_hand=calls("secretsmanager", "put_resource_policy", **name, ResourcePolicy=other),
                ),
            ),
            place=_REGION | {"secretArn"},
            least=frozenset({"policy"}),
            noted=frozenset({"blockPublicPolicy"}),
            before=absent,
            removed=calls("secretsmanager", "delete_resource_policy", **name),
            others=(absent,),
        ),
        Subject(
            type="aws:secretsmanager/secretRotation:SecretRotation",
            inputs={
                "rotationLambdaArn": f"{_ROTATION}a",
                "rotationRules": {"automaticallyAfterDays": 30},
                "rotateImmediately": False,
                "region": REGION,
            },
            later=lambda hands: {"secretId": present(hands)["secretArn"]},
            properties=(
                Property(
                    name="rotationLambdaArn",
                    new=f"{_ROTATION}b",
                    by_hand=rotated("b", AutomaticallyAfterDays=30),
                ),
                Property(
                    name="rotationRules.automaticallyAfterDays",
                    new=31,
                    by_hand=rotated("a", AutomaticallyAfterDays=31),
                ),
                Property(
                    name="rotationRules.scheduleExpression",
                    new="rate(10 days)",
                    by_hand=rotated("a", ScheduleExpression="rate(10 days)"),
                ),
            ),
            place=_REGION | {"secretId"},
            least=frozenset({"rotationLambdaArn", "rotationRules"}),
            noted=frozenset({"rotateImmediately"}),
            before=absent,
            removed=calls("secretsmanager", "cancel_rotate_secret", **name),
            others=(absent,),
        ),
    )
