"""Every form of every value is found, alone and wrapped in one another."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.certify.forms import FORMS
from tests.certify.looking import CANARY, NAME, VALUE, entry, finder, look, look_log, state
from workload_secrets.certify.search import SHORTEST, Search

values = (
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=SHORTEST, max_size=80)
    .map(str.strip)
    .filter(lambda value: len(value) >= SHORTEST and len(set(value)) > 3)
)
ASCII_ONLY = {"JSON, every character", "UTF-16 in base64"}
STANDS_ALONE = {form for form in FORMS if form.startswith(("JSON in", "gzip in base64 in JSON"))}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("value", [VALUE, CANARY, "hunter22", "x" * 30 + "/+" + "y" * 2000])
def test_each_form_is_found_in_a_property_and_in_a_log(form: str, value: str) -> None:
    text = FORMS[form](value)
    name, known = ("a canary", dict[str, str]()) if value == CANARY else (NAME, {value: NAME})
    for certificate in (
        look(state(entry({"description": text})), finder(known)),
        look_log(f"before\n{text}\nafter", finder(known)),
    ):
        assert {finding.secret for finding in certificate.findings} == {name}
        assert certificate.verdict == "leaked"
        assert value not in repr(certificate)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value=values, form=st.sampled_from(sorted(FORMS)), before=st.sampled_from(("", "x", 'a "word" ')))
def test_any_value_in_any_form(value: str, form: str, before: str) -> None:
    value = value.encode("ascii", "replace").decode() if form in ASCII_ONLY else value
    text = FORMS[form](value) if form in STANDS_ALONE else f"{before}{FORMS[form](value)}"
    assert NAME in {hit.secret for hit in finder({value: NAME}).look(text).hits}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    value=values,
    outer=st.sampled_from(sorted(set(FORMS) - ASCII_ONLY)),
    inner=st.sampled_from(sorted(set(FORMS) - ASCII_ONLY)),
)
def test_any_value_in_a_form_in_a_form(value: str, outer: str, inner: str) -> None:
    text = FORMS[outer](FORMS[inner](value))
    assert NAME in {hit.secret for hit in finder({value: NAME}).look(text).hits}


@settings(max_examples=100, deadline=None)
@given(
    lengths=st.lists(st.integers(SHORTEST, 60), min_size=1, max_size=8),
    at=st.integers(0, 200),
    seed=st.integers(),
)
def test_samples_miss_no_value_wherever_it_stands(lengths: list[int], at: int, seed: int) -> None:
    rng = random.Random(seed)
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    wanted = {"".join(rng.choices(letters, k=length)): f"value {n}" for n, length in enumerate(lengths)}
    search = Search(wanted, "ws-canary-")
    for value, name in wanted.items():
        text = f"{'.' * at}{value}{'.' * (200 - at)}"
        assert name in {hit.secret for hit in search.hits(text)}
        assert name not in {hit.secret for hit in search.hits(text.replace(value, value[1:]))}
