"""The project's stacks under the real engine, with the sandbox's handlers as its providers."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml

from workload_secrets.access.derived import declaration_of
from workload_secrets.access.resources import custom
from workload_secrets.cli.site import spec
from workload_secrets.errors import ServerError
from workload_secrets.graph import config
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph
from workload_secrets.sandbox import prerequisites
from workload_secrets.sandbox.api import down, up
from workload_secrets.sandbox.deploy import admin, listing
from workload_secrets.sandbox.deploy.http import JsonClient
from workload_secrets.sandbox.deploy.run import site_of
from workload_secrets.sandbox.engine import command
from workload_secrets.sandbox.engine.binary import Engine
from workload_secrets.sandbox.engine.stack import notes, place
from workload_secrets.sandbox.engine.workspace import Workspace, prepare
from workload_secrets.sandbox.handle import Sandbox
from workload_secrets.sandbox.openbao import ADMIN

pytestmark = [pytest.mark.engine, pytest.mark.sandbox]

ROOT = Path(__file__).parents[3]
PACK = ROOT / "policies"

MARKED = "a description that is marked secret"
HEAD = """
import pulumi, pulumi_vault as vault

config = pulumi.Config()
provider = vault.Provider("vault", address=config.require("address"), ca_cert_file=config.require("ca"),
    skip_child_token=True)
opts = pulumi.ResourceOptions(provider=provider)
"""
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


@dataclass(frozen=True)
class Deployed:
    """A stack in a sandbox, placed and not yet up."""

    sandbox: Sandbox
    graph: Graph
    workspace: Workspace

    def run(self, verb: command.Verb, *options: str, pack: bool = False) -> dict[str, int]:
        done = command.run(self.workspace, verb, *options, policy_pack=PACK if pack else None)
        return dict(done.changes)


def _deployed(stack: str, engine: Engine, root: Path) -> Deployed:
    graph = capture(ROOT, stack)
    name = f"engine-{graph.stack}"[:40]
    sandbox = up([spec(graph)], name=name, root=root, owner="process", progress=lambda _: None)
    declaration = declaration_of(graph)
    prerequisites.make(sandbox, graph.stack, declaration)
    return Deployed(sandbox, graph, place(sandbox, ROOT, stack, declaration, engine))


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
    made = _deployed("dev", engine, root)
    yield made
    down(made.sandbox.name, root)


def state(deployed: Deployed, *, shown: bool = True) -> str:
    """The state, with its secrets `shown` or encrypted."""
    secrets = ["--show-secrets"] if shown else []
    done = subprocess.run(
        [
            str(deployed.workspace.engine.path),
            "stack",
            "export",
            *secrets,
            "--stack",
            deployed.workspace.stack,
        ],
        cwd=deployed.workspace.project,
        env=deployed.workspace.variables(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


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


def may_delete(server: JsonClient, *paths: str) -> None:
    """Gives the sandbox's administrator what it has no need of otherwise."""
    policy = f"/v1/sys/policies/acl/{ADMIN}"
    text = server.send("GET", policy).body["data"]["policy"]
    every = '["create", "read", "update", "delete", "sudo"]'
    added = "".join(f'path "{path}" {{ capabilities = {every} }}\n' for path in paths)
    server.send("PUT", policy, {"policy": text + added})


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
    assert re.search(r"mount pmp-dev exists already.*pulumi import vault:index/mount:Mount \S+ ID", said)
    assert re.search(r"secret \S+ is scheduled for deletion: restore it or wait", said)


def small(dev: Deployed, engine: Engine, folder: Path, program: str, text: str) -> Workspace:
    """A small project as the sandbox's administrator, placed anew where it is there already."""
    sandbox = dev.sandbox
    assert sandbox.vault_admin_token_file is not None
    (folder / "Pulumi.yaml").write_text("name: small\nruntime: {name: python}\n")
    (folder / "__main__.py").write_text(HEAD + program)
    values = {"address": sandbox.vault_address, "ca": str(sandbox.ca_file), "text": text}
    (folder / "Pulumi.one.yaml").write_text(json.dumps({"config": values}))
    workspace = prepare(
        engine,
        folder / "engine",
        program=folder,
        stack=config.load(folder, "one"),
        sandbox=sandbox.folder,
        site=site_of(sandbox, "dev", declaration_of(dev.graph)),
        environment={"VAULT_TOKEN": sandbox.vault_admin_token_file.read_text().strip()},
    )
    command.initialize(workspace)
    return workspace


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
    made = _deployed(stack, engine, root)
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
