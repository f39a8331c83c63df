"""What is true of one environment: account, cluster, Vault. Everything derived uses these."""

from __future__ import annotations

from typing import Literal

from components.config.base import Model
from components.config.delivery_objects import CsiFacts, VsoFacts
from components.config.fields import (
    AccountId,
    AccountRef,
    Audience,
    AuthMountPath,
    ClusterName,
    FilePath,
    PolicyArn,
    Region,
    VaultNamespacePath,
    Version,
)

Flavour = Literal["eks", "aks", "openshift", "generic"]
Reviewer = Literal["in-cluster", "jwt", "client", "dedicated"]


class AwsFacts(Model):
    account_id: AccountId
    region: Region
    permissions_boundary: PolicyArn | None = None


class ClusterFacts(Model):
    """`csi` and `vso`: what a workload with that delivery needs to know of its installation."""

    name: ClusterName
    flavour: Flavour
    oidc_issuer: str
    api_audience: Audience | None = None
    private_issuer: bool = False
    csi: CsiFacts | None = None
    vso: VsoFacts | None = None


class VaultFacts(Model):
    """`public_key_files`: PEM files of the cluster's token signing keys, for `reviewer: jwt`
    where the issuer can't be reached; without them the issuer's discovery is used.
    `reviewer_service_account` (namespace/name) belongs to `reviewer: dedicated` and
    `in-cluster` (there it is Vault's own account)."""

    product: Literal["vault", "openbao"]
    version: Version
    auth_mount: AuthMountPath = "kubernetes"
    reviewer: Reviewer
    reviewer_service_account: AccountRef | None = None
    public_key_files: tuple[FilePath, ...] = ()
    namespace: VaultNamespacePath | None = None


class Facts(Model):
    aws: AwsFacts | None = None
    cluster: ClusterFacts
    vault: VaultFacts | None = None
