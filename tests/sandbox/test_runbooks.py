"""The runbooks' own commands, with the real command line, against three nodes of the example.

kubectl's part is played by the test: a pod is a process, a volume a folder.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.sandbox.raft_cluster import Nodes, all_voters, nodes, until
from tests.stacks import server
from tests.stacks.read import ROOT
from workload_secrets.sandbox import openbao
from workload_secrets.sandbox.raft import NODES

pytestmark = pytest.mark.sandbox
RUNBOOKS = ROOT / "docs" / "runbooks"
DEPLOYER = 'path "kept/*" { capabilities = ["create", "read", "update"] }\n'
OPERATOR = "".join(
    f'path "{path}" {{ capabilities = ["create", "read", "update", "delete", "sudo"] }}\n'
    for path in ("sys/mounts/*", "sys/policies/acl/*", "sys/storage/raft/*", "sys/step-down", "kept/*")
)


@dataclass
class Shell:
    """An operator's shell beside the nodes; `token` is in its environment."""

    nodes: Nodes
    token: str = field(default="", repr=False)

    @property
    def folder(self) -> Path:
        return self.nodes.cluster.folder

    def bao(self, line: str, runbook: str = "", node: int | None = None) -> str:
        """One command, at a node or the first that runs. `runbook`: the page that has it, word
        for word."""
        if runbook:
            assert f"bao {line}" in (RUNBOOKS / f"{runbook}.md").read_text("utf-8")
        done = subprocess.run(
            [openbao.binary(), *re.sub(r'"', "", line).split()],
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.folder),
                "BAO_ADDR": self.nodes.cluster.places.api(min(self.nodes.running) if node is None else node),
                "BAO_CACERT": str(self.nodes.cluster.ca_file),
                **({"BAO_TOKEN": self.token} if self.token else {}),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, f"{line}: {done.stderr}"
        return done.stdout.strip()

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def votes(self) -> int:
        return self.bao("operator raft list-peers").count("true")


def bootstrapped(made: Nodes) -> Shell:
    """Steps 2 and 3 of the first start."""
    made.start(0, first_start=True)
    until("node 0 serves", lambda: made.rest(0).answers("/v1/sys/health"))
    shell = Shell(made)
    login = "write -field=token auth/bootstrap/login role_id=bootstrap secret_id=@secret-id"
    shell.token = shell.bao(login, "first-start")
    return shell


def login_of(shell: Shell, mount: str, role: str) -> str:
    """A token of an AppRole that the runbook has just made."""
    role_id = shell.bao(f"read -field=role_id auth/{mount}/role/{role}/role-id")
    shell.write("once", shell.bao(f"write -f -field=secret_id auth/{mount}/role/{role}/secret-id"))
    return shell.bao(f"write -field=token auth/{mount}/login role_id={role_id} secret_id=@once")


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """After the first start: three voters, and an operator's token in the environment."""
    with nodes(server.declared(), tmp_path_factory.mktemp("runbooks")) as made:
        own = bootstrapped(made)
        own.bao("operator raft autopilot set-config -server-stabilization-time=1s")  # not to wait
        own.write("deployer.hcl", DEPLOYER)
        own.write("operator.hcl", OPERATOR)
        own.bao("policy write deployer-guide deployer.hcl", "first-start")
        own.bao("policy write operator operator.hcl")
        own.bao("auth enable -path=deployers approle", "first-start")
        own.bao(
            "write auth/deployers/role/guide token_policies=deployer-guide token_ttl=1h "
            "secret_id_num_uses=1 secret_id_ttl=10m",
            "first-start",
        )
        own.bao("write auth/deployers/role/operator token_policies=operator")
        for node in range(1, NODES):
            made.start(node)
        until("three voters", lambda: own.votes() == NODES)
        operator = login_of(own, "deployers", "operator")
        deployer = login_of(own, "deployers", "guide")
        own.bao("auth disable bootstrap", "first-start")
        with pytest.raises(AssertionError, match="permission denied"):
            own.bao("token lookup")
        own.token = operator
        own.bao("policy delete bootstrap", "first-start")
        made.token = operator
        own.bao("write sys/mounts/kept type=kv-v2")
        own.token = deployer
        own.bao("kv put kept/before x=1")
        own.token = operator
        yield own


