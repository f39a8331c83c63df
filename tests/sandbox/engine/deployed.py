"""Stacks in a sandbox, with the real engine at work on them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workload_secrets.access.derived import declaration_of
from workload_secrets.cli.site import spec
from workload_secrets.graph import config
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph
from workload_secrets.sandbox import prerequisites
from workload_secrets.sandbox.api import up
from workload_secrets.sandbox.deploy.http import JsonClient
from workload_secrets.sandbox.deploy.run import site_of
from workload_secrets.sandbox.engine import command
from workload_secrets.sandbox.engine.binary import Engine
from workload_secrets.sandbox.engine.real import RealProvider
from workload_secrets.sandbox.engine.stack import place
from workload_secrets.sandbox.engine.workspace import Workspace, prepare
from workload_secrets.sandbox.handle import Sandbox
from workload_secrets.sandbox.openbao import ADMIN

ROOT = Path(__file__).parents[3]
PACK = ROOT / "policies"
HEAD = """
import pulumi, pulumi_vault as vault

config = pulumi.Config()
provider = vault.Provider("vault", address=config.require("address"), ca_cert_file=config.require("ca"),
    skip_child_token=True)
opts = pulumi.ResourceOptions(provider=provider)
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


def deployed(stack: str, engine: Engine, root: Path) -> Deployed:
    graph = capture(ROOT, stack)
    name = f"engine-{graph.stack}"[:40]
    sandbox = up([spec(graph)], name=name, root=root, owner="process", progress=lambda _: None)
    declaration = declaration_of(graph)
    prerequisites.make(sandbox, graph.stack, declaration)
    return Deployed(sandbox, graph, place(sandbox, ROOT, stack, declaration, engine))


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


def may_delete(server: JsonClient, *paths: str) -> None:
    """Gives the sandbox's administrator what it has no need of otherwise."""
    policy = f"/v1/sys/policies/acl/{ADMIN}"
    text = server.send("GET", policy).body["data"]["policy"]
    every = '["create", "read", "update", "delete", "sudo"]'
    added = "".join(f'path "{path}" {{ capabilities = {every} }}\n' for path in paths)
    server.send("PUT", policy, {"policy": text + added})


def small(
    dev: Deployed,
    engine: Engine,
    folder: Path,
    program: str,
    text: str,
    *,
    address: str | None = None,
    real: Mapping[str, RealProvider] | None = None,
) -> Workspace:
    """A small project as the sandbox's administrator, placed anew where it is there already. `address`
    is another way to its Vault, `real` the providers that aren't ours."""
    sandbox = dev.sandbox
    assert sandbox.vault_admin_token_file is not None
    (folder / "Pulumi.yaml").write_text("name: small\nruntime: {name: python}\n")
    (folder / "__main__.py").write_text(HEAD + program)
    values = {"address": address or sandbox.vault_address, "ca": str(sandbox.ca_file), "text": text}
    (folder / "Pulumi.one.yaml").write_text(json.dumps({"config": values}))
    workspace = prepare(
        engine,
        folder / "engine",
        program=folder,
        stack=config.load(folder, "one"),
        sandbox=sandbox.folder,
        site=site_of(sandbox, "dev", declaration_of(dev.graph)),
        environment={"VAULT_TOKEN": sandbox.vault_admin_token_file.read_text().strip()},
        real=real,
    )
    command.initialize(workspace)
    return workspace
