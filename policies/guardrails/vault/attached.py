"""Rules about which policies are attached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guardrails.each import Found, each, until
from policies.guardrails.resource import Resource
from policies.guardrails.rule import AnyRule, Context, StackRule, Violation
from policies.guardrails.stack import Stack
from policies.guardrails.vault.attachments import BUILT_IN, Attachment, attachments
from policies.guardrails.vault.types import POLICY, policy_name, space


def _attached(stack: Stack, context: Context) -> Iterator[Found]:
    places: set[tuple[str, str]] = set()
    made: list[tuple[str, str, Resource]] = []
    seen: list[Attachment] = []

    def note(policy: Resource) -> Iterator[Violation]:
        place = (space(policy, context), policy_name(policy))
        if place in places:
            yield Violation(f"another policy of the stack is called {place[1]} too", ("name",))
        places.add(place)
        made.append((*place, policy))

    def judge(holder: Resource) -> Iterator[Violation]:
        for found in attachments(holder, context):
            seen.append(found)
            exists = found.pattern or found.policy in BUILT_IN or (found.space, found.policy) in places
            if not exists and unnamed is None:
                yield Violation(
                    f"the policy {found.policy} is attached, and the stack makes none of that name: a login"
                    " succeeds and may do nothing, until somebody makes one",
                    found.path,
                    later=True,
                )

    twice, unnamed = until(each(stack.of(POLICY), note))
    yield from twice
    nobodys, unseen = until(each(stack.resources, judge))
    yield from nobodys
    if unseen:
        raise unseen  # what isn't known may attach any policy
    exact = {(found.space, found.policy) for found in seen if not found.pattern}
    wide = [found for found in seen if found.pattern]
    for place, name, policy in made:
        if (place, name) not in exact and not any(found.fits(place, name) for found in wide):
            yield policy, Violation(f"nothing of the stack attaches the policy {name}", ("name",), later=True)
    if unnamed:
        raise unnamed  # it may be the one that is attached


RULES: Final[tuple[AnyRule, ...]] = (
    StackRule(
        id="VLT-08",
        severity="high",
        title="every attached policy exists, and every policy is attached",
        why="A login with a policy that doesn't exist succeeds; whoever makes that policy later decides"
        " what it may do.",
        remedy="make the policy in this stack under the name that the role attaches, or take it away",
        reference="https://openbao.org/docs/concepts/policies/",
        check=_attached,
        at=("vault:",),
        late="an attached policy that the stack doesn't make; a policy that nothing attaches",
    ),
)
