from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workload_secrets.errors import InputError
from workload_secrets.keys.encoding import flat, nested, template

_GROUP = st.text(min_size=0, max_size=6).filter(lambda text: "." not in text)
_REST = st.text(max_size=8)
_VALUE = st.text(min_size=1, max_size=20)
_GROUPED = st.dictionaries(_GROUP.map(lambda g: f"g{g}"), st.dictionaries(_REST, _VALUE, min_size=1))
_BARE = st.dictionaries(_GROUP.map(lambda g: f"b{g}"), _VALUE)
_NESTED = st.tuples(_GROUPED, _BARE).map(lambda pair: {**pair[0], **pair[1]})


@given(_NESTED)
def test_nested_to_flat_and_back_is_lossless(value: dict[str, object]) -> None:
    assert nested(flat(value)) == value


@given(_NESTED)
def test_flat_to_nested_and_back_is_lossless(value: dict[str, object]) -> None:
    dotted = flat(value)
    assert flat(nested(dotted)) == dotted


@given(st.dictionaries(_GROUP.map(lambda g: f"g{g}"), st.dictionaries(_REST, st.text(max_size=2))))
def test_only_empty_strings_are_dropped(value: dict[str, dict[str, str]]) -> None:
    everything = flat(value, keep_empty=True)
    assert flat(value) == {name: text for name, text in everything.items() if text}


def test_a_name_is_split_on_its_first_dot_only() -> None:
    assert nested({"Email.SMTP.Password": "x"}) == {"Email": {"SMTP.Password": "x"}}


def test_a_name_that_is_also_a_group_is_refused() -> None:
    for names in (["A", "A.b"], ["A.b", "A"]):
        with pytest.raises(InputError, match="'A'"):
            nested(dict.fromkeys(names, "x"))


@pytest.mark.parametrize("value", [None, 1, True, ["secret-text"], {"deep": "secret-text"}])
def test_a_value_that_is_no_text_is_refused_without_showing_it(value: object) -> None:
    with pytest.raises(InputError, match=r"'A\.b'") as caught:
        flat({"A": {"b": value}})
    assert "secret-text" not in str(caught.value)


def test_a_dotted_group_is_refused() -> None:
    with pytest.raises(InputError, match=r"'A\.b'"):
        flat({"A.b": "x"})


def test_templates_hold_every_key_empty_in_order() -> None:
    names = ["VCS.Pat", "Email.User", "VCS.Key"]
    assert json.loads(template(names, "nested")) == {"VCS": {"Pat": "", "Key": ""}, "Email": {"User": ""}}
    assert list(json.loads(template(names, "flat"))) == names
    assert template([], "nested") == "{}"
