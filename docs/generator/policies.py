"""The rules of the pack, from their own texts, and what each way of running them can't see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from docs.generator.markdown import code, table
from policies.guardrails.catalogue import ALL
from policies.guardrails.rule import AnyRule, StackRule
from policies.guardrails.ways import TITLES, not_seen

SERVICES: Final = {
    "SM": "AWS Secrets Manager",
    "IAM": "AWS IAM",
    "OIDC": "AWS: who takes a role with a token",
    "VLT": "Vault: server, mounts and policies",
    "VKA": "Vault: logins",
    "DB": "Vault: databases",
    "K8S": "Kubernetes",
    "AGT": "Vault agents in pods",
    "KNG": "Kong Gateway",
    "META": "Every resource",
}
"""What the first part of an id stands for."""


def rules() -> Iterator[str]:
    """Every rule by service."""
    for service, title in SERVICES.items():
        yield from (f"### {title}", "")
        yield from table(
            ("rule", "what holds, and why", "remedy", "published form that breaks it", "reference"),
            (_row(rule) for rule in ordered(service)),
        )
        yield ""


def ordered(service: str) -> list[AnyRule]:
    """The rules of a service by number."""
    return sorted((rule for rule in ALL if service_of(rule) == service), key=lambda rule: rule.id)


def service_of(rule: AnyRule) -> str:
    """The first part of its id."""
    return rule.id.partition("-")[0]


def softened() -> list[str]:
    """Which rules a declaration can satisfy, and with what."""
    rows = [
        (code(rule.id), rule.title, rule.softened)
        for service in SERVICES
        for rule in ordered(service)
        if rule.softened
    ]
    return table(("rule", "what holds", "what a stack can declare that satisfies it too"), rows)


def late() -> list[str]:
    """Which rules about several resources refuse before a resource is made, and what they leave."""
    rows = [
        (code(rule.id), rule.title, _before(rule), rule.late or "nothing")
        for service in SERVICES
        for rule in ordered(service)
        if isinstance(rule, StackRule)
    ]
    header = ("rule", "what holds", "refused before it is made", "what only the end of the update shows")
    return table(header, rows)


def _before(rule: StackRule) -> str:
    return "no" if not rule.at else "yes, but for:" if rule.late else "yes"


def ways() -> list[str]:
    """Which rules a way of running them can't wholly see, and why."""
    rows: list[tuple[str, str, str]] = []
    for way, title in TITLES.items():
        by_reason: dict[str, list[str]] = {}
        for rule, reason in not_seen(ALL, way).items():
            by_reason.setdefault(reason, []).append(code(rule))
        rows += [(title, ", ".join(sorted(ids)), reason) for reason, ids in by_reason.items()]
        rows += [] if by_reason else [(title, "none", "it sees all")]
    return table(("way", "rules not wholly seen", "why"), rows)


def _row(rule: AnyRule) -> tuple[str, ...]:
    seed = f"`` {rule.seed} ``" if rule.seed and "`" in rule.seed else code(rule.seed or "")
    what = f"{rule.title[0].upper()}{rule.title[1:]}. {rule.why}"
    return f"{code(rule.id)} {rule.severity}", what, rule.remedy, seed, _linked(rule.reference)


def _linked(reference: str) -> str:
    """References with their addresses as links that show the host."""
    parts = [part.strip() for part in reference.split(";")]
    return "; ".join(_link(part) if _is_address(part) else part for part in parts)


def _is_address(part: str) -> bool:
    host, slash, _ = part.removeprefix("https://").partition("/")
    return bool(slash) and "." in host and " " not in part


def _link(address: str) -> str:
    url = address if address.startswith("https://") else f"https://{address}"
    return f"[{urlsplit(url).hostname}]({url})"
