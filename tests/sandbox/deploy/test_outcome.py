"""Every object is settled the same way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from workload_secrets.sandbox.deploy.outcome import HandlerError, Managed, settle


class Server:
    """Holds one object. `spoils` is what it makes of a colour."""

    def __init__(self, held: Mapping[str, Any] | None = None, spoils: str | None = None) -> None:
        self.held = held
        self.spoils = spoils
        self.writes = 0

    def managed(self, **wanted: Any) -> Managed:
        def write() -> None:
            self.writes += 1
            self.held = {**wanted, "arn": "made"}
            if self.spoils:
                self.held["colour"] = self.spoils

        return Managed(
            what="thing t",
            wanted=wanted,
            read=lambda: self.held,
            create=write,
            update=lambda _: write(),
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
