"""Starting and ending whole sandboxes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workload_secrets.errors import InputError, ServerError
from workload_secrets.sandbox import down, load, running, state, up
from workload_secrets.sandbox.handle import ClusterSpec, Sandbox, StackSpec
from workload_secrets.sandbox.process import Process
from workload_secrets.sandbox.servers import python_path
from workload_secrets.sandbox.start import Plan

OWNER = """
import signal, sys, time
from pathlib import Path
from workload_secrets.sandbox import up
from workload_secrets.sandbox.handle import ClusterSpec, StackSpec
cluster = ClusterSpec(name="dev", issuer="https://issuer.example", api_audience="api")
spec = StackSpec(stack="dev", cluster=cluster, uses_vault=True, account_id="111122223333")
up([spec], name="killed", root=Path(sys.argv[1]), owner="process", progress=lambda line: None)
print("up", flush=True)
time.sleep(300)
"""


def spec(
    stack: str = "dev", *, cluster: str = "dev", issuer: str = "https://i", audience: str = "a"
) -> StackSpec:
    return StackSpec(
        stack=stack,
        cluster=ClusterSpec(name=cluster, issuer=issuer, api_audience=audience),
        uses_vault=False,
    )


def test_two_stacks_of_one_cluster_share_it() -> None:
    assert list(Plan.of([spec("a"), spec("b")]).clusters) == ["dev"]
    assert list(Plan.of([spec("a"), spec("b", cluster="two", issuer="https://j")]).clusters) == ["dev", "two"]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (spec("b", issuer="https://j"), "cluster dev has another issuer"),
        (spec("b", audience="b"), "cluster dev has another issuer or API audience"),
        (spec("b", cluster="two"), "same issuer"),
        (spec("a"), "each may be named once"),
    ],
)
def test_stacks_that_contradict_each_other_are_refused(other: StackSpec, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Plan.of([spec("a"), other])


@pytest.mark.parametrize("name", ["", "../x", "A", "x/y"])
def test_a_name_that_is_no_folder_is_refused(root: Path, name: str) -> None:
    with pytest.raises(InputError, match="sandbox name"):
        up([spec()], name=name, root=root, owner="process", progress=lambda _: None)


def test_a_sandbox_that_does_not_run_is_not_found(root: Path) -> None:
    with pytest.raises(ServerError, match="no sandbox x runs"):
        load("x", root)
    assert running(root) == []
    assert down("x", root) is False


@pytest.mark.sandbox
def test_a_started_sandbox_is_found_again_as_it_is(sandbox: Sandbox) -> None:
    assert load(sandbox.name, sandbox.folder.parent) == sandbox
    assert running(sandbox.folder.parent) == [sandbox]


@pytest.mark.sandbox
def test_every_part_listens_on_loopback_only(sandbox: Sandbox) -> None:
    own_address = _own_address()
    for part in sandbox.parts:
        port = int(part.address.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            pass
        if own_address is not None:
            with pytest.raises(OSError):  # noqa: PT011 - refused or unreachable
                socket.create_connection((own_address, port), timeout=1).close()


def _own_address() -> str | None:
    """This machine's own address other than loopback, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


@pytest.mark.sandbox
def test_a_second_sandbox_runs_beside_and_ends_alone(sandbox: Sandbox) -> None:
    root = sandbox.folder.parent
    second = up([spec()], name="second", root=root, owner="detached", progress=lambda _: None)
    try:
        assert {made.name for made in running(root)} == {"second", sandbox.name}
        with pytest.raises(InputError, match="runs already"):
            up([spec()], name="second", root=root, owner="process", progress=lambda _: None)
    finally:
        assert down("second", root)
    assert not second.folder.exists()
    assert all(Process.of(part.pid) is None for part in second.parts)
    assert all(Process.of(part.pid) is not None for part in sandbox.parts)


@pytest.mark.sandbox
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.parametrize("seconds", [1.0, 3.0, None], ids=["early", "late", "when up"])
def test_killing_the_owner_leaves_nothing(root: Path, seconds: float | None, number: signal.Signals) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": python_path()},
    )
    assert owner.stdout
    if seconds is None:
        while owner.stdout.readline() != b"up\n":
            assert owner.poll() is None
    else:
        time.sleep(seconds)
    owner.send_signal(number)
    owner.wait()
    owner.stdout.close()
    end = time.monotonic() + 10
    while _mentioning(str(root)) and time.monotonic() < end:
        time.sleep(0.05)
    assert _mentioning(str(root)) == []
    # Killed before there was a supervisor it leaves a folder, which the next start removes.
    state.sweep(root)
    assert state.folders(root) == []


def _mentioning(text: str) -> list[str]:
    """The command lines of this machine's processes that name `text`."""
    done = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if text in line]
