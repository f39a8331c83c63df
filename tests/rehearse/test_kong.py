"""Kong's gateways, rehearsed: what holds, and that what is wrong in Vault or Kubernetes is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests import rehearsing
from tests.rehearse.gateways import NAMESPACE, STACK, Rehearsed, gateways
from tests.stacks.read import ROOT
from workload_secrets.access.usage import gateway_logins
from workload_secrets.cli.main import run
from workload_secrets.errors import Exit, ServerError
from workload_secrets.kong.entity import Entity
from workload_secrets.kong.pod import Api, Container, length
from workload_secrets.kong.reference import parse
from workload_secrets.kong.unresolved import Unresolved
from workload_secrets.sandbox import kubernetes

pytestmark = pytest.mark.sandbox

NAME: Final = "{vault://north-pods/customer/acme/name}"
MERGE: Final = "application/merge-patch+json"


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsed]:
    with gateways(tmp_path_factory.mktemp("kong")) as found:
        yield found


def unresolved(rehearsed: Rehearsed, name: str, text: str = NAME, **fields: Any) -> Unresolved:
    with pytest.raises(Unresolved) as found:
        rehearsed.session(name, **fields).resolve(parse(text))
    return found.value


def test_every_gateway_logs_in_and_resolves_what_it_references(rehearsed: Rehearsed) -> None:
    used = rehearsed.prove()
    assert used.problems == ()
    refused = "other secrets refused"
    assert set(used.lines) >= {
        f"north/north-files: north-dp logs in by kubernetes and resolves 1 reference; 3 {refused}; "
        "its fields are those of KongVault north-north-files",
        f"north/north-pods: north-dp logs in by kubernetes and resolves 3 references; 3 {refused}; "
        "its fields are those of KongVault north-north-pods",
        "north/north-pods: ServiceAccount north/default is refused on the role",
        "north/north-pods: ServiceAccount north/ledger is refused on the role",
        f"south/south-branch: south-south-branch logs in by approle and resolves 1 reference; 6 {refused}",
        "south/south-branch: logs in with a plain and with a wrapped secret id; the used wrapping token is "
        "refused",
        f"south/south-clearing: south-south-clearing logs in by cert and resolves 2 references; 5 {refused}",
        "south/south-clearing: without the client certificate the login is refused",
    }
    assert any("a new version of customer resolves at once, and #" in line for line in used.lines)


def test_a_wrong_role_is_refused_at_the_login(rehearsed: Rehearsed) -> None:
    found = unresolved(rehearsed, "north/north-pods", kube_role="nobody")
    assert found.step == "login"
    assert "role nobody of gw-pods" in str(found)
    other = unresolved(rehearsed, "north/north-pods", kube_role="gw-admin")
    assert other.step == "login"
    assert "another ServiceAccount" in str(other)


def test_a_login_outside_of_the_namespace_is_refused(rehearsed: Rehearsed) -> None:
    found = unresolved(rehearsed, "north/north-pods", namespace=None)
    assert (found.step, found.status) == ("login", 403)


def test_a_replayed_wrapping_token_is_explained(rehearsed: Rehearsed) -> None:
    room = rehearsed.room("south/south-branch")
    config = room.vault.config
    brought = gateway_logins.machine(rehearsed.context, room, Entity(config), wrapping=True)
    gateway_logins.gateway(rehearsed.context, room, config, brought).log_in()
    with pytest.raises(Unresolved) as found:
        gateway_logins.gateway(rehearsed.context, room, config, brought).log_in()
    assert found.value.step == "unwrap"
    assert "already unwrapped, and then somebody else may have the secret id" in str(found.value)
    assert all(value not in str(found.value) for value in brought.files.values())


def test_a_policy_without_data_is_found(rehearsed: Rehearsed) -> None:
    text = 'path "routes-gw/customer/acme" { capabilities = ["read"] }\n'
    capabilities = 'path "sys/capabilities-self" { capabilities = ["update"] }\n'
    with rehearsed.policy("gw-north-dp", text + capabilities):
        used = rehearsed.prove()
    wanted = (
        "its policy reads routes-gw/customer/acme, which is no path of KV version 2; it needs read on "
        "routes-gw/data/customer/acme"
    )
    assert any(p.startswith("north/north-pods: read: ") and wanted in p for p in used.problems)


def test_a_policy_that_gives_more_is_found(rehearsed: Rehearsed) -> None:
    with rehearsed.policy("gw-north-dp", 'path "routes-gw/data/*" { capabilities = ["read"] }\n'):
        used = rehearsed.prove()
    assert "north/north-pods: north-dp gets to branch-office, which it is not declared to read: read" in (
        used.problems
    )


def test_a_mount_of_version_one_is_found(rehearsed: Rehearsed) -> None:
    body = {"type": "kv", "options": {"version": "1"}}
    assert rehearsed.admin.call("POST", "sys/mounts/routes-old", body).status in (200, 204)
    rights = 'path "routes-old/*" { capabilities = ["create", "update", "read"] }\n'
    with rehearsed.policy("gw-north-dp", rights):
        session = rehearsed.session("north/north-pods", mount="routes-old")
        http = session.http.as_token(session.http.token, NAMESPACE)
        assert http.call("POST", "routes-old/customer/acme", {"name": "old"}).status == 204
        with pytest.raises(Unresolved, match="routes-old is a KV mount of version 1"):
            session.resolve(parse(NAME))
        assert http.call("POST", "routes-old/data/customer/acme", {"name": "old"}).status == 204
        with pytest.raises(Unresolved, match="routes-old answers as a KV mount of version 1"):
            session.resolve(parse(NAME))
        first = rehearsed.session("north/north-pods", mount="routes-old", kv="v1")
        assert first.resolve(parse(NAME)).value == "old"


def test_a_deleted_and_a_destroyed_version_are_told_apart(rehearsed: Rehearsed) -> None:
    rights = "".join(
        f'path "routes-gw/{part}/north/database" {{ capabilities = ["update", "read", "delete"] }}\n'
        for part in ("data", "undelete", "destroy")
    )
    reference = parse("{vault://hcv/north/database/password}")
    with rehearsed.policy("gw-north-dp", rights):
        session = rehearsed.session("north/north-pods")
        http = session.http.as_token(session.http.token, NAMESPACE)
        version = session.resolve(reference).version
        http.call("DELETE", "routes-gw/data/north/database")
        with pytest.raises(Unresolved, match=f"version {version} is deleted"):
            session.resolve(reference)
        http.call("POST", "routes-gw/undelete/north/database", {"versions": [version]})
        assert session.resolve(reference).version == version
        http.call("POST", "routes-gw/destroy/north/database", {"versions": [version]})
        with pytest.raises(Unresolved, match=f"version {version} is destroyed"):
            session.resolve(reference)
    rehearsed.context.rewrite("early")


def test_an_object_that_somebody_changed_is_found(rehearsed: Rehearsed) -> None:
    cluster = kubernetes.admin(rehearsed.context.sandbox.clusters["gw"])
    place = f"{gateway_logins.KONG_VAULTS}/north-north-pods"
    old = cluster.call("GET", place)["spec"]["config"]
    cluster.call("PATCH", place, {"spec": {"config": {"ttl": 0, "mount": "other"}}}, MERGE)
    try:
        used = rehearsed.prove()
    finally:
        cluster.call("PATCH", place, {"spec": {"config": old}}, MERGE)
    assert "north/north-pods: KongVault north-north-pods says otherwise than declared: mount, ttl" in (
        used.problems
    )


def test_kong_get_says_that_it_resolved_and_how_long_the_value_is(
    rehearsed: Rehearsed, capsys: pytest.CaptureFixture[str]
) -> None:
    value = rehearsed.session("north/north-pods").resolve(parse(NAME)).value
    assert run(["kong", "get", str(rehearsed.file), NAME, "--project", str(ROOT)]) == Exit.OK
    shown = capsys.readouterr()
    assert f"{NAME}: resolved at north/north-pods as north-dp: secret routes-gw/customer/acme, key name" in (
        shown.out
    )
    assert shown.out.endswith(f": {len(value)} characters\n")
    assert value not in shown.out + shown.err
    assert run(["kong", "get", str(rehearsed.file), NAME, "--reveal", "--project", str(ROOT)]) == Exit.OK
    assert capsys.readouterr().out == value


def test_kong_get_takes_a_certificate_and_explains_an_address(
    rehearsed: Rehearsed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clearing = rehearsed.room("south/south-clearing")
    pair = gateway_logins.brought(rehearsed.context, clearing, clearing.vault.config).certificate
    assert pair is not None
    command = ["kong", "get", str(rehearsed.file), "--project", str(ROOT)]
    text = "{vault://south-clearing/south/clearing/api_key}"
    assert run([*command, text, "--certificate", pair[0], "--key", pair[1]]) == Exit.OK
    branch = rehearsed.room("south/south-branch")
    brought = gateway_logins.machine(rehearsed.context, branch, Entity(branch.vault.config), wrapping=True)
    file = tmp_path / "secret-id"
    file.write_text(next(iter(brought.files.values())))
    given = ["--secret-id-file", str(file), "--role-id", brought.values["approle_role_id"]]
    capsys.readouterr()
    assert run([*command, "{vault://south-branch/south/branch/api_key}", *given]) == Exit.ACCESS
    shown = capsys.readouterr().err
    assert "its wrapping token is used up by this" in shown
    assert "is in none of boundCidrs" in shown


def test_a_real_api_server_says_why_it_runs_nothing_in_a_pod(
    rehearsed: Rehearsed, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["kong", "get", str(rehearsed.file), NAME, "--pod", "absent", "--project", str(ROOT)]
    assert run(command) == Exit.SERVER
    assert "pod north/absent: HTTP 403: you may not run commands in it" in capsys.readouterr().err
    cluster = rehearsed.context.sandbox.clusters["gw"]
    token = cluster.admin_token_file.read_text().strip()
    api = Api(server=cluster.api_server, authority=cluster.ca_file.read_text(), token=token)
    absent = Container(namespace="north", pod="absent", container="proxy")
    with pytest.raises(ServerError, match="HTTP 404: there is no such pod"):
        length(api, absent, NAME)


def test_the_whole_rehearsal_passes() -> None:
    found = rehearsing.rehearsed(str(STACK))[0]
    assert (found["differences"], found["missing"], found["passed"]) == ([], [], True)
    assert "15 as declared granted, 195 refused by logins; no differences" in found["summary"]
