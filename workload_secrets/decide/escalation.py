"""Rights with which their holder gives itself any other right.

The ways are known ones: https://github.com/RhinoSecurityLabs/AWS-IAM-Privilege-Escalation and
https://hackingthe.cloud/aws/exploitation/iam_privilege_escalation. A way counts where it is open on
things that the documents don't name, or on the holder itself: rights on exact names of other
things are what a deployer has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from workload_secrets.decide.answer import Answer
from workload_secrets.decide.evaluate import identity
from workload_secrets.decide.request import Request
from workload_secrets.decide.statements import Document

# Each right with the kind of thing it acts on; empty where it has none.
_ALONE: Final[tuple[tuple[str, str], ...]] = (
    ("iam:AddUserToGroup", "group"),
    ("iam:AttachGroupPolicy", "group"),
    ("iam:AttachRolePolicy", "role"),
    ("iam:AttachUserPolicy", "user"),
    ("iam:CreateAccessKey", "user"),
    ("iam:CreateLoginProfile", "user"),
    ("iam:CreatePolicyVersion", "policy"),
    ("iam:DeleteRolePermissionsBoundary", "role"),
    ("iam:DeleteUserPermissionsBoundary", "user"),
    ("iam:PassRole", "role"),
    ("iam:PutGroupPolicy", "group"),
    ("iam:PutRolePermissionsBoundary", "role"),
    ("iam:PutRolePolicy", "role"),
    ("iam:PutUserPermissionsBoundary", "user"),
    ("iam:PutUserPolicy", "user"),
    ("iam:SetDefaultPolicyVersion", "policy"),
    ("iam:UpdateAssumeRolePolicy", "role"),
    ("iam:UpdateLoginProfile", "user"),
    ("kms:CreateGrant", "key"),
    ("kms:PutKeyPolicy", "key"),
    ("lambda:AddPermission", "function"),
    ("lambda:UpdateFunctionCode", "function"),
    ("lambda:UpdateFunctionConfiguration", "function"),
    ("secretsmanager:PutResourcePolicy", "secret"),
    ("ssm:SendCommand", "instance"),
    ("ssm:StartSession", "instance"),
    ("sts:AssumeRole", "role"),
)
_WITH_A_ROLE: Final[tuple[tuple[str, str], ...]] = (
    ("cloudformation:CreateStack", "stack"),
    ("codebuild:CreateProject", "project"),
    ("ec2:RunInstances", ""),
    ("ecs:RunTask", ""),
    ("eks:CreatePodIdentityAssociation", "cluster"),
    ("glue:CreateDevEndpoint", ""),
    ("glue:CreateJob", ""),
    ("lambda:CreateFunction", "function"),
    ("sagemaker:CreateNotebookInstance", ""),
    ("states:CreateStateMachine", ""),
)
"""Each of these runs something as a role that is passed to it, which iam:PassRole allows."""
_NOBODY: Final = "of-somebody-else"
_KINDS: Final = {
    **{kind: f"arn:aws:iam::{{account}}:{kind}/{_NOBODY}" for kind in ("group", "policy", "role", "user")},
    "cluster": f"arn:aws:eks:eu-central-1:{{account}}:cluster/{_NOBODY}",
    "function": f"arn:aws:lambda:eu-central-1:{{account}}:function:{_NOBODY}",
    "instance": "arn:aws:ec2:eu-central-1:{account}:instance/i-0123456789abcdef0",
    "key": "arn:aws:kms:eu-central-1:{account}:key/00000000-0000-0000-0000-000000000000",
    "project": f"arn:aws:codebuild:eu-central-1:{{account}}:project/{_NOBODY}",
    "secret": f"arn:aws:secretsmanager:eu-central-1:{{account}}:secret:{_NOBODY}-AbCdEf",
    "stack": f"arn:aws:cloudformation:eu-central-1:{{account}}:stack/{_NOBODY}/0",
    "": "*",
}
_FIELDS: Final = 6
_SELF: Final = ("iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:DeleteRolePermissionsBoundary")


@dataclass(frozen=True, kw_only=True)
class Escalation:
    """`rights` are what it takes; `on` is in words what they are open on."""

    rights: tuple[str, ...]
    on: str
    sure: bool


def escalations(documents: Sequence[Document], holder: str | None = None) -> Iterator[Escalation]:
    """Every way that the documents of one holder leave open. `holder` is its ARN, if known.

    A condition that can't be decided counts as open. Conditions on tags don't: somebody else's
    things don't carry them.
    """
    probes = _Probes(documents)
    for action, kind in _ALONE:
        sure = probes.open(action, kind)
        if sure is not None:
            yield Escalation(rights=(action,), on=f"any {kind}", sure=sure)
    for action in _SELF if holder is not None else ():
        answer = probes.ask(action, holder or "")
        if answer is not Answer.NO and probes.open(action, "role") is None:
            yield Escalation(rights=(action,), on="itself", sure=answer is Answer.YES)
    yield from _by_passing(probes, documents)


def _by_passing(probes: _Probes, documents: Sequence[Document]) -> Iterator[Escalation]:
    """Passing a pattern of roles, to something that one may make on any thing."""
    patterns = _passed(documents)
    if not patterns:
        return
    for action, kind in _WITH_A_ROLE:
        sure = probes.open(action, kind)
        if sure is not None:
            yield Escalation(rights=("iam:PassRole", action), on=f"roles like {patterns[0]}", sure=sure)


def _passed(documents: Sequence[Document]) -> list[str]:
    """Patterns of several roles that may be passed; not those of one exact name."""
    return [
        value or "*"
        for document in documents
        for statement in document.aimed_at("iam:PassRole")
        if statement.allow and statement.resource is not None
        for value in statement.resource.values
        if value is None or statement.resource.inverted or "*" in value or "?" in value
    ]


class _Probes:
    """Asks the evaluator about things that no document names, in every account, region and
    partition that one does name."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._documents = tuple(documents)
        self._tags = {
            key: None
            for document in documents
            for key in document.condition_keys()
            if "resourcetag/" in key.lower()
        }
        named = [
            value.split(":")
            for document in documents
            for statement in document.statements
            if statement.allow and statement.resource is not None
            for value in statement.resource.values
            if value is not None and value.count(":") >= _FIELDS - 1
        ]
        self._places = sorted({(v[1], v[3], v[4]) for v in named} | {("aws", "eu-central-1", "")})

    def open(self, action: str, kind: str) -> bool | None:
        """Whether it is open: for certain, perhaps, or (None) not."""
        if not self._allowed(action):
            return None
        found = {self.ask(action, self._somebodys(kind, *place)) for place in self._places}
        return True if Answer.YES in found else False if Answer.UNKNOWN in found else None

    def ask(self, action: str, resource: str) -> Answer:
        """An answer where everything the caller may choose is to its liking."""
        if not self._allowed(action):
            return Answer.NO
        context: dict[str, Any] = {**self._tags, "iam:PermissionsBoundary": None}
        return identity(self._documents, Request(action=action, resource=resource, context=context)).answer

    def _allowed(self, action: str) -> bool:
        return any(s.allow for document in self._documents for s in document.aimed_at(action))

    @staticmethod
    def _somebodys(kind: str, partition: str, region: str, account: str) -> str:
        fields = _KINDS[kind].replace("{account}", _plain(account) or "000000000000").split(":")
        if len(fields) < _FIELDS:
            return _KINDS[kind]
        fields[1] = _plain(partition) or "aws"
        fields[3] = (_plain(region) or fields[3]) if fields[3] else ""
        return ":".join(fields)


def _plain(field: str) -> str:
    """A field of a pattern; empty where it stands for several."""
    return "" if any(c in field for c in "*?$") else field
