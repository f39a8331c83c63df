"""What the engine expects of every plugin: a gRPC server on a port that the first line names.

https://github.com/pulumi/pulumi/blob/v3.274.1/sdk/go/common/resource/plugin/plugin.go
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import grpc

from workload_secrets.graph.process import end_with_parent
from workload_secrets.sandbox.ports import LOOPBACK

_MESSAGE_BYTES: Final = 400 * 1024 * 1024
"""The engine's own bound: sdk/go/common/util/rpcutil/grpc.go."""
MESSAGE_SIZES: Final = [(f"grpc.max_{way}_message_length", _MESSAGE_BYTES) for way in ("send", "receive")]


def serve(add: Callable[[Any], None], threads: int) -> None:
    """Serves what `add` puts on the server until the engine is gone, and doesn't come back."""
    # The engine ends plugins by this signal; Python would print a traceback into the user's output.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    server = grpc.server(ThreadPoolExecutor(threads), options=MESSAGE_SIZES)
    add(server)
    port = server.add_insecure_port(f"{LOOPBACK}:0")
    server.start()
    threading.Thread(target=end_with_parent, daemon=True).start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()
