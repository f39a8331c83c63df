"""Every object is settled the same way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from workload_secrets.sandbox.deploy import outcome
from workload_secrets.sandbox.deploy.outcome import Gone, HandlerError, Managed, Operation, settle


class Server:
    """Holds one object. `spoils` is what it makes of a colour."""

    def __init__(self, held: Mapping[str, Any] | None = None, spoils: str | None = None) -> None:
        self.held = held
        self.spoils = spoils
        self.writes = 0
        self.reads = 0
        self.lingers = 0
        self.late: Mapping[str, Any] | None = None

    def delete(self) -> None:
        """As servers do that answer before they are done."""
        held, self.held = self.held, None
        if self.lingers:
            self.reads, self.late = 0, held

    def read(self) -> Mapping[str, Any] | None:
        self.reads += 1
        return self.late if self.held is None and self.reads <= self.lingers else self.held

    def managed(self, **wanted: Any) -> Managed:
        def write() -> None:
            self.writes += 1
            self.held = {**wanted, "arn": "made"}
            if self.spoils:
                self.held["colour"] = self.spoils

        return Managed(
            what="thing t",
            wanted=wanted,
            read=self.read,
            create=write,
            update=lambda _: write(),
            delete=self.delete,
            fixed=frozenset({"kind"}),
        )


def test_what_is_absent_is_created_and_read_back():
    server = Server()
    assert settle(server.managed(colour="red")) == ("created", {"colour": "red", "arn": "made"})


def test_what_is_as_wanted_is_not_written():
    server = Server({"colour": "red", "arn": "other"})
    assert settle(server.managed(colour="red"))[0] == "same"
    assert server.writes == 0


def test_what_differs_is_updated():
    server = Server({"colour": "blue"})
    assert settle(server.managed(colour="red"))[0] == "updated"
    assert server.writes == 1


def test_a_fixed_property_that_differs_is_refused():
    server = Server({"kind": "a"})
    with pytest.raises(HandlerError, match="thing t exists and differs in kind, which can't be changed"):
        settle(server.managed(kind="b"))
    assert server.writes == 0


@pytest.mark.parametrize("held", [None, {"colour": "blue"}])
def test_what_reads_back_differently_is_refused(held: Mapping[str, Any] | None):
    server = Server(held, spoils="green")
    with pytest.raises(HandlerError, match="thing t read back differs from what was written in colour"):
        settle(server.managed(colour="red"))


def test_what_is_gone_when_read_back_is_refused():
    managed = Managed(
        what="thing t", wanted={}, read=lambda: None, create=lambda: None, update=lambda _: None
    )
    with pytest.raises(HandlerError, match="not there when read back"):
        settle(managed)


def refuse(what: str) -> None:
    raise HandlerError(f"{what} exists")


def test_a_create_asks_what_happens_where_the_object_is_there_already():
    server = Server({"colour": "red"})
    with pytest.raises(HandlerError, match="thing t exists"):
        settle(server.managed(colour="red"), "create", refuse)
    assert server.writes == 0
    assert settle(server.managed(colour="red"), "create")[0] == "created"
    assert server.writes == 1
    assert settle(Server().managed(colour="red"), "create", refuse)[0] == "created"


def test_a_read_answers_what_is_there_and_changes_nothing():
    server = Server({"colour": "blue", "kind": "b"})
    assert settle(server.managed(colour="red", kind="a"), "read") == ("same", server.held)
    assert server.writes == 0


@pytest.mark.parametrize("operation", ["read", "update", "delete"])
def test_what_is_not_there_is_gone(operation: Operation):
    server = Server()
    with pytest.raises(Gone, match="thing t"):
        settle(server.managed(colour="red"), operation)
    assert server.writes == 0


@pytest.mark.parametrize("lingers", [0, 3])
def test_a_deletion_ends_when_the_object_is_gone(lingers: int):
    server = Server({"colour": "blue"})
    server.lingers = lingers
    with pytest.raises(Gone):
        settle(server.managed(colour="red"), "delete")
    assert server.read() is None


def test_a_deletion_that_does_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outcome, "_GONE_SECONDS", 0.2)
    server = Server({"colour": "blue"})
    managed = replace(server.managed(colour="red"), delete=lambda: None)
    with pytest.raises(HandlerError, match="thing t was deleted but is still there"):
        settle(managed, "delete")


def test_what_only_the_state_keeps_is_gone_at_once():
    server = Server({"colour": "blue"})
    with pytest.raises(Gone):
        settle(replace(server.managed(colour="red"), delete=None), "delete")
    assert server.held is not None
