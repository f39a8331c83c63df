from __future__ import annotations

import pytest

from tests.stacks.read import ROOT
from workload_secrets.access.derived import declaration_of
from workload_secrets.access.notices import reviewer
from workload_secrets.graph.capture import capture


@pytest.mark.parametrize(("hours", "life"), [(24, "24 hours on this kind"), (None, "its life is limited")])
def test_the_life_of_a_reviewer_s_token_comes_from_the_declaration(hours: int | None, life: str) -> None:
    graph = capture(ROOT, str(ROOT / "tests/stacks/eks.yaml"))
    declaration = declaration_of(graph)
    assert declaration.facts.vault is not None
    assert declaration.facts.vault.reviewer_token_cap_hours == 24
    vault = declaration.facts.vault.model_copy(update={"reviewer_token_cap_hours": hours})
    facts = declaration.facts.model_copy(update={"vault": vault})
    (found,) = reviewer(graph, declaration.model_copy(update={"facts": facts}))
    assert life in found.text
