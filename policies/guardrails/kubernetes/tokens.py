"""Rules about ServiceAccounts' tokens: which pods have one, for whom, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guardrails.each import Found, each, gather
from policies.guardrails.kubernetes.declared import takes_own_token
from policies.guardrails.kubernetes.pod_spec import (
    ACCOUNTS,
    DEFAULT,
    WORKLOADS,
    Pod,
    is_patch,
    namespace,
    object_name,
    pod,
)
from policies.guardrails.resource import NotEvaluable, Path, Resource
from policies.guardrails.rule import AnyRule, Context, Rule, StackRule, Violation
from policies.guardrails.stack import Stack

SECRETS: Final = tuple(
    f"kubernetes:{group}:Secret{patch}" for group in ("core/v1", "core") for patch in ("", "Patch")
)
LEGACY: Final = "kubernetes.io/service-account-token"
_LEAST: Final = 600
_MOST: Final = 3600
_FLAG: Final = "automountServiceAccountToken"


def _automount(stack: Stack, context: Context) -> Iterator[Found]:
    accounts, doubt = gather(stack.of(*ACCOUNTS), lambda a: [(namespace(a), object_name(a))])
    made = frozenset(accounts)

    def judge(resource: Resource) -> Iterator[Violation]:
        if resource.type in ACCOUNTS:
            yield from _account(resource, context)
            return
        template = pod(resource)
        if template:
            yield from _pod(template, made, doubt, context)

    yield from each(stack.resources, judge)


def _account(account: Resource, context: Context) -> Iterator[Violation]:
    flag = account.flag(_FLAG)
    if flag is False or (flag is None and is_patch(account)):
        return  # of an account that exists its owner decides
    if not takes_own_token(context, (namespace(account), object_name(account))):
        yield Violation(_says(flag, "its pods get"), (_FLAG,))


def _pod(
    template: Pod, made: frozenset[tuple[str, str]], doubt: NotEvaluable | None, context: Context
) -> Iterator[Violation]:
    path = (*template.spec, _FLAG)
    flag = template.resource.flag(*path)
    account = (namespace(template.resource), template.account() or DEFAULT)
    if flag is False or (flag is None and (template.partial or account in made)):
        return  # of an account of the stack the account itself is judged
    if takes_own_token(context, account):
        return
    if flag is None and doubt:
        raise doubt
    yield Violation(_says(flag, "the pod gets"), path, later=flag is None)


def _says(flag: bool | None, who: str) -> str:
    what = "is on" if flag else "is not set, which is on"
    return f"{_FLAG} {what}: {who} a token for the API server, and nobody is declared to use it"


def _token(resource: Resource, context: Context) -> Iterator[Violation]:
    del context
    if resource.type in SECRETS:
        if resource.text("type") == LEGACY:
            yield Violation("a token without an end, in a Secret", ("type",))
        return
    template = pod(resource)
    for path, volume in template.volumes() if template else ():
        if volume.get("projected") is not None:
            yield from _projected(resource, (*path, "projected", "sources"))


def _projected(resource: Resource, sources: Path) -> Iterator[Violation]:
    for index, _ in enumerate(resource.items(*sources)):
        path = (*sources, index, "serviceAccountToken")
        if resource.get(*path) is None:
            continue
        resource.object(*path)
        if not resource.text(*path, "audience"):
            yield Violation(
                "the token has no audience: it is good for the API server, and for whoever takes its tokens",
                (*path, "audience"),
            )
        seconds = resource.number(*path, "expirationSeconds")  # an hour where there is none
        if seconds is not None and not _LEAST <= seconds <= _MOST:
            yield Violation(
                f"the token's life is not within {_LEAST} and {_MOST} seconds", (*path, "expirationSeconds")
            )


RULES: Final[tuple[AnyRule, ...]] = (
    StackRule(
        id="K8S-04",
        severity="medium",
        title="a token of the API server is mounted only where it is declared to be used",
        why="Whoever breaks into a pod finds the token and logs in with it, at the API server and wherever"
        " its audience is taken.",
        remedy="set automountServiceAccountToken to false, or give the workload the Vault login that needs"
        " the token",
        reference="https://www.cisecurity.org/benchmark/kubernetes (CIS EKS 4.1.6)",
        seed="serviceAccountName: api-service-sa",
        softened="A workload that logs in to Vault with the token that Kubernetes mounts.",
        check=_automount,
        at=("kubernetes:",),
        late="a pod that doesn't say it, of an account that the stack doesn't make",
    ),
    Rule(
        id="K8S-06",
        severity="high",
        title="a ServiceAccount's token is for one audience, and for an hour at most",
        why="A token in a Secret never ends; one without audience logs in at every server that trusts the"
        " cluster.",
        remedy="project a token with audience and expirationSeconds from 600 to 3600; make no token Secret",
        reference="https://github.com/kubernetes/enhancements/tree/master/keps/sig-auth/1205-bound-service-account-tokens",
        types=(*WORKLOADS, *SECRETS),
        check=_token,
    ),
)
