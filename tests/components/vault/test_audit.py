"""Audit devices."""

from __future__ import annotations

import pytest

from components.config.audit import Device
from components.platform.audit import options
from components.vault.audit import TOKEN, Audit, AuditArgs, DeviceArgs
from tests.engine import declare, inside
from workload_secrets.graph.model import Graph, Mode

DEVICE = "vault:index/audit:Audit"
MODES: tuple[Mode, ...] = ("preview", "update")


def audit(mode: Mode = "update", **given: str) -> Graph:
    file = DeviceArgs(name="file", type="file", options={"file_path": "/vault/audit/audit.log", **given})
    stdout = DeviceArgs(name="stdout", type="file", options={"file_path": "stdout"}, description="Pod's log")
    return declare(lambda opts: Audit("audit", AuditArgs(devices=(file, stdout)), opts), mode)


@pytest.mark.parametrize("mode", MODES)
def test_every_device_says_what_it_logs(mode: Mode) -> None:
    made = {resource.name: resource.inputs for resource in audit(mode).of(DEVICE)}
    assert sorted(made) == ["audit-file", "audit-stdout"]
    for inputs in made.values():
        logged = {key: inputs["options"][key] for key in ("log_raw", "hmac_accessor", "elide_list_responses")}
        assert logged == {"log_raw": "false", "hmac_accessor": "true", "elide_list_responses": "true"}
    assert made["audit-stdout"]["description"] == "Pod's log"


def test_no_option_of_a_device_makes_the_log_raw() -> None:
    made = audit(log_raw="true").of(DEVICE)
    assert {resource.inputs["options"]["log_raw"] for resource in made} == {"false"}


def test_all_devices_are_in_the_component() -> None:
    graph = audit()
    assert [resource.type for resource in inside(graph, TOKEN)] == [DEVICE, DEVICE]
    assert graph.only(TOKEN).outputs == {"paths": ["file", "stdout"]}


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (Device(type="file", path="/log"), {"file_path": "/log", "mode": "0600"}),
        (Device(type="file", path="/log", mode="0640"), {"file_path": "/log", "mode": "0640"}),
        (Device(type="file", path="stdout"), {"file_path": "stdout"}),
        (Device(type="socket", address="logs:9090"), {"address": "logs:9090", "socket_type": "tcp"}),
        (Device(type="syslog"), {"facility": "AUTH", "tag": "vault"}),
    ],
)
def test_a_device_has_the_options_of_its_type(device: Device, expected: dict[str, str]) -> None:
    assert options(device) == expected
