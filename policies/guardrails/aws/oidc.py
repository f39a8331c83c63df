"""Rules about who takes a role with a token: exactly one ServiceAccount, with an audience."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.guardrails.aws import declared, providers, shared_roles
from policies.guardrails.aws.documents import ROLE, trust_document
from policies.guardrails.aws.trusts import (
    GITHUB,
    POD_TAGS,
    SUBJECT,
    Trust,
    issuer_of,
    pod_subjects,
    trusts,
)
from policies.guardrails.aws.types import OIDC_PROVIDER
from policies.guardrails.resource import Resource
from policies.guardrails.rule import AnyRule, Context, Rule, StackRule, Violation
from workload_secrets.decide.answer import Answer
from workload_secrets.decide.claims import TokenClaims
from workload_secrets.decide.trust import pod_identity, web_identity

_AT: Final = ("assumeRolePolicy",)
_ACCOUNT: Final = re.compile(
    SUBJECT + r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?:[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"
)
_JOB: Final = re.compile(
    r"repo:[\w.-]+(@\d+)?/[\w.-]+(@\d+)?:(environment:[^:*?]+|ref:refs/(heads|tags)/[^:*?]+)"
)
"""Subjects of GitHub's jobs; in newer repositories the ids stand beside the names.
https://docs.github.com/en/actions/reference/security/oidc"""
_SHAPE: Final = re.compile(r"(system:serviceaccount|repo):[\w:/.-]{1,300}")
_STRANGER: Final = f"{SUBJECT}another-team:their-app"
_AUDIENCE: Final = "sts.amazonaws.com"


def _one_subject(role: Resource, context: Context) -> Iterator[Violation]:
    document = trust_document(role)
    for trust in trusts(document):
        found = pod_subjects(trust) if trust.pods else trust.claim("sub")
        if trust.pods and trust.exact(POD_TAGS[0]) is None:
            found = None
        if found is None or len(found) != 1 or not _is_one(trust, found[0], context):
            yield Violation(f"{trust.statement.label} admits {_whom(role, trust)}", _AT)


def _is_one(trust: Trust, subject: str, context: Context) -> bool:
    """One ServiceAccount; one job of GitHub's; or an exact subject that is declared."""
    if any(wild in subject for wild in ("*", "?", "${")):
        return False
    if _ACCOUNT.fullmatch(subject) is not None:
        return True
    if issuer_of(trust.providers[0] if trust.providers else "") == GITHUB:
        return _JOB.fullmatch(subject) is not None
    return any(principal.get("identity") for _, principal in declared.principals(context, subject))


def _whom(role: Resource, trust: Trust) -> str:
    """In words whom it admits; with an example that the evaluator lets in."""
    found = pod_subjects(trust) if trust.pods else trust.claim("sub")
    candidates = [_STRANGER, *_alike(trust), *(found or ())]
    let = _lets_in_pod if trust.pods else _lets_in
    shown = [subject for subject in candidates if _SHAPE.fullmatch(subject)]
    example = next((subject for subject in shown if let(role, trust, subject)), None)
    if found is not None and len(found) > 1:
        return f"{len(found)} subjects"
    if example is None or (found == (example,) and not trust.pods):
        return "no exact ServiceAccount"
    where = " of any cluster" if trust.pods else ""
    return f"more than one ServiceAccount, for example {example}{where}"


def _alike(trust: Trust) -> Iterator[str]:
    """Subjects that patterns for the subject match."""
    for test in trust.tests("sub"):
        yield from (v.replace("*", "another").replace("?", "x") for v in test.values if v is not None)


def _lets_in(role: Resource, trust: Trust, subject: str) -> bool:
    audience = (trust.claim("aud") or (_AUDIENCE,))[0]
    for provider in trust.providers:
        issuer = issuer_of(provider)
        if issuer is None:
            continue
        url = f"https://{issuer}"
        token = TokenClaims(issuer=url, subject=subject, audience=(audience,))
        decision = web_identity(role.get(*_AT), provider_arn=provider, issuer=url, token=token)
        if decision.answer is not Answer.NO:
            return True
    return False


def _lets_in_pod(role: Resource, _: Trust, subject: str) -> bool:
    """Of another cluster: what names the cluster lets nobody of these in."""
    namespace, _colon, name = subject.removeprefix(SUBJECT).partition(":")
    tags = {
        "eks-cluster-arn": "arn:aws:eks:eu-central-1:111122223333:cluster/another",
        "kubernetes-namespace": namespace,
        "kubernetes-service-account": name,
    }
    return pod_identity(role.get(*_AT), tags).answer is not Answer.NO


