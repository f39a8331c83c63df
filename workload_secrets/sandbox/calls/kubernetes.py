"""What pulumi-kubernetes asks of the API server, read in its source. Each row is read, not run.

Configuring reads the server's version and its OpenAPI document, which every logged-in user may
(ClusterRole system:discovery).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from workload_secrets.sandbox.calls.row import Row

VERSION: Final = "pulumi-kubernetes after 4.32.0, commit 94977969d64112b04e19945818a7d5d5f38f631d"
"""Files are below its folder `provider/pkg/`."""


@dataclass(frozen=True)
class Call:
    """One verb on the resource's kind. `named`: on the object alone, which RBAC can bind by name; the
    others ask for the whole kind, in the object's namespace or in none."""

    verb: str
    named: bool = True


OBJECT: Final = Row(
    reads_back=False,
    file="await/await.go, await/condition/deleted.go, await/informers/factory.go",
    create=(Call("create", named=False),),
    read=(Call("get"),),
    update=(Call("get"), Call("patch")),
    # With foreground propagation; then an informer without selector waits for the object to be gone.
    delete=(Call("delete"), Call("get"), Call("list", named=False), Call("watch", named=False)),
)
"""An object that the stack makes. Its informer for events is optional: without the right to list
events the hints of a failed operation are missing, and nothing waits for it."""
PATCH: Final = Row(
    reads_back=False,
    file="await/await.go, ssa/actions.go",
    create=(Call("patch"),),
    read=(Call("get"),),
    update=(Call("get"), Call("patch")),
    delete=(Call("patch"),),
)
"""Fields of an object that exists, by server-side apply; deleting gives the fields back."""

ROWS: Final[Mapping[str, Row[Call]]] = {
    "kubernetes:apps/v1:DeploymentPatch": PATCH,
    "kubernetes:apps/v1:StatefulSetPatch": PATCH,
    "kubernetes:batch/v1:CronJobPatch": PATCH,
    "kubernetes:cert-manager.io/v1:Certificate": OBJECT,
    "kubernetes:cert-manager.io/v1:Issuer": OBJECT,
    "kubernetes:configuration.konghq.com/v1alpha1:KongVault": OBJECT,
    "kubernetes:core/v1:Namespace": OBJECT,
    "kubernetes:core/v1:ServiceAccount": OBJECT,
    "kubernetes:core/v1:ServiceAccountPatch": PATCH,
    "kubernetes:external-secrets.io/v1:ExternalSecret": OBJECT,
    "kubernetes:external-secrets.io/v1:SecretStore": OBJECT,
    "kubernetes:generators.external-secrets.io/v1alpha1:VaultDynamicSecret": OBJECT,
    "kubernetes:privatecloud.mendix.com/v1alpha1:OperatorConfigurationPatch": PATCH,
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding": OBJECT,
    "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass": OBJECT,
    "kubernetes:secrets.hashicorp.com/v1beta1:VaultAuth": OBJECT,
    "kubernetes:secrets.hashicorp.com/v1beta1:VaultConnection": OBJECT,
    "kubernetes:secrets.hashicorp.com/v1beta1:VaultDynamicSecret": OBJECT,
    "kubernetes:secrets.hashicorp.com/v1beta1:VaultPKISecret": OBJECT,
    "kubernetes:secrets.hashicorp.com/v1beta1:VaultStaticSecret": OBJECT,
}
"""By type token. A Helm release has no row: its calls are those of the chart's kinds."""
