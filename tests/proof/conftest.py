"""The pool of runs that one file of tests shares."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.proof.pool import Pool


@pytest.fixture(scope="module")
def pool(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    """Everything that the chosen tests of this file need is started at once, so that two run at
    any time. Their parameters say what: `derived` a preview, `observed` a rehearsal."""
    made = Pool(tmp_path_factory.mktemp("scratch"))
    for item in request.session.items:
        params = getattr(getattr(item, "callspec", None), "params", {}) if item.path == request.path else {}
        if "derived" in params:
            made.preview(params["derived"])
        elif "observed" in params:
            made.rehearse(params["observed"])
    yield made
    made.close()
