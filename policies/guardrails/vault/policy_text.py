"""Rules about the text of one policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.guardrails.resource import Resource
from policies.guardrails.rule import AnyRule, Context, Rule, Violation
from policies.guardrails.vault.types import ENDPOINT, POLICY, rules_of
from workload_secrets.decide.vault_flaws import flaws
from workload_secrets.decide.vault_hcl import HclError

_PATH: Final = ("policy",)
_WRITTEN: Final = re.compile(r"sys/polic(y|ies/acl)/.+")
_KINDS: Final = frozenset({"data", "metadata", "delete", "undelete", "destroy", "subkeys"})
"""What stands after the mount of a KV v2 secret."""


def _accepted(resource: Resource, _: Context) -> Iterator[Violation]:
    if resource.type == ENDPOINT:
        if _WRITTEN.fullmatch((resource.text("path") or "").strip("/")):
            yield Violation("a policy that is written by hand: no rule can judge what it grants", ("path",))
        return
    text = resource.text("policy")
    if text is None:
        yield Violation("there is no text", _PATH)
        return
    try:
        for flaw in flaws(text, resource.text("name") or resource.name):
            yield Violation(flaw, _PATH)
    except HclError as error:
        yield Violation(f"the server refuses it: {error}", _PATH)


def _globs(resource: Resource, _: Context) -> Iterator[Violation]:
    for rule in rules_of(resource):
        if rule.capabilities <= {"deny"}:
            continue  # what it covers is refused
        flaw = _flaw(rule.path)
        if flaw:
            yield Violation(f'path "{rule.path}" {flaw}', _PATH)


def _flaw(path: str) -> str | None:
    """What is wrong with a path's wildcards, if anything."""
    if "*" in path.removesuffix("*"):
        return "has a star inside, which the server takes for a plain character"
    parts = path.split("/")
    wild = next((at for at, part in enumerate(parts) if "*" in part or part.startswith("+")), None)
    if wild is None:
        return None
    if path.endswith("*") and parts[-1] not in {"*", "+*"}:
        return "ends in a star within a name, so it covers every neighbour that begins alike"
    kind = next((at for at, part in enumerate(parts[1:wild], 1) if part in _KINDS), None)
    if kind is None and parts[wild].startswith("+"):
        return "has a plus before data or metadata stands: it covers reading, listing and deleting alike"
    if kind is None or wild - kind < 2:
        return "has a wildcard that isn't below a prefix of one owner, such as MOUNT/data/OWNER/*"
    return None


RULES: Final[tuple[AnyRule, ...]] = (
    Rule(
        id="VLT-05",
        severity="high",
        title="the server reads a policy as it was meant",
        why="A doubled path or attribute unites both, where deny wins; the old attribute policy grants more"
        " than it says; a text that the server refuses stops the update half way.",
        remedy="write each path once, with one list of capabilities, in HCL",
        reference="https://openbao.org/docs/concepts/policies/",
        types=(POLICY, ENDPOINT),
        check=_accepted,
    ),
    Rule(
        id="VLT-07",
        severity="high",
        title="wildcards cover only what one owner has",
        why="A star covers every neighbour that begins alike, a plus metadata and deletion too.",
        remedy="write exact paths, or MOUNT/data/OWNER/* for all that one owner has",
        reference="https://openbao.org/docs/concepts/policies/",
        types=(POLICY,),
        check=_globs,
    ),
)
