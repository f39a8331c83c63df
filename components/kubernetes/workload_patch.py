"""A Deployment, StatefulSet or CronJob that exists, told which account and secrets its pods use.

Only the pod template is touched, and of it only what is listed here, by server-side apply with
a field manager of its own. Where another manager owns one of these fields with another value
the API server refuses with a conflict, so nothing of others is overwritten.

The provider would wait up to ten minutes until a Deployment's or StatefulSet's pods are ready. Pods
whose values are written only after the deploy never get ready, so it is told not to wait. It waits
for no CronJob. (pulumi-kubernetes 4.32.0, provider/pkg/await/awaiters.go, metadata/overrides.go)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.apps.v1 import DeploymentSpecPatchArgs, StatefulSetSpecPatchArgs
from pulumi_kubernetes.batch.v1 import CronJobSpecPatchArgs, JobSpecPatchArgs, JobTemplateSpecPatchArgs
from pulumi_kubernetes.core.v1 import (
    PodSpecPatchArgs,
    PodTemplateSpecPatchArgs,
    ProjectedVolumeSourcePatchArgs,
    ServiceAccountTokenProjectionPatchArgs,
    VolumePatchArgs,
    VolumeProjectionPatchArgs,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaPatchArgs

from components.inputs import Args

TOKEN = "workload-secrets:kubernetes:WorkloadPatch"  # noqa: S105 a type token

_NO_WAIT: Mapping[str, str] = {"pulumi.com/skipAwait": "true"}
"""https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-await-logic/"""


class TokenVolume(Args):
    """A projected volume with one ServiceAccount token. `seconds` is its life."""

    name: str
    audience: str
    seconds: int
    path: str


class WorkloadPatchArgs(Args):
    """`annotations` go on the pod template; only there they mean something to an injector.

    A Job is no kind of this: the API server refuses any change of its pod template.
    `after`: the account and what else must exist before pods are replaced.
    """

    namespace: str
    kind: Literal["Deployment", "StatefulSet", "CronJob"]
    target: str
    service_account: str
    annotations: Mapping[str, str] = {}
    token_volume: TokenVolume | None = None
    after: tuple[pulumi.Resource, ...] = ()


class WorkloadPatch(pulumi.ComponentResource):
    """One patch. Kubernetes replaces the pods of a Deployment or StatefulSet when it changes
    them; a CronJob's next run has them."""

    target: pulumi.Output[str]

    def __init__(
        self, name: str, args: WorkloadPatchArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(TOKEN, name, None, opts)
        child = pulumi.ResourceOptions(parent=self, depends_on=list(args.after) or None)
        awaited = args.kind != "CronJob"
        metadata = ObjectMetaPatchArgs(
            name=args.target, namespace=args.namespace, annotations=_NO_WAIT if awaited else None
        )
        make: Mapping[str, Any] = {
            "Deployment": _deployment,
            "StatefulSet": _stateful_set,
            "CronJob": _cron_job,
        }
        make[args.kind](f"{name}-patch", metadata, _template(args), child)
        self.target = pulumi.Output.from_input(f"{args.kind}/{args.namespace}/{args.target}")
        self.register_outputs({"target": self.target})


def _deployment(
    name: str, metadata: ObjectMetaPatchArgs, template: PodTemplateSpecPatchArgs, opts: pulumi.ResourceOptions
) -> None:
    spec = DeploymentSpecPatchArgs(template=template)
    kubernetes.apps.v1.DeploymentPatch(name, metadata=metadata, spec=spec, opts=opts)


def _stateful_set(
    name: str, metadata: ObjectMetaPatchArgs, template: PodTemplateSpecPatchArgs, opts: pulumi.ResourceOptions
) -> None:
    spec = StatefulSetSpecPatchArgs(template=template)
    kubernetes.apps.v1.StatefulSetPatch(name, metadata=metadata, spec=spec, opts=opts)


def _cron_job(
    name: str, metadata: ObjectMetaPatchArgs, template: PodTemplateSpecPatchArgs, opts: pulumi.ResourceOptions
) -> None:
    job = JobTemplateSpecPatchArgs(spec=JobSpecPatchArgs(template=template))
    spec = CronJobSpecPatchArgs(job_template=job)
    kubernetes.batch.v1.CronJobPatch(name, metadata=metadata, spec=spec, opts=opts)


def _template(args: WorkloadPatchArgs) -> PodTemplateSpecPatchArgs:
    # Objects and not dicts: of a dict an absent value would be sent as null.
    metadata = ObjectMetaPatchArgs(annotations=dict(args.annotations)) if args.annotations else None
    volumes = [_volume(args.token_volume)] if args.token_volume else None
    spec = PodSpecPatchArgs(service_account_name=args.service_account, volumes=volumes)
    return PodTemplateSpecPatchArgs(metadata=metadata, spec=spec)


def _volume(volume: TokenVolume) -> VolumePatchArgs:
    token = ServiceAccountTokenProjectionPatchArgs(
        audience=volume.audience, expiration_seconds=volume.seconds, path=volume.path
    )
    sources = [VolumeProjectionPatchArgs(service_account_token=token)]
    return VolumePatchArgs(name=volume.name, projected=ProjectedVolumeSourcePatchArgs(sources=sources))
