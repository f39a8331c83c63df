"""What the engine's SDK for policies shows, as plain values."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_policy import (
    PolicyCustomTimeouts,
    PolicyProviderResource,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
)
from pulumi_policy.proxy import UNKNOWN_NUMBER_VALUE, UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policies.guardrails.resource import UNKNOWN
from policies.proxies import plain, resource_of, stack_resource_of

URN = "urn:pulumi:dev::p::x:index:Thing::it"
OPTIONS = PolicyResourceOptions(True, [], None, [], PolicyCustomTimeouts(0, 0, 0), [], "urn:parent")
PROVIDER = PolicyProviderResource(
    "pulumi:providers:aws",
    unknown_checking_proxy(
        {
            "region": "eu-central-1",
            "allowedAccountIds": '["111122223333"]',
            "skipRegionValidation": "true",
            "token": UNKNOWN_STRING_VALUE,
            "version": "7.0.0",
        }
    ),
    "urn:provider",
    "aws",
)
SETTINGS = {
    "region": "eu-central-1",
    "allowedAccountIds": ["111122223333"],
    "skipRegionValidation": True,
    "token": UNKNOWN,
}


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (3.0, 3),
        (-1.0, -1),
        (2.5, 2.5),
        (float(2**60), float(2**60)),
        (True, True),
        (None, None),
        ("text", "text"),
        (UNKNOWN_STRING_VALUE, UNKNOWN),
        (UNKNOWN_NUMBER_VALUE, UNKNOWN),
        ([1.0, UNKNOWN_STRING_VALUE, {"a": [UNKNOWN_STRING_VALUE]}], [1, UNKNOWN, {"a": [UNKNOWN]}]),
        ({"a": {"b": UNKNOWN_STRING_VALUE, "c": 0.0}}, {"a": {"b": UNKNOWN, "c": 0}}),
        ([], []),
        ({}, {}),
    ],
)
def test_a_value_comes_out_plain(given: Any, value: Any) -> None:
    found = plain(unknown_checking_proxy({"it": given}))
    assert found == {"it": value}
    assert type(found["it"]) is type(value)


def test_a_resource_has_its_inputs_options_and_provider() -> None:
    props = unknown_checking_proxy({"a": UNKNOWN_STRING_VALUE, "b": 1.0})
    found = resource_of(
        ResourceValidationArgs("x:index:Thing", props, URN, "it", OPTIONS, PROVIDER, None, {})
    )
    assert (found.urn, found.type, found.name) == (URN, "x:index:Thing", "it")
    assert found.inputs == {"a": UNKNOWN, "b": 1}
    assert found.protect
    assert found.parent == "urn:parent"
    assert found.provider == SETTINGS
    assert (found.secrets, found.retain_on_delete, found.depends_on) == (None, None, None)


def test_a_resource_of_a_stack_has_what_it_depends_on() -> None:
    def made(urn: str, *needed: PolicyResource) -> PolicyResource:
        props = unknown_checking_proxy({"b": 1.0})
        return PolicyResource("x:index:Thing", props, urn, "it", OPTIONS, None, None, list(needed), {})

    found = stack_resource_of(made(URN, made("urn:first"), made("urn:second")))
    assert found.depends_on == ("urn:first", "urn:second")
    assert found.inputs == {"b": 1}
    assert found.provider == {}