def _audience(role: Resource, context: Context) -> Iterator[Violation]:
    document = trust_document(role)
    for trust in trusts(document):
        if trust.pods and not trust.providers:
            continue  # EKS's agent shows no token
        found = trust.claim("aud")
        wanted = _audiences(trust, context)
        if found is None or len(found) != 1:
            yield Violation(f"{trust.statement.label} asks for no single audience by StringEquals", _AT)
        elif found[0] not in wanted:
            text = f"{trust.statement.label} asks for another audience; allowed: {', '.join(wanted)}"
            yield Violation(text, _AT)


def _audiences(trust: Trust, context: Context) -> tuple[str, ...]:
    """The audience declared for who takes the role, else that of STS in the partition."""
    known = sorted(
        audience
        for subject in trust.claim("sub") or ()
        for _, principal in declared.principals(context, subject)
        if (audience := declared.audience(principal))
    )
    if known:
        return tuple(known)
    china = any(provider.startswith("arn:aws-cn:") for provider in trust.providers)
    return (_AUDIENCE, f"{_AUDIENCE}.cn") if china else (_AUDIENCE,)


def _plain(role: Resource, _: Context) -> Iterator[Violation]:
    for trust in trusts(trust_document(role)):
        tags = {tag.lower() for tag in POD_TAGS}
        for test in trust.statement.tests:
            key = test.key.lower()
            if not (key.endswith((":sub", ":aud")) or key in tags):
                continue
            if test.operator.lower() != "stringequals":
                text = f"{trust.statement.label} compares {_claim(key)} otherwise than by StringEquals"
                yield Violation(text, _AT)
            elif any(value is None or any(w in value for w in ("*", "?", "${")) for value in test.values):
                text = f"{trust.statement.label} has a wildcard or a variable for {_claim(key)}"
                yield Violation(text, _AT)


def _claim(key: str) -> str:
    return key.rpartition(":")[2] if key.endswith((":sub", ":aud")) else key.rpartition("/")[2]


RULES: Final[tuple[AnyRule, ...]] = (
    Rule(
        id="OIDC-01",
        severity="critical",
        title="a role is taken by exactly one ServiceAccount",
        why="Without an exact subject every pod of the cluster takes the role.",
        remedy="ask by StringEquals for ISSUER:sub = system:serviceaccount:NAMESPACE:NAME",
        reference="https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html",
        seed="**Trusted entity** - Select **Web identity**",
        softened="A job of another CI, with its exact subject.",
        types=(ROLE,),
        check=_one_subject,
    ),
    Rule(
        id="OIDC-02",
        severity="high",
        title="a role asks for the audience that is declared, or that of STS",
        why="A token that was made for another system would take the role.",
        remedy="ask by StringEquals for ISSUER:aud = sts.amazonaws.com",
        reference="https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html",
        softened="The audience of the workload or of the job.",
        types=(ROLE,),
        check=_audience,
    ),
    Rule(
        id="OIDC-03",
        severity="critical",
        title="subject and audience are compared as they are",
        why="A pattern admits names that somebody else may choose, IfExists a token without the claim.",
        remedy="use StringEquals with one exact text",
        reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html",
        types=(ROLE,),
        check=_plain,
    ),
    StackRule(
        id="OIDC-04",
        severity="high",
        title="a trust is in one provider of the own account, and in nothing else",
        why="A condition on another provider's key never holds or always; a second principal goes around it.",
        remedy="name one provider, its own condition keys, and only sts:AssumeRoleWithWebIdentity",
        reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html",
        softened="The cluster's issuer and those of jobs, without a provider in the stack.",
        check=providers.one,
        at=("aws:iam/role:",),
        late="a provider that is neither of the stack nor declared",
    ),
    StackRule(
        id="OIDC-05",
        severity="medium",
        title="each ServiceAccount has a role of its own",
        why="Who shares a role shares every secret of the others, and the log can't tell them apart.",
        remedy="make one role for each ServiceAccount",
        reference="https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html",
        check=shared_roles.one_account,
        at=("aws:iam/", "aws:eks/"),
    ),
    Rule(
        id="OIDC-06",
        severity="high",
        title="a provider is the cluster's issuer, with the audiences in use",
        why="An issuer that somebody else runs, or one without TLS, signs tokens for every role.",
        remedy="set url to the cluster's issuer, and clientIdLists to the audiences that roles ask for",
        reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html",
        softened="`facts.cluster.oidcIssuer`, the issuers of jobs, and the audiences that they ask for.",
        types=(OIDC_PROVIDER,),
        check=providers.issuer,
    ),
    StackRule(
        id="OIDC-07",
        severity="high",
        title="who takes a role is a ServiceAccount that exists",
        why="A role for a name that nobody has is taken by whoever makes that name.",
        remedy="make the ServiceAccount in the stack, or declare the workload that it belongs to",
        reference="kube-linter non-existent-service-account; Kubescape C-0307",
        softened="A ServiceAccount with `manage: existing`, that of a declared server, or a job.",
        check=providers.existing,
        at=(),
        late="a ServiceAccount that is neither made nor declared",
    ),
)
