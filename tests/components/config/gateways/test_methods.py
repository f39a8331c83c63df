import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.config.gateways.auth import AUTHS
from components.config.gateways.methods import FIELDS, FOREIGN, METHODS, OLDEST, Since, parsed

NUMBERS = st.lists(st.integers(0, 20), min_size=2, max_size=4).map(tuple)


@pytest.mark.parametrize(
    ("since", "version", "met"),
    [
        (Since((3, 11)), "3.10", False),
        (Since((3, 11)), "3.9.9.9", False),
        (Since((3, 11)), "3.11", True),
        (Since((3, 11)), "4.0", True),
        (Since((3, 9), ((3, 4, 3, 14),)), "3.4.3.13", False),
        (Since((3, 9), ((3, 4, 3, 14),)), "3.4.3.14", True),
        (Since((3, 9), ((3, 4, 3, 14),)), "3.4", False),
        (Since((3, 9), ((3, 4, 3, 14),)), "3.5.0.0", False),
        (Since((3, 9), ((3, 4, 3, 14),)), "3.9.0.0", True),
    ],
)
def test_a_version_has_what_its_release_or_its_patch_brought(since: Since, version: str, met: bool) -> None:
    assert since.met(version) is met


@given(NUMBERS, NUMBERS)
def test_without_patches_of_older_lines_it_is_the_order_of_versions(
    release: tuple[int, ...], number: tuple[int, ...]
) -> None:
    assert Since(release).met(".".join(str(part) for part in number)) is (number >= release)


@given(NUMBERS)
def test_a_version_is_read_as_it_is_written(number: tuple[int, ...]) -> None:
    text = ".".join(str(part) for part in number)
    assert parsed(text) == number
    assert str(Since(number)) == text


def test_a_patch_of_an_older_line_is_said() -> None:
    assert str(Since((3, 9), ((3, 4, 3, 14),))) == "3.9, or 3.4.3.14 of 3.4"


def test_nothing_is_since_a_version_that_no_gateway_has() -> None:
    every = [*METHODS.values(), *FOREIGN.values(), *FIELDS.values()]
    assert all((3, 0) <= row.since.release <= (3, 15) for row in every)
    assert OLDEST.met("3.4")


def test_every_method_of_a_model_stands_in_the_table_and_none_is_refused() -> None:
    assert AUTHS.keys() <= METHODS.keys()
    assert not METHODS.keys() & FOREIGN.keys()
