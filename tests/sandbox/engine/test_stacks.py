"""The project's stacks under the real engine, with the sandbox's handlers as its providers."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tests.sandbox.engine.deployed import ROOT, Deployed, deployed, may_delete, small, state
from workload_secrets.access.derived import declaration_of
from workload_secrets.access.resources import custom
from workload_secrets.errors import ServerError
from workload_secrets.sandbox.api import down
from workload_secrets.sandbox.deploy import admin, listing
from workload_secrets.sandbox.engine import command
from workload_secrets.sandbox.engine.binary import Engine
from workload_secrets.sandbox.engine.language import packages_installed
from workload_secrets.sandbox.engine.real import RealProvider
from workload_secrets.sandbox.engine.stack import notes, place
from workload_secrets.sandbox.files import write_json

pytestmark = [pytest.mark.engine, pytest.mark.sandbox]

MARKED = "a description that is marked secret"
MARKS = """
marked = pulumi.Output.secret(config.require("text"))
mount = vault.Mount("kv", path="marked", type="kv-v2", description=marked, opts=opts)
text = mount.accessor.apply(lambda accessor: f"# {accessor}\\n")
vault.Policy("policy", name="marked", policy=text, allow_overwrite=False, opts=opts)
pulumi.export("shown", mount.description)
"""
HALF = """
vault.jwt.AuthBackend("login", path="half", type="jwt", bound_issuer="https://issuer.example",
    jwt_supported_algs=[config.require("text")], jwt_validation_pubkeys=["replaced by the cluster's own"],
    opts=opts)
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engine") / ".sandbox"


def _status() -> str:
    command = ["git", "status", "--porcelain"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module", autouse=True)
def status() -> str:
    """What git sees before any of these tests."""
    return _status()


@pytest.fixture(scope="module")
def dev(engine: Engine, root: Path) -> Iterator[Deployed]:
    made = deployed("dev", engine, root)
    yield made
    down(made.sandbox.name, root)


def with_more_versions(folder: Path) -> Path:
    """dev's stack file with another number of versions of one KV mount."""
    shared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text("utf-8"))["config"]["workload-secrets:shared"]
    values = shared["default"]
    values["kvMounts"]["pmp"]["maxVersions"] += 1
    stack = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text("utf-8"))
    stack["config"]["workload-secrets:shared"] = values
    file = folder / "Pulumi.dev.yaml"
    file.write_text(yaml.safe_dump(stack))
    return file


@pytest.fixture(scope="module")
def before(dev: Deployed) -> set[str]:
    """What is on the servers before anything is made."""
    return set(listing(dev.sandbox, "dev"))


@pytest.mark.usefixtures("before")
def test_dev_goes_up_with_the_pack_attached_and_a_second_up_changes_nothing(dev: Deployed) -> None:
    everything = len(dev.graph.resources)
    assert dev.run("preview", pack=True) == {"create": everything}
    assert dev.run("up", pack=True) == {"create": everything}
    assert dev.run("up", pack=True) == {"same": everything}
    assert dev.run("refresh") == {"same": everything}
    lists = notes(dev.workspace)
    assert any(line.startswith("discovery of ") for line in lists["substitutions"])
    assert len(custom(dev.graph)) < everything


def test_the_state_holds_no_credential_of_the_run(dev: Deployed) -> None:
    access = dev.sandbox.stacks["dev"]
    assert access.vault_token_file is not None
    assert access.aws_credentials_file is not None
    text = state(dev)
    secrets = [access.vault_token_file.read_text().strip()]
    lines = access.aws_credentials_file.read_text().splitlines()
    secrets += [line.partition("=")[2].strip() for line in lines if "secret" in line]
    secrets.append(json.loads(access.deployer_exec.read_text())["status"]["token"])
    assert len(secrets) >= 3
    assert all(len(secret) > 8 and secret not in text for secret in secrets)


