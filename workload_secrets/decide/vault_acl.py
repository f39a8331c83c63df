"""What a set of Vault or OpenBao policies allows on a path.

Follows openbao/openbao vault/acl.go: an exact path beats every pattern; of several
patterns one wins by `_Candidate.priority`; rules of several policies for the very same
path are united, and deny wins there. The `default` policy counts only when passed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from workload_secrets.decide.answer import Answer, Decision
from workload_secrets.decide.vault_hcl import HclError, Rule, rules
from workload_secrets.decide.vault_templates import could_match, resolve

__all__ = ["UNDECIDED", "HclError", "Policy", "allows", "capabilities"]

# Stands in the answer of `capabilities` where a rule of unknown effect may apply.
UNDECIDED: Final = "unknown"
_DATA: Final = frozenset(("allowed_parameters", "denied_parameters"))
_LISTING: Final = frozenset(("pagination_limit", "list_scan_response_keys_filter_path"))
_WRITES: Final = frozenset(("create", "update", "patch"))
_LISTS: Final = frozenset(("list", "scan"))


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A policy by name. The one named `root` allows everything."""

    name: str
    rules: tuple[Rule, ...]

    @classmethod
    def parse(cls, text: str, name: str) -> Policy:
        """Reads HCL or JSON. Raises ValueError naming the policy where the server would refuse it."""
        return cls(name=name, rules=rules(text, name))

    @cached_property
    def _own(self) -> _Table:
        """Its table where no path is templated, which is then the same for every caller."""
        return _united((self,), None)

    def table(self, identity: Mapping[str, str] | None) -> _Table:
        """Its rules by pattern, for this identity."""
        return _united((self,), identity) if self._own.open else self._own


@dataclass(frozen=True, kw_only=True)
class _Merged:
    """All rules for one path pattern, united."""

    path: str
    capabilities: frozenset[str]
    limits: frozenset[str]
    policies: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Table:
    """The rules by pattern, and those whose templates can't be resolved."""

    merged: Mapping[str, _Merged]
    patterns: tuple[_Merged, ...]
    open: tuple[tuple[Rule, str], ...]


def capabilities(
    policies: Sequence[Policy], path: str, identity: Mapping[str, str] | None = None
) -> frozenset[str]:
    """What `sys/capabilities` answers for the path: `deny` alone where nothing is allowed.

    `identity` maps template directives without braces to their values, such as
    `identity.entity.aliases.ACCESSOR.metadata.service_account_namespace`. Holds
    `UNDECIDED` besides where a rule applies or not depending on something unknown.
    """
    if any(p.name == "root" for p in policies):
        return frozenset(("root",))
    table = _table(policies, identity)
    winner = _winner(table, path.lstrip("/"), listing=True)
    found = winner.capabilities if winner and winner.capabilities else frozenset(("deny",))
    undecided = _open(table, path.lstrip("/")) or (winner and "expiration" in winner.limits)
    return found | {UNDECIDED} if undecided else found


def allows(
    policies: Sequence[Policy], path: str, capability: str, identity: Mapping[str, str] | None = None
) -> Decision:
    """Whether a request with this capability on this path is allowed.

    A list request ends in a slash, as the server sees it; one is added where missing.
    """
    if any(p.name == "root" for p in policies):
        return Decision(Answer.YES, ("the policy root allows everything",))
    listing = capability in _LISTS
    path = path.lstrip("/")
    if listing and not path.endswith("/"):
        path += "/"
    table = _table(policies, identity)
    open_rule = _open(table, path)
    if open_rule:
        return Decision(Answer.UNKNOWN, (open_rule,))
    answer = _answer(_winner(table, path, listing=listing), path, capability, policies)
    other = _answer(_winner(table, path, listing=listing, trimmed_first=True), path, capability, policies)
    if answer.answer is other.answer:
        return answer
    reason = f'Vault and OpenBao differ on which pattern covers "{path}"'
    return Decision(Answer.UNKNOWN, (reason, *answer.reasons, *other.reasons))


def _answer(winner: _Merged | None, path: str, capability: str, policies: Sequence[Policy]) -> Decision:
    if winner is None:
        if not policies:
            return Decision(Answer.NO, (f'no policy is given, so nothing allows "{path}"',))
        names = ", ".join(p.name for p in policies)
        return Decision(Answer.NO, (f'no path of {names} matches "{path}"',))
    where = f'path "{winner.path}" of {", ".join(winner.policies)}'
    if "expiration" in winner.limits:
        return Decision(Answer.UNKNOWN, (f"{where} may have expired",))
    if capability not in winner.capabilities:
        verb = "denies" if "deny" in winner.capabilities else "does not grant"
        return Decision(Answer.NO, (f'{where} {verb} {capability} on "{path}"',))
    limits = _limiting(winner.limits, capability)
    if limits:
        reason = f"{where} grants {capability} under {', '.join(sorted(limits))}, which can't be decided"
        return Decision(Answer.UNKNOWN, (reason,))
    return Decision(Answer.YES, (f'{where} grants {capability} on "{path}"',))


