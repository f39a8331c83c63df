from __future__ import annotations

from typing import Any

import pytest

from components.config.errors import ConfigError
from components.config.load import parse
from components.config.stack import StackConfig
from tests.stacks.read import changed

FILE = {"type": "file", "path": "/vault/audit/audit.log"}
STDOUT = {"type": "file", "path": "stdout"}
SOCKET = {"type": "socket", "address": "logs.example:9090"}
SYSLOG = {"type": "syslog", "facility": "LOCAL0"}


def config(stack: str = "prod", manage: str = "create", **devices: Any) -> StackConfig:
    audit = {"manage": manage, "devices": devices}
    return parse(changed(stack, {"shared/audit": audit}), file=f"{stack}.yaml")


def message(stack: str = "prod", **devices: Any) -> str:
    with pytest.raises(ConfigError) as refused:
        config(stack, **devices)
    return str(refused.value)


def test_two_devices_of_any_kind_are_fine_in_production() -> None:
    made = config(file=FILE, stdout=STDOUT, collector=SOCKET, system=SYSLOG)
    assert made.shared.audit is not None
    assert list(made.shared.audit.devices) == ["file", "stdout", "collector", "system"]


def test_one_device_alone_is_refused_in_production() -> None:
    assert message(file=FILE) == (
        "prod.yaml: shared.audit.devices: got 1; allowed: at least 2 in production: Vault stops where its "
        "only device can't write; remedy: add a device of another kind, such as stdout beside a file"
    )


def test_two_devices_of_one_place_are_one() -> None:
    found = message(file=FILE, again={**FILE, "mode": "0640"})
    assert "shared.audit.devices.again: got the place of file" in found


def test_openbao_is_refused_with_the_way_it_has() -> None:
    found = message("dev", file=FILE, stdout=STDOUT)
    assert "shared.audit: got devices to create on openbao" in found
    assert "remedy: declare them in the server's own stack, in vaultServer.audit" in found


def test_devices_of_others_may_be_named_on_any_product() -> None:
    assert config("dev", "existing", file=FILE).shared.audit is not None


def test_a_raw_log_is_refused() -> None:
    found = message(file={**FILE, "logRaw": True}, stdout=STDOUT)
    assert "a raw log holds every secret in clear text" in found


@pytest.mark.parametrize(
    ("device", "allowed"),
    [
        ({"type": "file", "path": "audit.log"}, "stdout, or an absolute path on the Vault server"),
        ({"type": "file", "path": "/vault/../etc/passwd"}, "stdout, or an absolute path"),
        ({"type": "file", "path": "/vault/audit.log", "mode": "0644"}, "without a right for others"),
        ({"type": "socket", "address": "logs.example"}, "HOST:PORT"),
        ({"type": "syslog", "facility": "auth; rm"}, "a facility such as AUTH"),
        ({"type": "kafka"}, "shared.audit.devices.odd.type: "),
        ({"type": "file"}, "shared.audit.devices.odd.path: got nothing"),
        ({"type": "syslog", "path": "/vault/audit.log"}, "for type syslog: facility, tag"),
    ],
)
def test_a_device_that_makes_no_sense_is_refused(device: dict[str, str], allowed: str) -> None:
    assert allowed in message(stdout=STDOUT, odd=device)


def test_a_stack_in_a_namespace_leaves_devices_to_the_root() -> None:
    audit = {"devices": {"file": FILE, "stdout": STDOUT}}
    with pytest.raises(ConfigError, match="they log the whole server"):
        parse(changed("eks", {"shared/audit": audit}), file="eks.yaml")


def test_a_stack_that_makes_nothing_in_vault_makes_no_devices() -> None:
    audit = {"shared/audit": {"devices": {"file": FILE, "stdout": STDOUT}}}
    with pytest.raises(ConfigError, match="declare them in the stack that configures Vault"):
        parse(changed("aws-only", audit), file="aws-only.yaml")


def test_devices_without_any_are_refused() -> None:
    assert "shared.audit.devices: got nothing; allowed: at least one device" in message()
