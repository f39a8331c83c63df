"""What belongs together in a stack, for the rules that are asked before all of it is registered.

In Kubernetes: a pod with its account and with the login of its agent, an object that delivers a
secret with the store that it names, a reference of Kong with its vault.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guardrails.agent_pods import agent
from policies.guardrails.aws import links as aws
from policies.guardrails.kong_vaults import Vault, references, vaults
from policies.guardrails.kubernetes.pod_spec import ACCOUNTS, DEFAULT, namespace, object_name, pod
from policies.guardrails.leaves import leaves
from policies.guardrails.near import Handle, Linker, Links
from policies.guardrails.resource import Resource
from policies.guardrails.rule import Context
from policies.guardrails.vault import links as vault

_STORES: Final = ("SecretStore", "ClusterSecretStore")
_NAMED: Final = (*_STORES, "VaultAuth", "VaultAuthGlobal")
_REFERENCES: Final = frozenset({"secretStoreRef", "secretStoreRefs", "storeRef"})
_AUTHS: Final = {"vaultAuthRef": "VaultAuth", "vaultAuthGlobalRef": "VaultAuthGlobal"}
_DELIVERY: Final = tuple(
    f"kubernetes:{group}/"
    for group in ("external-secrets.io", "generators.external-secrets.io", "secrets.hashicorp.com")
)


def _of_kubernetes(resource: Resource, _: Context) -> Links:
    if resource.type in ACCOUNTS:
        return Links(own=(vault.account(namespace(resource), object_name(resource)),))
    own = [_kong(found) for found in vaults(resource)]
    names = [_kong_login(found) for found in vaults(resource)]
    names += [("kong vault", found.prefix) for found in references(resource)]
    template, injected = pod(resource), agent(resource)
    if template:
        names.append(vault.account(namespace(resource), template.account() or DEFAULT))
    if injected:
        mount = injected.text("auth-path") or "kubernetes"
        names.append(vault.login(mount.strip("/").removeprefix("auth/"), injected.text("role") or ""))
    if resource.type.startswith(_DELIVERY):
        kind = resource.type.rpartition(":")[2].removesuffix("Patch")
        own += [_object(kind, namespace(resource), object_name(resource))] if kind in _NAMED else []
        names += _stores(resource)
    return Links(own=tuple(own), names=tuple(dict.fromkeys(names)))


def _object(kind: str, space: str, name: str) -> Handle:
    return kind, "" if kind.startswith("Cluster") else space, name


def _stores(resource: Resource) -> Iterator[Handle]:
    """The stores and logins that an object of ESO or VSO names."""
    space = namespace(resource)
    for path, value in leaves(resource.inputs.get("spec"), ()):
        words = [part for part in path if isinstance(part, str)]
        if not isinstance(value, str) or not words:
            continue
        if words[-1] == "vaultAuthRef":
            before, slash, name = value.rpartition("/")
            yield "VaultAuth", before if slash else space, name
        elif words[-1] == "name" and len(words) > 1 and words[-2] in _REFERENCES:
            kind = resource.text("spec", *path[:-1], "kind") or _STORES[0]
            yield _object(kind, space, value)
        elif words[-1] == "name" and len(words) > 1 and words[-2] in _AUTHS:
            yield _AUTHS[words[-2]], resource.text("spec", *path[:-1], "namespace") or space, value


def _kong(found: Vault) -> Handle:
    return "kong vault", "hcv" if found.prefix is None else found.prefix


def _kong_login(found: Vault) -> Handle:
    mount = found.text("kube_auth_path") or "kubernetes"
    return vault.login(mount.strip("/").removeprefix("auth/"), found.text("kube_role") or "")


LINKERS: Final[tuple[tuple[str, Linker], ...]] = (
    ("aws:", aws.links),
    ("vault:", vault.links),
    ("kubernetes:", _of_kubernetes),
)
"""How types begin, with what reads their links."""
