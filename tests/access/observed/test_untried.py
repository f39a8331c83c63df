"""Who can't be tried live is said, and is never a ✓."""

from __future__ import annotations

import pytest

from tests.access.conftest import PROJECT
from tests.stacks.read import path
from workload_secrets.access.derived import declaration_of
from workload_secrets.access.observed.untried import untried
from workload_secrets.access.principals import actors
from workload_secrets.graph.capture import capture


@pytest.fixture(scope="module")
def reasons() -> dict[str, str | None]:
    declaration = declaration_of(capture(PROJECT, str(path("identities"))))
    return {actor.name: untried(declaration, actor) for actor in actors(declaration)}


def test_only_pods_are_tried_live(reasons: dict[str, str | None]) -> None:
    assert [name for name, reason in reasons.items() if reason is None] == ["shop"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("release", "only its issuer signs"),
        ("backup-host", "only the machine gets its secret id"),
        ("edge-proxy", "only its holder has"),
        ("release!subject", "an intruder can't be made"),
        ("deployer", "nobody logs in as the deployer"),
    ],
)
def test_each_has_its_reason(reasons: dict[str, str | None], name: str, reason: str) -> None:
    assert reason in (reasons[name] or "")
