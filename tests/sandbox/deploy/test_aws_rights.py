"""What the deployer may do in AWS, right by right: without one of them a deploy fails."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pulumi.runtime.proto import provider_pb2

from components.documents.arn import AwsScope
from components.documents.deployer_iam import STACK_TAG, DeployerIam, deployer_iam
from components.documents.rotation_iam import RotatedSecret
from tests.sandbox.engine.test_provider import AbortedError, Context, request
from workload_secrets.graph.values import decode
from workload_secrets.sandbox.aws.profile import admin_client
from workload_secrets.sandbox.calls.aws import NOT_MADE_HERE
from workload_secrets.sandbox.deploy.admin import maker
from workload_secrets.sandbox.deploy.aws.provider import SERVICES, AwsProvider
from workload_secrets.sandbox.deploy.call import Site
from workload_secrets.sandbox.deploy.requests import direct
from workload_secrets.sandbox.engine.provider import Plugin
from workload_secrets.sandbox.handle import Sandbox

ACCOUNT, REGION = "111122223333", "eu-central-1"
SCOPE = AwsScope(account_id=ACCOUNT, region=REGION)
FUNCTION = SCOPE.secret("x").replace("secretsmanager", "lambda").rpartition("secret:")[0] + "function:f"
BOUNDARY, OTHER_BOUNDARY = (f"arn:aws:iam::{ACCOUNT}:policy/rights-{name}" for name in ("boundary", "other"))
USER, CLUSTER = "rights-deployer", "rights"
KEY, ALIAS = "aws:kms/key:Key", "aws:kms/alias:Alias"
SECRET = "aws:secretsmanager/secret:Secret"
POLICY = "aws:secretsmanager/secretPolicy:SecretPolicy"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
ROLE, ROLE_POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
OIDC = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
VALUE = "only-the-sandbox-sees-this"
pytestmark = pytest.mark.sandbox
_NUMBERS = itertools.count()
Given = dict[str, Any]


def document(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, **more: Any) -> Given:
    return {"Effect": "Allow", "Action": action, "Resource": "*", **more}


TRUST = document(
    {
        "Effect": "Allow",
        "Principal": {"Service": "pods.eks.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
    }
)
ROOT = allow("kms:*", Principal={"AWS": SCOPE.root})


@dataclass(frozen=True)
class Names:
    """Of one run: what an earlier one left stands under other names."""

    number: int = field(default_factory=lambda: next(_NUMBERS))

    @property
    def tags(self) -> dict[str, str]:
        return {STACK_TAG: f"rights/{self.number}"}

    def role(self, letter: str) -> str:
        return f"rights-{self.number}-{letter}"

    @property
    def issuer(self) -> str:
        return f"https://oidc.rights.example/id/{self.number}"

    def rights(self) -> str:
        """The document that a stack of these things prints."""
        secret = f"rights/{self.number}"
        return deployer_iam(
            DeployerIam(
                scope=SCOPE,
                stack_tag=self.tags[STACK_TAG],
                cluster=CLUSTER,
                secret_names=(secret,),
                role_names=(self.role("a"), self.role("b")),
                key_alias=f"alias/rights-{self.number}",
                created_issuer=self.issuer,
                pod_identity_roles=(self.role("a"), self.role("b")),
                permissions_boundary=BOUNDARY,
                rotated=(RotatedSecret(name=secret, function_arn=FUNCTION, role_arn="unused"),),
                may_delete=True,
            )
        )


def statements(text: str) -> list[Given]:
    return json.loads(text)["Statement"]


def texts(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def without(text: str, action: str) -> str:
    kept = [{**s, "Action": [a for a in texts(s["Action"]) if a != action]} for s in statements(text)]
    return document(*(s for s in kept if s["Action"]))


ACTIONS = sorted({action for s in statements(Names().rights()) for action in texts(s["Action"])})


class Deployer:
    """A user with a policy of its own, and the provider plugin with its credentials."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.admin = admin_client(sandbox, "dev", "iam")
        self.admin.create_user(UserName=USER)
        key = self.admin.create_access_key(UserName=USER)["AccessKey"]
        self._given = {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            "AWS_CA_BUNDLE": str(sandbox.ca_file),
        }
        self._sandbox = sandbox
        ask = direct(maker(sandbox, "dev"))
        self._plugin = Plugin("aws", "7", site=Site(), ask=ask, notes_file=folder / "notes.json")
        self._plugin._client = self._provider()

    def _provider(self) -> AwsProvider:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {**self._given, "AWS_CONFIG_FILE": "/dev/null"}.items():
                patch.setenv(name, value)
            for name in ("AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_SESSION_TOKEN"):
                patch.delenv(name, raising=False)
            endpoints = [dict.fromkeys(SERVICES, self._sandbox.aws_url)]
            made = AwsProvider("aws", {"region": REGION, "endpoints": endpoints})
            for service in SERVICES:
                made.client(service)
        return made

    def client(self, service: str) -> Any:
        return self._plugin._client.client(service)

    def hold(self, policy: str) -> None:
        self.admin.put_user_policy(UserName=USER, PolicyName="rights", PolicyDocument=policy)

    def create(self, type_: str, inputs: Given) -> tuple[str, Given]:
        made = self._plugin.Create(request(provider_pb2.CreateRequest, type_, properties=inputs), Context())
        return made.id, decode(made.properties).value

    def read(self, type_: str, id_: str, inputs: Given) -> Given:
        found = self._plugin.Read(request(provider_pb2.ReadRequest, type_, id=id_, inputs=inputs), Context())
        assert found.id == id_
        return decode(found.properties).value

    def update(self, type_: str, id_: str, olds: Given, news: Given) -> None:
        self._plugin.Update(
            request(provider_pb2.UpdateRequest, type_, id=id_, olds=olds, news=news), Context()
        )

    def delete(self, type_: str, id_: str, inputs: Given) -> None:
        asked = request(provider_pb2.DeleteRequest, type_, id=id_, properties=inputs, old_inputs=inputs)
        self._plugin.Delete(asked, Context())


