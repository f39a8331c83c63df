"""The rules as a Pulumi policy pack: four policies, since each costs the engine about 40 µs a resource.

`guardrails` refuses, `guardrails-advice` tells what only warns, what is put off to the update,
and which waivers are live; both about a resource, and with `-stack` about the whole stack.
`pulumi_policy` would turn a mandatory rule that meets an unknown value into advice
(pulumi-policy issue 181); so values are read here, once, and rules never meet its error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, cast

import pulumi
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from policies.guardrails.leaves import leaves
from policies.guardrails.links import LINKERS
from policies.guardrails.near import Seen
from policies.guardrails.resource import UNKNOWN, Resource
from policies.guardrails.rule import Context, tier_of
from policies.guardrails.run import Finding, Rules
from policies.guardrails.stack import Declared, Stack
from policies.guardrails.verdict import Judge, Settings, Verdict
from policies.proxies import needs, resource_of, stack_resource_of

PLATFORMS: Final = (
    "workload-secrets:platform:Platform",
    "workload-secrets:platform:VaultServerPlatform",
)
"""The components that carry what the stack declares, as an input."""

REHEARSED: Final = "rehearsedEmulator"
"""What `--policy-pack-config` may say to the policy `guardrails`: the address of an emulator of AWS on
this machine. Only who runs the engine gives it, as they could leave the pack away."""
Report = Callable[..., None]


class Pack:
    """What the pack keeps while the engine goes through a stack: what is declared, the inputs
    of every resource, and the findings that waivers and the update still have to do with.

    What is registered before the platform, or below one whose declaration isn't wholly known,
    is judged as if nothing were declared: at its strictest."""

    def __init__(self, rules: Rules, settings: Callable[[], Settings], today: date) -> None:
        self._rules = rules
        self._settings = settings
        self._today = today
        self._context = self._knowing(None)
        self._judge: Judge | None = None
        self._seen: dict[str, Resource] = {}
        self._near = Seen(LINKERS)
        self._found: list[Finding] = []
        self._verdicts: dict[str, Verdict] = {}
        self._whole_stack: Verdict | None = None

    def policies(self) -> Sequence[Policy]:
        """The pack's policies."""
        return (
            ResourceValidationPolicy(
                name="guardrails",
                description="Every rule about one resource, and about those that it belongs to",
                enforcement_level=EnforcementLevel.MANDATORY,
                config_schema=PolicyConfigSchema({REHEARSED: {"type": "string"}}),
                validate=lambda args, report: _refuse(self._judged(args), report, args.urn),
            ),
            ResourceValidationPolicy(
                name="guardrails-advice",
                description="What only warns, and what the update decides",
                enforcement_level=EnforcementLevel.ADVISORY,
                validate=lambda args, report: _advise(
                    replace(self._judged_before(args), live=()), report, args.urn
                ),  # each waiver is listed once, with the stack's
            ),
            StackValidationPolicy(
                name="guardrails-stack",
                description="Every rule about several resources, and the waivers",
                enforcement_level=EnforcementLevel.MANDATORY,
                validate=lambda args, report: _refuse(self._together(args), report),
            ),
            StackValidationPolicy(
                name="guardrails-stack-advice",
                description="What only warns, what the update decides, and which waivers are live",
                enforcement_level=EnforcementLevel.ADVISORY,
                validate=lambda args, report: _advise(self._together_before(args), report),
            ),
        )

    def _judged(self, args: ResourceValidationArgs) -> Verdict:
        resource = resource_of(args)
        self._rehearse(str(args.get_config().get(REHEARSED) or ""))
        if resource.type in PLATFORMS:
            self._declare(resource)
        self._seen[resource.urn] = resource
        judge = self._judging()
        alone = judge.judge(self._rules.one(resource, self._context))
        # What only warns stops nothing: of several resources it is told once, at the end.
        settled = judge.judge(self._settled(resource)).refused if not judge.deferring else ()
        verdict = replace(alone, refused=(*alone.refused, *settled))
        self._verdicts[resource.urn] = verdict
        return verdict

    def _settled(self, resource: Resource) -> Iterator[Finding]:
        """What the rules about several resources find already, each finding at the first resource
        that shows it. An engine that is told to go on all the same asks about the whole stack, and
        is told again there. A preview makes nothing, so it does that alone."""
        self._near.add(resource, self._context)
        if not self._rules.at(resource.type):
            return
        for finding in self._rules.settled(resource.type, self._near.near(resource), self._context):
            if finding not in self._found:
                self._found.append(finding)
                yield finding

    def _judged_before(self, args: ResourceValidationArgs) -> Verdict:
        """The policy that refuses has been asked first, if nobody has disabled it."""
        return self._verdicts.get(args.urn) or self._judged(args)

    def _together(self, args: StackValidationArgs) -> Verdict:
        """Decides from the inputs that were seen: a stack's resources come with their outputs.
        The operation is over then: what is registered after it belongs to nothing before."""
        self._near, self._found = Seen(LINKERS), []
        resources = [self._whole(resource) for resource in args.resources]
        for resource in resources:
            if self._context.declared is None and resource.type in PLATFORMS:
                self._declare(resource)
        judge = self._judging()
        found = judge.judge(self._rules.together(Stack(resources), self._context))
        verdicts = (*(self._alone(resource, judge) for resource in resources), found)
        used = [f for verdict in verdicts for f in (*verdict.waived, *verdict.deferred)]
        live = dict.fromkeys(waiver for verdict in verdicts for waiver in verdict.live)
        self._whole_stack = replace(found, live=tuple(live), problems=judge.problems(used))
        return self._whole_stack

    def _together_before(self, args: StackValidationArgs) -> Verdict:
        found, self._whole_stack = self._whole_stack, None
        return found or self._together(args)

    def _alone(self, resource: Resource, judge: Judge) -> Verdict:
        """What was said of a resource. Of one that the engine left out of this operation nothing
        was; whether a waiver is for it still has to be known."""
        known = self._verdicts.get(resource.urn)
        return known or judge.judge(self._rules.one(resource, self._context))

    def _whole(self, resource: Any) -> Resource:
        seen = self._seen.get(resource.urn)
        return stack_resource_of(resource) if seen is None else replace(seen, depends_on=needs(resource))

    def _declare(self, platform: Resource) -> None:
        declared = platform.inputs.get("declaration")
        known = all(leaf is not UNKNOWN for _, leaf in leaves(declared, ()))
        if isinstance(declared, dict) and known:
            self._context = self._knowing(cast("Declared", declared), self._context.rehearsed)
            self._judge = None

    def _judging(self) -> Judge:
        """One for all resources: a server has one stack and one operation."""
        if self._judge is None:
            self._judge = Judge(self._settings(), self._context)
        return self._judge

    def _rehearse(self, emulator: str) -> None:
        """The same for all resources of an operation: the engine tells it before the first."""
        if emulator != self._context.rehearsed:
            self._context = replace(self._context, rehearsed=emulator)

    def _knowing(self, declared: Declared | None, rehearsed: str = "") -> Context:
        return Context(
            way="engine", tier=tier_of(declared), today=self._today, declared=declared, rehearsed=rehearsed
        )


