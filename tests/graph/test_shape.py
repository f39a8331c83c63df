"""Dependency shapes that the SDK can't carry."""

import pytest

from workload_secrets.graph import shape
from workload_secrets.graph.errors import ProgramError


def test_a_chain_up_to_the_limit_is_accepted_and_one_more_is_refused():
    found = shape.Shape()
    for number in range(shape.CHAIN_LIMIT):
        found.add(str(number), [str(number - 1)])
    with pytest.raises(ProgramError, match=f"more than {shape.CHAIN_LIMIT} dependencies"):
        found.add("end", [str(shape.CHAIN_LIMIT - 1)])


def test_a_few_barriers_are_accepted_and_many_are_refused():
    found = shape.Shape()
    wide = [str(number) for number in range(shape.BARRIER_WIDTH + 1)]
    for number in range(shape.BARRIER_LIMIT):
        found.add(f"barrier{number}", wide)
    with pytest.raises(ProgramError, match="BARRIER_LIMIT"):
        found.add("one-more", wide)


def test_many_narrow_resources_are_accepted():
    found = shape.Shape()
    for number in range(2000):
        found.add(str(number), ["root", f"{number % 50}-group"])