def test_a_removed_and_emptied_node_comes_back_by_itself(shell: Shell) -> None:
    made = shell.nodes
    shell.bao("operator raft autopilot state", "lost-peer")
    lost = next(node for node in reversed(range(NODES)) if node != made.leader())
    made.kill(lost)
    shell.bao(f"operator raft remove-peer openbao-{lost}")
    made.empty(lost)
    made.start(lost)
    until("it votes again", lambda: made.voters() == all_voters(made))


def test_a_leader_that_steps_down_is_followed_at_once(shell: Shell) -> None:
    leader = shell.nodes.leader()
    shell.bao("operator step-down", "upgrade")
    took = until("another leads", lambda: shell.nodes.leader() != leader)
    assert took < 10


def test_a_certificate_is_read_again_on_sighup(shell: Shell) -> None:
    """A renewed one is served without a restart."""
    made = shell.nodes
    node = made.leader()
    file = made.cluster.node_folder(node) / "tls" / "tls.crt"
    before = file.read_bytes()
    seen = len(made.log(node))
    file.write_bytes(before)
    os.kill(made.running[node].pid, 1)
    until("it reloads", lambda: "reload" in made.log(node)[seen:].lower())
    assert made.rest(node).answers("/v1/sys/health")


def test_one_node_that_is_told_that_it_is_alone_leads_and_the_others_join_again(shell: Shell) -> None:
    """The majority is gone for good: raft's peers.json, as the page has it."""
    made = shell.nodes
    made.stop()
    own = f"127.0.0.1:{made.cluster.places.cluster_ports[0]}"
    page = (RUNBOOKS / "lost-peer.md").read_text("utf-8")
    (peers,) = re.findall(r"^\[\{.*\}\]$", page, re.MULTILINE)
    file = made.cluster.node_folder(0) / "data" / "raft" / "peers.json"
    file.write_text(peers.replace("openbao-0.openbao-internal:8201", own))
    for node in range(1, NODES):
        made.empty(node)
    made.start(0)
    until("it leads alone", lambda: made.rest(0).answers("/v1/sys/health"))
    assert [node["node_id"] for node in made.servers()] == ["openbao-0"]
    assert shell.bao("kv get -field=x kept/before") == "1"
    for node in range(1, NODES):
        made.start(node)
    until("three voters", lambda: shell.votes() == NODES)


def test_after_losing_every_node_a_snapshot_brings_all_back(shell: Shell) -> None:
    made, operator = shell.nodes, shell.token
    leader = made.leader()  # a standby passes the request on and loses the end of the answer
    shell.bao("operator raft snapshot save backup.snap", "restore-from-snapshot", leader)
    made.stop()
    for node in range(NODES):
        made.empty(node)
    fresh = bootstrapped(made)
    fresh.write(
        "restore.hcl", 'path "sys/storage/raft/snapshot-force" { capabilities = ["create", "update"] }\n'
    )
    fresh.bao("policy write restore restore.hcl", "restore-from-snapshot")
    role = "write auth/bootstrap/role/restore token_policies=restore token_ttl=10m secret_id_num_uses=1"
    fresh.bao(role, "restore-from-snapshot")
    fresh.token = login_of(fresh, "bootstrap", "restore")
    fresh.bao("operator raft snapshot restore -force backup.snap", "restore-from-snapshot")
    fresh.token = operator
    until("the old login counts", lambda: made.rest(0, operator).answers("/v1/auth/token/lookup-self"))
    made.kill(0)  # else it goes on with the raft key of the cluster that is no more
    made.start(0)
    until("it serves again", lambda: made.rest(0).answers("/v1/sys/health"))
    assert fresh.bao("kv get -field=x kept/before") == "1"
    for node in range(1, NODES):
        made.start(node)
    until("three voters", lambda: fresh.votes() == NODES)
