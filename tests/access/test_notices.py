from __future__ import annotations

import pytest

from tests.stacks.read import ROOT, path
from workload_secrets.access.derived import declaration_of
from workload_secrets.access.notices import notices, reviewer
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


def test_what_jobs_machines_and_certificates_rest_on_is_said() -> None:
    made = capture(ROOT, str(path("identities")))
    found = [n.text for n in notices(made, declaration_of(made))]
    assert "nightly, release, release-admin: log in by a token that is good until it expires" in "\n".join(
        found
    )
    assert any(
        text.startswith("backup-host, restore-host, vault-host: log in by a secret id") for text in found
    )
    assert any(text.startswith("edge-cache, edge-proxy: log in by a certificate") for text in found)
    assert any(
        "the existing authMount tests/jwt is configured for https://gitlab.example/ci" in t for t in found
    )
