from __future__ import annotations

import pytest

from workload_secrets.access.verbs import VERBS_OF as DECLARED
from workload_secrets.decide.vault_verbs import VERBS_OF, Spot, Way, ways

SPOT = Spot(mount="m/n", path="team/a")


def test_every_verb_that_can_be_declared_is_a_request() -> None:
    assert {kind: set(verbs) for kind, verbs in DECLARED.items() if kind != "aws"} == {
        kind: set(verbs) for kind, verbs in VERBS_OF.items()
    }


@pytest.mark.parametrize(
    ("backend", "verb", "path", "capability"),
    [
        ("vault", "read", "m/n/data/team/a", "read"),
        ("vault", "write", "m/n/data/team/a", "patch"),
        ("vault", "list", "m/n/metadata/team/", "list"),
        ("database", "read", "m/n/creds/team/a", "read"),
        ("pki", "issue", "m/n/sign-verbatim/team/a", "update"),
        ("transit", "decrypt", "m/n/export/encryption-key/team/a", "read"),
    ],
)
def test_a_verb_is_one_of_its_requests(backend: str, verb: str, path: str, capability: str) -> None:
    assert any(way.path == path and capability in way.capabilities for way in ways(backend, verb, SPOT))


def test_a_static_role_has_paths_of_its_own() -> None:
    spot = Spot(mount="db", path="nightly", static=True)
    assert ways("database", "read", spot) == (Way("db/static-creds/nightly", ("read",)),)


def test_a_kind_has_its_own_verbs_only() -> None:
    with pytest.raises(KeyError):
        ways("vault", "decrypt", SPOT)
