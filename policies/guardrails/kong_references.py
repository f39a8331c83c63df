"""The rule that a gateway's credentials are references, and each leads to a secret."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guardrails.declaration import entries, parts, word
from policies.guardrails.each import Found, each, gather
from policies.guardrails.kong_vaults import (
    BUILT_IN,
    DOCS,
    GROUP,
    Reference,
    Vault,
    gateways,
    is_kong_vault,
    references,
    texts,
    vaults,
)
from policies.guardrails.kubernetes.tokens import SECRETS
from policies.guardrails.leaves import leaves
from policies.guardrails.logins import Logins
from policies.guardrails.resource import UNKNOWN, NotEvaluable, Resource
from policies.guardrails.rule import AnyRule, Context, StackRule, Violation
from policies.guardrails.secret_text import literal, sounds
from policies.guardrails.stack import Stack
from policies.guardrails.vault.types import MOUNT

_CREDENTIAL: Final = "konghq.com/credential"


class _Prefixes:
    """The vaults that references may mean, by prefix."""

    def __init__(self, stack: Stack, context: Context) -> None:
        found, self.doubt = gather(stack.resources, vaults)
        self.vaults: dict[str, Vault | None] = dict.fromkeys(BUILT_IN)
        for declared in gateways(context):
            self.vaults.setdefault(str(declared["prefix"]), None)
            if declared["environment"]:
                self.vaults.setdefault("hcv", None)
        for vault in found:
            self.vaults["hcv" if vault.prefix is None else vault.prefix] = vault
        others, doubt = gather((r for r in stack.resources if is_kong_vault(r)), _prefix)
        for prefix in others:
            self.vaults.setdefault(prefix, None)
        self.doubt = self.doubt or doubt


def _prefix(resource: Resource) -> Iterator[str]:
    yield resource.text("spec", "prefix") or ""


def _resolves(stack: Stack, context: Context) -> Iterator[Found]:
    prefixes = _Prefixes(stack, context)
    logins = Logins(stack, context)
    mounts = _mounts(stack, context)

    def judge(resource: Resource) -> Iterator[Violation]:
        for vault in vaults(resource):
            yield from _configured(vault, mounts, logins)
        yield from _literals(resource, context)
        for reference in references(resource):
            yield from _meant(reference, prefixes, logins)

    yield from each(stack.resources, judge)


def _mounts(stack: Stack, context: Context) -> tuple[frozenset[str], NotEvaluable | None]:
    made, doubt = gather(stack.of(MOUNT), lambda m: [(m.text("path") or "").strip("/")])
    existing = [
        word(p, "name") for p in entries(context.declared, "prerequisites") if p.get("kind") == "kvMount"
    ]
    secrets = [word(secret, "mount") for _, secret in parts(context.declared, "secrets")]
    return frozenset({*made, *existing, *secrets} - {""}), doubt


def _configured(
    vault: Vault, mounts: tuple[frozenset[str], NotEvaluable | None], logins: Logins
) -> Iterator[Violation]:
    if vault.text("kv") != "v2":
        yield Violation(
            "kv isn't v2: it asks for paths that a mount of version 2 doesn't have", vault.path("kv")
        )
    mount = (vault.text("mount") or "").strip("/")
    if mount not in mounts[0]:
        if mounts[1]:
            raise mounts[1]
        which = f"the mount {mount} is none of the stack's" if mount else "it names no mount"
        yield Violation(which, vault.path("mount"), later=bool(mount))
    if vault.text("auth_method") != "kubernetes":
        return
    role, auth = vault.text("kube_role") or "", _auth(vault)
    if not list(logins.at(vault.text("namespace") or "", auth, role)):
        yield Violation(
            f"there is no role {role or '(none)'} at the auth mount {auth} in the stack",
            vault.path("kube_role"),
            later=True,
        )


def _auth(vault: Vault) -> str:
    return (vault.text("kube_auth_path") or "kubernetes").strip("/").removeprefix("auth/")


def _literals(resource: Resource, context: Context) -> Iterator[Violation]:
    """A credential that stands in the object itself instead of a reference to it.

    State has a Secret's data encrypted: what can't be read there never will be.
    """
    is_credential = resource.type in SECRETS and _is_credential(resource)
    is_kong = resource.type.startswith(GROUP) and not is_kong_vault(resource)
    if not is_credential and not is_kong:
        return
    starts = ("data", "stringData") if is_credential else ("config",)
    doubt: NotEvaluable | None = None
    for path, value in leaves(resource.inputs, ()):
        if value is UNKNOWN and path[0] in starts and not (context.way == "state" and is_credential):
            doubt = doubt or NotEvaluable(path)  # it may be a credential
    for path, text in texts(resource):
        name = next((part for part in reversed(path) if isinstance(part, str)), "")
        named = sounds(name) or (is_credential and name == "key")
        if path[0] in starts and named and literal(text):
            yield Violation("a credential stands here itself, where a reference belongs", path)
    if doubt:
        raise doubt


def _is_credential(secret: Resource) -> bool:
    return secret.get("metadata", "labels", _CREDENTIAL) is not None


def _meant(reference: Reference, prefixes: _Prefixes, logins: Logins) -> Iterator[Violation]:
    if reference.prefix not in prefixes.vaults:
        if prefixes.doubt:
            raise prefixes.doubt
        yield Violation(f"no vault has the prefix {reference.prefix[:40]}", reference.at, True)
        return
    vault = prefixes.vaults[reference.prefix]
    if vault is None or vault.text("auth_method") != "kubernetes":
        return  # the declaration's own check knows what such a login may read
    mount, role = (vault.text("mount") or "").strip("/"), vault.text("kube_role") or ""
    path = f"{mount}/data/{reference.path}"
    for login in logins.at(vault.text("namespace") or "", _auth(vault), role):
        if login.missing and logins.doubt:
            raise logins.doubt
        if not login.missing and not login.grants(path, "read"):
            yield Violation(f"no policy of the role {role} grants {path}", reference.at)


RULES: Final[tuple[AnyRule, ...]] = (
    StackRule(
        id="KNG-03",
        severity="high",
        title="a gateway's credentials are references, and each leads to a secret",
        why="A credential in an object is readable in the cluster and in the state; a reference that leads"
        " nowhere fails when a request needs it.",
        remedy="write {vault://PREFIX/PATH/KEY} with the prefix of a KongVault whose role may read the path",
        reference=DOCS,
        softened="Gateways, and mounts that exist: references may lead there.",
        needs=frozenset({"values"}),
        check=_resolves,
        at=("kubernetes:", "vault:"),
        late="a mount, a role or a vault that the stack doesn't have",
    ),
)
