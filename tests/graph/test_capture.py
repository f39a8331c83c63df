"""A capture in its child process."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.graph.harness import SMALL, TRAPS
from workload_secrets.errors import InputError
from workload_secrets.graph import wire
from workload_secrets.graph.capture import capture
from workload_secrets.graph.errors import ProgramError
from workload_secrets.graph.model import UNKNOWN


@pytest.fixture(scope="module")
def small():
    return capture(SMALL, "dev")


def trap(case):
    return {"traps:case": case}


@pytest.mark.parametrize("mode", ["preview", "update"])
def test_two_captures_are_the_same_bytes(mode):
    first, second = (wire.dumps(capture(SMALL, "dev", mode=mode)) for _ in range(2))
    assert first == second


def test_symbols_are_well_formed_and_know_the_providers_account(small):
    key, secret = small.only("aws:kms/key:Key"), small.only("aws:secretsmanager/secret:Secret")
    assert key.outputs["arn"].startswith("arn:aws:kms:eu-central-1:111122223333:key/symbol-")
    assert secret.inputs["kmsKeyId"] == key.outputs["arn"]
    name, _, six = secret.outputs["arn"].rpartition("-")
    assert name == "arn:aws:secretsmanager:eu-central-1:111122223333:secret:PMP-Dev"
    assert len(six) == 6
    assert small.outputs["role"] == "arn:aws:iam::111122223333:role/dev-pmp"


def test_a_components_outputs_are_recorded(small):
    assert small.only("test:index:Pair").outputs["declaration"] == {
        "account": "111122223333",
        "n": 3,
    }


def test_at_preview_what_a_server_computes_is_unknown():
    graph = capture(SMALL, "dev", mode="preview")
    assert graph.outputs["role"] is UNKNOWN
    assert graph.only("aws:secretsmanager/secret:Secret").unknowns == {("kmsKeyId",)}


def test_the_resources_are_sorted_by_urn(small):
    urns = [r.urn for r in small.resources]
    assert urns == sorted(urns)


def test_what_the_program_prints_does_not_disturb_the_result():
    assert capture(TRAPS, "one", overrides=trap("prints")).of("vault:index/policy:Policy")


def test_the_callers_accounts_and_clusters_do_not_reach_the_program(monkeypatch):
    for name in ("AWS_PROFILE", "VAULT_TOKEN", "KUBECONFIG", "PULUMI_CONFIG"):
        monkeypatch.setenv(name, "{}")
    assert capture(TRAPS, "one", overrides=trap("environment")).outputs["names"] == []


def test_a_configuration_error_of_the_program_reaches_the_caller():
    with pytest.raises(InputError, match=r"workloads\.x: got 3"):
        capture(TRAPS, "one", overrides=trap("config_error"))


def test_a_refusal_reaches_the_caller():
    with pytest.raises(ProgramError, match="declared twice"):
        capture(TRAPS, "one", overrides=trap("duplicate"))


def test_an_output_in_a_text_is_refused():
    with pytest.raises(ProgramError, match=r"cases\.py"):
        capture(TRAPS, "one", overrides=trap("output_in_text"))


def test_a_bad_stack_file_is_reported_before_the_child_starts():
    with pytest.raises(InputError, match="no such stack file"):
        capture(SMALL, "nope")


def test_the_child_dies_with_its_parent():
    program = (
        "import sys; from pathlib import Path; from workload_secrets.graph.capture import capture\n"
        f"capture(Path({str(TRAPS)!r}), 'one', overrides={{'traps:case': 'waits'}})"
    )
    root = str(Path(__file__).parents[2])
    parent = subprocess.Popen([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": root})
    try:
        child = _wait_for(lambda: _child_of(parent.pid))
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        _wait_for(lambda: not _alive(child))
    finally:
        parent.kill()
        parent.wait()


def _wait_for(test):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        found = test()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen in 30 s")


def _child_of(pid):
    """The pid of a child that runs our module."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _parent(entry) == pid:
            return int(entry.name)
    return None


def _parent(entry):
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def _alive(pid):
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False
