"""What objects deliver, as it stands in the declaration: files and Kubernetes Secrets by name."""

from __future__ import annotations

from typing import Any, Final

from components import delivery_objects
from components.config.resolve import Principal
from components.config.stack import StackConfig
from components.config.workloads import Workload
from components.documents.secret_provider_class import KIND as SECRET_PROVIDER_CLASS

DRIVER: Final = "secrets-store.csi.k8s.io"
DEFAULT_MODE: Final = "0644"
"""The CSI driver's own, where a file declares none."""


def declared(config: StackConfig, principal: Principal, workload: Workload) -> dict[str, Any]:
    """What is added to the entry `delivery` of a principal; nothing for other ways."""
    if workload.delivery == "csi":
        return {"files": _files(config, principal, workload)}
    return _kubernetes_secrets(principal, workload)


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
    return _kubernetes_secrets(principal, workload)


def _kubernetes_secrets(principal: Principal, workload: Workload) -> dict[str, Any]:
    """By declared secret the Kubernetes Secret that eso and vso make of it."""
    if workload.delivery not in ("eso", "vso"):
        return {}
    return {
        "kubernetesSecrets": {
            name: delivery_objects.kubernetes_secret(workload, principal.name, name)
            for name in principal.reads
        }
    }


def _files(config: StackConfig, principal: Principal, workload: Workload) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "secret": file.secret,
            "format": file.format,
            "mode": file.mode or DEFAULT_MODE,
            "names": delivery_objects.file_names(config, principal, name, file),
            "optional": list(file.optional),
        }
        for name, file in delivery_objects.mounted_files(principal, workload).items()
    ]
