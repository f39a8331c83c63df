"""How the components of delivery declare the objects of other people's operators."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.documents.delivered import CustomObject
from components.inputs import Args


class DeliveredArgs(Args):
    """What these components have in common."""

    objects: tuple[CustomObject, ...]
    after: tuple[pulumi.Resource, ...] = ()


def declare(
    parent: pulumi.Resource, name: str, objects: Sequence[CustomObject], after: Sequence[pulumi.Resource]
) -> tuple[pulumi.Resource, ...]:
    """Registers each object as `{name}-{role}`."""
    return tuple(
        kubernetes.apiextensions.CustomResource(
            f"{name}-{item.role}",
            api_version=item.api_version,
            kind=item.kind,
            # As an object and not a dict: of a dict an absent value would be sent as null.
            metadata=ObjectMetaArgs(
                name=item.name, namespace=item.namespace, annotations=dict(item.annotations) or None
            ),
            spec=dict(item.spec),
            opts=pulumi.ResourceOptions(parent=parent, depends_on=list(after) or None),
        )
        for item in objects
    )


def named(objects: Sequence[CustomObject], *kinds: str) -> list[str]:
    """The names of the objects of some kinds, in their order."""
    return [item.name for item in objects if item.kind in kinds]
