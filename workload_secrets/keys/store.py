"""One secret as its keys see it: versions of a flat map, replaced only when named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from workload_secrets.errors import ServerError


@dataclass(frozen=True)
class Version:
    """One stored version. `id` is what the backend calls it; `created` is in UTC. `first`:
    known to be the secret's first.

    `values` maps dotted names to values, empty ones included. They never show in a repr.
    """

    id: str
    created: datetime | None
    values: Mapping[str, str] = field(repr=False)
    first: bool = False


class ChangedError(ServerError):
    """Somebody wrote a version between the reading and the writing. `merge_into` is theirs."""

    def __init__(self, message: str, merge_into: Version | None) -> None:
        super().__init__(message)
        self.merge_into = merge_into


class Store(Protocol):
    """Where one secret's values are."""

    @property
    def where(self) -> str:
        """Its place in words, for messages."""
        ...

    def read(self) -> Version | None:
        """The current version; None where there is no value. Raises ServerError."""
        ...

    def write(self, values: Mapping[str, str], replaces: Version | None) -> str:
        """Writes all keys as the version after `replaces` and gives its id.

        Raises ChangedError where another version had come meanwhile, ServerError else.
        """
        ...

    def history(self) -> Iterator[Version]:
        """The versions that are still there, the newest first."""
        ...
