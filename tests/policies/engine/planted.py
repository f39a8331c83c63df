"""The cases of the rules as stacks: what each of the three ways is given."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from policies.guardrails import resource as seen
from policies.guardrails.leaves import leaves
from policies.guardrails.meta_values import MARKED
from policies.guardrails.stack import Stack
from tests.policies.cases import Case
from tests.policies.engine.graphs import PROJECT, of_stack, platform
from workload_secrets.graph.model import UNKNOWN, Graph, Options, Resource
from workload_secrets.graph.requests import PROVIDER_PREFIX, STACK_TYPE, urn
from workload_secrets.provider_settings import resolve

STACK = "dev"


def stack_of(case: Case, number: int) -> Graph:
    """A case's resources below a platform that declares what the case does. Names end in the
    number, so that all stacks can be told to one pack."""
    return _graph(case, case.stack, number)


def base_of(case: Case, number: int) -> Graph | None:
    """What the case's stack was before the change, if it says."""
    return None if case.context.baseline is None else _graph(case, case.context.baseline, number)


def _graph(case: Case, stack: Stack, number: int) -> Graph:
    top = _renamed(platform({}), f"{PROJECT}-{STACK}-{number}", STACK_TYPE)
    made = [top]
    declared = case.context.declared
    if declared is not None:
        declaration = {"tier": case.context.tier, **plain(declared)}
        top = _renamed(platform(declaration), f"platform-{number}")
        made.append(top)
    for resource in stack.resources:
        made += _resources(resource, top.urn, f"-{number}")
    return of_stack(tuple(made), STACK)


def _resources(given: seen.Resource, parent: str, mark: str) -> Iterator[Resource]:
    provider = _provider(given, mark)
    inputs = plain(given.inputs)
    secrets = (given.secrets or frozenset()) | {(key,) for key in inputs if _marked(given.type, key)}
    yield Resource(
        urn=urn(STACK, PROJECT, parent, given.type, f"{given.name}{mark}"),
        type=given.type,
        name=f"{given.name}{mark}",
        parent=parent,
        custom=True,
        inputs=inputs,
        outputs={**inputs, "id": given.name},
        secrets=secrets,
        unknowns=frozenset(path for path, leaf in leaves(inputs, ()) if leaf is UNKNOWN),
        output_secrets=secrets,
        options=Options(
            protect=given.protect,
            retain_on_delete=given.retain_on_delete or False,
            depends_on=given.depends_on or (),
        ),
        provider_urn=provider.urn if provider else None,
        provider=resolve(provider.inputs) if provider else {},
        source=given.source,
    )
    if provider:
        yield provider


def _marked(type_: str, key: str) -> bool:
    """Whether the SDK marks a property by itself."""
    if type_.startswith("kubernetes:"):
        return type_ == "kubernetes:core/v1:Secret" and key in ("data", "stringData")
    return key in MARKED and not type_.startswith(PROVIDER_PREFIX)


def _provider(given: seen.Resource, mark: str) -> Resource | None:
    """Its explicit provider, with every setting as text, as the SDK gives it."""
    if not given.provider:
        return None
    package = given.type.partition(":")[0]
    inputs = {key: _text(value) for key, value in plain(given.provider).items()}
    type_, name = f"{PROVIDER_PREFIX}{package}", f"{given.name}{mark}"
    made = platform({})
    unknowns = frozenset((key,) for key, value in inputs.items() if value is UNKNOWN)
    made = replace(made, custom=True, inputs=inputs, outputs=inputs, unknowns=unknowns)
    return _renamed(made, name, type_)


def _text(value: Any) -> Any:
    return value if value is UNKNOWN or isinstance(value, str) else json.dumps(value)


def _renamed(resource: Resource, name: str, type_: str = "") -> Resource:
    type_ = type_ or resource.type
    return replace(resource, urn=urn(STACK, PROJECT, "", type_, name), type=type_, name=name)


def plain(value: Any) -> Any:
    """The same with the graph's own mark of what isn't known."""
    if value is seen.UNKNOWN:
        return UNKNOWN
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
