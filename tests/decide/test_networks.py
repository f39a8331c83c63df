"""Addresses in the networks of a role, decided."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workload_secrets.decide.answer import Answer
from workload_secrets.decide.networks import within
from workload_secrets.graph.model import UNKNOWN

KEY = "tokenBoundCidrs"


@pytest.mark.parametrize(
    ("bound", "address", "answer"),
    [
        (None, None, Answer.YES),
        ([], "10.0.0.1", Answer.YES),
        (["10.0.0.0/24"], "10.0.0.9", Answer.YES),
        (["10.0.0.9"], "10.0.0.9", Answer.YES),
        (["10.0.0.0/24"], "10.0.1.9", Answer.NO),
        (["fd00::/8"], "10.0.1.9", Answer.NO),
        (["10.0.0.0/24"], None, Answer.UNKNOWN),
        (["10.0.1.0/24", UNKNOWN], "10.0.0.9", Answer.UNKNOWN),
        (["10.0.0.0/24", UNKNOWN], "10.0.0.9", Answer.YES),
        (["nowhere"], "10.0.0.9", Answer.UNKNOWN),
        (UNKNOWN, "10.0.0.9", Answer.UNKNOWN),
    ],
)
def test_an_address_is_in_one_of_the_networks(bound: Any, address: str | None, answer: Answer) -> None:
    assert within({KEY: bound}, KEY, address).answer is answer


@given(address=st.ip_addresses(v=4), bits=st.integers(0, 32))
def test_an_address_is_in_every_network_around_it(address: ipaddress.IPv4Address, bits: int) -> None:
    network = str(ipaddress.ip_network((address, bits), strict=False))
    assert within({KEY: [network]}, KEY, str(address)).answer is Answer.YES
