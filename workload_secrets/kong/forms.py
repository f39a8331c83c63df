"""What a stack's gateways are configured with, as the program registers it: output `gateways`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from workload_secrets.declaration.secret import DeclarationModel
from workload_secrets.errors import InputError
from workload_secrets.graph.model import Graph


class Forms(DeclarationModel):
    """One gateway. `deck` is the content of its decK file, `environment` that of its containers.

    `secret_environment` are variables of the containers that come from a Kubernetes Secret,
    `deck_environment` variables that decK needs, each with what it holds in words.
    """

    deck: dict[str, Any]
    environment: Mapping[str, str]
    secret_environment: Mapping[str, str]
    deck_environment: Mapping[str, str]


_FORMS: TypeAdapter[dict[str, Forms]] = TypeAdapter(dict[str, Forms])


def forms_of(graph: Graph) -> Mapping[str, Forms]:
    """By gateway; nothing where the program declares none."""
    try:
        found = graph.platform_output("gateways")
    except KeyError:
        found = None
    return _FORMS.validate_python(found or {})


def chosen(graph: Graph, name: str | None) -> tuple[str, Forms]:
    """The gateway of that name, by default the stack's only one. Raises InputError."""
    found = forms_of(graph)
    names = ", ".join(sorted(found)) or "none"
    if not found:
        raise InputError(f"stack {graph.stack}: workload-secrets:gateways declares no gateway; declare one")
    if name is None and len(found) > 1:
        raise InputError(f"stack {graph.stack} has several gateways: {names}; choose one with --gateway NAME")
    only = name or next(iter(found))
    if only not in found:
        raise InputError(
            f"--gateway {only}: stack {graph.stack} declares no such gateway; it declares: {names}"
        )
    return only, found[only]
