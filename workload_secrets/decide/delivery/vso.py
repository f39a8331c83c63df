"""Whose rights the objects of the Vault Secrets Operator use, and for which namespaces.

hashicorp/vault-secrets-operator 1.4.1:
- common/common.go, isAllowedNamespace: a VaultAuth is for its own namespace and for those in
  `allowedNamespaces`, where a single `*` is all; one called `default` in the operator's own
  namespace is for all.
- vault/client.go, NewClient, and credentials/vault: accounts and Secrets are those of the namespace
  that consumes. Only an AppRole's `secretIDPath` is a file of the operator, and the method `aws`
  without account and Secret takes the node's role.
- common/common.go, MergeInVaultAuthGlobal: what a VaultAuth lacks comes from its VaultAuthGlobal.
- common/common.go, csiSecretsMetaData: with `trustNamespace` a CSISecrets uses the accounts of the
  VaultAuth's namespace. Its patterns (api/v1beta1/csisecrets_types.go) are regular expressions; how
  the driver compares them isn't published, so they are taken to match anywhere in a name.
"""

from __future__ import annotations

from typing import Final

from workload_secrets.decide.delivery.model import OPERATOR, UNKNOWN, Identity, Login, Object
from workload_secrets.decide.delivery.node import Node
from workload_secrets.decide.delivery.spaces import EVERY, Spaces, matching, only

_DEFAULT: Final = "default"
_ACCOUNTS: Final = {
    "kubernetes": "serviceAccount",
    "jwt": "serviceAccount",
    "aws": "irsaServiceAccount",
    "gcp": "workloadIdentityServiceAccount",
}
"""Where a method names a ServiceAccount."""


def auth_login(auth: Object, globally: Object | None) -> Login:
    """How a VaultAuth logs in, with the VaultAuthGlobal that completes it."""
    method = _first("method", auth.spec) or (_first("defaultAuthMethod", globally.spec) if globally else "")
    blocks = [item.spec.at(method) for item in (auth, globally) if item and method]
    if _first("secretIDPath", *(blocks or [auth.spec.at("appRole")])):
        return Login(by=OPERATOR, system="vault")
    if method == "aws" and not _named(method, blocks):
        elsewhere = auth.spec.at("vaultAuthGlobalRef").given and globally is None
        return Login(by=UNKNOWN if elsewhere else OPERATOR, system="vault")
    tops = [auth.spec, *(item.spec for item in (globally,) if item)]
    return Login(
        by=Identity(kind="consumer", name=_named(method, blocks)),
        system="vault",
        mount=(_first("mount", auth.spec, *blocks[1:]) or _first("defaultMount", *tops)).strip("/"),
        role=_first("role", *blocks) if method in ("kubernetes", "jwt") else "",
    )


def global_login(item: Object) -> Login | None:
    """How everything logs in that a VaultAuthGlobal completes, where that is the operator's own
    identity; None where the VaultAuth decides."""
    path = item.spec.at("appRole", "secretIDPath").text()
    return Login(by=OPERATOR, system="vault") if path else None


def auth_spaces(auth: Object) -> Spaces:
    """For which namespaces a VaultAuth or VaultAuthGlobal may be used."""
    allowed = auth.spec.at("allowedNamespaces").texts()
    if allowed == ("*",) or auth.name == _DEFAULT:
        return EVERY
    return only(auth.namespace, *allowed)


def csi_login(item: Object, auth: Object | None, globally: Object | None) -> Login:
    """How a CSISecrets logs in: as an account of its own namespace, or of the one it trusts."""
    ref = item.spec.at("vaultAuthRef")
    trusted = ref.at("namespace").text() if ref.at("trustNamespace").flag() else ""
    found = auth_login(auth, globally) if auth else Login(by=Identity(kind="consumer"), system="vault")
    if found.by.kind == "operator":
        return found
    kind, _, name = found.by.name.rpartition(" ")
    by = Identity(
        kind="credential" if kind == "Secret" else "account",
        namespace=trusted or item.namespace,
        name=name or "",
    )
    return Login(by=by, system="vault", mount=found.mount, role=found.role)


def csi_spaces(item: Object) -> Spaces:
    """Whose pods may mount a CSISecrets. With `any`, the name of the account is enough."""
    access = item.spec.at("accessControl")
    listed = access.at("namespacePatterns")
    if not listed.texts() or access.at("matchPolicy").text() == "any":
        return EVERY
    return matching(listed)


def _named(method: str, blocks: list[Node]) -> str:
    """`ServiceAccount NAME` or `Secret NAME`; empty where the method names neither."""
    account = _first(_ACCOUNTS[method], *blocks) if method in _ACCOUNTS else ""
    secret = _first("secretRef", *blocks)
    return f"Secret {secret}" if secret and not account else f"ServiceAccount {account}" if account else ""


def _first(key: str, *nodes: Node) -> str:
    """The first that isn't empty; what the object says goes before what completes it."""
    return next(filter(None, (node.at(key).text() for node in nodes)), "")