@dataclass(frozen=True)
class Thing:
    """A resource, what changes in it, and what others do to it once it is there and once it is gone: a
    hook, a person."""

    type: str
    inputs: Callable[[dict[str, Given]], Given]
    change: Given = field(default_factory=dict[str, Any])
    used: Callable[[Deployer, Given], None] | None = None
    undone: Callable[[Deployer, Given], None] | None = None


def live(deployer: Deployer, *things: Thing) -> None:
    """Up, refresh, a change, refresh, destroy, as the engine has it done."""
    outputs: dict[str, Given] = {}
    made: list[tuple[Thing, str, Given]] = []
    for thing in things:
        inputs = thing.inputs(outputs)
        id_, outputs[thing.type] = deployer.create(thing.type, inputs)
        made.append((thing, id_, inputs))
    for thing, id_, inputs in made:
        outputs[thing.type] = deployer.read(thing.type, id_, inputs)
        if thing.used:
            thing.used(deployer, outputs[thing.type])
    for place, (thing, id_, inputs) in enumerate(made):
        if thing.change:
            changed = inputs | thing.change
            deployer.update(thing.type, id_, outputs[thing.type], changed)
            deployer.read(thing.type, id_, changed)
            made[place] = thing, id_, changed
    for thing, id_, inputs in reversed(made):
        deployer.delete(thing.type, id_, inputs)
    for thing, _, _ in made:
        if thing.undone:
            thing.undone(deployer, outputs[thing.type])


def secrets(names: Names, other_key: str) -> tuple[Thing, ...]:
    secret, tags = f"rights/{names.number}", {**names.tags, "team": "a"}
    key_policy = document(ROOT)
    return (
        Thing(
            KEY,
            lambda _: {"description": secret, "enableKeyRotation": True, "policy": key_policy, "tags": tags},
            {"description": "changed", "policy": document(ROOT | {"Sid": "Root"}), "tags": names.tags},
            undone=lambda d, key: d.client("kms").cancel_key_deletion(KeyId=key["keyId"]),
        ),
        Thing(
            ALIAS,
            lambda made: {"name": f"alias/rights-{names.number}", "targetKeyId": made[KEY]["keyId"]},
            {"targetKeyId": other_key},
        ),
        Thing(
            SECRET,
            lambda made: {
                "name": secret,
                "kmsKeyId": made[KEY]["arn"],
                "recoveryWindowInDays": 7,
                "tags": tags,
            },
            {"description": "changed", "tags": names.tags},
            used=lambda d, made: d.client("secretsmanager").put_secret_value(
                SecretId=made["arn"], SecretString=VALUE
            ),
            undone=lambda d, made: d.client("secretsmanager").restore_secret(SecretId=made["arn"]),
        ),
        Thing(
            POLICY,
            lambda made: {"secretArn": made[SECRET]["arn"], "policy": document(deny())},
            {"policy": document(deny() | {"Sid": "Changed"})},
        ),
        Thing(
            ROTATION,
            lambda made: {
                "secretId": made[SECRET]["arn"],
                "rotationLambdaArn": FUNCTION,
                "rotationRules": {"automaticallyAfterDays": 30},
            },
            {"rotationRules": {"automaticallyAfterDays": 31}},
        ),
    )


def deny() -> Given:
    other = f"arn:aws:iam::{ACCOUNT}:role/nobody"
    return {"Effect": "Deny", "Principal": {"AWS": other}, "Action": "secretsmanager:*", "Resource": "*"}


