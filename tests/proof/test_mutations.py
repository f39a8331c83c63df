"""Every one-line mistake in a builder, a component or a handler shows as a difference."""

from __future__ import annotations

import pytest

from tests.proof import judge, mistakes
from tests.proof.mistakes import Mistake
from tests.proof.pool import Pool

MUTATIONS = mistakes.read("mutations.yaml")
LEAST = 28
DERIVED = [m for m in MUTATIONS if m.shows("derived")]
OBSERVED = [m for m in MUTATIONS if m.shows("observed")]


def _each(parameter: str, found: list[Mistake]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(parameter, found, ids=[m.name for m in found])


def test_the_list_is_long_and_reaches_every_part() -> None:
    assert len(MUTATIONS) >= LEAST
    files = {edit.file for m in MUTATIONS for edit in m.edits}
    parts = ("documents/", "aws/", "vault/", "kubernetes/")
    for folder in (*(f"components/{part}" for part in parts), "workload_secrets/sandbox/deploy/"):
        assert any(file.startswith(folder) for file in files), f"nothing is planted in {folder}"


@_each("mutation", list(MUTATIONS))
def test_a_mutation_is_one_line_and_says_what_shows_it(mutation: Mistake) -> None:
    (edit,) = mutation.edits
    old, new = edit.find.split("\n"), edit.replace.split("\n")
    assert len(old) == len(new)
    assert sum(a != b for a, b in zip(old, new, strict=True)) == 1
    assert bool(mutation.differs) + bool(mutation.fails) + bool(mutation.misused) == 1


@pytest.mark.sandbox
@_each("observed", OBSERVED)
def test_logins_or_the_deploy_kill_the_mutation(observed: Mistake, pool: Pool) -> None:
    judge.assert_observed(observed, pool.rehearse(observed).result())


@pytest.mark.sandbox  # no servers, but a minute of previews: too long for the quick tests
@_each("derived", DERIVED)
def test_the_documents_kill_the_mutation(derived: Mistake, pool: Pool) -> None:
    judge.assert_derived(derived, pool.preview(derived).result())
