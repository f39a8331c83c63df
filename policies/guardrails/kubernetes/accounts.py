"""Rules about ServiceAccounts: who is one, and which role it takes in AWS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.guardrails.aws.declared import account_of
from policies.guardrails.aws.documents import ROLE, document
from policies.guardrails.aws.trusts import pod_subjects, trusts
from policies.guardrails.each import Found, each, gather
from policies.guardrails.kubernetes.declared import default_allowed, existing
from policies.guardrails.kubernetes.pod_spec import (
    ACCOUNTS,
    DEFAULT,
    WORKLOADS,
    namespace,
    object_name,
    pod,
    pods,
)
from policies.guardrails.resource import NotEvaluable, Path, Resource
from policies.guardrails.rule import AnyRule, Context, Rule, StackRule, Violation
from policies.guardrails.stack import Stack
from policies.guardrails.vault.types import JWT_ROLE, KUBERNETES_ROLE

ROLE_ARN: Final = "eks.amazonaws.com/role-arn"
POD_IDENTITY: Final = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
_ARN: Final = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role(/(?:.*/)?)([\w+=,.@-]{1,64})", re.ASCII)
_SUBJECT: Final = "system:serviceaccount:"


def _role_arn(stack: Stack, context: Context) -> Iterator[Found]:
    found, doubt = gather(stack.of(ROLE), lambda role: [_role(role, context)])
    roles = frozenset(found)

    def judge(resource: Resource) -> Iterator[Violation]:
        if not resource.type.startswith("kubernetes:"):
            return
        if resource.type not in ACCOUNTS:
            yield from _misplaced(resource)
            return
        path = ("metadata", "annotations", ROLE_ARN)
        arn = resource.text(*path)
        if arn is None:
            return
        parts = _ARN.fullmatch(arn)
        if parts is None:
            yield Violation("the annotation is no ARN of an IAM role", path)
        elif not {(parts[1], *parts.groups()[1:]), (None, *parts.groups()[1:])} & roles:
            if doubt:
                raise doubt  # it may be the one that is meant
            yield Violation("the annotation names a role that the stack doesn't make", path, True)

    yield from each(stack.resources, judge)


def _role(role: Resource, context: Context) -> tuple[str | None, str, str]:
    """Account, path and name; the account None where nothing says which one it is."""
    name = role.text("name")
    if not name:
        raise NotEvaluable(("name",))
    return account_of(role, context), role.text("path") or "/", name


def _misplaced(resource: Resource) -> Iterator[Violation]:
    """Nothing reads the annotation but where it stands on a ServiceAccount."""
    places: list[Path] = [("metadata", "annotations")]
    template = pod(resource)
    if template and template.at:
        places.append(template.annotations)
    for place in places:
        if resource.object(*place).get(ROLE_ARN) is not None:
            yield Violation(
                "the annotation does nothing here: only on a ServiceAccount it gives a role",
                (*place, ROLE_ARN),
            )


def _exists(stack: Stack, context: Context) -> Iterator[Found]:
    made, doubt = gather(stack.of(*ACCOUNTS), lambda a: [(namespace(a), object_name(a))])
    known = {*made, *existing(context)}

    def judge(resource: Resource) -> Iterator[Violation]:
        template = pod(resource)
        name = template.account() if template else None
        if template is None or name is None or name == DEFAULT:  # which every namespace has
            return
        account = (namespace(resource), name)
        if account not in known:
            if doubt:
                raise doubt
            yield Violation(
                f"there is no ServiceAccount {name} in the namespace {account[0]}: the stack makes none, and"
                " none is declared to exist",
                template.account_path(),
                later=True,
            )

    yield from each((found.resource for found in pods(stack)), judge)


def _default(resource: Resource, context: Context) -> Iterator[Violation]:
    if resource.type == ROLE:
        yield from _trusted(resource, context)
    elif resource.type == KUBERNETES_ROLE:
        yield from _bound(resource, context)
    elif resource.type == JWT_ROLE:
        subject = resource.text("boundSubject") or ""
        if _is_default(subject, context):
            yield Violation("it admits the account `default`", ("boundSubject",))
    elif resource.type == POD_IDENTITY:
        space = resource.text("namespace") or DEFAULT
        if resource.text("serviceAccount") == DEFAULT and not default_allowed(context, space):
            yield Violation("it gives the account `default` a role", ("serviceAccount",))
    elif resource.type in ACCOUNTS:
        yield from _annotated(resource, context)
    else:
        yield from _run_as(resource, context)


def _trusted(role: Resource, context: Context) -> Iterator[Violation]:
    path = ("assumeRolePolicy",)
    found = document(role, *path)
    for statement in found.statements if found else ():
        values = [value or "" for test in statement.tests for value in test.values]
        if statement.allow and any(_is_default(value, context) for value in values):
            yield Violation("its trust admits the account `default`", path)
    for trust in trusts(found) if found else ():
        subjects = (pod_subjects(trust) or ()) if trust.pods else ()
        if any(_is_default(subject, context) for subject in subjects):
            yield Violation("its trust admits the account `default`", path)


def _is_default(subject: str, context: Context) -> bool:
    space, colon, name = subject.removeprefix(_SUBJECT).partition(":")
    named = subject.startswith(_SUBJECT) and colon and name == DEFAULT
    return bool(named) and not default_allowed(context, space)


def _bound(role: Resource, context: Context) -> Iterator[Violation]:
    names, spaces = "boundServiceAccountNames", "boundServiceAccountNamespaces"
    if DEFAULT not in role.texts(names):
        return
    bad = [space for space in role.texts(spaces) if not default_allowed(context, space)]
    if bad or not role.texts(spaces):
        yield Violation("it admits the account `default`", (names,))


def _annotated(account: Resource, context: Context) -> Iterator[Violation]:
    """What `default` gets, every pod of the namespace gets that names no account."""
    path = ("metadata", "annotations", ROLE_ARN)
    is_default = account.text("metadata", "name") == DEFAULT
    if is_default and account.get(*path) is not None and not default_allowed(context, namespace(account)):
        yield Violation("the account `default` gets a role: so does every pod that names no account", path)


def _run_as(resource: Resource, context: Context) -> Iterator[Violation]:
    template = pod(resource)
    if template is None:
        return
    name = template.account()
    if name is None and template.partial:
        return  # the object says it, of which this is a part
    if name in (None, DEFAULT) and not default_allowed(context, namespace(resource)):
        how = "it names no ServiceAccount and" if name is None else "it"
        yield Violation(f"{how} runs as `default`", template.account_path())


RULES: Final[tuple[AnyRule, ...]] = (
    StackRule(
        id="K8S-01",
        severity="high",
        title="a role's ARN stands on a ServiceAccount, and the role is of the stack",
        why="On any other object nothing reads the annotation, and the pod has no credentials; a role from"
        " elsewhere is one that nobody reviews here.",
        remedy="annotate the ServiceAccount with the ARN of a role that the stack makes",
        reference="https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html",
        seed="eks.amazonaws.com/role-arn",
        check=_role_arn,
        at=("kubernetes:",),
        late="a role that the stack doesn't make",
    ),
    StackRule(
        id="K8S-02",
        severity="high",
        title="the ServiceAccount that a pod names exists in its namespace",
        why="Pods of an account that isn't there don't start, or run as whoever makes it later.",
        remedy="make the ServiceAccount in the pod's namespace, or declare it as existing",
        reference="https://hub.armosec.io/docs/c-0307",
        seed="serviceAccountName: api-service-sa",
        softened="A ServiceAccount with `manage: existing`.",
        check=_exists,
        at=(),
        late="a ServiceAccount that is neither made nor declared",
    ),
    Rule(
        id="K8S-03",
        severity="high",
        title="nothing is granted to a ServiceAccount called default, and no pod runs as it",
        why="Every pod of the namespace that names no account is `default`: what it may do, all may.",
        remedy="make an account of its own for the workload, or declare `default` as its existing account",
        reference="https://www.cisecurity.org/benchmark/kubernetes (CIS EKS 4.1.5)",
        seed="the built-in default Service Account",
        softened="A workload whose existing ServiceAccount is `default`.",
        types=(*WORKLOADS, *ACCOUNTS, ROLE, POD_IDENTITY, KUBERNETES_ROLE, JWT_ROLE),
        check=_default,
    ),
)
