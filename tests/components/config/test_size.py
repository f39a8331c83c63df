import time
from typing import Any

import pytest

from components.config.errors import ConfigError
from components.config.load import parse
from components.config.size import MAX_CHARACTERS, MAX_DEPTH, MAX_NODES
from tests.stacks.read import changed, data


def _refused(stack_data: dict[str, Any]) -> str:
    start = time.monotonic()
    with pytest.raises(ConfigError) as refused:
        parse(stack_data, file="dev.yaml")
    assert time.monotonic() - start < 5
    return str(refused.value)


def test_ten_megabytes_are_refused() -> None:
    description = "x" * 10_000_000
    assert _refused(changed("dev", {"secrets/billing-api/description": description})) == (
        f"dev.yaml: (the whole file): got more than {MAX_CHARACTERS} characters; "
        f"allowed: at most {MAX_CHARACTERS} characters; "
        "remedy: split the stack, and check for YAML aliases that expand"
    )


def test_aliases_that_expand_are_counted_as_often_as_they_are_used() -> None:
    bomb: Any = ["lol"] * 10
    for _ in range(12):
        bomb = [bomb] * 10
    assert f"got more than {MAX_NODES} values" in _refused(changed("dev", {"secrets/bomb": bomb}))


def test_deep_nesting_is_refused() -> None:
    deep: Any = "end"
    for _ in range(100_000):
        deep = [deep]
    assert f"got more than {MAX_DEPTH} levels" in _refused(changed("dev", {"secrets/deep": deep}))


def test_ten_thousand_workloads_are_read_in_bounded_time() -> None:
    stack = data("dev")
    for number in range(10_000):
        name = f"w{number}"
        stack["secrets"][name] = {"backend": "vault", "mount": "apps", "path": name, "keys": {"k": {}}}
        stack["workloads"][name] = {"namespace": "billing", "reads": [name]}
    start = time.monotonic()
    config = parse(stack, file="dev.yaml")
    assert len(config.workloads) == 10_002
    assert time.monotonic() - start < 20
