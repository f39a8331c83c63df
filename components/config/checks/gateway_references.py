"""A gateway's references: each means one key of one declared secret, once and for the newest value."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Final

from components.config import resolve
from components.config.gateways import reading
from components.config.gateways.model import ENVIRONMENT_PREFIX, RESERVED_PREFIXES, Gateway
from components.config.gateways.reading import Meant
from components.config.problem import Problem, shown
from components.config.secrets import VaultSecret
from components.config.stack import StackConfig

_LISTED: Final = 12


def check(config: StackConfig, key: str, gateway: Gateway) -> Iterator[Problem]:
    """Problems of every reference. A vault that none uses is fine: it goes after them."""
    seen: dict[Hashable, int] = {}
    for index, meant in enumerate(reading.references(config, gateway)):
        found = meant.reference
        place = (meant.prefix, found.path, found.key, found.version, *sorted(found.options.items()))
        at = f"{key}.references.{index}"
        if place in seen:
            yield Problem(
                key=at,
                got=shown(meant.text),
                allowed="each reference once",
                remedy=f"{key}.references.{seen[place]} means the same; remove one",
            )
            continue
        seen[place] = index
        yield from _one(config, at, gateway, meant)


def _one(config: StackConfig, at: str, gateway: Gateway, meant: Meant) -> Iterator[Problem]:
    if meant.vault is None:
        yield _prefix(at, gateway, meant)
        return
    if meant.reference.options:
        yield Problem(
            key=at,
            got=f"the options {', '.join(sorted(meant.reference.options))}",
            allowed="no options: they replace fields of the vault for this one reference, so that nothing "
            "checked here holds",
            remedy="remove what stands behind the question mark, or declare a vault of its own",
        )
    if meant.reference.version is not None and config.tier == "production":
        yield Problem(
            key=at,
            got=shown(meant.text),
            allowed="no #version, in tier production: a pinned version never rotates",
            remedy=f"remove #{meant.reference.version}",
        )
    if meant.vault.mount in config.shared.kv_mounts:
        yield from _secret(config, at, meant)


def _prefix(at: str, gateway: Gateway, meant: Meant) -> Problem:
    prefix = meant.reference.prefix
    if prefix == ENVIRONMENT_PREFIX:
        return Problem(
            key=at,
            got=f"the prefix {prefix}",
            allowed=f"{prefix} where environmentVault names the vault that it means",
            remedy="write environmentVault, or the prefix of a vault",
        )
    known = ", ".join(sorted(gateway.vaults)) or "none is declared"
    other = prefix in RESERVED_PREFIXES
    return Problem(
        key=at,
        got=f"the prefix {shown(prefix)}",
        allowed=f"a vault of this gateway: {known}",
        remedy="leave out what another backend of Kong holds"
        if other
        else "declare the vault, or correct it",
    )


def _secret(config: StackConfig, at: str, meant: Meant) -> Iterator[Problem]:
    reference = meant.reference
    if reference.key is None:
        yield Problem(
            key=at,
            got=shown(meant.text),
            allowed="a key behind the secret's path: without one Kong hands over all keys as one JSON text",
            remedy=f"write {{vault://{reference.prefix}/PATH/KEY}}",
        )
    elif meant.secret is None:
        mount = meant.vault.mount if meant.vault else ""
        held = {s.path: s for s in resolve.kv_secrets(config).values() if s.mount == mount}
        yield Problem(
            key=at,
            got=f"the secret {shown(reference.path)}",
            allowed=f"a declared secret of mount {mount}: {_some(held)}",
            remedy=_dotted(held, f"{reference.path}/{reference.key}")
            or "declare the secret in secrets, or correct the path; the last segment is the key",
        )
    elif any(g.keyring and g.keyring.secret == meant.secret for g in config.gateways.values()):
        yield Problem(
            key=at,
            got=f"the keyring {shown(meant.secret)}",
            allowed="secrets that no gateway has as its keyring: its keys encrypt Kong's whole database",
            remedy="remove the reference: Kong reads its keyring by itself",
        )
    else:
        yield from _key(config, at, meant.secret, reference.key)


def _dotted(held: Mapping[str, VaultSecret], whole: str) -> str | None:
    """The remedy where a key that is stored with a dot was written as two segments."""
    for path, secret in held.items():
        key = whole.removeprefix(f"{path}/").replace("/", ".")
        if whole.startswith(f"{path}/") and key in {known.name for known in resolve.resolved_keys(secret)}:
            return f"write {path}/{key}: Vault holds the dotted name as one key"
    return None


def _key(config: StackConfig, at: str, secret: str, key: str) -> Iterator[Problem]:
    declared = config.secrets[secret]
    known = [k.name for k in resolve.resolved_keys(declared)] if isinstance(declared, VaultSecret) else []
    if key not in known:
        yield Problem(
            key=at,
            got=f"the key {shown(key)}",
            allowed=f"a key of secrets.{secret}: {_some(known)}",
            remedy=f"correct the last segment, or add the key to secrets.{secret}.keys",
        )


def _some(names: Iterable[str]) -> str:
    found = sorted(names)
    more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    return (", ".join(found[:_LISTED]) or "none") + more
