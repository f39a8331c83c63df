"""The page's tables of Kong say what the models and the checks' table hold."""

import pytest
from pydantic.alias_generators import to_camel

from components.config.gateways.auth import AUTHS
from components.config.gateways.methods import FIELDS, FOREIGN, METHODS
from docs.generator import blocks, kong


@pytest.mark.parametrize("method", sorted(AUTHS))
def test_every_method_has_a_row_with_its_keys_and_fields(method: str) -> None:
    (row,) = [line for line in kong.methods() if line.startswith(f"| `{method}` |")]
    for field in METHODS[method].fields:
        assert f"`{field}`" in row
    for key in AUTHS[method].model_fields:
        assert key == "method" or f"`{to_camel(key)}`" in row
    assert ("KongVault" in row) is not bool(METHODS[method].secrets)


def test_methods_that_are_refused_and_common_fields_have_their_rows() -> None:
    text = "\n".join(kong.methods())
    assert all(f"| `{method}` | 3.14 |" in text for method in FOREIGN)
    assert [line.split("`")[1] for line in kong.fields()[2:]] == list(FIELDS)


def test_a_kind_of_block_may_have_a_hyphen() -> None:
    page = "<!-- generated: kong-fields -->\nold\n<!-- end -->"
    assert "`resurrect_ttl`" in blocks.renewed(page)
