"""Where Vault writes who did what: its audit devices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator

from components.config.base import Manage, Model
from components.config.fields import Line, Name
from components.config.problem import refuse
from components.config.rules import pattern

LogPath = Annotated[
    str,
    pattern(
        r"stdout|(?!.*/\.\.?(/|$))(/[A-Za-z0-9._-]+)+",
        "stdout, or an absolute path on the Vault server",
        "write where the server keeps its audit log, such as /vault/audit/audit.log",
    ),
]
FileMode = Annotated[
    str,
    pattern(
        r"0[0-7]{2}0",
        "an octal mode without a right for others, such as 0600 or 0640",
        "leave the key out for 0600",
    ),
]
SocketAddress = Annotated[
    str,
    pattern(
        r"[A-Za-z0-9.-]{1,253}:[0-9]{1,5}|\[[0-9A-Fa-f:]+\]:[0-9]{1,5}|/[A-Za-z0-9._/-]+",
        "HOST:PORT, or the path of a unix socket",
        "write the address of the log collector",
    ),
]


def _never(value: bool) -> bool:
    if value:
        refuse(value, "false: a raw log holds every secret in clear text", "remove the key")
    return value


Facility = Annotated[str, pattern(r"[A-Z0-9]{1,16}", "a facility such as AUTH or LOCAL0", "correct it")]
Tag = Annotated[str, pattern(r"[A-Za-z0-9_.-]{1,32}", "1 to 32 letters, digits and _.-", "correct it")]

OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "file": ("path", "mode"),
    "socket": ("address", "socket_type"),
    "syslog": ("facility", "tag"),
}
"""Which keys belong to which type of device, the required ones first."""
REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {"file": ("path",), "socket": ("address",), "syslog": ()}


class Device(Model):
    """One device. `path` is a file on the Vault server, or stdout; `address` a log collector's.
    Vault waits for a collector: with one device alone a collector that hangs stops Vault.

    What is logged is the same everywhere: values and accessors as HMAC, lists without items.
    """

    type: Literal["file", "socket", "syslog"]
    description: Line | None = None
    path: LogPath | None = None
    mode: FileMode | None = None
    address: SocketAddress | None = None
    socket_type: Literal["tcp", "udp", "unix"] | None = None
    facility: Facility | None = None
    tag: Tag | None = None
    log_raw: Annotated[bool, AfterValidator(_never)] = False


class Audit(Model):
    """Devices by name. `existing`: another stack or the server's owner makes them."""

    manage: Manage = "create"
    owner: Line | None = None
    devices: Mapping[Name, Device] = {}
