"""A stack's life under the real engine: hooks that fail, changes, imports, interruptions, the end."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.sandbox.engine.announced import require_announced, steps
from tests.sandbox.engine.deployed import ROOT, Deployed, deployed, may_delete, small, state
from tests.sandbox.engine.slow import slow
from tests.stacks.read import changed, data
from workload_secrets.access.change import change
from workload_secrets.access.derived import declaration_of
from workload_secrets.access.resources import custom
from workload_secrets.errors import ServerError
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph
from workload_secrets.sandbox import objects
from workload_secrets.sandbox.api import down
from workload_secrets.sandbox.deploy import admin
from workload_secrets.sandbox.deploy.importing import form_of
from workload_secrets.sandbox.deploy.outcome import HandlerError
from workload_secrets.sandbox.endpoints import endpoints
from workload_secrets.sandbox.engine import command
from workload_secrets.sandbox.engine.binary import Engine
from workload_secrets.sandbox.engine.stack import place
from workload_secrets.sandbox.engine.workspace import Workspace
from workload_secrets.sandbox.process import Process
from workload_secrets.sandbox.rest import Rest

pytestmark = [pytest.mark.engine, pytest.mark.sandbox]

PAGE = (ROOT / "docs" / "recover.md").read_text("utf-8")
NOT_RUN = "# not run by a test: "
RUN = {
    "providers": "pulumi up --stack dev --target '**:Platform::platform' --target '**pulumi:providers:*::*'",
    "list": "pulumi preview --stack dev --import-file import.json",
    "import": "pulumi import --stack dev --file import.json --generate-code=false",
    "look": "pulumi preview --stack dev --diff",
    "cancel": "pulumi cancel --stack dev",
    "clear": "pulumi refresh --stack dev --clear-pending-creates",
}
"""The page's commands."""
DEPLOYER = "workload-secrets-deployer-dev"
MOUNT = """
vault.Mount("kv", path=config.require("text"), type="kv", opts=opts)
"""
WAITS = """
import os, time
from pathlib import Path
vault.Mount("kv", path="waits", type="kv", opts=opts)
Path("started").write_text(str(os.getpid()))
while not Path("go").exists():
    time.sleep(0.05)
"""
KEPT = """
mode = config.require("text")
def mount(name, **options):
    own = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(**options))
    vault.Mount(name, path=name, type="kv", opts=own)
if mode != "without":
    mount("guarded", protect=mode == "guarded")
    mount("retained", retain_on_delete=True)
"""


def commands() -> list[str]:
    """The page's commands, without those that no test runs."""
    blocks = re.findall(r"(?ms)^ *```sh\n(.*?)^ *```$", PAGE)
    lines = [block.strip().splitlines() for block in blocks]
    return [line.strip() for block in lines for line in block if not block[0].strip().startswith(NOT_RUN)]


def test_every_command_of_the_page_is_run_here_or_says_why_not() -> None:
    assert sorted(commands()) == sorted(RUN.values())
    assert all(len(reason) > 10 for reason in re.findall(rf"{NOT_RUN}(.*)", PAGE))


