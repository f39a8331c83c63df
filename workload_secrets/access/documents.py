"""Reading documents and names out of resource inputs, whatever shape the SDK gave them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from workload_secrets.graph.model import Resource

Document = Mapping[str, Any]


def document(value: object) -> Document:
    """A policy document given as JSON text or as an object; empty where there is none.

    Raises ValueError where the text isn't a JSON object.
    """
    if value is None or value == "":
        return {}
    if isinstance(value, str):
        value = json.loads(value)
    if not isinstance(value, Mapping):
        raise ValueError("the policy document is not a JSON object")
    return cast("Document", value)


def statements(policy: Document) -> tuple[Document, ...]:
    """The statements of a policy, one or many."""
    found = policy.get("Statement", ())
    if isinstance(found, Mapping):
        return (cast("Document", found),)
    return tuple(cast("Iterable[Document]", found))


def texts(value: object) -> tuple[str, ...]:
    """A string, a list of strings or nothing, as a tuple."""
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    return tuple(str(item) for item in cast("Sequence[object]", value))


def text(value: object) -> str:
    """The value where it is text, else an empty string."""
    return value if isinstance(value, str) else ""


def known(resource: Resource, name: str) -> Any:
    """An output of a resource, else the input of that name, else None."""
    value = resource.outputs.get(name)
    return resource.inputs.get(name) if value is None else value
