"""Rights that the emulator checks against another resource than AWS does: the front decides them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from workload_secrets.sandbox.aws.profile import admin_client
from workload_secrets.sandbox.handle import Sandbox

pytestmark = pytest.mark.sandbox
ACCOUNT, REGION = "111122223333", "eu-central-1"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/exact.example"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/exact"
Clients = Callable[..., Any]


def document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


TRUST = document(
    {"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": "sts:AssumeRole"}
)


@pytest.fixture(scope="module")
def clients(sandbox: Sandbox) -> Clients:
    """Clients of a user with exactly these statements; `secret` replaces its own secret key."""
    iam = admin_client(sandbox, "dev", "iam")
    iam.create_user(UserName="exact")
    key = iam.create_access_key(UserName="exact")["AccessKey"]

    def make(service: str, *statements: Mapping[str, Any], secret: str | None = None) -> Any:
        iam.put_user_policy(UserName="exact", PolicyName="own", PolicyDocument=document(*statements))
        return boto3.Session().client(  # pyright: ignore
            service,
            region_name=REGION,
            endpoint_url=sandbox.aws_url,
            verify=str(sandbox.ca_file),
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=secret or key["SecretAccessKey"],
        )

    return make


def refused(call: Callable[[], Any], code: str) -> bool:
    with pytest.raises(ClientError) as raised:
        call()
    return raised.value.response["Error"]["Code"] == code


def create(iam: Any, host: str) -> Any:
    return iam.create_open_id_connect_provider(
        Url=f"https://{host}", ClientIDList=["a"], ThumbprintList=["0" * 40]
    )


def test_a_right_on_one_provider_makes_that_one_and_no_other(clients: Clients) -> None:
    own = allow("iam:*OpenIDConnectProvider", PROVIDER)
    iam = clients("iam", own)
    assert refused(lambda: create(iam, "other.example"), "AccessDenied")
    assert create(iam, "exact.example")["OpenIDConnectProviderArn"] == PROVIDER
    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER)["ClientIDList"] == ["a"]
    denied = clients("iam", own, own | {"Effect": "Deny", "Action": "iam:DeleteOpenIDConnectProvider"})
    assert refused(
        lambda: denied.delete_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER), "AccessDenied"
    )
    clients("iam", own).delete_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER)


def test_the_signature_is_checked_all_the_same(clients: Clients) -> None:
    """The front asks again as the account's root: never for whom the emulator didn't know."""
    iam = clients("iam", allow("iam:*", "*"), secret="wrong" * 8)
    assert refused(lambda: create(iam, "exact.example"), "SignatureDoesNotMatch")
    own = clients("iam", allow("iam:*OpenIDConnectProvider", PROVIDER), secret="wrong" * 8)
    assert refused(lambda: create(own, "exact.example"), "SignatureDoesNotMatch")


def test_an_alias_needs_the_right_on_its_key_too(clients: Clients, sandbox: Sandbox) -> None:
    admin = admin_client(sandbox, "dev", "kms")
    keys = [
        admin.create_key(Tags=[{"TagKey": "stack", "TagValue": value}])["KeyMetadata"]
        for value in ("own", "other")
    ]
    alias = allow("kms:*Alias", f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/exact")
    tagged = {"StringEquals": {"aws:ResourceTag/stack": "own"}}
    on_key = allow("kms:*Alias", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*", Condition=tagged)
    own, other = ({"AliasName": "alias/exact", "TargetKeyId": key["KeyId"]} for key in keys)
    kms = clients("kms", alias)
    assert refused(lambda: kms.create_alias(**own), "AccessDeniedException")
    kms = clients("kms", alias, on_key)
    assert refused(lambda: kms.create_alias(**other), "AccessDeniedException")
    kms.create_alias(**own)
    assert refused(lambda: kms.update_alias(**other), "AccessDeniedException")
    assert refused(
        lambda: kms.create_alias(AliasName="alias/inexact", TargetKeyId=keys[0]["KeyId"]),
        "AccessDeniedException",
    )
    kms.delete_alias(AliasName="alias/exact")


def test_a_right_on_a_cluster_is_none_on_its_associations(clients: Clients, sandbox: Sandbox) -> None:
    admin = admin_client(sandbox, "dev", "eks")
    iam = admin_client(sandbox, "dev", "iam")
    role = iam.create_role(RoleName="exact-eks", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    admin.create_cluster(name="exact", roleArn=role, resourcesVpcConfig={})
    cluster = allow("eks:*", f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/exact")
    passed = {"StringEquals": {"iam:PassedToService": "pods.eks.amazonaws.com"}}
    passing = [allow("iam:GetRole", role), allow("iam:PassRole", role, Condition=passed)]
    given = {"clusterName": "exact", "namespace": "n", "serviceAccount": "s", "roleArn": role}
    eks = clients("eks", cluster)
    assert refused(lambda: eks.create_pod_identity_association(**given), "AccessDeniedException")
    eks = clients("eks", cluster, *passing)
    made = eks.create_pod_identity_association(**given)["association"]
    one = {"clusterName": "exact", "associationId": made["associationId"]}
    assert refused(lambda: eks.describe_pod_identity_association(**one), "AccessDeniedException")
    below = allow("eks:*", f"arn:aws:eks:{REGION}:{ACCOUNT}:podidentityassociation/exact/*")
    eks = clients("eks", below)
    assert eks.describe_pod_identity_association(**one)["association"]["roleArn"] == role
    eks.delete_pod_identity_association(**one)


def test_a_role_is_made_within_the_boundary_alone(clients: Clients, sandbox: Sandbox) -> None:
    admin = admin_client(sandbox, "dev", "iam")
    admin.create_policy(PolicyName="exact", PolicyDocument=document(allow("kms:*", "*")))
    bound = {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}}
    actions = ["iam:CreateRole", "iam:PutRolePolicy"]
    iam = clients("iam", allow(actions, f"arn:aws:iam::{ACCOUNT}:role/exact-*", Condition=bound))
    given = {"RoleName": "exact-bound", "AssumeRolePolicyDocument": TRUST}
    assert refused(lambda: iam.create_role(**given), "AccessDenied")
    assert refused(
        lambda: iam.create_role(**given | {"RoleName": "other"}, PermissionsBoundary=BOUNDARY), "AccessDenied"
    )
    iam.create_role(**given, PermissionsBoundary=BOUNDARY)
    policy = {"PolicyName": "p", "PolicyDocument": document(allow("kms:*", "*"))}
    iam.put_role_policy(RoleName="exact-bound", **policy)
    admin.create_role(RoleName="exact-free", AssumeRolePolicyDocument=TRUST)
    assert refused(lambda: iam.put_role_policy(RoleName="exact-free", **policy), "AccessDenied")


def test_who_may_create_but_not_tag_creates_nothing_with_tags(clients: Clients) -> None:
    bare = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:exact"
    tags = [{"Key": "a", "Value": "b"}]
    manager = clients("secretsmanager", allow("secretsmanager:CreateSecret", bare))
    assert refused(lambda: manager.create_secret(Name="exact", Tags=tags), "AccessDeniedException")
    both = allow(["secretsmanager:CreateSecret", "secretsmanager:TagResource"], bare)
    clients("secretsmanager", both).create_secret(Name="exact", Tags=tags)
