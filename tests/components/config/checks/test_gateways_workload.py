"""A gateway names the workload of its pods where something needs their token."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from components.config.errors import ConfigError
from components.config.load import parse
from tests.stacks.read import ROOT

STACK = "examples/kong.yaml"


def data(**gateways: dict[str, Any]) -> dict[str, Any]:
    """The example, with parts of its gateways replaced."""
    found = yaml.safe_load((ROOT / STACK).read_text("utf-8"))["config"]
    stack = {key.removeprefix("workload-secrets:"): value for key, value in found.items()}
    for name, parts in gateways.items():
        stack["gateways"][name].update(parts)
    return stack


def message(**gateways: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as refused:
        parse(data(**gateways), file="kong.yaml", folder=ROOT)
    return str(refused.value)


def test_a_gateway_on_machines_needs_none() -> None:
    config = parse(data(), file="kong.yaml", folder=ROOT)
    assert config.gateways["partner"].workload is None


def test_a_vault_that_logs_in_as_a_pod_needs_one() -> None:
    assert (
        "gateways.edge.workload: got nothing; allowed: the workload of the gateway's pods: "
        "vault hashicorp-vault logs in with their token; remedy: name it, or choose another auth"
    ) in message(edge={"workload": None})


def test_a_keyring_needs_one() -> None:
    keyring = {"keyring": {"secret": "redis"}}
    assert "the keyring is read with their token; remedy: name it, or remove the keyring" in message(
        partner=keyring
    )


def test_it_is_declared() -> None:
    assert (
        'gateways.edge.workload: got "kong"; allowed: a key of workloads: billing, kong-dp; '
        "remedy: declare the gateway's pods in workloads, or correct the name"
    ) in message(edge={"workload": "kong"})


def test_it_is_a_pod() -> None:
    stack = data(edge={"workload": "machine"})
    stack["workloads"]["machine"] = {
        "identity": {"method": "approle", "boundCidrs": ["10.9.0.0/24"]},
        "reads": ["redis"],
    }
    with pytest.raises(ConfigError, match=r'"machine", which is no pod; allowed: a workload of pods'):
        parse(stack, file="kong.yaml", folder=ROOT)
