"""What objects deliver, as it stands in the declaration: files and Kubernetes Secrets by name."""

from __future__ import annotations

from typing import Any, Final

from components import delivery_objects
from components.config.resolve import Principal
from components.config.stack import StackConfig
from components.config.workloads import Workload

DEFAULT_MODE: Final = "0644"
"""The CSI driver's own, where a file declares none."""


def declared(config: StackConfig, principal: Principal, workload: Workload) -> dict[str, Any]:
    """What is added to the entry `delivery` of a principal; nothing for other ways."""
    if workload.delivery == "csi":
        return {"files": _files(config, principal, workload)}
    if workload.delivery in ("eso", "vso"):
        secrets = {
            name: delivery_objects.kubernetes_secret(workload, principal.name, name)
            for name in principal.reads
        }
        return {"kubernetesSecrets": secrets}
    return {}


def _files(config: StackConfig, principal: Principal, workload: Workload) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "secret": file.secret,
            "format": file.format,
            "mode": file.mode or DEFAULT_MODE,
            "names": delivery_objects.file_names(config, principal, name, file),
        }
        for name, file in delivery_objects.mounted_files(principal, workload).items()
    ]