def role(names: Names, letter: str) -> Thing:
    tags = {**names.tags, "team": "a"}
    given = {
        "name": names.role(letter),
        "assumeRolePolicy": TRUST,
        "tags": tags,
        "permissionsBoundary": BOUNDARY,
    }
    changed_trust = TRUST.replace('"Effect"', '"Sid": "Changed", "Effect"')
    change = {
        "assumeRolePolicy": changed_trust,
        "description": "changed",
        "maxSessionDuration": 7200,
        "tags": names.tags,
    }

    def other_boundary(deployer: Deployer, _: Given) -> None:
        deployer.admin.put_role_permissions_boundary(
            RoleName=given["name"], PermissionsBoundary=OTHER_BOUNDARY
        )

    return Thing(ROLE, lambda _: given, change, used=other_boundary)


def roles(names: Names) -> tuple[Thing, ...]:
    read = allow("secretsmanager:GetSecretValue")
    return (
        role(names, "a"),
        Thing(
            ROLE_POLICY,
            lambda _: {"name": "secrets", "role": names.role("a"), "policy": document(read)},
            {"policy": document(read | {"Sid": "Read"})},
        ),
    )


def identities(names: Names) -> tuple[Thing, ...]:
    return (Thing(OIDC, lambda _: {"url": names.issuer, "clientIdLists": ["sts.amazonaws.com"]}),)


def associations(names: Names, other_role: str) -> tuple[Thing, ...]:
    return (
        role(names, "a"),
        Thing(
            ASSOCIATION,
            lambda made: {
                "clusterName": CLUSTER,
                "namespace": "n",
                "serviceAccount": f"s{names.number}",
                "roleArn": made[ROLE]["arn"],
                "tags": names.tags,
            },
            {"roleArn": other_role},
        ),
    )


@pytest.fixture(scope="module")
def deployer(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Deployer:
    iam = admin_client(sandbox, "dev", "iam")
    everything = document(allow(["kms:*", "secretsmanager:*"]))
    for arn in (BOUNDARY, OTHER_BOUNDARY):
        iam.create_policy(PolicyName=arn.rpartition("/")[2], PolicyDocument=everything)
    return Deployer(sandbox, tmp_path_factory.mktemp("plugin"))


@pytest.fixture
def run(deployer: Deployer, sandbox: Sandbox) -> Callable[..., None]:
    """Goes through the life of what an action is about, with a document made of the printed one."""

    def go(action: str, change: Callable[[str], str]) -> None:
        names = Names()
        deployer.hold(change(names.rights()))
        if "OpenIDConnectProvider" in action:
            live(deployer, *identities(names))
        elif action.startswith("eks:") or action == "iam:PassRole":
            iam = admin_client(sandbox, "dev", "iam")
            made = iam.create_role(RoleName=names.role("b"), AssumeRolePolicyDocument=TRUST)
            live(deployer, *associations(names, made["Role"]["Arn"]))
        elif action.startswith("iam:"):
            live(deployer, *roles(names))
        else:
            tags = [{"TagKey": name, "TagValue": value} for name, value in names.tags.items()]
            made = admin_client(sandbox, "dev", "kms").create_key(Tags=tags)
            live(deployer, *secrets(names, made["KeyMetadata"]["KeyId"]))

    return go


@pytest.mark.parametrize(
    "action", ["kms:CreateKey", "iam:CreateRole", "iam:GetOpenIDConnectProvider", "eks:TagResource"]
)
def test_with_all_of_them_everything_goes_up_changes_and_goes_down(
    run: Callable[..., None], action: str
) -> None:
    run(action, lambda text: text)


@pytest.mark.parametrize("action", [action for action in ACTIONS if action not in NOT_MADE_HERE])
def test_without_one_right_something_fails(run: Callable[..., None], action: str) -> None:
    with pytest.raises((AbortedError, ClientError), match="AccessDenied") as raised:
        run(action, lambda text: without(text, action))
    assert action.partition(":")[2] in str(raised.value)


def test_an_association_that_is_there_is_refused(deployer: Deployer) -> None:
    """Nobody looks for it beforehand: the API says so."""
    names = Names()
    deployer.hold(names.rights())
    of_role, association = associations(names, "unused")
    _, made = deployer.create(ROLE, of_role.inputs({}))
    inputs = association.inputs({ROLE: made})
    deployer.create(ASSOCIATION, inputs)
    with pytest.raises(AbortedError, match="exists already, and its API refuses to make it again"):
        deployer.create(ASSOCIATION, inputs)


def test_what_is_not_made_here_is_still_so(run: Callable[..., None]) -> None:
    """Whatever of it is made by now is to be struck from the table."""
    for action in sorted(NOT_MADE_HERE.keys() & set(ACTIONS)):
        run(action, lambda text, action=action: without(text, action))
