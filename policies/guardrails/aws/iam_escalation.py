"""Rules about rights that grow: ways to more rights, AWS's broad policies, and new access."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guardrails.aws import baseline, declared
from policies.guardrails.aws.documents import POLICY
from policies.guardrails.aws.holders import Holder, each, policy_end
from policies.guardrails.aws.walk import Judged, named
from policies.guardrails.rule import AnyRule, Context, StackRule, Violation
from policies.guardrails.stack import Stack
from workload_secrets.decide.escalation import escalations

_GROWS: Final = frozenset(("AdministratorAccess", "IAMFullAccess", "PowerUserAccess"))
"""Policies of AWS with which any role gives itself more."""


def _no_way(stack: Stack, context: Context) -> Judged:
    def check(holder: Holder) -> Judged:
        if not holder.held:
            return
        held = holder.held[0]
        for found in escalations(holder.documents, _arn(holder, context)):
            tail = "" if found.sure else ", unless its condition keeps it from that"
            text = f"{holder.shown} gets more rights with {' and '.join(found.rights)} on {found.on}{tail}"
            yield held.at, Violation(text, held.path)

    return each(stack, check)


def _arn(holder: Holder, context: Context) -> str | None:
    if holder.role is None or holder.kind != "role":
        return None
    account = declared.account_of(holder.role, context)
    if account is None:
        return None
    path = holder.role.inputs.get("path")
    folder = path if isinstance(path, str) else "/"
    partition = declared.home(context).partition or "aws"
    return f"arn:{partition}:iam::{account}:role{folder}{holder.name}"


def _attached(stack: Stack, _: Context) -> Judged:
    own = {policy_end(policy) for policy in stack.of(POLICY)}

    def check(holder: Holder) -> Judged:
        if holder.attached and holder.role is not None and holder.trust is None and holder.unknown:
            raise holder.unknown[0]  # who takes it
        for at, path, arn in holder.attached:
            for text, later in _problem(holder, arn, own):
                yield at, Violation(text, path, later)

    return each(stack, check, documents=False)


def _problem(holder: Holder, arn: str, own: set[str | None]) -> Iterator[tuple[str, bool]]:
    """What is wrong, and whether a role or a policy that isn't registered yet may mend it."""
    name = named(arn.rpartition("/")[2])
    if ":iam::aws:policy/" in arn:
        if holder.workload:
            text = f"{holder.shown} of a workload has the policy {name} of AWS, which grants on everything"
            yield text, not holder.settled
        elif name in _GROWS:
            yield f"{holder.shown} has the policy {name} of AWS, with which it gives itself any right", False
    elif holder.workload and arn.rpartition(":policy")[2] not in own:
        yield f"{holder.shown} of a workload has the policy {name}, which this stack doesn't make", True


RULES: Final[tuple[AnyRule, ...]] = (
    StackRule(
        id="IAM-06",
        severity="critical",
        title="nobody can give itself more rights",
        why="A right to change roles, policies or functions on everything is a right to everything.",
        remedy="name the roles, or bind the right to a permissions boundary",
        reference="CKV_AWS_286; Prowler iam_policy_allows_privilege_escalation",
        check=_no_way,
        at=("aws:iam/",),
    ),
    StackRule(
        id="IAM-07",
        severity="high",
        title="a workload's role has only policies that the stack makes",
        why="AWS's own policies grant on every resource, and change without a review of ours.",
        remedy="write a policy with what the workload needs",
        reference="AwsSolutions-IAM4; CKV_AWS_274",
        check=_attached,
        at=("aws:iam/",),
        late="a policy that the stack doesn't make",
    ),
    StackRule(
        id="IAM-08",
        severity="high",
        title="a change grants no access that the base branch didn't",
        why="New access is what a reviewer must see; in a long diff it hides.",
        remedy=(
            "take it out, or accept it: --accept-new-access, on a pull request the label new-access-accepted"
        ),
        reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-custom-policy-checks.html",
        needs=frozenset({"baseline"}),
        check=baseline.grown,
        late="all of it: an engine knows no base",
    ),
)
