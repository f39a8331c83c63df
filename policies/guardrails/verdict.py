"""What findings mean for a change: refused, warned of, put off, or waived."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from policies.guardrails import waivers as waiving
from policies.guardrails.enforcement import Enforcement
from policies.guardrails.rule import AnyRule, Context
from policies.guardrails.run import Finding
from policies.guardrails.waivers import Waiver
from policies.guardrails.ways import blind


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the project says of the rules. `stack` is its name; `deferring`: values may still
    come, as in the engine's preview, so what isn't known is put off to the update."""

    rules: tuple[AnyRule, ...]
    stack: str
    waivers: tuple[Waiver, ...] = ()
    enforcement: Enforcement = field(default_factory=Enforcement)
    deferring: bool = False


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Where `refused` or `problems` hold anything, the change may not go on. `problems` are of
    the waivers themselves, a sentence each. `waived` are findings that `live` waivers cover."""

    refused: tuple[Finding, ...] = ()
    warned: tuple[Finding, ...] = ()
    deferred: tuple[Finding, ...] = ()
    waived: tuple[Finding, ...] = ()
    live: tuple[Waiver, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the change may go on."""
        return not self.refused and not self.problems


class Judge:
    """Sorts findings by what the project says of the rules."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._context = context
        self._rules = {rule.id: rule for rule in settings.rules}
        self._own = [w for w in settings.waivers if w.stack == settings.stack]
        good = waiving.in_force(self._own, stack=settings.stack, known=self._rules, today=context.today)
        self._good = {(w.rule, w.resource): w for w in good}

    @property
    def deferring(self) -> bool:
        """Whether values may still come."""
        return self._settings.deferring

    def judge(self, findings: Iterable[Finding]) -> Verdict:
        """The findings sorted; of the waivers only those that are used."""
        kinds: dict[str, list[Finding]] = {}
        for finding in findings:
            kinds.setdefault(self._kind(finding), []).append(finding)
        waived = kinds.get("waived", ())
        places = dict.fromkeys(_place(finding) for finding in waived)
        return Verdict(
            refused=tuple(kinds.get("refused", ())),
            warned=tuple(kinds.get("warned", ())),
            deferred=tuple(kinds.get("deferred", ())),
            waived=tuple(waived),
            live=tuple(self._good[place] for place in places),
        )

    def problems(self, seen: Sequence[Finding]) -> tuple[str, ...]:
        """What is wrong with the stack's waivers, when `seen` are all waived and deferred findings."""
        used = {_place(finding) for finding in seen}
        used_by = {finding.rule.id for finding in seen if not finding.urn}
        today = self._context.today
        bad = [text for w in self._own if (text := waiving.problem(w, self._rules, today))]
        idle = [w for place, w in self._good.items() if place not in used and w.rule not in used_by]
        seen_here = [w for w in idle if not blind(self._rules[w.rule], self._context)]
        return (*bad, *(f"{w}: waives nothing; remove it, it is {w.owner}'s" for w in seen_here))

    def _kind(self, finding: Finding) -> str:
        if finding.outcome == "not evaluable":
            if blind(finding.rule, self._context):
                return "unseen"
            return "deferred" if self._settings.deferring else "refused"
        if finding.outcome == "crash":
            return "refused"
        if _place(finding) in self._good:
            return "waived"
        level = self._settings.enforcement.level(finding.rule.id, self._context)
        return "warned" if level == "advisory" else "refused"


def verdict(findings: Sequence[Finding], settings: Settings, context: Context) -> Verdict:
    """What all findings of a stack mean together."""
    judge = Judge(settings, context)
    found = judge.judge(findings)
    problems = judge.problems((*found.waived, *found.deferred))
    return replace(found, problems=problems)


def _place(finding: Finding) -> tuple[str, str]:
    """What a waiver has to name."""
    return finding.rule.id, finding.place