def test_what_is_changed_by_hand_is_found_and_put_right(dev: Deployed) -> None:
    """A Vault policy, an IAM role, an annotation of a ServiceAccount; and a policy that is gone."""
    vault, aws = admin.vault(dev.sandbox, "dev"), admin.aws(dev.sandbox, "dev")
    assert vault is not None
    assert aws is not None
    first, second = (r.inputs["name"] for r in dev.graph.of("vault:index/policy:Policy")[:2])
    may_delete(vault, f"sys/policies/acl/{second}")
    vault.send("PUT", f"/v1/sys/policies/acl/{first}", {"policy": "# by hand\n"})
    vault.send("DELETE", f"/v1/sys/policies/acl/{second}")
    aws("iam").update_role(RoleName="dev-billing", MaxSessionDuration=7200)
    account = "/api/v1/namespaces/billing/serviceaccounts/billing"
    none = {"metadata": {"annotations": {"eks.amazonaws.com/role-arn": None}}}
    kubernetes = admin.kubernetes(dev.sandbox, "dev")
    kubernetes.send("PATCH", account, none, headers={"content-type": "application/merge-patch+json"})
    same = len(dev.graph.resources) - 4
    assert dev.run("refresh") == {"update": 3, "delete": 1, "same": same}
    assert dev.run("up") == {"update": 3, "create": 1, "same": same}
    assert dev.run("refresh") == {"same": same + 4}
    assert aws("iam").get_role(RoleName="dev-billing")["Role"]["MaxSessionDuration"] != 7200
    found = kubernetes.send("GET", account).body["metadata"]["annotations"]
    assert found["eks.amazonaws.com/role-arn"].endswith(":role/dev-billing")


def test_one_changed_number_is_one_update(dev: Deployed, engine: Engine, tmp_path: Path) -> None:
    same = len(dev.graph.resources) - 1
    declaration = declaration_of(dev.graph)
    place(dev.sandbox, ROOT, str(with_more_versions(tmp_path)), declaration, engine)
    assert dev.run("preview") == {"update": 1, "same": same}
    assert dev.run("up") == {"update": 1, "same": same}
    place(dev.sandbox, ROOT, "dev", declaration, engine)
    assert dev.run("up") == {"update": 1, "same": same}


def test_destroy_leaves_the_servers_as_they_were(dev: Deployed, before: set[str]) -> None:
    assert dev.run("destroy") == {"delete": len(dev.graph.resources)}
    after = listing(dev.sandbox, "dev")
    waiting = {name for name in after if name.startswith("aws/key/") or name.startswith("aws/secret/")}
    kinds = {name for name in after.keys() - waiting if not name.startswith("kubernetes/CustomResource")}
    assert kinds - before == set()


def test_what_stands_there_already_or_is_being_deleted_is_refused_by_name(dev: Deployed) -> None:
    server = admin.vault(dev.sandbox, "dev")
    assert server is not None
    server.send("POST", "/v1/sys/mounts/pmp-dev", {"type": "kv", "options": {"version": "2"}})
    with pytest.raises(ServerError) as raised:
        dev.run("up", "--continue-on-error")
    said = str(raised.value)
    assert re.search(
        r"mount pmp-dev exists already.*import it as vault:index/mount:Mount pmp-mount with id pmp-dev", said
    )
    assert re.search(r"secret \S+ is scheduled for deletion: wait, or run .*restore-secret", said)


def test_what_is_half_made_is_kept_and_the_next_up_goes_on(
    dev: Deployed, engine: Engine, tmp_path: Path
) -> None:
    server = admin.vault(dev.sandbox, "dev")
    assert server is not None
    may_delete(server, "sys/auth/half", "auth/half/config")
    workspace = small(dev, engine, tmp_path, HALF, "NONE1")
    with pytest.raises(ServerError, match="unsupported"):
        command.run(workspace, "up")
    workspace = small(dev, engine, tmp_path, HALF, "RS256")
    assert command.run(workspace, "up").changes == {"same": 2, "update": 1}
    assert server.send("GET", "/v1/auth/half/config").body["data"]["jwt_supported_algs"] == ["RS256"]
    assert command.run(workspace, "up").changes == {"same": 3}
    assert command.run(workspace, "destroy").changes == {"delete": 3}


