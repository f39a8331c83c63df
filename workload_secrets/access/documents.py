"""Reading documents and names out of resource inputs, whatever shape the SDK gave them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from workload_secrets.decide import iam
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


class Reader:
    """Reads each document for `decide` once, however often it is asked about."""

    def __init__(self) -> None:
        # The source is kept beside what was read of it, so that its id stays its own.
        self._read: dict[tuple[int, str], tuple[Document, iam.Document]] = {}

    def one(self, source: Document, name: str) -> iam.Document:
        """`name` is what reasons call the document."""
        key = (id(source), name)
        if key not in self._read:
            self._read[key] = (source, iam.read(source, name))
        return self._read[key][1]

    def maybe(self, source: Document | None, name: str) -> iam.Document | None:
        """None where there is no document."""
        return None if source is None else self.one(source, name)

    def all(self, sources: Sequence[Document], name: str) -> tuple[iam.Document, ...]:
        """Several of one kind, named by their places."""
        return tuple(self.one(source, f"{name} {place}") for place, source in enumerate(sources))


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