def settings_of_engine(settings: Settings) -> Settings:
    """The settings for the stack and the operation that the engine is at."""
    return replace(settings, stack=pulumi.get_stack(), deferring=pulumi.runtime.is_dry_run())


def _refuse(verdict: Verdict, report: Report, at: str = "") -> None:
    """`at` is the URN of the resource that the engine shows the findings with."""
    for finding in verdict.refused:
        report(sentence(finding, at), finding.urn or None)
    for problem in verdict.problems:
        report(f"waiver {problem}")


def _advise(verdict: Verdict, report: Report, at: str = "") -> None:
    for text, urn in _advice(verdict, at):
        report(text, urn)


def _advice(verdict: Verdict, at: str) -> Iterator[tuple[str, str | None]]:
    for finding in verdict.warned:
        yield sentence(finding, at), finding.urn or None
    for finding in verdict.deferred:
        place = f" at {finding.path}" if finding.path else ""
        yield f"{finding.rule.id} deferred{place}: {finding.text}; the update checks it", finding.urn or None
    for waiver in verdict.live:
        yield f"waiver {waiver}: until {waiver.expires}, by {waiver.owner}: {waiver.reason}", None


def sentence(finding: Finding, at: str = "") -> str:
    """A finding as the engine shows it, with the resource `at`: another one is named."""
    rule, place = finding.rule, f" at {finding.path}" if finding.path else ""
    about = f" of {finding.place}" if at and finding.urn not in ("", at) else ""
    text = f"{finding.text}; remedy: {rule.remedy}"
    return f"{rule.id} ({rule.severity}) {finding.outcome}{place}{about}: {text}"
