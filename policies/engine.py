"""The rules as a Pulumi policy pack: two policies about a resource and two about the stack.

Each policy costs the engine about 40 µs a resource, so all rules of one enforcement level
are one policy. `pulumi_policy` would turn a mandatory rule that meets an unknown value into
advice (pulumi-policy issue 181); so values are read here, once, and rules never meet its error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, cast

import pulumi
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyProviderResource,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from policies.guardrails.resource import UNKNOWN, Resource
from policies.guardrails.rule import Context
from policies.guardrails.run import Finding, Rules
from policies.guardrails.stack import Stack

Report = Callable[..., None]
EXACT_INTEGER: Final = 2**53


def policies(rules: Rules, context: Callable[[], Context]) -> Sequence[Policy]:
    """The pack's policies. `context` is asked at each call: the engine sets the stack late."""

    def one(args: ResourceValidationArgs, report: Report) -> None:
        _say(rules.one(_resource(args), context()), report)

    def together(args: StackValidationArgs, report: Report) -> None:
        stack = Stack(_of_stack(resource) for resource in args.resources)
        _say(rules.together(stack, context()), report)

    return (
        ResourceValidationPolicy(
            name="guardrails",
            description="Every rule about one resource",
            enforcement_level=EnforcementLevel.MANDATORY,
            validate=one,
        ),
        StackValidationPolicy(
            name="guardrails-stack",
            description="Every rule about several resources",
            enforcement_level=EnforcementLevel.MANDATORY,
            validate=together,
        ),
    )


def _say(findings: Iterable[Finding], report: Report) -> None:
    for finding in findings:
        if finding.outcome == "not evaluable" and pulumi.runtime.is_dry_run():
            continue  # the update looks at it before the resource is made
        text = f"{finding.rule.id} {finding.outcome}: {finding.text}; remedy: {finding.rule.remedy}"
        report(text, finding.urn)


def _resource(args: ResourceValidationArgs) -> Resource:
    return Resource(
        urn=args.urn,
        type=args.resource_type,
        name=args.name,
        inputs=plain(args.props),
        protect=args.opts.protect,
        parent=args.opts.parent or None,
        provider=_provider(args.provider),
    )


def _of_stack(resource: Any) -> Resource:
    return Resource(
        urn=resource.urn,
        type=resource.resource_type,
        name=resource.name,
        inputs=plain(resource.props),
        protect=resource.opts.protect,
        provider=_provider(resource.provider),
        depends_on=tuple(found.urn for found in resource.dependencies),
    )


def _provider(provider: PolicyProviderResource | None) -> Mapping[str, Any]:
    return plain(provider.props) if provider else {}


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
