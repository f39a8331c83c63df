"""The files that an agent writes: their secrets, keys and names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from components import delivery
from components.config.delivery import DeliveredFile
from components.config.problem import Problem, shown
from components.config.resolve import Principal
from components.config.secrets import AwsSecret, TransitSecret
from components.config.stack import StackConfig
from components.config.workloads import Workload
from components.documents.agent import Rendered, rendered

_ALLOWED: Final[Mapping[str, tuple[str, str]]] = {
    # POSIX, Base Definitions 3.231 (Name)
    "env": (r"[A-Za-z_][A-Za-z0-9_]*", "a shell variable: letters, digits and _, no digit first"),
    "keys": (r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?", "a file name: letters, digits and _.-"),
    "json": (r"[^\"\\{}\x00-\x1f]{1,256}", "a member's name without quotes, backslashes and braces"),
}
# Functions that reach beyond the file's own secret.
_REACHES: Final = re.compile(
    r"\{\{[^}]*?\b(secrets?|pkiCert|writeToFile|file|ls|tree|key|services?|env|mustEnv|plugin|executeTemplate)\b"
    r"\s*[\"`(|]"
)


def check(config: StackConfig, key: str, principal: Principal, workload: Workload) -> Iterator[Problem]:
    """Problems of each file by itself, then of two that would be one."""
    whole = True
    for name, file in workload.files.items():
        found = list(_file(config, f"{key}.files.{name}", principal, file))
        whole = whole and not found
        yield from found
    if whole:
        yield from _same(config, key, principal)


def written(config: StackConfig, principal: Principal) -> tuple[Rendered, ...]:
    """Everything that the agent writes; nothing where a mount isn't declared, which its own check
    says."""
    try:
        return tuple(item for file in delivery.files(config, principal) for item in rendered(file))
    except KeyError:
        return ()


def _file(config: StackConfig, key: str, principal: Principal, file: DeliveredFile) -> Iterator[Problem]:
    secret = config.secrets.get(file.secret)
    if file.secret not in principal.reads or secret is None:
        yield Problem(
            key=f"{key}.secret",
            got=shown(file.secret),
            allowed=f"secrets that the workload reads: {', '.join(principal.reads) or 'none'}",
            remedy="add it to reads, or correct the name",
        )
    elif isinstance(secret, AwsSecret | TransitSecret):
        reason = "encrypts and decrypts" if secret.backend == "transit" else "is in AWS"
        yield Problem(
            key=f"{key}.secret",
            got=f"{shown(file.secret)}, which {reason}",
            allowed="a secret that Vault hands out (vault, database, pki)",
            remedy="leave the file out and let the app ask Vault itself"
            if secret.backend == "transit"
            else "write delivery: csi or eso, or direct",
        )
    else:
        yield from _template(key, file)
        yield from _keys(config, key, file)


def _template(key: str, file: DeliveredFile) -> Iterator[Problem]:
    if (file.format == "template") != (file.template is not None):
        yield Problem(
            key=f"{key}.template",
            got="nothing" if file.template is None else "a text",
            allowed="a text with format: template, and with no other format",
            remedy="write format: template with a template, or remove it",
        )
    reached = _REACHES.search(file.template or "")
    if reached:
        yield Problem(
            key=f"{key}.template",
            got=f"the function {reached[1]}",
            allowed="what the file's own secret holds: .Data.data.KEY, of an engine .Data.FIELD",
            remedy="declare a file for each secret",
        )
    if file.format == "template":
        for option in ("names", "optional"):
            if getattr(file, option):
                yield Problem(
                    key=f"{key}.{option}",
                    got="a value",
                    allowed="nothing with format: template, which says itself what it takes",
                    remedy="remove the key",
                )


def _keys(config: StackConfig, key: str, file: DeliveredFile) -> Iterator[Problem]:
    if file.format == "template":
        return
    keys = delivery.keys(config, file.secret)
    if not keys:
        yield Problem(
            key=f"{key}.secret",
            got=f"{shown(file.secret)}, which has no keys",
            allowed="a secret with declared keys: without them nobody knows what to write",
            remedy="declare keys or a template for the secret, or write format: template",
        )
    for option, given in (("names", tuple(file.names)), ("optional", file.optional)):
        for name in given:
            if name not in keys:
                yield Problem(
                    key=f"{key}.{option}",
                    got=shown(name),
                    allowed=f"keys in use of {file.secret}: {_listed(keys)}",
                    remedy="correct the key, or add it to the secret",
                )
    yield from _names(key, file, delivery.names(config, file))


def _names(key: str, file: DeliveredFile, names: Mapping[str, str]) -> Iterator[Problem]:
    """What was got is not shown: somebody may have taken `names` for values."""
    pattern, allowed = _ALLOWED[file.format]
    seen: dict[str, str] = {}
    for of, name in names.items():
        if not re.fullmatch(pattern, name, re.ASCII if file.format != "json" else 0):
            yield Problem(
                key=f"{key}.names",
                got=f"something else for {of}",
                allowed=allowed,
                remedy=f"write names: {{{of}: NAME}}",
            )
        elif name in seen:
            yield Problem(
                key=f"{key}.names",
                got=f"the same for {seen[name]} and {of}",
                allowed="a name of its own for each key",
                remedy=f"write names: {{{of}: NAME}}",
            )
        seen.setdefault(name, of)


def _same(config: StackConfig, key: str, principal: Principal) -> Iterator[Problem]:
    """The injector lower-cases names, and a file system may too."""
    seen: dict[str, str] = {}
    for item in written(config, principal):
        for place in {item.label, item.path.lower().replace("/", ".")}:
            other = seen.setdefault(place, item.path)
            if other != item.path:
                yield Problem(
                    key=f"{key}.files.{item.path.partition('/')[0]}",
                    got=shown(item.path),
                    allowed="a name that differs from all others by more than capitals, dots and slashes",
                    remedy=f"{other} is too much like it; rename one of them",
                )


def _listed(keys: tuple[str, ...]) -> str:
    return ", ".join(keys[:12]) + (f" and {len(keys) - 12} more" if len(keys) > 12 else "")
