"""The platform's part that tells existing workloads how to get their secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pulumi

from components import delivery
from components.config.resolve import Principal
from components.config.stack import StackConfig
from components.declared import delivery as declared_delivery
from components.documents.agent_annotations import TOKEN_PATH, TOKEN_VOLUME
from components.kubernetes.workload_patch import TokenVolume, WorkloadPatch, WorkloadPatchArgs


class DeliveryPart:
    """A patch for each workload that names a target."""

    def __init__(self, config: StackConfig, opts: pulumi.ResourceOptions) -> None:
        self._config = config
        self._opts = opts

    def patch(self, principal: Principal, *after: pulumi.Resource) -> WorkloadPatch | None:
        """The patch of the principal's target; None where it has none, and for a Job."""
        workload = self._config.workloads.get(principal.name) if principal.kind == "workload" else None
        target = declared_delivery.patched(workload) if workload else None
        if workload is None or target is None:
            return None
        pod = delivery.pod(self._config, principal)
        args = WorkloadPatchArgs(
            namespace=pod.namespace,
            kind=cast("Any", target[0]),
            target=target[1],
            service_account=pod.service_account,
            annotations=pod.annotations,
            token_volume=_token(pod.volumes, principal.vault_audience, workload.token_seconds),
            after=after,
        )
        return WorkloadPatch(principal.name, args, self._opts)


def _token(volumes: tuple[Mapping[str, Any], ...], audience: str, seconds: int) -> TokenVolume | None:
    if not any(volume["name"] == TOKEN_VOLUME for volume in volumes):
        return None
    return TokenVolume(name=TOKEN_VOLUME, audience=audience, seconds=seconds, path=TOKEN_PATH)
