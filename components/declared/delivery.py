"""How pods get their secrets, as it stands in the declaration, and what must be there first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final, Literal

from components import delivery
from components.config import resolve
from components.config.resolve import Principal
from components.config.stack import StackConfig
from components.config.workloads import Workload
from components.declared import objects as declared_objects
from components.documents.agent import File
from workload_secrets.declaration import Prerequisite
from workload_secrets.declaration import delivery as model

_JOB_NOTE: Final = (
    "a Job's pod template can't be changed once it is made: write this where the Job is made, "
    "or make it from a CronJob"
)


def declared(config: StackConfig, principal: Principal) -> model.Delivery | None:
    """How the pods of a principal get their secrets; None for the plain way without a target."""
    workload = _workload(config, principal)
    if workload is None or (workload.delivery == "direct" and workload.target is None):
        return None
    target = patched(workload)
    return model.Delivery(
        way=workload.delivery,
        target=model.Target(kind=target[0], name=target[1]) if target else None,
        files=_files(config, principal, workload),
        kubernetes_secrets=declared_objects.kubernetes_secrets(principal, workload),
    )


def _files(config: StackConfig, principal: Principal, workload: Workload) -> tuple[model.DeliveredFile, ...]:
    if workload.delivery == "csi":
        return declared_objects.files(config, principal, workload)
    if workload.delivery != "agent":
        return ()
    return tuple(_file(file, workload.files[file.name].secret) for file in delivery.files(config, principal))


def prerequisites(config: StackConfig) -> Iterator[Prerequisite]:
    """The objects that get a patch: others make them."""
    for principal in resolve.principals(config).values():
        workload = _workload(config, principal)
        if workload and (target := patched(workload)):
            kind, name = target
            yield Prerequisite(kind="workloadObject", namespace=principal.namespace, name=name, type=kind)


def targets(config: StackConfig) -> tuple[tuple[str, str, str], ...]:
    """Kind, namespace and name of every object that gets a patch, sorted."""
    found = ((p.type, p.namespace, p.name) for p in prerequisites(config))
    return tuple(
        sorted((kind, namespace, name) for kind, namespace, name in found if kind and namespace and name)
    )


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


def patched(workload: Workload) -> tuple[Literal["Deployment", "StatefulSet", "CronJob"], str] | None:
    """Kind and name of the object that gets a patch. A Job gets none."""
    target = workload.target
    return None if target is None or target.kind == "Job" else (target.kind, target.name)


def _file(file: File, secret: str) -> model.DeliveredFile:
    return model.DeliveredFile(
        name=file.name,
        secret=secret,
        format=file.format,
        mode=file.mode,
        names=file.names,
        optional=tuple(sorted(file.optional)),
    )


def _workload(config: StackConfig, principal: Principal) -> Workload | None:
    """Of a pod: what is no pod has no namespace."""
    pod = principal.kind == "workload" and principal.namespace
    return config.workloads.get(principal.name) if pod else None