def test_marks_of_secrets_and_values_not_known_yet_go_round(
    dev: Deployed, engine: Engine, tmp_path: Path
) -> None:
    server = admin.vault(dev.sandbox, "dev")
    assert server is not None
    may_delete(server, "sys/policies/acl/marked", "sys/mounts/marked")
    workspace = small(dev, engine, tmp_path, MARKS, MARKED)
    assert command.run(workspace, "preview").changes == {"create": 4}
    assert command.run(workspace, "up").changes == {"create": 4}
    assert command.run(workspace, "up").changes == {"same": 4}
    assert command.run(workspace, "refresh").changes == {"same": 4}
    own = replace(dev, workspace=workspace)
    assert MARKED not in state(own, shown=False)
    assert MARKED in state(own)
    assert server.send("GET", "/v1/sys/mounts/marked").body["data"]["description"] == MARKED
    assert command.run(workspace, "destroy").changes == {"delete": 4}
    assert server.send("GET", "/v1/sys/mounts/marked", accept=(400,)).status == 400


def test_a_stack_goes_round_with_a_provider_behind_the_guard(
    dev: Deployed, engine: Engine, tmp_path: Path
) -> None:
    """Our own plugin stands for the real provider: it refuses to start without its arguments, so the
    guard is what the engine talks to."""
    server = admin.vault(dev.sandbox, "dev")
    assert server is not None
    may_delete(server, "sys/policies/acl/marked", "sys/mounts/marked")
    ours = small(dev, engine, tmp_path, MARKS, MARKED)
    version = packages_installed()["vault"]
    name = "pulumi-resource-vault"
    chosen = tmp_path / name
    (ours.home / "plugins" / f"resource-vault-v{version}" / name).rename(chosen)
    provider = RealProvider(system="vault", path=chosen, version=version, wanted=version)
    workspace = small(dev, engine, tmp_path, MARKS, MARKED, real={"vault": provider})
    assert workspace.providers() == f"vault {version}, the real one at {chosen}; aws, kubernetes: ours"
    assert command.run(workspace, "up").changes == {"create": 4}
    assert command.run(workspace, "up").changes == {"same": 4}
    assert command.run(workspace, "refresh").changes == {"same": 4}
    assert command.run(workspace, "destroy").changes == {"delete": 4}
    outside = {"address": "https://vault.example:8200", "ca": str(dev.sandbox.ca_file), "text": MARKED}
    write_json(workspace.project / "Pulumi.one.yaml", {"config": outside})
    with pytest.raises(ServerError, match="contacts only loopback IP addresses"):
        command.run(workspace, "up")


OTHERS = {
    "examples/pmp-aws.yaml": "keys and secrets that are protected",
    "examples/pmp-vault.yaml": "a reviewer in the cluster",
    "examples/kong.yaml": "logins of gateways",
    "tests/stacks/database.yaml": "connections and their roles",
    "tests/stacks/engines.yaml": "certificate authorities and keys",
    "tests/stacks/identities.yaml": "jobs, machines, certificates, token roles",
}


@pytest.mark.parametrize("stack", OTHERS)
def test_other_stacks_go_up_stay_and_go_down(stack: str, engine: Engine, root: Path) -> None:
    made = deployed(stack, engine, root)
    try:
        everything = len(made.graph.resources)
        # In production the pack refuses an emulator of AWS (META-04), which the sandbox's is.
        pack = declaration_of(made.graph).facts.aws is None or declaration_of(made.graph).tier != "production"
        assert made.run("up", pack=pack) == {"create": everything}
        assert made.run("up") == {"same": everything}
        assert made.run("refresh") == {"same": everything}
        gone = made.run("destroy", "--exclude-protected")
        protected = any(resource.options.protect for resource in made.graph.resources)
        assert gone["delete"] + gone.get("same", 0) == everything
        assert ("same" in gone) == protected
    finally:
        down(made.sandbox.name, root)


def test_git_sees_nothing_of_it(status: str) -> None:
    assert _status() == status
