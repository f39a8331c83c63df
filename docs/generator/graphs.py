"""What a stack's program derives, as the capture sees it: no engine, no credentials."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from docs.generator.markdown import code, fenced, table
from workload_secrets.access.resources import short
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph, Resource

ROOT: Final = Path(__file__).parents[2]


@cache
def graph(stack: str) -> Graph:
    """A stack of the project, or a golden stack of the tests by its flavour."""
    return capture(ROOT, _file(stack))


def _file(stack: str) -> str:
    golden = ROOT / "tests" / "stacks" / f"{stack}.yaml"
    return str(golden) if golden.exists() else stack


def children(stack: str, token: str, name: str) -> list[str]:
    """What one component of a stack registers."""
    found = graph(stack)
    (component,) = [r for r in found.of(token) if r.name == name]
    rows = [(code(short(r.type)), code(r.name)) for r in found.children(component.urn)]
    said = f"In stack `{stack}`, component `{name}` registers:"
    return [said, "", *table(("resource", "name"), rows)] if rows else [f"`{name}` registers nothing."]


def kept(*stacks: str) -> list[str]:
    """The resources that Pulumi neither deletes nor replaces in these stacks, by type, were each
    of tier production."""
    found: dict[str, set[str]] = {}
    graphs = [
        capture(ROOT, _file(stack), overrides={"workload-secrets:tier": "production"}) for stack in stacks
    ]
    for resource in (r for made in graphs for r in made.resources if r.options.protect):
        stays = "yes" if resource.options.retain_on_delete else "no"
        found.setdefault(short(resource.type), set()).add(stays)
    rows = [(code(type_), " or ".join(sorted(stays))) for type_, stays in sorted(found.items())]
    return table(("protected in production", "stays outside when the protection is lifted"), rows)


def document(stack: str, name: str, *path: str) -> list[str]:
    """One input of the custom resource `name`; JSON texts are laid out."""
    kind, *rest = path
    (found,) = [r for r in graph(stack).resources if r.name == name and short(r.type) == kind]
    title = f"`{short(found.type)}` `{name}` of stack `{stack}`"
    if not rest:
        return [f"{title}, inputs:", "", *_shown(_plain(found))]
    value: Any = found.inputs
    for part in rest:
        value = value[part]
    return [f"{title}, `{'.'.join(rest)}`:", "", *_shown(value)]


def output(stack: str, name: str, *parts: str) -> list[str]:
    """An output of the platform, or a part of it."""
    value = graph(stack).platform_output(name)
    for part in parts:
        value = value[part]
    return _shown(value)


def template(stack: str, name: str) -> list[str]:
    """The empty template of an AWS secret."""
    (found,) = [r for r in graph(stack).of("workload-secrets:aws:Secret") if r.name == name]
    return _shown(found.outputs["template"])


def panel(stack: str) -> list[str]:
    """What a person types into Mendix's admin panel."""
    rows = graph(stack).platform_output("panel")
    header = ("page", "credential", "storage", "SecretName", "KeyName")
    keys = ("page", "credential", "storage", "secretName", "keyName")
    return table(header, ([row.get(key, "") for key in keys] for row in rows))


def _plain(resource: Resource) -> dict[str, Any]:
    """Inputs without nulls, as a file would hold them."""
    return {key: value for key, value in resource.inputs.items() if value is not None}


def _shown(value: Any) -> list[str]:
    if isinstance(value, str):
        try:
            return fenced(json.dumps(json.loads(value), indent=2, ensure_ascii=False), "json")
        except ValueError:
            return fenced(value, "hcl")
    return fenced(json.dumps(value, indent=2, ensure_ascii=False), "json")
