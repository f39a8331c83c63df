"""A stack with databases on real servers: from a hook that fails to credentials that end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploying import placed
from workload_secrets.access.derived import declaration_of
from workload_secrets.access.observed.rehearsal import Rehearsal
from workload_secrets.access.usage import database as proof
from workload_secrets.access.usage import database_rights
from workload_secrets.access.usage.context import Usage
from workload_secrets.cli.main import run
from workload_secrets.cli.site import site, spec, vault_admin
from workload_secrets.errors import ServerError
from workload_secrets.graph import wire
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph
from workload_secrets.keys.vault_http import VaultHttp
from workload_secrets.sandbox import databases, postgres, prerequisites
from workload_secrets.sandbox.api import down, up
from workload_secrets.sandbox.endpoints import endpoints
from workload_secrets.sandbox.engine import command
from workload_secrets.sandbox.handle import Sandbox

PROJECT = Path(__file__).parents[2]
STACK = PROJECT / "tests" / "stacks" / "database.yaml"
ENDPOINTS = "workload-secrets:endpoints"
pytestmark = pytest.mark.sandbox


@dataclass(frozen=True)
class Up:
    """What one `up` did: resources by operation, and what is deployed then."""

    changes: Mapping[str, int]
    graph: Graph


@dataclass(frozen=True)
class Made:
    """A sandbox with the stack's prerequisites, before and after its `up`s."""

    sandbox: Sandbox
    graph: Graph
    password: str

    def up(self, file: Path = STACK) -> Up:
        deployment = placed(self.sandbox, str(file))
        done = command.run(deployment.workspace, "up", "--skip-preview")
        prerequisites.after_deploy(self.sandbox, "database")
        return Up(done.changes, deployment.graph())

    def vault(self) -> VaultHttp:
        """The deployer in Vault."""
        access = self.sandbox.stacks["database"]
        assert access.vault_token_file is not None
        assert access.vault_address is not None
        return VaultHttp(access.vault_address, str(self.sandbox.ca_file), access.vault_token_file.read_text())

    def used(self, graph: Graph) -> Usage:
        rehearsal = Rehearsal(graph, site(self.sandbox, "database"))
        rehearsal.write()
        return proof.prove(rehearsal.usage(self.sandbox, vault_admin(self.sandbox, "database")))

    def superuser(self) -> Any:
        (server,) = self.sandbox.databases.values()
        return postgres.superuser(server, self.sandbox.ca_file, "app")


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stack's file with another role and its reader."""
    data = yaml.safe_load(STACK.read_text())
    grant = {"schema": "public", "tables": ["orders"], "verbs": ["select", "delete"]}
    added = {"backend": "database", "connection": "orders", "role": "cleaner", "grants": [grant]}
    data["config"]["workload-secrets:secrets"]["orders-clean"] = added
    reader = {"namespace": "shop", "vaultAudience": "vault", "reads": ["orders-clean"]}
    data["config"]["workload-secrets:workloads"]["cleaner"] = reader
    file = tmp_path_factory.mktemp("grown") / "database.yaml"
    file.write_text(yaml.safe_dump(data))
    return file


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, grown: Path) -> Iterator[Made]:
    root = tmp_path_factory.mktemp("database") / ".sandbox"
    graph = capture(PROJECT, str(STACK))
    room = spec(capture(PROJECT, str(grown)))  # the deployer's rights cover both
    sandbox = up([room], name="database", root=root, owner="process", progress=lambda _: None)
    try:
        prerequisites.make(sandbox, "database", declaration_of(graph))
        password = databases.password_file(sandbox, "database", "orders").read_text()
        yield Made(sandbox, graph, password)
    finally:
        down("database", root)


@pytest.fixture(scope="module")
def failed(made: Made) -> str:
    """What `up` says that has no password in its environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(databases, "environment", lambda *_: {})
        with pytest.raises(ServerError) as refused:
            made.up()
    return str(refused.value)


@pytest.fixture(scope="module")
def initialised(made: Made, failed: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stack's file with the sandbox's endpoints, after `database init` was run with it."""
    file = tmp_path_factory.mktemp("stack") / "database.yaml"
    data = yaml.safe_load(STACK.read_text())
    data["config"][ENDPOINTS] = endpoints(made.sandbox, "database", declaration_of(made.graph))
    file.write_text(yaml.safe_dump(data))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAULT_TOKEN", made.vault().token)
        patch.setenv("ORDERS_DB_ADMIN_PASSWORD", made.password)
        assert run(["database", "init", str(file), "--project", str(PROJECT)]) == 0
    return file


@pytest.fixture(scope="module")
def deployed(made: Made, initialised: Path) -> Up:
    return made.up()


def test_a_hook_without_a_password_fails_and_names_what_repeats_it(failed: str):
    assert "environment variable ORDERS_DB_ADMIN_PASSWORD holds no password" in failed
    assert "run `workload-secrets database init`" in failed


