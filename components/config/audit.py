"""Where Vault writes who did what: its audit devices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from components.config.base import Manage, Model
from components.config.fields import Line, Name
from components.config.problem import refuse
from components.config.rules import pattern

LogPath = Annotated[
    str,
    pattern(
        r"stdout|/[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*",
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


class _Device(Model):
    """What is logged is the same everywhere: values as HMAC, accessors too, lists without items."""

    description: Line | None = None
    log_raw: Annotated[bool, AfterValidator(_never)] = False


class FileDevice(_Device):
    """`path` is a file on the Vault server, or stdout."""

    type: Literal["file"]
    path: LogPath
    mode: FileMode = "0600"


class SocketDevice(_Device):
    """A log collector. Vault waits for it: with one device alone a collector that hangs stops Vault."""

    type: Literal["socket"]
    address: SocketAddress
    socket_type: Literal["tcp", "udp", "unix"] = "tcp"


class SyslogDevice(_Device):
    """The syslog of the machine that the server runs on."""

    type: Literal["syslog"]
    facility: Annotated[
        str, pattern(r"[A-Z0-9]{1,16}", "a facility such as AUTH or LOCAL0", "correct it")
    ] = "AUTH"
    tag: Annotated[str, pattern(r"[A-Za-z0-9_.-]{1,32}", "1 to 32 letters, digits and _.-", "correct it")] = (
        "vault"
    )


Device = Annotated[FileDevice | SocketDevice | SyslogDevice, Field(discriminator="type")]


class Audit(Model):
    """Devices by name. `existing`: another stack or the server's owner makes them."""

    manage: Manage = "create"
    owner: Line | None = None
    devices: Mapping[Name, Device] = {}
