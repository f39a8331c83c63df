"""What the declaration says of jobs whose provider and mount others make."""

from __future__ import annotations

from typing import Any

import pytest

from components.config.load import parse
from components.declared.declaration import declaration
from tests.stacks.read import ROOT, changed

ISSUER = "https://token.actions.githubusercontent.com"
PROVIDER = {"kind": "oidcProvider", "url": ISSUER, "audience": "sts.amazonaws.com"}
MOUNT = {"kind": "authMount", "name": "github", "type": "jwt", "url": ISSUER}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"ci/aws": {"manage": "existing"}}, [PROVIDER]),
        ({"ci/vault": {"manage": "existing"}}, [MOUNT]),
        ({"ci/aws": {"manage": "existing"}, "ci/vault": {"manage": "existing"}}, [PROVIDER, MOUNT]),
    ],
)
def test_what_others_make_is_a_prerequisite(change: dict[str, Any], found: list[dict[str, str]]) -> None:
    config = parse(changed("ci", change), file="ci.yaml", folder=ROOT)
    given = declaration(config).written()["prerequisites"]
    assert [item for item in given if item.get("url") == ISSUER] == found
