import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.config.errors import ConfigError
from components.config.load import parse
from components.declared.declaration import declaration
from components.panel import rows
from tests.stacks.golden import STACKS
from tests.stacks.read import data
from workload_secrets.declaration import Declaration

FUZZED = (*STACKS, "gateways")
BASES = {stack: data(stack) for stack in FUZZED}
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=20),
    st.sampled_from(
        ["", "*", "..", "data/x", "{environment}", "{x}", "a", "default", "vault", "aws", "https://a"]
    ),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        pairs = list(value.items())  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType]
    elif isinstance(value, list):
        pairs = list(enumerate(value))  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType]
    for key, inner in pairs:
        yield (*path, key)
        yield from _places(inner, (*path, key))


def _outcome(stack_data: dict[str, Any]) -> str:
    """The message of a refused stack; empty where a declaration and rows are derived."""
    try:
        config = parse(stack_data, file="stack.yaml")
    except ConfigError as error:
        return str(error)
    Declaration.read(declaration(config).written())
    rows(config)
    return ""


PLACES = {stack: sorted(_places(base), key=str) for stack, base in BASES.items()}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_value_anywhere_is_refused_in_plain_lines_or_derives_a_declaration(draw: st.DataObject) -> None:
    stack = draw.draw(st.sampled_from(FUZZED))
    *parents, last = draw.draw(st.sampled_from(PLACES[stack]))
    made = copy.deepcopy(BASES[stack])
    target: Any = made
    for part in parents:
        target = target[part]
    if draw.draw(st.booleans()) and isinstance(target, dict):
        target[draw.draw(st.text(max_size=8))] = draw.draw(VALUES)
    else:
        target[last] = draw.draw(VALUES)
    message = _outcome(made)
    assert all(line.isprintable() for line in message.splitlines())


def test_a_certificate_without_domains_is_refused_where_it_is_delivered_too() -> None:
    made = copy.deepcopy(BASES["objects-engines"])
    made["secrets"]["web-cert"]["domains"] = []
    assert "secrets.web-cert.domains" in _outcome(made)
