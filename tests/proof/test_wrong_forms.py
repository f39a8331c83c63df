"""Every wrong form of the published instructions is found, in the documents and by logins."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.proof import judge, mistakes
from tests.proof.mistakes import Mistake
from tests.proof.pool import Pool

FORMS = mistakes.read("wrong_forms.yaml")
GRANTS = {
    "trust-without-subject",
    "policy-of-a-name-prefix",
    "role-bound-to-every-namespace",
    "role-bound-to-every-name",
    "role-without-audience",
    "role-for-the-account-and-default",
    "policy-of-everything",
    "default-policy-that-reads-the-mount",
    "any-certificate-of-the-authority",
    "machine-from-anywhere",
    "store-of-the-cluster",
}
BREAKS = {
    "annotation-on-the-deployment-only",
    "value-at-the-doubled-path",
    "policy-without-data",
    "no-grant-on-the-key",
    "role-for-another-namespace",
    "no-grant-for-dynamic-credentials",
    "policies-that-name-nothing",
}


def _every(parameter: str, forms: Sequence[Mistake] = FORMS) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(parameter, forms, ids=[form.name for form in forms])


def test_the_list_holds_every_known_form() -> None:
    assert {form.name for form in FORMS if form.kind == "grants"} == GRANTS
    assert {form.name for form in FORMS if form.kind == "breaks"} == BREAKS


@_every("form")
def test_a_form_says_where_it_comes_from_and_what_it_does(form: Mistake) -> None:
    assert form.source
    assert form.differs
    assert bool(form.why) is (form.seen != "both"), "what one column can't show needs its reason"
    effects = {word for sentence in form.differs for word in sentence.split(" ") if word in ("can", "can't")}
    assert effects == ({"can"} if form.kind == "grants" else {"can't"})


@pytest.mark.sandbox
@_every("observed", [form for form in FORMS if form.shows("observed")])
def test_a_wrong_form_is_found_by_logins(observed: Mistake, pool: Pool) -> None:
    judge.assert_observed(observed, pool.rehearse(observed).result())


@pytest.mark.sandbox  # no servers, but half a minute of previews: too long for the quick tests
@_every("derived")
def test_a_wrong_form_by_itself_shows_in_the_documents(derived: Mistake, pool: Pool) -> None:
    judge.assert_derived(derived, pool.preview(derived).result())
