from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests import deploying
from workload_secrets.access.canary import PREFIX
from workload_secrets.access.derived import declaration_of
from workload_secrets.access.matrix import Matrix
from workload_secrets.access.observed.ages import Ages
from workload_secrets.access.observed.live import Live
from workload_secrets.access.observed.rehearsal import Rehearsal
from workload_secrets.access.principals import actors
from workload_secrets.access.proof import Proof
from workload_secrets.cli.site import site, spec
from workload_secrets.decide.answer import Answer
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph
from workload_secrets.sandbox import prerequisites
from workload_secrets.sandbox.api import down, up
from workload_secrets.sandbox.endpoints import endpoints
from workload_secrets.sandbox.handle import Sandbox

PROJECT = Path(__file__).parents[3]
STORAGE = ("openbao/raft", "openbao/vault.db", "etcd")
pytestmark = pytest.mark.sandbox


@dataclass(frozen=True)
class Deployed:
    sandbox: Sandbox
    graph: Graph
    rehearsal: Rehearsal
    observed: Matrix


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    root = tmp_path_factory.mktemp("rehearsal") / ".sandbox"
    graph = capture(PROJECT, "dev")
    declaration = declaration_of(graph)
    sandbox = up([spec(graph)], name="proof", root=root, owner="process", progress=lambda _: None)
    try:
        made = deploying.deployed(sandbox, "dev", graph)
        intruders = [(a.namespace, a.service_account) for a in actors(declaration) if a.has_other_account]
        prerequisites.after_deploy(sandbox, "dev", intruders)
        rehearsal = Rehearsal(made, site(sandbox, "dev"))
        assert rehearsal.write() == len(declaration.secrets)
        yield Deployed(sandbox, made, rehearsal, rehearsal.observe())
    finally:
        down("proof", root)


def test_every_login_gets_what_is_declared_and_nothing_else(deployed: Deployed) -> None:
    declaration = declaration_of(deployed.graph)
    proof = Proof(stack="dev", declaration=declaration, derived=Matrix.of([]), observed=deployed.observed)
    assert [d.sentence() for d in proof.differences if d.column == "observed"] == []


def test_every_intruder_was_tried(deployed: Deployed) -> None:
    names = {a.name for a in actors(declaration_of(deployed.graph)) if a.kind == "intruder"}
    assert not {cell.principal for cell in deployed.observed} & names, "an intruder got in"
    assert deployed.rehearsal.logins > 8 * len(names), "each shows its tokens to every role"


def test_another_value_than_the_canary_is_no_proof(deployed: Deployed) -> None:
    late = Rehearsal(deployed.graph, site(deployed.sandbox, "dev"))
    late.write()
    again = Rehearsal(deployed.graph, site(deployed.sandbox, "dev"))
    again.write()
    cell = late.observe().get("pmp", "pmp-vault", "read")
    assert cell.answer is Answer.NO
    assert "other than what was written" in cell.reasons[-1]


def test_the_live_proof_agrees_and_changes_nothing(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox, declaration = deployed.sandbox, declaration_of(deployed.graph)
    access = sandbox.stacks["dev"]
    where = endpoints(sandbox, "dev", declaration)
    where["cluster"]["exec"]["args"] = [str(access.prover_exec)]
    monkeypatch.setenv("AWS_CA_BUNDLE", str(sandbox.ca_file))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(access.aws_credentials_file))
    monkeypatch.setenv("AWS_PROFILE", "admin")
    graph = capture(PROJECT, "dev", overrides={"workload-secrets:endpoints": where})
    live = Live(graph, PROJECT)
    assert live.missing() == ()
    proof = Proof(stack="dev", declaration=declaration, derived=Matrix.of([]), observed=live.observe())
    assert [d.sentence() for d in proof.differences if d.column == "observed"] == []
    assert {cell.principal for cell in proof.untried()} == {
        a.name for a in actors(declaration) if a.kind not in {"workload", "writer"}
    }
    assert live.without_value() == ()
    assert all(PREFIX not in line for line in live.contents())
    assert any("api_key (" in line for line in live.contents())
    assert live.ages() == Ages((), ())
    late = live.ages(datetime.now(UTC) + timedelta(days=100)).overdue
    assert [line.split(" days")[0] for line in late] == [
        "billing-api: api_key is 100",
        "billing-payments: settlement_token is 100",
    ]
    assert all(PREFIX not in line for line in late)


def test_canaries_are_nowhere_but_in_the_servers_storage(deployed: Deployed) -> None:
    found = [
        str(path.relative_to(deployed.sandbox.folder))
        for path in deployed.sandbox.folder.rglob("*")
        if path.is_file() and PREFIX.encode() in path.read_bytes()
    ]
    assert [name for name in found if not any(part in name for part in STORAGE)] == []
    assert not any(PREFIX in value for value in os.environ.values())