def bash(workspace: Workspace, line: str) -> subprocess.CompletedProcess[str]:
    """A command of the page, for the stack of this workspace, without questions."""
    words = shlex.split(line.replace("dev", workspace.stack))
    assert words[0] == "pulumi"
    yes = ["--yes"] if words[1] in ("up", "import", "cancel", "refresh", "destroy") else []
    return subprocess.run(
        [str(workspace.engine.path), *words[1:], *yes, "--non-interactive", "--color", "never"],
        cwd=workspace.project,
        env=workspace.variables(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def page(workspace: Workspace, name: str) -> str:
    """Runs a command of the page, and gives what it printed."""
    done = bash(workspace, RUN[name])
    assert done.returncode == 0, f"{RUN[name]}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lifecycle") / ".sandbox"


@pytest.fixture(scope="module")
def dev(engine: Engine, root: Path) -> Iterator[Deployed]:
    made = deployed("dev", engine, root)
    yield made
    down(made.sandbox.name, root)


def with_changes(folder: Path, changes: Mapping[str, Any]) -> Path:
    """dev's stack file with its data changed at some places."""
    folder.mkdir(exist_ok=True)
    file = folder / "Pulumi.dev.yaml"
    values = changed("dev", changes)
    file.write_text(yaml.safe_dump({"config": {f"workload-secrets:{k}": v for k, v in values.items()}}))
    return file


def placed(dev: Deployed, engine: Engine, file: Path | str = "dev") -> Graph:
    """Places dev anew with another stack file, and gives what that declares."""
    place(dev.sandbox, ROOT, str(file), declaration_of(dev.graph), engine)
    return capture(ROOT, str(file))


# --- the template's hook ---


def test_a_template_that_could_not_be_written_is_named_and_the_next_up_and_keys_seed_repair_it(
    dev: Deployed, tmp_path: Path
) -> None:
    aws = admin.aws(dev.sandbox, "dev")
    assert aws is not None
    none = {"Effect": "Deny", "Action": "secretsmanager:PutSecretValue", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [none]})
    aws("iam").put_user_policy(UserName=DEPLOYER, PolicyName="no-values", PolicyDocument=document)
    with pytest.raises(ServerError, match=r"template could not be written \(AccessDenied\w*\).*`keys seed`"):
        dev.run("up")
    aws("iam").delete_user_policy(UserName=DEPLOYER, PolicyName="no-values")
    assert dev.run("up", "--skip-preview").keys() == {"create", "same"}
    names = [r.inputs["name"] for r in dev.graph.of("aws:secretsmanager/secret:Secret")]
    own = endpoints(dev.sandbox, "dev", declaration_of(dev.graph))
    file = with_changes(tmp_path, {"endpoints": own})
    text = " ".join(seed(dev, file))
    assert "wrote the template" in text
    assert all(aws("secretsmanager").describe_secret(SecretId=n)["VersionIdsToStages"] for n in names)
    assert "wrote" not in " ".join(seed(dev, file))
    assert dev.run("up", "--skip-preview") == {"same": len(dev.graph.resources)}


