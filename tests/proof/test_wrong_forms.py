"""Every wrong form of the published instructions is found, in the documents and by logins."""

from __future__ import annotations

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


def _every(parameter: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(parameter, FORMS, ids=[form.name for form in FORMS])


def test_the_list_holds_every_known_form() -> None:
    assert {form.name for form in FORMS if form.kind == "grants"} == GRANTS
    assert {form.name for form in FORMS if form.kind == "breaks"} == BREAKS


@_every("form")
def test_a_form_says_where_it_comes_from_and_what_it_does(form: Mistake) -> None:
    assert form.source
    assert form.differs
    assert bool(form.why) is (form.seen == "observed"), "what no document shows needs its reason"
    effects = {sentence.split(" ")[1] for sentence in form.differs}
    assert effects == ({"can"} if form.kind == "grants" else {"can't"})


@pytest.mark.sandbox
@_every("observed")
def test_a_wrong_form_is_found_by_logins(observed: Mistake, pool: Pool) -> None:
    judge.assert_observed(observed, pool.rehearse(observed).result())


@pytest.mark.sandbox  # no servers, but half a minute of previews: too long for the quick tests
@_every("derived")
def test_a_wrong_form_by_itself_shows_in_the_documents(derived: Mistake, pool: Pool) -> None:
    judge.assert_derived(derived, pool.preview(derived).result())
