"""How pods get their secrets, as it stands in the declaration, and what must be there first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from components import delivery
from components.config import resolve
from components.config.resolve import Principal
from components.config.stack import StackConfig
from components.config.workloads import Workload
from components.declared import objects as declared_objects
from components.documents.agent import File

_JOB_NOTE: Final = (
    "a Job's pod template can't be changed once it is made: write this where the Job is made, "
    "or make it from a CronJob"
)


def declared(config: StackConfig, principal: Principal) -> dict[str, Any]:
    """The entry `delivery` of a principal; none for the plain way without a target."""
    workload = _workload(config, principal)
    if workload is None or (workload.delivery == "direct" and workload.target is None):
        return {}
    made: dict[str, Any] = {"way": workload.delivery, "files": [], "kubernetesSecrets": {}}
    if target := patched(workload):
        made["target"] = {"kind": target[0], "name": target[1]}
    if workload.delivery == "agent":
        made["files"] = [
            _file(file, workload.files[file.name].secret) for file in delivery.files(config, principal)
        ]
    return {"delivery": made | declared_objects.declared(config, principal, workload)}


def prerequisites(config: StackConfig) -> Iterator[dict[str, str]]:
    """The objects that get a patch: others make them."""
    for principal in resolve.principals(config).values():
        workload = _workload(config, principal)
        if workload and (target := patched(workload)):
            kind, name = target
            yield {"kind": "workloadObject", "namespace": principal.namespace, "name": name, "type": kind}


def targets(config: StackConfig) -> tuple[tuple[str, str, str], ...]:
    """Kind, namespace and name of every object that gets a patch, sorted."""
    return tuple(sorted((p["type"], p["namespace"], p["name"]) for p in prerequisites(config)))


def handed_out(config: StackConfig) -> dict[str, dict[str, Any]]:
    """The platform's output `delivery`: by workload, what belongs into its pod template.

    `patched` names the object that has it already. Mendix's operator makes its pods itself.
    """
    principals = resolve.principals(config)
    return {
        name: _handed_out(config, principals[name], workload)
        for name, workload in config.workloads.items()
        if workload.mendix is None and principals[name].namespace
    }


def _handed_out(config: StackConfig, principal: Principal, workload: Workload) -> dict[str, Any]:
    pod = delivery.pod(config, principal)
    mounted = replace(pod, volumes=(*pod.volumes, *declared_objects.volumes(config, principal)))
    made: dict[str, Any] = {
        "way": workload.delivery,
        "namespace": principal.namespace,
        "podTemplate": mounted.template,
        **declared_objects.handed_out(principal, workload),
    }
    if target := patched(workload):
        made["patched"] = "/".join(target)
    elif workload.target is not None:
        made["note"] = _JOB_NOTE
    return made


def patched(workload: Workload) -> tuple[str, str] | None:
    """Kind and name of the object that gets a patch. A Job gets none."""
    target = workload.target
    return None if target is None or target.kind == "Job" else (target.kind, target.name)


def _file(file: File, secret: str) -> dict[str, Any]:
    return {
        "name": file.name,
        "secret": secret,
        "format": file.format,
        "mode": file.mode,
        "names": dict(file.names),
        "optional": sorted(file.optional),
    }


def _workload(config: StackConfig, principal: Principal) -> Workload | None:
    """Of a pod: what is no pod has no namespace."""
    pod = principal.kind == "workload" and principal.namespace
    return config.workloads.get(principal.name) if pod else None
