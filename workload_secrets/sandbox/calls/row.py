"""What is the same in the tables of all providers: a row is a resource type, by operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

Operation = Literal["create", "read", "update", "delete"]
C = TypeVar("C")


@dataclass(frozen=True, kw_only=True)
class Row(Generic[C]):
    """The calls of one resource type, or of several that are alike. `file`: where they were read.

    `reads_back`: the provider reads after each create and update, so `create` and `update` leave
    that out.
    """

    file: str
    create: tuple[C, ...]
    read: tuple[C, ...] = ()
    update: tuple[C, ...] = ()
    delete: tuple[C, ...] = ()
    reads_back: bool = True

    def calls(self, operation: Operation) -> tuple[C, ...]:
        """All calls of an operation, with the reading that belongs to it."""
        own = {"create": self.create, "read": self.read, "update": self.update, "delete": self.delete}
        writes = operation in ("create", "update")
        return (*own[operation], *self.read) if writes and self.reads_back else own[operation]
