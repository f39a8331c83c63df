"""Sets of namespaces as objects choose them: by name, by expression, by label, or all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Final

from workload_secrets.decide.answer import Answer
from workload_secrets.decide.delivery import patterns
from workload_secrets.decide.delivery.node import Node, Unclear

NAME_LABEL: Final = "kubernetes.io/metadata.name"
"""The API server keeps it equal to the namespace's name.
https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name"""
EVERYBODY: Final = "every namespace"
Labels = Mapping[str, Node]
"""The labels of the namespaces that are known, by name."""
_SHOWN: Final = 3


@dataclass(frozen=True)
class Rule:
    """One requirement on a label, as in `matchExpressions`."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def holds(self, labels: Mapping[str, Any]) -> bool | None:
        """None where the label's value isn't known, or the operator isn't."""
        there, value = self.key in labels, labels.get(self.key)
        if there and not isinstance(value, str) and self.values:
            return None
        decided = {
            "In": there and value in self.values,
            "NotIn": not there or value not in self.values,
            "Exists": there,
            "DoesNotExist": not there,
        }
        return decided.get(self.operator)

    def __str__(self) -> str:
        words = {"In": "in", "NotIn": "not in", "Exists": "is set", "DoesNotExist": "is not set"}
        values = f" {', '.join(sorted(self.values))}" if self.values else ""
        return f"{self.key} {words.get(self.operator, self.operator)}{values}"


Selector = tuple[Rule, ...]
"""All of them hold; never empty, which is every namespace."""


@dataclass(frozen=True)
class Others:
    """The namespaces of a set that aren't a given one. `named` are those that are known by name,
    `rest` says whether there are more; `words` has both."""

    answer: Answer
    named: tuple[str, ...] = ()
    rest: Answer = Answer.NO
    words: str = ""


def listed(names: Sequence[str]) -> str:
    """`namespace a`, or `namespaces a, b, c, 2 more`."""
    more = [f"{len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    return f"namespace{'s' if len(names) > 1 else ''} {', '.join((*names[:_SHOWN], *more))}"


@dataclass(frozen=True)
class Spaces:
    """A namespace is in the set if any part takes it."""

    every: bool = False
    names: frozenset[str] = frozenset()
    patterns: tuple[str, ...] = ()
    selectors: tuple[Selector, ...] = ()

    def __or__(self, other: Spaces) -> Spaces:
        return Spaces(
            self.every or other.every,
            self.names | other.names,
            (*self.patterns, *other.patterns),
            (*self.selectors, *other.selectors),
        )

    def takes(self, name: str, labels: Labels) -> Answer:
        """Whether a namespace is in the set."""
        if self.every or name in self.names:
            return Answer.YES
        found = [patterns.takes(pattern, name) for pattern in self.patterns]
        found += [_selected(selector, name, labels) for selector in self.selectors]
        if True in found:
            return Answer.YES
        return Answer.UNKNOWN if None in found else Answer.NO

    def others(self, own: str | None, labels: Labels) -> Others:
        """Those that aren't `own`; with None every one of the set is another's."""
        if self.every:
            return Others(Answer.YES, rest=Answer.YES, words=EVERYBODY)
        known = {n for n in labels if n != own and self.takes(n, labels) is Answer.YES}
        named = tuple(sorted(known | (self.names - {own})))
        open_ = list(self._open(own, labels))
        rest = strongest(answer for answer, _ in open_)
        words = [*([listed(named)] if named else []), *(text for _, text in open_)]
        return Others(Answer.YES if named else rest, named, rest, " and ".join(words))

    def _open(self, own: str | None, labels: Labels) -> Iterator[tuple[Answer, str]]:
        """What may take more than the names that are known, and whether it surely does."""
        for pattern in self.patterns:
            found = patterns.example(pattern, labels, but=own or "")
            like = f" (for example {found})" if found else ""
            yield Answer.YES if found else Answer.UNKNOWN, f"namespaces that match {pattern}{like}"
        for selector in self.selectors:
            yield Answer.UNKNOWN, f"namespaces with the labels {' and '.join(map(str, selector))}"


def strongest(answers: Iterable[Answer]) -> Answer:
    """Yes before unknown before no; no where there is none."""
    found = set(answers)
    return next((a for a in (Answer.YES, Answer.UNKNOWN) if a in found), Answer.NO)


EVERY: Final = Spaces(every=True)
NONE: Final = Spaces()


def only(*names: str) -> Spaces:
    """Exactly these."""
    return Spaces(names=frozenset(names))


def union(found: Iterable[Spaces]) -> Spaces:
    """Those of any."""
    return reduce(Spaces.__or__, found, NONE)


def matching(expressions: Node) -> Spaces:
    """Those that one of the regular expressions takes."""
    read = [(text, patterns.exact(text)) for text in expressions.texts()]
    listed = [names for _, names in read if names is not None]
    return Spaces(
        names=frozenset[str]().union(*listed),
        patterns=tuple(text for text, names in read if names is None),
    )


def selected(selector: Node) -> Spaces:
    """Those that a label selector takes. None is no namespace, an empty one is every namespace
    (k8s.io/apimachinery, LabelSelectorAsSelector)."""
    if not selector.given:
        return NONE
    rules = tuple(_rules(selector))
    bound = [rule.values for rule in rules if rule.key == NAME_LABEL and rule.operator == "In"]
    if bound:  # the other rules can only take names away
        return Spaces(names=reduce(frozenset[str].intersection, bound))
    return replace(NONE, selectors=(rules,)) if rules else EVERY


def _rules(selector: Node) -> Iterator[Rule]:
    labels = selector.at("matchLabels")
    for key in sorted(labels.mapping()):
        yield Rule(key, "In", frozenset({labels.at(key).text()}))
    for entry in selector.at("matchExpressions").each():
        values = frozenset(entry.at("values").texts())
        yield Rule(entry.at("key").text(), entry.at("operator").text(), values)


def chosen(selector: Node, labels: Node) -> bool | None:
    """Whether a label selector takes these labels; None where that isn't known."""
    try:
        found = [rule.holds(labels.mapping()) for rule in _rules(selector)]
    except Unclear:
        return None
    return _all(found)


def _selected(selector: Selector, name: str, labels: Labels) -> bool | None:
    if name not in labels:
        return None
    try:
        own = {**labels[name].mapping(), NAME_LABEL: name}
    except Unclear:
        return None
    return _all([rule.holds(own) for rule in selector])


def _all(found: list[bool | None]) -> bool | None:
    return False if False in found else None if None in found else True
