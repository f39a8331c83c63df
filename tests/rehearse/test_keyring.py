"""A gateway with its keyring in Vault, rehearsed on real servers."""

from __future__ import annotations

import pytest

from tests import rehearsing
from tests.rehearsing import places, stack_file

pytestmark = pytest.mark.sandbox


def test_a_keyring_is_read_with_its_versions_by_its_gateway_alone() -> None:
    found = rehearsing.rehearsed(stack_file("gateways"))[0]
    assert (found["differences"], found["missing"], found["misuse"]) == ([], [], [])
    assert {
        who for who, secret, verb in places(found, "observed") if (secret, verb) == ("keyring", "read")
    } == {who for who, secret, verb in places(found, "declared") if (secret, verb) == ("keyring", "read")}
    (line,) = [line for line in found["usage"] if "keyring keyring" in line]
    assert line.endswith("it may list, delete and destroy nothing there")
