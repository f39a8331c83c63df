"""Three nodes from the declared texts: one begins, the others join, and they survive losses.

Leaders are killed by pid with SIGKILL. Every value written here is made up.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.raft_cluster import Nodes, all_voters, nodes, until
from tests.stacks import server
from workload_secrets.sandbox.raft import NODES

pytestmark = pytest.mark.sandbox
FAILOVER_SECONDS = 30.0
_TOKEN = re.compile(rb"\b(?:hv|)[sbr]\.[A-Za-z0-9]{24,}")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """The example's server: node 0 from the first text, the others from the running text."""
    with nodes(server.declared(), tmp_path_factory.mktemp("raft")) as made:
        made.first()
        for node in range(1, NODES):
            made.start(node)
        until("three voters", lambda: made.voters() == all_voters(made))
        made.call("POST", "/v1/sys/mounts/kept", {"type": "kv", "options": {"version": "2"}})
        yield made


def write(cluster: Nodes, name: str) -> None:
    cluster.call("POST", f"/v1/kept/data/{name}", {"data": {"written": name}})


def read(cluster: Nodes, name: str) -> str:
    return str(cluster.call("GET", f"/v1/kept/data/{name}")["data"]["data"]["written"])


def test_the_others_join_unaided_after_one_initialisation(cluster: Nodes) -> None:
    until("one cluster", lambda: len({cluster.cluster_id(node) for node in range(NODES)}) == 1)
    assert cluster.voters() == all_voters(cluster)
    for node in range(1, NODES):
        assert "initialize" not in (cluster.cluster.node_folder(node) / "server.hcl").read_text()
        assert "security barrier initialized" not in cluster.log(node)


def test_a_standby_answers_with_the_last_write(cluster: Nodes) -> None:
    """Standby reads are off: a read straight after a write is never older than it."""
    standby = next(node for node in range(NODES) if node != cluster.leader())
    for number in range(30):
        cluster.rest(0).call("POST", "/v1/kept/data/fresh", {"data": {"number": number}})
        found = cluster.rest(standby).call("GET", "/v1/kept/data/fresh")["data"]["data"]["number"]
        assert found == number


def test_no_acknowledged_write_is_lost_when_the_leader_is_killed(cluster: Nodes) -> None:
    acknowledged: list[str] = []
    done = threading.Event()

    def keep_writing() -> None:
        number = 0
        while not done.is_set():
            name = f"killed-{number}"
            write(cluster, name)
            acknowledged.append(name)
            number += 1

    writer = threading.Thread(target=keep_writing)
    writer.start()
    until("some writes", lambda: len(acknowledged) > 20)
    leader = cluster.leader()
    before, began = len(acknowledged), time.monotonic()
    cluster.kill(leader)
    until("writes go on", lambda: len(acknowledged) > before + 5, FAILOVER_SECONDS)
    took = time.monotonic() - began
    done.set()
    writer.join()
    assert took < FAILOVER_SECONDS
    assert cluster.leader() != leader
    assert [name for name in acknowledged if read(cluster, name) != name] == []
    cluster.start(leader)
    until("the killed node is back", lambda: cluster.cluster_id(leader) is not None)
    until("it votes", lambda: cluster.voters() == all_voters(cluster))


def test_a_restarted_node_rejoins_and_has_what_was_written_meanwhile(cluster: Nodes) -> None:
    node = next(number for number in range(NODES) if number != cluster.leader())
    cluster.kill(node)
    write(cluster, "meanwhile")
    cluster.start(node)
    until("it is unsealed", lambda: cluster.rest(node).answers("/v1/sys/health?standbyok=true"))
    assert cluster.voters() == all_voters(cluster)
    assert cluster.ask(node, "/v1/kept/data/meanwhile")["data"]["data"] == {"written": "meanwhile"}


def test_an_emptied_node_0_joins_and_initialises_nothing(cluster: Nodes) -> None:
    """The running text has no stanza: a lost volume makes no second cluster."""
    before = cluster.cluster_id(1)
    cluster.kill(0)
    cluster.empty(0)
    seen = len(cluster.log(0))
    cluster.start(0)
    until("it is back", lambda: cluster.cluster_id(0) == before)
    until("it votes", lambda: cluster.voters() == all_voters(cluster))
    assert "security barrier initialized" not in cluster.log(0)[seen:]
    write(cluster, "afterwards")
    assert cluster.ask(0, "/v1/kept/data/afterwards")["data"]["data"] == {"written": "afterwards"}


def test_every_request_stands_in_the_audit_file_of_who_answered(cluster: Nodes) -> None:
    leader = cluster.leader()
    cluster.rest(leader).ask("GET", "/v1/sys/policies/acl/audited")
    lines = cluster.cluster.audit_file(leader).read_text().splitlines()
    found = [json.loads(line) for line in lines if "sys/policies/acl/audited" in line]
    assert [entry["type"] for entry in found] == ["request", "response"]
    assert all(entry["auth"]["client_token"].startswith("hmac-sha256:") for entry in found)


def test_no_root_token_and_no_secret_id_is_left_anywhere(cluster: Nodes) -> None:
    secret_id = (cluster.cluster.folder / "secret-id").read_bytes()
    known = {str(cluster.token).encode()}
    for file in cluster.cluster.folder.rglob("*"):
        if file.is_file() and file.name != "secret-id":
            content = file.read_bytes()
            assert secret_id not in content, file
            assert set(_TOKEN.findall(content)) <= known, file


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(server.VAULT, id="vault's text, as OpenBao"),
        pytest.param({"vaultServer/seal": server.STATIC, "vaultServer/version": "2.7.2"}, id="static"),
        pytest.param({"vaultServer/seal": {"type": "shamir"}, "vaultServer/replicas": 5}, id="shamir, five"),
    ],
)
def test_the_texts_of_other_seals_and_products_start_and_join_too(
    changes: dict[str, object], tmp_path: Path
) -> None:
    with nodes(server.declared(changes), tmp_path) as made:
        made.first()
        made.start(1)
        until("two nodes", lambda: len(made.servers()) == 2)
        assert made.cluster.audit_file(0).stat().st_size > 0
