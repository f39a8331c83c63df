"""What objects deliver, as it stands in the declaration: files and Kubernetes Secrets by name."""

from __future__ import annotations

from typing import Any, Final

from components import delivery_objects
from components.config.resolve import Principal
from components.config.stack import StackConfig
from components.config.workloads import Workload
from components.documents.secret_provider_class import KIND as SECRET_PROVIDER_CLASS
from workload_secrets.declaration.delivery import DeliveredFile

DRIVER: Final = "secrets-store.csi.k8s.io"
DEFAULT_MODE: Final = "0644"
"""The CSI driver's own, where a file declares none."""


def volumes(config: StackConfig, principal: Principal) -> tuple[dict[str, Any], ...]:
    """The volumes that mount a csi workload's classes; none for other ways."""
    return tuple(
        {
            "name": f"secrets-{item.role}",
            "csi": {
                "driver": DRIVER,
                "readOnly": True,
                "volumeAttributes": {"secretProviderClass": item.name},
            },
        }
        for item in delivery_objects.objects(config, principal)
        if item.kind == SECRET_PROVIDER_CLASS
    )


def handed_out(principal: Principal, workload: Workload) -> dict[str, Any]:
    """What is added to the entry of the output `delivery`."""
    if workload.delivery == "csi":
        return {"note": "mount each volume read-only into the containers that read it"}
    made = kubernetes_secrets(principal, workload)
    return {"kubernetesSecrets": made} if made else {}


def kubernetes_secrets(principal: Principal, workload: Workload) -> dict[str, str]:
    """By declared secret the Kubernetes Secret that eso and vso make of it; none for other ways."""
    if workload.delivery not in ("eso", "vso"):
        return {}
    return {
        name: delivery_objects.kubernetes_secret(workload, principal.name, name) for name in principal.reads
    }


def files(config: StackConfig, principal: Principal, workload: Workload) -> tuple[DeliveredFile, ...]:
    """The files that the CSI driver mounts."""
    return tuple(
        DeliveredFile(
            name=name,
            secret=file.secret,
            format=file.format,
            mode=file.mode or DEFAULT_MODE,
            names=delivery_objects.file_names(config, principal, name, file),
            optional=file.optional,
        )
        for name, file in delivery_objects.mounted_files(principal, workload).items()
    )
