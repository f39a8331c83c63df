"""Nodes of a declared server as a test runs them: started, killed, emptied and asked."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workload_secrets.declaration.server import VaultServer
from workload_secrets.sandbox import raft
from workload_secrets.sandbox.certificates import Authority
from workload_secrets.sandbox.openbao import ADMIN_POLICY, Account, login
from workload_secrets.sandbox.raft import NODES, RaftCluster
from workload_secrets.sandbox.rest import Rest

PATIENCE_SECONDS = 60.0
OK = 200
TESTER = 'path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }\n'
"""A test has to read what it wrote; no account of a sandbox may."""


@dataclass
class Nodes:
    """The nodes of one cluster. `token` is an administrator's, once there is one."""

    cluster: RaftCluster
    running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict[int, "subprocess.Popen[bytes]"])
    token: str | None = field(default=None, repr=False)

    def start(self, node: int, *, first_start: bool = False) -> None:
        """Starts a node from the first or the running text; its data stays as it is."""
        command = self.cluster.command(node, first_start=first_start)
        assert command.folder is not None
        with (command.folder / "log").open("ab") as log:
            self.running[node] = subprocess.Popen(
                command.argv,
                cwd=command.folder,
                env={"PATH": os.environ["PATH"], "HOME": str(command.folder), **command.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self, node: int) -> None:
        """SIGKILL by pid, and waits for it: no node gets to say goodbye."""
        process = self.running.pop(node)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """Ends every node."""
        for node in tuple(self.running):
            self.kill(node)

    def empty(self, node: int) -> None:
        """Takes a stopped node's data, as a lost volume does."""
        shutil.rmtree(self.cluster.node_folder(node) / "data")

    def rest(self, node: int, token: str | None = None) -> Rest:
        return self.cluster.rest(node, token or self.token)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Asks node after node until one answers: in a failover standbys say 307 or 500."""
        end, last = time.monotonic() + PATIENCE_SECONDS, "nobody"
        while time.monotonic() < end:
            for node in tuple(self.running):
                with contextlib.suppress(OSError, http.client.HTTPException):
                    status, answer = self.rest(node).ask(method, path, body)
                    if status in (200, 204):
                        return answer
                    last = f"node {node}: {status} {answer}"
            time.sleep(0.1)
        raise AssertionError(f"{method} {path} within {PATIENCE_SECONDS} s: {last}")

    def ask(self, node: int, path: str) -> Any:
        """One node's own answer, once it knows who leads."""
        until(f"node {node} answers", lambda: self.rest(node).ask("GET", path)[0] == OK)
        return self.rest(node).call("GET", path)

    def servers(self) -> list[dict[str, Any]]:
        """What the cluster holds of its nodes."""
        answer = self.call("GET", "/v1/sys/storage/raft/configuration")
        return answer["data"]["config"]["servers"]

    def voters(self) -> set[str]:
        return {str(node["node_id"]) for node in self.servers() if node["voter"]}

    def leader(self) -> int:
        """The number of the node that leads."""
        names = [peer.partition(".")[0] for peer in self.cluster.server.peers]
        return next(names.index(str(node["node_id"])) for node in self.servers() if node["leader"])

    def cluster_id(self, node: int) -> str | None:
        """Which cluster a node says it is in, None while it is in none."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            _, answer = self.rest(node).ask("GET", "/v1/sys/health?standbyok=true")
            return answer.get("cluster_id")
        return None

    def first(self) -> None:
        """Node 0 begins, and the bootstrap deployer makes the test's administrator."""
        self.start(0, first_start=True)
        until("node 0 serves", lambda: self.rest(0).answers("/v1/sys/health"))
        tester = Account.make("tester", TESTER)
        raft.make_accounts(
            self.cluster, self.cluster.bootstrap(), [Account.make("admin", ADMIN_POLICY), tester]
        )
        self.token = login(self.cluster.places.api(0), self.cluster.ca_file, tester)

    def log(self, node: int) -> str:
        return (self.cluster.node_folder(node) / "log").read_text(errors="replace")


def until(what: str, holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> float:
    """Waits until something holds; the seconds it took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.1)
    return time.monotonic() - began


@contextlib.contextmanager
def nodes(server: VaultServer, folder: Path) -> Generator[Nodes]:
    """The nodes of a declared server, none of them started; all ended afterwards."""
    made = Nodes(RaftCluster.make(server, folder / "server", Authority(folder, "raft")))
    try:
        yield made
    finally:
        made.stop()


def all_voters(made: Nodes) -> set[str]:
    """The names of every node that a sandbox runs."""
    return {peer.partition(".")[0] for peer in made.cluster.server.peers[:NODES]}
