"""Resources as the engine's SDK for policies gives them, as plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

from pulumi_policy import PolicyProviderResource, ResourceValidationArgs
from pulumi_policy.proxy import UnknownValueError

from policies.guardrails.resource import UNKNOWN, Resource
from workload_secrets.provider_settings import resolve

EXACT_INTEGER: Final = 2**53
"""Beyond it the engine's numbers aren't exact."""


def resource_of(args: ResourceValidationArgs) -> Resource:
    """A resource with its inputs."""
    return Resource(
        urn=args.urn,
        type=args.resource_type,
        name=args.name,
        inputs=plain(args.props),
        protect=args.opts.protect,
        parent=args.opts.parent or None,
        provider=_provider(args.provider),
    )


def stack_resource_of(resource: Any) -> Resource:
    """A resource of a whole stack, with its outputs."""
    return Resource(
        urn=resource.urn,
        type=resource.resource_type,
        name=resource.name,
        inputs=plain(resource.props),
        protect=resource.opts.protect,
        provider=_provider(resource.provider),
        depends_on=needs(resource),
    )


def needs(resource: Any) -> tuple[str, ...]:
    """What a resource of a whole stack depends on."""
    return tuple(found.urn for found in resource.dependencies)


def _provider(provider: PolicyProviderResource | None) -> Mapping[str, Any]:
    return resolve(plain(provider.props)) if provider else {}


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values out of the SDK's proxies, which raise where a value isn't known."""
    return {key: _value(lambda key=key: values[key]) for key in values}


def _value(read: Callable[[], Any]) -> Any:
    try:
        value = read()
    except UnknownValueError:
        return UNKNOWN
    if isinstance(value, Mapping):
        return plain(cast("Mapping[str, Any]", value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = cast("Sequence[Any]", value)
        return [_value(lambda index=index: items[index]) for index in range(len(items))]
    if isinstance(value, float) and value.is_integer() and abs(value) <= EXACT_INTEGER:
        return int(value)
    return value
