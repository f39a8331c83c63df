"""Environment variables by which Vault's clients and servers are told what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.guardrails.resource import NotEvaluable, Path, Resource
from policies.guardrails.vault.charts import CHARTS, is_server
from policies.guardrails.vault.pods import WORKLOADS, containers
from policies.guardrails.vault.types import among

HOLDERS: Final = (*WORKLOADS, *CHARTS)
_CHART_PARTS: Final = ("server", "injector", "csi")


@dataclass(frozen=True)
class Variable:
    """`value` None: it comes from elsewhere, such as a Kubernetes Secret."""

    name: str
    value: str | None
    at: Path


def variables(resource: Resource, names: frozenset[str]) -> Iterator[Variable]:
    """Those of these names that a resource sets. Raises NotEvaluable where one isn't known."""
    if resource.type in CHARTS:
        yield from _of_chart(resource, names) if is_server(resource) else ()
        return
    for container in containers(resource):
        for index, entry in enumerate(resource.items(*container, "env")):
            at = (*container, "env", index)
            among(entry, at)
            name = resource.text(*at, "name")
            if name in names:
                value = None if resource.get(*at, "valueFrom") else resource.text(*at, "value") or ""
                yield Variable(str(name), value, (*at, "value"))


def _of_chart(chart: Resource, names: frozenset[str]) -> Iterator[Variable]:
    for part in _CHART_PARTS:
        place = ("values", part, "extraEnvironmentVars")
        for name in sorted(names & chart.object(*place).keys()):
            yield Variable(name, str(chart.get(*place, name)), (*place, name))
        place = ("values", part, "extraSecretEnvironmentVars")
        for index, entry in enumerate(chart.items(*place)):
            at = (*place, index)
            among(entry, at)
            name = chart.text(*at, "envName")
            if name in names:
                yield Variable(str(name), None, at)
    if chart.get("valueYamlFiles"):
        raise NotEvaluable(("valueYamlFiles",))


def words(resource: Resource) -> Iterator[tuple[Path, str]]:
    """The words of every container's command line."""
    for container in containers(resource):
        for key in ("command", "args"):
            for index, word in enumerate(resource.texts(*container, key)):
                yield (*container, key, index), word