def _limiting(limits: frozenset[str], capability: str) -> frozenset[str]:
    """The settings that could still stop a request; a read carries no data, a write no listing."""
    harmless = _LISTING if capability not in _LISTS else frozenset[str]()
    return limits - harmless - (_DATA if capability not in _WRITES else frozenset[str]())


def _table(policies: Sequence[Policy], identity: Mapping[str, str] | None) -> _Table:
    return policies[0].table(identity) if len(policies) == 1 else _united(policies, identity)


def _united(policies: Sequence[Policy], identity: Mapping[str, str] | None) -> _Table:
    merged: dict[str, _Merged] = {}
    undecided: list[tuple[Rule, str]] = []
    for policy in policies:
        for rule in policy.rules:
            path = resolve(rule.path, identity)
            if isinstance(path, str):
                undecided.append((rule, f'path "{rule.path}" of {policy.name}: {path}'))
            elif path.text is not None:
                _merge(merged, path.text, rule, policy.name)
    patterns = tuple(m for m in merged.values() if _is_pattern(m.path))
    return _Table(merged=merged, patterns=patterns, open=tuple(undecided))


def _merge(merged: dict[str, _Merged], path: str, rule: Rule, name: str) -> None:
    before = merged.get(path)
    names = before.policies if before else ()
    united = rule.capabilities | (before.capabilities if before else frozenset[str]())
    merged[path] = _Merged(
        path=path,
        capabilities=frozenset(("deny",)) if "deny" in united else united,
        limits=rule.limits | (before.limits if before else frozenset[str]()),
        policies=names if name in names else (*names, name),
    )


def _open(table: _Table, path: str) -> str | None:
    """The reason of the first rule that might match the path, depending on what isn't known."""
    return next((reason for rule, reason in table.open if could_match(rule.path, path)), None)


def _winner(table: _Table, path: str, *, listing: bool, trimmed_first: bool = False) -> _Merged | None:
    """A list request tries the path without its trailing slash too.

    OpenBao 2.7 tries patterns with the slash first; Vault since 1.15 without it
    (hashicorp/vault pull request 23874), as older OpenBao did.
    """
    exact = (path, path.removesuffix("/")) if listing else (path,)
    for candidate in exact:
        found = table.merged.get(candidate)
        if found is not None and not _is_pattern(candidate):
            return found
    trimmed = _by_pattern(table, path.removesuffix("/")) if listing and path.endswith("/") else None
    whole = _by_pattern(table, path)
    return (trimmed or whole) if trimmed_first else (whole or trimmed)


def _has_plus(path: str) -> bool:
    """Whether the server takes the path's plus signs for wildcard segments."""
    return path == "+" or "/+" in path or path.startswith("+/")


def _is_pattern(path: str) -> bool:
    return path.endswith("*") or _has_plus(path)


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    """A pattern that matches. The highest `priority` wins."""

    priority: tuple[int, bool, int, int, str]
    rule: _Merged


def _by_pattern(table: _Table, path: str) -> _Merged | None:
    found = [c for c in (_candidate(m, path) for m in table.patterns) if c]
    return max(found, key=lambda c: c.priority).rule if found else None


def _candidate(rule: _Merged, path: str) -> _Candidate | None:
    """Later first wildcard, then no trailing star, fewer plus segments, longer, greater."""
    prefix = rule.path.endswith("*")
    text = rule.path[:-1] if prefix else rule.path
    plus = _has_plus(rule.path)
    wildcards = _segments_match(text, path, prefix=prefix) if plus else 0 if path.startswith(text) else None
    if wildcards is None:
        return None
    first = rule.path.index("+") if plus else len(text)
    return _Candidate(priority=(first, not prefix, -wildcards, len(text), text), rule=rule)


def _segments_match(text: str, path: str, *, prefix: bool) -> int | None:
    """The number of plus segments where the pattern matches, else None."""
    wanted, given = text.split("/"), path.split("/")
    if len(given) < len(wanted) or (not prefix and len(given) != len(wanted)):
        return None
    last = len(wanted) - 1
    wildcards = 0
    for at, part in enumerate(wanted):
        if part == "+":
            wildcards += 1
        elif part != given[at] and not (prefix and at == last and given[at].startswith(part)):
            return None
    return wildcards
