"""Options of the ways whose objects another operator acts on: CSI driver, ESO and VSO.

What can be derived is no option: audiences, roles, paths and keys follow from the declaration.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from components.config.agent import ContainerPath
from components.config.base import Model
from components.config.fields import AccountName, Audience, Line
from components.config.rules import between

RefreshSeconds = Annotated[
    int, between(60, 86_400, "seconds", "each refresh is a login; a day is the longest a value may be stale")
]
RestartKind = Literal["Deployment", "StatefulSet", "DaemonSet"]


class CsiFacts(Model):
    """The Secrets Store CSI driver as it is installed.

    `token_audiences` is what `tokenRequests` of its CSIDriver object lists: the kubelet mints
    no token for another. `vault_ca_path` is the file of Vault's CA in the pods of
    vault-csi-provider; without it the provider's own setting counts.
    """

    token_audiences: tuple[Audience, ...]
    vault_ca_path: ContainerPath | None = None


class VsoFacts(Model):
    """The Vault Secrets Operator as it is installed: where it finds Vault's CA.

    `ca_path` is a file in the operator's pod; `ca_secret` a Secret with `ca.crt`, there
    already in each workload's namespace. Without both the operator's system CAs count.
    """

    ca_path: ContainerPath | None = None
    ca_secret: AccountName | None = None


class RestartTarget(Model):
    """What the operator restarts by a rollout. A Job can't be restarted."""

    kind: RestartKind
    name: AccountName


class CsiOptions(Model):
    """`sync_to` copies the mounted files into a Kubernetes Secret too, as long as a pod mounts them."""

    sync_to: AccountName | None = None


class _Synced(Model):
    """`kubernetes_secrets` names the Kubernetes Secret that a declared secret goes to; by default
    WORKLOAD-SECRET."""

    kubernetes_secrets: Mapping[Line, AccountName] = {}


class EsoOptions(_Synced):
    """`refresh_seconds`: how often values are read anew, which is how old they may be."""

    refresh_seconds: RefreshSeconds = 3600


class VsoOptions(_Synced):
    """`restart` absent: the workload's own `target`, where it has one. An empty list: nothing."""

    refresh_seconds: RefreshSeconds = 300
    restart: tuple[RestartTarget, ...] | None = None
