"""What an import takes, by resource type."""

from __future__ import annotations

from collections.abc import Iterator

from docs.generator.markdown import table
from workload_secrets.sandbox.deploy.importing import FORMS, REFUSED, form_of


def ids() -> Iterator[str]:
    """A row for each type, with the form of its id."""
    rows = [(f"`{type_}`", f"`{form_of(type_)}`") for type_ in FORMS]
    rows.append(("`kubernetes:…`, in a namespace or not", "`NAMESPACE/NAME` or `NAME`"))
    yield from table(("type", "id"), rows)
    yield ""
    yield "These can't be imported, here or at all:"
    yield ""
    yield from table(("type", "why"), [(f"`{type_}`", why) for type_, why in REFUSED.items()])