def seed(dev: Deployed, file: Path) -> list[str]:
    words = [sys.executable, "-m", "workload_secrets.cli.main", "keys", "seed", str(file)]
    done = subprocess.run(
        [*words, "--project", str(ROOT)],
        cwd=ROOT,
        env=dev.workspace.variables(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


# --- changes are what `preview --base` announces ---

CHANGES: dict[str, dict[str, Any]] = {
    "a workload is removed": {"workloads/billing": ...},
    "a workload is renamed": {
        "workloads/billing": ...,
        "workloads/payer": data("dev")["workloads"]["billing"],
    },
    "a workload moves to another namespace": {"workloads/billing/namespace": "ops"},
    "a number changes": {"shared/kvMounts/pmp/maxVersions": 7},
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_what_its_preview_announces(
    dev: Deployed, engine: Engine, tmp_path: Path, what: str
) -> None:
    after = placed(dev, engine, with_changes(tmp_path, CHANGES[what]))
    try:
        done = command.run(dev.workspace, "preview")
    finally:
        placed(dev, engine)
    require_announced(change(dev.graph, after), done)


# --- rights to remove ---


def give(dev: Deployed, engine: Engine, rights: Mapping[str, Any]) -> None:
    """Makes these the deployer's rights, as its administrators would."""
    vault, aws = admin.vault(dev.sandbox, "dev"), admin.aws(dev.sandbox, "dev")
    assert vault is not None
    assert aws is not None
    vault.send("PUT", "/v1/sys/policies/acl/deployer-dev", {"policy": rights["vault"]})
    iam = aws("iam")
    arn = f"arn:aws:iam::111122223333:policy/{DEPLOYER}"
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=rights["iam"], SetAsDefault=True)
    cluster = dev.sandbox.clusters[dev.sandbox.stacks["dev"].cluster]
    token = cluster.admin_token_file.read_text().strip()
    rest = Rest(cluster.api_server, cluster.ca_file, {"authorization": f"Bearer {token}"})
    objects.apply(rest, rights["rbac"], suffix="dev")
    placed(dev, engine)


def test_a_removal_needs_the_rights_that_its_preview_prints(
    dev: Deployed, engine: Engine, tmp_path: Path
) -> None:
    vault = admin.vault(dev.sandbox, "dev")
    assert vault is not None
    may_delete(vault, "sys/policies/acl/deployer-dev")
    without = with_changes(tmp_path, CHANGES["a workload is removed"])
    after = placed(dev, engine, without)
    announced = change(dev.graph, after)
    try:
        give(dev, engine, after.platform_output("deployer"))
        placed(dev, engine, without)
        with pytest.raises(ServerError, match=r"(403|denied|forbidden|not authorized)") as raised:
            dev.run("up", "--skip-preview")
        assert re.search(r"billing", str(raised.value))
        give(dev, engine, announced.rights["deployer"])
        placed(dev, engine, without)
        gone = dev.run("up", "--skip-preview")
        assert gone["same"] == len(after.resources)
    finally:
        give(dev, engine, dev.graph.platform_output("deployer"))
    assert set(dev.run("up", "--skip-preview")) <= {"same", "create", "update"}


# --- import ---


def importable(type_: str) -> bool:
    try:
        return bool(form_of(type_))
    except HandlerError:
        return False


def forget(dev: Deployed) -> dict[str, str]:
    """Removes from the state what can be imported. Gives the ids by URN."""
    text = json.loads(state(dev, shown=False))
    resources: list[dict[str, Any]] = text["deployment"]["resources"]
    ids = {r["urn"]: r["id"] for r in resources if r["custom"] and importable(r["type"])}
    text["deployment"]["resources"] = kept = [r for r in resources if r["urn"] not in ids]
    for each in kept:
        each["dependencies"] = [urn for urn in each.get("dependencies") or () if urn not in ids]
        each["propertyDependencies"] = {}
    file = dev.workspace.folder / "state.json"
    file.write_text(json.dumps(text))
    done = bash(dev.workspace, f"pulumi stack import --stack dev --file {file}")
    assert done.returncode == 0, done.stderr
    return ids


def fill_in(file: Path, ids: Mapping[str, str]) -> None:
    """What a person does: writes the ids of what exists, and removes the other entries."""
    by_name = {(urn.split("::")[2].rpartition("$")[2], urn.split("::")[3]): ids[urn] for urn in ids}
    about = json.loads(file.read_text())
    for each in about["resources"]:
        if "id" in each:
            each["id"] = by_name.get((each["type"], each.get("logicalName") or each["name"]), each["id"])
    about["resources"] = [r for r in about["resources"] if r.get("id") != "<PLACEHOLDER>"]
    file.write_text(json.dumps(about))


def versions(dev: Deployed) -> dict[str, Any]:
    aws = admin.aws(dev.sandbox, "dev")
    assert aws is not None
    names = [r.inputs["name"] for r in dev.graph.of("aws:secretsmanager/secret:Secret")]
    return {n: aws("secretsmanager").describe_secret(SecretId=n)["VersionIdsToStages"] for n in names}


def test_what_exists_is_imported_without_a_difference_and_no_value_is_written(dev: Deployed) -> None:
    before = versions(dev)
    ids = forget(dev)
    types = {urn.split("::")[2].rpartition("$")[2] for urn in ids}
    assert types == {r.type for r in custom(dev.graph) if importable(r.type)}
    page(dev.workspace, "list")
    fill_in(dev.workspace.project / "import.json", ids)
    said = page(dev.workspace, "import")
    assert "warning" not in said
    assert f"{len(ids)} imported" in said
    assert f"{len(dev.graph.resources)} unchanged" in page(dev.workspace, "look")
    assert dev.run("refresh") == {"same": len(dev.graph.resources)}
    assert dev.run("up") == {"same": len(dev.graph.resources)}
    assert versions(dev) == before


def test_what_differs_from_the_program_is_an_update_after_its_import(dev: Deployed) -> None:
    """A description of a role in IAM; a policy, a role and a mount in Vault; an account's annotation."""
    vault, aws = admin.vault(dev.sandbox, "dev"), admin.aws(dev.sandbox, "dev")
    assert vault is not None
    assert aws is not None
    kubernetes = admin.kubernetes(dev.sandbox, "dev")
    may_delete(vault, "auth/kubernetes/role/billing", "sys/mounts/pmp-dev/tune")
    aws("iam").update_role(RoleName="dev-billing", Description="by hand")
    role = vault.send("GET", "/v1/auth/kubernetes/role/billing").body["data"]
    vault.send("POST", "/v1/auth/kubernetes/role/billing", {**role, "token_bound_cidrs": ["10.0.0.0/8"]})
    vault.send("POST", "/v1/sys/mounts/pmp-dev/tune", {"description": "by hand"})
    policy = dev.graph.of("vault:index/policy:Policy")[0]
    vault.send("PUT", f"/v1/sys/policies/acl/{policy.inputs['name']}", {"policy": "# by hand\n"})
    account = "/api/v1/namespaces/billing/serviceaccounts/billing"
    none = {"metadata": {"annotations": {"eks.amazonaws.com/role-arn": None}}}
    merge = {"content-type": "application/merge-patch+json"}
    kubernetes.send("PATCH", account, none, headers=merge)
    ids = forget(dev)
    page(dev.workspace, "list")
    fill_in(dev.workspace.project / "import.json", ids)
    page(dev.workspace, "import")
    done = command.run(dev.workspace, "preview")
    assert steps(done).keys() == {"same", "update"}
    assert steps(done)["update"] == {
        "aws:iam:Role billing-role",
        "vault:jwt:AuthBackendRole billing-role",
        "vault:index:Mount pmp-mount",
        f"vault:index:Policy {policy.name}",
        "kubernetes:core:ServiceAccount billing-account",
    }
    assert dev.run("up") == {"update": 5, "same": len(dev.graph.resources) - 5}
    assert dev.run("up") == {"same": len(dev.graph.resources)}


IMPORTS = """
import json
for name, id in json.loads(config.require("text")).items():
    own = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(import_=id))
    vault.Mount(name, path=name, type="kv", opts=own)
"""


def test_the_option_import_takes_what_exists_and_says_what_is_not_there(
    dev: Deployed, engine: Engine, tmp_path: Path
) -> None:
    vault = admin.vault(dev.sandbox, "dev")
    assert vault is not None
    may_delete(vault, "sys/mounts/older")
    vault.send("POST", "/v1/sys/mounts/older", {"type": "kv"})
    workspace = small(dev, engine, tmp_path, IMPORTS, json.dumps({"newer": "newer"}))
    with pytest.raises(ServerError, match="resource 'newer' does not exist"):
        command.run(workspace, "up")
    workspace = small(dev, engine, tmp_path, IMPORTS, json.dumps({"older": "older"}))
    assert command.run(workspace, "up").changes["import"] == 1
    assert command.run(workspace, "up").changes == {"same": 3}
    assert command.run(workspace, "destroy").changes == {"delete": 3}
    assert vault.send("GET", "/v1/sys/mounts/older", accept=(400,)).status == 400


# --- protect and retainOnDelete ---


def test_what_is_protected_stays_and_what_is_retained_is_only_forgotten(
    dev: Deployed, engine: Engine, tmp_path: Path
) -> None:
    vault = admin.vault(dev.sandbox, "dev")
    assert vault is not None
    may_delete(vault, "sys/mounts/guarded", "sys/mounts/retained")
    workspace = small(dev, engine, tmp_path, KEPT, "guarded")
    assert command.run(workspace, "up").changes == {"create": 4}
    with pytest.raises(ServerError, match=r"(?s)guarded.*because it is protected"):
        command.run(workspace, "destroy")
    workspace = small(dev, engine, tmp_path, KEPT, "without")
    with pytest.raises(ServerError, match=r"(?s)guarded.*because it is protected"):
        command.run(workspace, "up")
    assert vault.send("GET", "/v1/sys/mounts/guarded").status == 200
    workspace = small(dev, engine, tmp_path, KEPT, "open")
    command.run(workspace, "up")
    command.run(workspace, "destroy")
    assert vault.send("GET", "/v1/sys/mounts/guarded", accept=(400,)).status == 400
    assert vault.send("GET", "/v1/sys/mounts/retained").status == 200
    vault.send("DELETE", "/v1/sys/mounts/retained")


# --- interruptions ---


def started(workspace: Workspace) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [str(workspace.engine.path), "up", "--yes", "--skip-preview", "--non-interactive", "--stack", "one"],
        cwd=workspace.project,
        env=workspace.variables(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def below(pid: int) -> list[Process]:
    """Every process that a process started, by itself or by others."""
    parents = {
        int(entry.name): int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and (entry / "stat").exists()
    }
    found, rest = [], [pid]
    while rest:
        rest = [child for child, parent in parents.items() if parent in rest]
        found += rest
    return [process for each in found if (process := Process.of(each)) is not None]


def until(true: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_after_a_kill_nothing_runs_on_and_what_was_made_is_taken_in(
    dev: Deployed, engine: Engine, tmp_path: Path
) -> None:
    vault = admin.vault(dev.sandbox, "dev")
    assert vault is not None
    may_delete(vault, "sys/mounts/killed")

    def there() -> bool:
        return vault.send("GET", "/v1/sys/mounts/killed", accept=(400,)).status == 200

    with slow(dev.sandbox.vault_address or "", seconds=1.5) as address:
        workspace = small(dev, engine, tmp_path, MOUNT, "killed", address=address)
        child = started(workspace)
        try:
            until(there)
            running = below(child.pid)
        finally:
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
    assert len(running) >= 3, "the host, the program and a provider"
    assert all(process.wait_gone(10) for process in running)
    workspace = small(dev, engine, tmp_path, MOUNT, "killed")
    with pytest.raises(ServerError, match="locked"):
        command.run(workspace, "up")
    page(workspace, "cancel")
    with pytest.raises(ServerError, match=r"mount killed exists already.*import it as \S+ kv with id killed"):
        command.run(workspace, "up")
    page(workspace, "list")
    fill_in(
        workspace.project / "import.json", {"urn:pulumi:one::small::vault:index/mount:Mount::kv": "killed"}
    )
    page(workspace, "import")
    done = command.run(workspace, "up", "--skip-preview")
    assert done.changes == {"same": 3}
    assert "pending operations" in " ".join(done.warnings)
    page(workspace, "clear")
    done = command.run(workspace, "up", "--skip-preview")
    assert (done.changes, done.warnings) == ({"same": 3}, ())
    assert command.run(workspace, "destroy").changes == {"delete": 3}
    assert not there()


def test_a_second_up_at_the_same_time_applies_nothing(dev: Deployed, engine: Engine, tmp_path: Path) -> None:
    vault = admin.vault(dev.sandbox, "dev")
    assert vault is not None
    may_delete(vault, "sys/mounts/waits")
    workspace = small(dev, engine, tmp_path, WAITS, "")
    first = started(workspace)
    file = tmp_path / "started"
    until(file.exists)
    pid = file.read_text()
    with pytest.raises(ServerError, match="locked"):
        command.run(workspace, "up", "--skip-preview")
    assert file.read_text() == pid
    (tmp_path / "go").touch()
    assert first.wait(60) == 0
    assert command.run(workspace, "up", "--skip-preview").changes == {"same": 3}
    assert command.run(workspace, "destroy").changes == {"delete": 3}


# --- the end, and again ---


def test_up_after_destroy_names_what_must_be_restored_and_goes_on_after_it(dev: Deployed) -> None:
    aws = admin.aws(dev.sandbox, "dev")
    assert aws is not None
    names = {r.urn: r.inputs["name"] for r in dev.graph.of("aws:secretsmanager/secret:Secret")}
    before = versions(dev)
    dev.run("destroy")
    with pytest.raises(ServerError) as raised:
        dev.run("up", "--continue-on-error")
    for name in names.values():
        assert re.search(
            rf"secret {name} is scheduled for deletion: .*restore-secret --secret-id {name}",
            str(raised.value),
        )
    found = {urn: aws("secretsmanager").restore_secret(SecretId=name)["ARN"] for urn, name in names.items()}
    page(dev.workspace, "list")
    fill_in(dev.workspace.project / "import.json", found)
    page(dev.workspace, "import")
    command.run(dev.workspace, "up")
    assert dev.run("up") == {"same": len(dev.graph.resources)}
    assert versions(dev) == before


def test_a_stack_that_was_never_up_takes_in_everything(dev: Deployed) -> None:
    ids = forget(dev)
    text = json.loads(state(dev, shown=False))
    text["deployment"]["resources"] = []
    file = dev.workspace.folder / "state.json"
    file.write_text(json.dumps(text))
    assert bash(dev.workspace, f"pulumi stack import --stack dev --file {file}").returncode == 0
    page(dev.workspace, "providers")
    page(dev.workspace, "list")
    fill_in(dev.workspace.project / "import.json", ids)
    page(dev.workspace, "import")
    done = command.run(dev.workspace, "up")
    assert steps(done).keys() == {"same"} | ({"create"} if len(ids) < len(custom(dev.graph)) else set())
    assert dev.run("up") == {"same": len(dev.graph.resources)}
