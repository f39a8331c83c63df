"""Stacks made from the rules' own cases, with values that are unknown, secret, missing or wrong.

One generator for two drivers: Hypothesis, which shrinks what it finds, and `fuzz`, which is fast.
`choose(n)` gives a number below n.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

from policies.guardrails.catalogue import ALL, rules
from policies.guardrails.resource import UNKNOWN, Path, Resource
from policies.guardrails.rule import Context
from policies.guardrails.run import Finding, Rules
from policies.guardrails.secret_text import sounds
from policies.guardrails.stack import Declared, Stack
from tests.policies.cases import TODAY, every

Choose = Callable[[int], int]
KNOWN_FORM = "hvs.CAESIcanaryCANARY0123456789abcdef"
"""Looks like a secret: never in a message, wherever it stands."""
MARKED = "canary marked tr0ub4dor"
"""Looks like nothing: never in a message, as it is marked secret."""
NAMED = "canaryNamed-hunter2"
"""Looks like nothing and isn't marked, but stands where secrets stand."""
CANARIES = ("CANARY0123", "tr0ub4dor", "canaryNamed")
HOLDERS = frozenset(
    {"accessKey", "connectionUrl", "dataJson", "kubeconfig", "secretString", "stringData", "value"}
)
WRONG: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    7.5,
    float("nan"),
    float("inf"),
    10**30,
    "",
    " ",
    "*",
    "{{",
    "\x00\u202e\ud800",
    "arn:aws:iam::111122223333:role/x",
    "x" * 5000,
    "[" * 2000,
    '{"Statement": 1}',
    [],
    {},
    [[]],
    [None],
    [UNKNOWN],
    {"": None},
    {"*": UNKNOWN},
    [KNOWN_FORM],
    {"a": [{"b": KNOWN_FORM}]},
    UNKNOWN,
    UNKNOWN,
    UNKNOWN,
    KNOWN_FORM,
    KNOWN_FORM,
)


@cache
def seeds() -> tuple[tuple[Stack, Context], ...]:
    """The stacks of all cases, each with its context."""
    return tuple((c.stack, c.context) for c in every())


def generate(choose: Choose) -> tuple[Stack, Context]:
    """One stack: a case's, with some of another's, each changed in some places."""
    stack, context = seeds()[choose(len(seeds()))]
    resources = list(stack.resources)
    if choose(3) == 0:
        other, _ = seeds()[choose(len(seeds()))]
        resources += other.resources
    way = ("engine", "monitor", "state")[choose(3)]
    hidden = MARKED if way != "engine" else KNOWN_FORM  # the engine tells of no marks
    made = [_changed(resource, choose, f"-{index}", hidden) for index, resource in enumerate(resources)]
    if way == "engine":
        made = [replace(r, secrets=None, retain_on_delete=None, depends_on=None) for r in made]
    declared = None if choose(3) == 0 else _partial(context.declared, choose)
    tier = ("development", "production")[choose(2)]
    return Stack(made), replace(context, way=way, tier=tier, declared=declared, today=TODAY)


def _partial(declared: Declared | None, choose: Choose) -> Declared | None:
    """The declaration as another program may bring it: parts are missing, unknown or wrong."""
    if declared is None or choose(2) == 0:
        return declared
    made = copy.deepcopy(dict(declared))
    for _ in range(1 + choose(4)):
        places = list(_places(made, ()))
        if places:
            _change(made, places[choose(len(places))], choose, set(), KNOWN_FORM)
    return made


def _changed(resource: Resource, choose: Choose, mark: str, hidden: str) -> Resource:
    inputs = copy.deepcopy(dict(resource.inputs))
    provider = copy.deepcopy(dict(resource.provider))
    secrets = set(resource.secrets or ())
    for _ in range(choose(5)):
        places = list(_places(inputs, ()))
        if places:
            _change(inputs, places[choose(len(places))], choose, secrets, hidden)
    if provider and choose(4) == 0:
        _change(provider, (sorted(provider)[choose(len(provider))],), choose, set(), KNOWN_FORM)
    return replace(
        resource,
        urn=resource.urn + mark,
        inputs=inputs,
        provider=provider,
        protect=choose(2) == 0,
        secrets=frozenset(secrets),
    )


def _change(inputs: Any, path: Path, choose: Choose, secrets: set[Path], hidden: str) -> None:
    holder = inputs
    for part in path[:-1]:
        holder = holder[part]
    last = path[-1]
    kind = choose(8)
    if kind == 0:
        del holder[last]
    elif kind == 1:
        holder[last] = hidden
        secrets.add(path)
    elif kind == 2 and (sounds(str(last)) or HOLDERS & set(map(str, path))):
        holder[last] = NAMED
    elif kind == 3:
        holder[last] = [holder[last]]
    else:
        holder[last] = copy.deepcopy(WRONG[choose(len(WRONG))])


def _places(value: Any, path: Path) -> Iterator[Path]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places(item, (*path, index))


def problems(stack: Stack, context: Context, findings: tuple[Finding, ...]) -> Iterator[str]:
    """What no review may do: a crash, a value in a message."""
    del stack, context
    for finding in findings:
        where = f"{finding.rule.id} on {finding.type}"
        if finding.outcome == "crash":
            yield f"{where}: {finding.text}"
        if any(canary in f"{finding.text} {finding.path}" for canary in CANARIES):
            yield f"{where} prints a value at {finding.path}"


def lost(stack: Stack, context: Context, findings: tuple[Finding, ...]) -> Iterator[str]:
    """Findings that a rule gives alone and not among the others."""
    for rule in ALL:
        alone = Rules([rule]).review(stack, context)
        together = [f for f in findings if f.rule.id == rule.id]
        if sorted(map(_key, alone)) != sorted(map(_key, together)):
            yield f"{rule.id}: {len(alone)} alone, {len(together)} among the others"


def _key(finding: Finding) -> tuple[str, ...]:
    return finding.outcome, finding.urn, finding.path, finding.text


def fuzz(count: int, seed: int = 0) -> dict[str, int]:
    """What is wrong with the reviews of that many stacks, and how often."""
    random = Random(seed)
    all_rules = rules()
    found: dict[str, int] = {}
    for _ in range(count):
        stack, context = generate(random.randrange)
        for problem in problems(stack, context, all_rules.review(stack, context)):
            found[problem] = found.get(problem, 0) + 1
    return found
