"""The rule about how pods get secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guardrails.kubernetes.pod_spec import WORKLOADS, pod
from policies.guardrails.resource import NotEvaluable, Path, Resource
from policies.guardrails.rule import AnyRule, Context, Rule, Violation
from policies.guardrails.secret_text import literal, looks, sounds


def _files(resource: Resource, context: Context) -> Iterator[Violation]:
    del context
    template = pod(resource)
    doubt: NotEvaluable | None = None
    for container in template.containers() if template else ():
        resource.object(*container)
        for index, _ in enumerate(resource.items(*container, "envFrom")):
            path = (*container, "envFrom", index)
            resource.object(*path)
            if resource.get(*path, "secretRef") is not None:
                yield Violation(
                    "a whole Secret in variables, which every process of the pod inherits",
                    (*path, "secretRef"),
                )
        for index, _ in enumerate(resource.items(*container, "env")):
            try:
                yield from _variable(resource, (*container, "env", index))
            except NotEvaluable as unknown:
                doubt = doubt or unknown
    if doubt:
        raise doubt


def _variable(resource: Resource, path: Path) -> Iterator[Violation]:
    resource.object(*path)
    if resource.get(*path, "valueFrom", "secretKeyRef") is not None:
        yield Violation(
            "a Secret in a variable, which every process of the pod inherits",
            (*path, "valueFrom", "secretKeyRef"),
        )
        return
    name = resource.text(*path, "name") or ""
    if not sounds(name) and resource.get(*path, "value") is None:
        return
    value = resource.text(*path, "value") or ""
    found = looks(value)
    if found:
        yield Violation(f"the variable {name} holds {found}", (*path, "value"))
    elif sounds(name) and literal(value):
        yield Violation(f"the variable {name} holds its value in the pod's own text", (*path, "value"))


RULES: Final[tuple[AnyRule, ...]] = (
    Rule(
        id="K8S-07",
        severity="high",
        title="a pod reads secrets from files, not from its environment",
        why="Variables are inherited, dumped and logged, and keep the old value until the pod ends; a"
        " literal stands in the state and in the cluster for all to read.",
        remedy="mount the secret as a file, by the agent or the CSI driver, or let the app log in itself",
        reference="https://www.cisecurity.org/benchmark/kubernetes (CIS EKS 4.4.1)",
        types=WORKLOADS,
        check=_files,
    ),
)
