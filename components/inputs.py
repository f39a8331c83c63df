"""What every component's arguments have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar, Union

import pulumi
from pydantic import BaseModel, ConfigDict

T = TypeVar("T")
In = Union[T, pulumi.Output[T]]  # noqa: UP007 an alias over a type variable needs Union on Python 3.11
"""A plain value or one that a resource gives later."""


class Args(BaseModel):
    """Frozen arguments of a component; unknown names are refused, values never printed."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, hide_input_in_errors=True
    )


def guarded(
    parent: pulumi.Resource, *, protect: bool, after: Sequence[pulumi.Resource | None] = ()
) -> pulumi.ResourceOptions:
    """Options of a child that holds values: in production it can't be deleted by Pulumi.

    `after` is what it waits for; None stands for what this stack doesn't make.

    `retain_on_delete` goes with `protect`: when someone lifts the protection and removes
    the code in one change, the values still stay.
    """
    return pulumi.ResourceOptions(
        parent=parent,
        protect=protect,
        retain_on_delete=protect,
        depends_on=[resource for resource in after if resource is not None] or None,
    )


def gathered(values: Mapping[str, pulumi.Output[str]]) -> pulumi.Output[dict[str, str]]:
    """One output of several; `Output.all` of nothing would be a list."""
    return pulumi.Output.all(**values) if values else pulumi.Output.from_input({})


def known(value: T) -> pulumi.Output[T]:
    """An output of plain data. `Output.from_input` would make an output of every leaf, which
    for a declaration of a thousand workloads costs more than declaring them."""
    return pulumi.Output.from_input(None).apply(lambda _: value)
