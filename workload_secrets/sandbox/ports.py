"""Free ports on 127.0.0.1 for servers that can't be handed an open socket."""

from __future__ import annotations

import random
import socket
from typing import Final

LOOPBACK: Final = "127.0.0.1"

# Below the range the kernel hands to outgoing connections (32768-60999 on Linux, from
# 49152 elsewhere), so that no connection takes a port between our check and the bind.
_FIRST: Final = 20000
_LAST: Final = 32000
_TRIES: Final = 1000


def free_ports(count: int) -> tuple[int, ...]:
    """`count` distinct ports that nobody listens on. Raises OSError where none is left.

    All are held open until the last is found, so that they differ. Two sandboxes started
    at once draw from 12,000 ports at random; a clash shows as a server that fails to bind.
    """
    held: list[socket.socket] = []
    try:
        for _ in range(_TRIES):
            if len(held) == count:
                break
            port = random.SystemRandom().randint(_FIRST, _LAST)
            candidate = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                candidate.bind((LOOPBACK, port))
            except OSError:
                candidate.close()
                continue
            held.append(candidate)
        if len(held) < count:
            raise OSError(f"no {count} free ports between {_FIRST} and {_LAST} on {LOOPBACK}")
        return tuple(int(s.getsockname()[1]) for s in held)
    finally:
        for open_socket in held:
            open_socket.close()
