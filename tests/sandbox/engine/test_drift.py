"""What is changed by hand on the servers, as the real engine tells it before an update."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workload_secrets.graph import config
from workload_secrets.sandbox.deploy import admin
from workload_secrets.sandbox.deploy.http import JsonClient
from workload_secrets.sandbox.engine import command
from workload_secrets.sandbox.engine.binary import Engine
from workload_secrets.sandbox.engine.workspace import Workspace, prepare
from workload_secrets.sandbox.handle import Sandbox
from workload_secrets.sandbox.openbao import ADMIN

pytestmark = [pytest.mark.engine, pytest.mark.sandbox]

PROGRAM = """
import pulumi, pulumi_vault as vault

config = pulumi.Config()
provider = vault.Provider("vault", address=config.require("address"), ca_cert_file=config.require("ca"),
    skip_child_token=True)
opts = pulumi.ResourceOptions(provider=provider)
mount = vault.Mount("mount", path="by-hand", type="kv-v2", description="kept ", opts=opts)
vault.kv.SecretBackendV2("settings", mount=mount.path, max_versions=3, delete_version_after=3600, opts=opts)
login = vault.AuthBackend("login", path="by-hand", type="kubernetes", opts=opts)
vault.kubernetes.AuthBackendRole("role", backend=login.path, role_name="r", token_ttl=600,
    bound_service_account_names=["a"], bound_service_account_namespaces=["n"], audience="vault", opts=opts)
vault.Policy("changed", name="by-hand-a", policy="# kept\\n", allow_overwrite=False, opts=opts)
vault.Policy("gone", name="by-hand-b", policy="# kept\\n", allow_overwrite=False, opts=opts)
"""
_EVERYTHING = 'path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }\n'


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[JsonClient]:
    """Vault, as an administrator who may do everything meanwhile."""
    found = admin.vault(sandbox, "dev")
    assert found is not None
    path = f"/v1/sys/policies/acl/{ADMIN}"
    own = found.send("GET", path).body["data"]["policy"]
    found.send("PUT", path, {"policy": _EVERYTHING})
    yield found
    found.send("PUT", path, {"policy": own})


@pytest.fixture
def workspace(engine: Engine, sandbox: Sandbox, tmp_path: Path) -> Workspace:
    assert sandbox.vault_admin_token_file is not None
    cluster = sandbox.clusters["dev"]
    (tmp_path / "Pulumi.yaml").write_text("name: byhand\nruntime: {name: python}\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    values = {"address": sandbox.vault_address, "ca": str(sandbox.ca_file)}
    (tmp_path / "Pulumi.one.yaml").write_text(json.dumps({"config": values}))
    made = prepare(
        engine,
        tmp_path / "engine",
        program=tmp_path,
        stack=config.load(tmp_path, "one"),
        sandbox=sandbox.folder,
        site={
            "apiServer": cluster.api_server,
            "caFile": str(cluster.ca_file),
            "publicKeyFile": str(cluster.public_key_file),
            "issuerKeyFiles": {},
            "authorityFiles": {},
            "pkiMounts": [],
            "reviewer": "client",
            "reviewerTokenFile": str(cluster.reviewer_token_file),
        },
        environment={"VAULT_TOKEN": sandbox.vault_admin_token_file.read_text().strip()},
    )
    command.initialize(made)
    return made


def told(workspace: Workspace) -> dict[str, list[str]]:
    """What the engine says that the next update changes: operation and properties, by resource."""
    done = subprocess.run(
        [str(workspace.engine.path), "preview", "--refresh", "--json", "--stack", workspace.stack],
        cwd=workspace.project,
        env=workspace.variables(),
        capture_output=True,
        text=True,
        check=True,
    )
    steps: list[dict[str, Any]] = json.loads(done.stdout)["steps"]
    return {
        step["urn"].rpartition("::")[2]: [step["op"], *sorted(step.get("detailedDiff") or {})]
        for step in steps
        if step["op"] not in ("same", "refresh")
    }


def test_the_engine_names_each_property_and_puts_it_right(workspace: Workspace, server: JsonClient) -> None:
    assert command.run(workspace, "up").changes == {"create": 8}
    role = "/v1/auth/by-hand/role/r"
    server.send("POST", "/v1/sys/mounts/by-hand/tune", {"description": "kept"})
    server.send("POST", "/v1/by-hand/config", {"max_versions": 4})
    server.send("POST", "/v1/sys/mounts/auth/by-hand/tune", {"description": "by hand"})
    server.send("POST", role, {"token_ttl": 601, "bound_service_account_names": ["*"], "token_num_uses": 5})
    server.send("PUT", "/v1/sys/policies/acl/by-hand-a", {"policy": "# kept"})
    server.send("DELETE", "/v1/sys/policies/acl/by-hand-b")
    assert told(workspace) == {
        "mount": ["update", "description"],
        "settings": ["update", "maxVersions"],
        "login": ["update", "description"],
        "role": ["update", "boundServiceAccountNames", "tokenNumUses", "tokenTtl"],
        "changed": ["update", "policy"],
        "gone": ["create"],
    }
    assert command.run(workspace, "refresh").changes == {"update": 5, "delete": 1, "same": 2}
    assert command.run(workspace, "up").changes == {"update": 5, "create": 1, "same": 2}
    assert told(workspace) == {}
    found = server.send("GET", role).body["data"]
    assert (found["token_ttl"], found["token_num_uses"]) == (600, 0)
    assert found["bound_service_account_names"] == ["a"]
    assert command.run(workspace, "destroy").changes == {"delete": 8}
