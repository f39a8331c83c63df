"""Names that say where a credential stands are told from names that hold one."""

from __future__ import annotations

from typing import Any

import pytest

from workload_secrets.graph.checks import unmarked
from workload_secrets.graph.model import Resource

EXTERNAL = "kubernetes:external-secrets.io/v1:ExternalSecret"


def resource(type_: str, inputs: dict[str, Any]) -> Resource:
    return Resource(
        urn="urn:pulumi:s::p::t::n", type=type_, name="n", custom=True, inputs=inputs, outputs={}, parent=None
    )


def test_the_name_of_a_key_is_no_credential():
    data = [{"secretKey": "api_key", "remoteRef": {"key": "billing", "property": "api_key"}}]
    assert list(unmarked(resource(EXTERNAL, {"spec": {"data": data}}))) == []


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("kubernetes:example.com/v1:Thing", {"spec": {"secretKey": "x"}}),
        (EXTERNAL, {"spec": {"password": "x"}}),
    ],
)
def test_it_is_one_elsewhere_and_other_names_stay_credentials(type_: str, inputs: dict[str, Any]):
    assert len(list(unmarked(resource(type_, inputs)))) == 1


@pytest.mark.parametrize(("password", "found"), [("{vault://edge/redis/password}", 0), ("x", 1)])
def test_a_reference_of_kong_holds_no_credential(password: str, found: int):
    plugin = resource("kubernetes:configuration.konghq.com/v1:KongPlugin", {"config": {"password": password}})
    assert len(list(unmarked(plugin))) == found