def test_init_can_be_repeated_without_the_password(
    made: Made, initialised: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("VAULT_TOKEN", made.vault().token)
    monkeypatch.delenv("ORDERS_DB_ADMIN_PASSWORD", raising=False)
    assert run(["database", "init", str(initialised), "--project", str(PROJECT)]) == 0
    assert "worked already; rotated once more" in capsys.readouterr().out


def test_init_of_a_connection_that_is_not_made_is_refused(
    made: Made, initialised: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("VAULT_TOKEN", made.vault().token)
    words = ["database", "init", str(initialised), "--project", str(PROJECT), "--connection", "stock"]
    assert run(words) == 2
    assert "this stack makes no such connection; it makes: orders" in capsys.readouterr().err


def test_every_credential_does_what_is_declared_and_ends(made: Made, deployed: Up):
    used = made.used(deployed.graph)
    assert used.problems == ()
    first, second, third, fourth = used.lines
    assert first.startswith("orders-db: api got a user for 3600 s: of 35 uses 8 are allowed and 27 refused")
    assert second.startswith("orders-report: reports got a user for 3600 s: of 13 uses 1 are allowed")
    assert third.startswith("orders-static: reports logged in as nightly; rotated")
    assert fourth == (
        "connection orders: the admin's first password is refused since its rotation; no role but the "
        "declared may use it"
    )


def test_after_the_proof_no_user_of_it_is_left(made: Made, deployed: Up):
    made.used(deployed.graph)
    session = made.superuser()
    assert session.run("SELECT rolname FROM pg_roles WHERE rolname LIKE 'v-%'") == []
    session.close()


def test_a_second_up_changes_nothing(made: Made, deployed: Up):
    again = made.up()
    assert set(again.changes) == {"same"}


def test_the_password_is_in_no_graph_log_or_audit(made: Made, deployed: Up):
    assert made.password not in json.dumps(wire.encode(deployed.graph))
    logs = [*(made.sandbox.folder / "logs").iterdir(), *made.sandbox.folder.glob("openbao*/audit.log")]
    assert len(logs) > 3
    for log in logs:
        assert made.password not in log.read_text(errors="replace"), log.name


def test_another_role_leaves_the_rotated_password_working(made: Made, deployed: Up, grown: Path):
    """An update of the connection sends no password, so the server keeps its own."""
    before = _allowed(made)
    changed = made.up(grown)
    assert changed.changes["update"] >= 1
    assert (before, _allowed(made)) == (
        ["api-role", "nightly", "report"],
        ["api-role", "cleaner", "nightly", "report"],
    )
    used = made.used(changed.graph)
    assert used.problems == ()
    assert any(line.startswith("orders-clean: cleaner got a user") for line in used.lines)
    made.up()
    assert _allowed(made) == before


def _allowed(made: Made) -> list[str]:
    return made.vault().call("GET", "database-dev/config/postgres").data["data"]["allowed_roles"]


def test_what_a_credential_made_stays_and_belongs_to_the_admin(made: Made, deployed: Up):
    above = made.superuser()
    path = "database-dev/roles/api-role"
    role = made.vault().call("GET", path).data["data"]
    more = [*role["creation_statements"], 'GRANT CREATE ON SCHEMA public TO "{{name}}"']
    made.vault().call("POST", path, {**role, "creation_statements": more})
    lease, user, session = _credential(made, deployed)
    made.vault().call("POST", path, role)
    session.run("CREATE TABLE public.made_by_a_credential (id integer)")
    _revoke(made, lease)
    database_rights.close(session)
    owner = above.run("SELECT tableowner FROM pg_tables WHERE tablename = 'made_by_a_credential'")
    assert owner == [["vault_admin"]]
    assert above.run("SELECT 1 FROM pg_roles WHERE rolname = :name", name=user) == []
    above.close()


def test_a_user_that_somebody_dropped_does_not_hold_up_its_lease(made: Made, deployed: Up):
    lease, user, session = _credential(made, deployed)
    session.close()
    above = made.superuser()
    above.run("SET ROLE vault_admin")  # only who granted a right takes it back
    above.run(f'DROP OWNED BY "{user}"')
    above.run(f'DROP ROLE "{user}"')
    above.close()
    _revoke(made, lease)


PLANTED = {
    "a right too many": (
        "creation_statements",
        'GRANT DELETE ON TABLE "public"."orders" TO "{{name}}"',
        "delete on public.orders is allowed",
    ),
    "a revocation that only locks": (
        "revocation_statements",
        None,
        "still has its session after the credential was revoked",
    ),
}


@pytest.mark.parametrize("claim", PLANTED)
def test_a_planted_mistake_in_a_role_is_found(made: Made, deployed: Up, claim: str):
    part, statement, found = PLANTED[claim]
    path = "database-dev/roles/api-role"
    role = made.vault().call("GET", path).data["data"]
    wrong = [*role[part], statement] if statement else ['ALTER ROLE "{{name}}" NOLOGIN']
    try:
        assert made.vault().call("POST", path, {**role, part: wrong}).status == 204
        problems = made.used(deployed.graph).problems
        assert any(found in problem for problem in problems), problems
    finally:
        made.vault().call("POST", path, role)
    assert made.used(deployed.graph).problems == ()


def _credential(made: Made, deployed: Up) -> tuple[str, str, Any]:
    """Lease, user and session of a credential that the declared reader got."""
    rehearsal = Rehearsal(deployed.graph, site(made.sandbox, "database"))
    rehearsal.write()
    context = rehearsal.usage(made.sandbox, vault_admin(made.sandbox, "database"))
    login: Any = context.vault_login("api")
    answer = login.http.call("GET", "database-dev/creds/api-role").data
    (server,) = made.sandbox.databases.values()
    user, password = answer["data"]["username"], answer["data"]["password"]
    session = postgres.connect(server, made.sandbox.ca_file, user, password, "app")
    return answer["lease_id"], user, session


def _revoke(made: Made, lease: str) -> None:
    admin = vault_admin(made.sandbox, "database")
    assert admin is not None
    answer = admin.http.call("POST", "sys/leases/revoke", {"lease_id": lease, "sync": True})
    assert answer.status == 204, answer.errors
