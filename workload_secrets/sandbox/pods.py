"""Objects with a pod template, as their owners have them before a stack patches them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def workload_object(kind: str, namespace: str, name: str) -> Mapping[str, Any]:
    """A Deployment, StatefulSet or CronJob of one container, without account and volumes."""
    labels = {"app": name}
    pod: dict[str, Any] = {"containers": [{"name": "app", "image": "example.invalid/app"}]}
    template: dict[str, Any] = {"metadata": {"labels": labels}, "spec": pod}
    if kind == "CronJob":
        pod["restartPolicy"] = "OnFailure"
        spec: dict[str, Any] = {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": template}}}
    else:
        spec = {"selector": {"matchLabels": labels}, "template": template}
    if kind == "StatefulSet":
        spec["serviceName"] = name
    group = "batch" if kind == "CronJob" else "apps"
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": f"{group}/v1", "kind": kind, "metadata": metadata, "spec": spec}
