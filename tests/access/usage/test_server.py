"""What the proof of a server says where the server is not as declared."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.sandbox.raft_cluster import Nodes, nodes
from tests.stacks import server as stacks
from workload_secrets.access.usage import server
from workload_secrets.access.usage.context import Usage, UsageContext
from workload_secrets.sandbox.files import write_private

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """The first of three declared nodes, alone."""
    with nodes(stacks.declared(), tmp_path_factory.mktemp("proof")) as made:
        made.first()
        yield made


def prove(one: Nodes, *, running: int = 1, **declared: Any) -> Usage:
    """The proof of the nodes that run, with other things declared than are so."""
    cluster = one.cluster
    access = SimpleNamespace(
        vault_nodes=cluster.addresses[:running],
        vault_folder=cluster.folder,
        vault_admin_token_file=write_private(cluster.folder / "token", str(one.token)),
    )
    context = SimpleNamespace(
        stack="s",
        declaration=SimpleNamespace(vault_server=cluster.server.model_copy(update=declared)),
        sandbox=SimpleNamespace(stacks={"s": access}, ca_file=cluster.ca_file),
    )
    return server.prove(cast("UsageContext", context))


def test_a_stack_without_a_server_proves_nothing_of_one(one: Nodes) -> None:
    access = SimpleNamespace(vault_nodes=(), vault_folder=None, vault_admin_token_file=None)
    context = SimpleNamespace(
        stack="s",
        declaration=SimpleNamespace(vault_server=None),
        sandbox=SimpleNamespace(stacks={"s": access}, ca_file=one.cluster.ca_file),
    )
    assert server.prove(cast("UsageContext", context)) == Usage()


def test_what_is_so_has_no_problem(one: Nodes) -> None:
    assert prove(one).problems == ()


def test_a_bootstrap_that_logs_in_again_is_a_problem(one: Nodes) -> None:
    """Its secret id is made good once more, as a wrong number of uses would."""
    secret_id = (one.cluster.folder / "secret-id").read_text()
    role = "/v1/auth/bootstrap/role/bootstrap"
    one.rest(0).call("POST", role, {"secret_id_num_uses": 0, "token_policies": ["bootstrap"]})
    one.rest(0).call("POST", f"{role}/custom-secret-id", {"secret_id": secret_id})
    (problem,) = prove(one).problems
    assert problem == "server openbao: the bootstrap secret id again got HTTP 200, not a refusal"
    one.rest(0).call("POST", f"{role}/secret-id/destroy", {"secret_id": secret_id})


def test_nodes_that_do_not_vote_are_named(one: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_VOTE_SECONDS", 1.0)
    found = prove(one, peers=("openbao-0.x", "openbao-1.x"), running=1)
    assert found.problems == ()
    monkeypatch.setattr(server, "_tls", lambda *_: ([], []))
    (problem,) = prove(one, running=3).problems
    assert problem == "server openbao: no 3 voters after 1 s, only openbao-0"


def test_a_name_that_the_certificate_lacks_is_named(one: Nodes) -> None:
    (problem,) = prove(one, names=("openbao.vault.svc", "vault.corp.example")).problems
    assert problem.endswith("does not prove the name vault.corp.example: SSLCertVerificationError")


def test_a_request_that_no_audit_file_holds_is_a_problem(one: Nodes) -> None:
    (problem,) = prove(one, audit_file="other").problems
    assert problem == "server openbao: a request is in none of 0 audit files"


def test_a_token_in_clear_text_is_a_problem(one: Nodes) -> None:
    file = one.cluster.audit_file(0)
    before = file.read_bytes()
    with file.open("ab") as out:
        out.write(str(one.token).encode() + b"\n")
    (problem,) = prove(one).problems
    assert problem == "server openbao: an audit file holds a token in clear text"
    kept = file.read_bytes()[len(before) :].replace(str(one.token).encode() + b"\n", b"")
    file.write_bytes(before + kept)
