"""The rule that secrets lie on version 2 mounts, and policies name their API paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from policies.guardrails.declaration import word
from policies.guardrails.each import Found, each, gather
from policies.guardrails.resource import Resource
from policies.guardrails.rule import AnyRule, Context, StackRule, Violation
from policies.guardrails.stack import Stack
from policies.guardrails.vault.declared import Vault, vault_of
from policies.guardrails.vault.types import MOUNT, POLICY, rules_of, segments, space
from workload_secrets.decide.namespaces import inner

_V2: Final = "vault:kv/secretBackendV2:SecretBackendV2"
_V1: Final = "vault:kv/secret:Secret"
_REQUESTS: Final = frozenset({"data", "metadata", "delete", "undelete", "destroy", "subkeys", "config"})
"""https://openbao.org/api-docs/secret/kv/kv-v2/"""
_KV: Final = frozenset({"kv", "kv-v1", "kv-v2", "generic"})

Place = tuple[str, str]


def _version_two(stack: Stack, context: Context) -> Iterator[Found]:
    yield from each(stack.of(MOUNT), _mount)
    for secret in stack.of(_V1):
        yield secret, Violation("it writes to a KV version 1 mount, which keeps no versions", ("path",))
    known, doubt = gather(stack.of(MOUNT, _V2), lambda r: [(_place(r, context), _is_kv(r))])
    mounts = {**_declared(vault_of(context)), **dict(known)}
    seen: dict[str, Mapping[str, bool]] = {}

    def judge(policy: Resource) -> Iterator[Violation]:
        own = space(policy, context)
        if own not in seen:
            relative = ((inner(where, own), path, kv) for (where, path), kv in mounts.items())
            seen[own] = {prefix + path: kv for prefix, path, kv in relative if prefix is not None}
        for rule in rules_of(policy):
            if rule.capabilities and _silent(rule.path, seen[own]):
                yield Violation(
                    f'path "{rule.path}" grants nothing: on a KV version 2 mount, data/ or metadata/'
                    " comes after the mount",
                    ("policy",),
                    later=True,  # a mount of another kind may lie below it
                )

    yield from each(stack.of(POLICY), judge)
    if doubt:
        raise doubt


def _mount(mount: Resource) -> Iterator[Violation]:
    kind = mount.text("type")
    version = mount.get("options", "version")
    if kind not in _KV or kind == "kv-v2" or (kind == "kv" and str(version) == "2"):
        return
    yield Violation(
        "a KV version 1 mount: it keeps no versions, and a write can't name the version it replaces",
        ("options", "version") if kind == "kv" else ("type",),
    )


def _place(mount: Resource, context: Context) -> Place:
    path = mount.text("path" if mount.type == MOUNT else "mount") or ""
    return space(mount, context), path.strip("/")


def _is_kv(mount: Resource) -> bool:
    return mount.type == _V2 or mount.text("type") in _KV


def _declared(vault: Vault) -> dict[Place, bool]:
    """Mounts that the stack uses and somebody else makes."""
    return {
        (word(secret, "vaultNamespace").strip("/"), word(secret, "mount").strip("/")): (
            secret["backend"] == "vault"
        )
        for secret in vault.secrets.values()
    }


def _silent(path: str, mounts: Mapping[str, bool]) -> bool:
    """Whether the path lies on a known KV mount, and is no request that the mount knows. What
    a wildcard right after the mount covers is VLT-07's."""
    for part in segments(path.strip("/")):
        if part in mounts:
            request = path.strip("/")[len(part) :].strip("/").partition("/")[0]
            return mounts[part] and request not in _REQUESTS and not request.startswith(("*", "+"))
    return False


RULES: Final[tuple[AnyRule, ...]] = (
    StackRule(
        id="VLT-04",
        severity="high",
        title="secrets lie on version 2 mounts, and policies name their API paths",
        why="A path without data/ grants nothing, and the server says so to nobody; version 1 overwrites"
        " without a trace.",
        remedy="mount KV with the option version 2, and write MOUNT/data/PATH",
        reference="https://openbao.org/docs/secrets/kv/kv-v2/#acl-rules",
        check=_version_two,
        at=("vault:",),
        late="a path that isn't of the API of its mount",
    ),
)
