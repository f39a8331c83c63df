"""What is a secret by its form or by where it stands, as the rules of the review see it.

The rules judge what a program asks for; here the same is asked of outputs too.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from policies.guardrails.catalogue import ALL
from policies.guardrails.leaves import leaves
from policies.guardrails.meta_values import MARKED
from policies.guardrails.resource import NotEvaluable, Path, Unreadable
from policies.guardrails.rule import Context, Rule
from policies.guardrails.secret_text import looks
from workload_secrets.graph.model import UNKNOWN, Resource
from workload_secrets.review.views import resource_of

_RULES: Final = tuple(rule for rule in ALL if isinstance(rule, Rule) and rule.id in {"META-01", "SM-05"})
_CONTEXT: Final = Context(way="state", tier="production", today=date.max, declared=None)
_SECRET: Final = ("kubernetes:core/v1:Secret", "kubernetes:core/v1:SecretPatch")
_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
"""`kubectl apply` keeps the whole object here:
https://kubernetes.io/docs/reference/labels-annotations-taints/"""
_DATA: Final = re.compile(r'"(?:data|stringData)"\s*:\s*\{\s*"')
_HOLDERS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(_SECRET, ("data", "stringData")),
    "vault:kv/secretV2:SecretV2": ("data",),
    "vault:kv/secret:Secret": ("data",),
    "vault:generic/secret:Secret": ("data",),
    "random:index/randomPassword:RandomPassword": ("result",),
}
"""Properties that hold nothing but values, whatever the names in them."""


def shape(text: str) -> str | None:
    """What a text holds that looks like a secret, in words."""
    return looks(text)


def plain(found: Resource) -> Iterator[tuple[Path, str]]:
    """Values in plain text at places that must be marked secret, with what they are. Paths begin
    with `inputs` or `outputs`."""
    sides = (("inputs", found.inputs, found.secrets), ("outputs", found.outputs, found.output_secrets))
    for side, values, secrets in sides:
        known = {key: value for key, value in values.items() if value is not UNKNOWN}
        one = dataclasses.replace(found, inputs=known, secrets=secrets)
        done: set[Path] = set()
        named = found.options.additional_secret_outputs if side == "outputs" else ()
        for path, what in (
            *_by_rules(one),
            *_applied(one),
            *_unmarked(one, _HOLDERS.get(found.type, ())),
            *_unmarked(one, named),
        ):
            if path not in done:
                done.add(path)
                yield (side, *path), what


def why(found: Resource, path: Path) -> str:
    """Why a property is marked secret, as far as its type and its options tell. `path` begins with
    `inputs` or `outputs`."""
    side, *rest = path
    name = rest[0] if rest else ""
    kubernetes = found.type.startswith("kubernetes:")
    if (name in MARKED and not kubernetes) or name in _HOLDERS.get(found.type, ()):
        return "the provider's schema says so"
    if side == "outputs" and name in found.options.additional_secret_outputs:
        return "additionalSecretOutputs names it: the provider's schema or the program says so"
    if side == "outputs" and any(secret[:1] == (name,) for secret in found.secrets):
        return "the input of the same name is secret"
    if found.type == "pulumi:pulumi:Stack":
        return "the program exports it as a secret, or it comes from one"
    return "the program says so, or it comes from a secret"


def _by_rules(found: Resource) -> Iterator[tuple[Path, str]]:
    seen = resource_of(found)
    for rule in _RULES:
        if rule.types == ("*",) or found.type in rule.types:
            try:
                for violation in rule.check(seen, _CONTEXT):
                    yield violation.path, violation.text
            except (NotEvaluable, Unreadable):
                continue  # the search lists what is encrypted


def _applied(found: Resource) -> Iterator[tuple[Path, str]]:
    if found.type in _SECRET:
        for path, value in leaves(found.inputs.get("metadata"), ("metadata",)):
            if path[-1] == _APPLIED and isinstance(value, str) and _DATA.search(value):
                yield path, "a Kubernetes Secret as it was applied, in an annotation"


def _unmarked(found: Resource, names: Iterable[str]) -> Iterator[tuple[Path, str]]:
    """Values of these properties, which hold nothing but secrets, that have no mark."""
    for name in names:
        for path, value in leaves(found.inputs.get(name), (name,)):
            marked = any(path[:end] in found.secrets for end in range(1, len(path) + 1))
            if isinstance(value, str) and value and not marked:
                yield path, f"a value of {name}, which holds secrets, that isn't kept secret"
