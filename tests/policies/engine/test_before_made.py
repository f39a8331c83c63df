"""Pulumi's own engine makes nothing that a rule about several resources refuses: neither where the
preview is left out, nor where it doesn't know yet what the update does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.policies.engine.server import FOLDER
from workload_secrets.errors import PolicyError
from workload_secrets.graph import config
from workload_secrets.sandbox import down, up
from workload_secrets.sandbox.deploy import admin
from workload_secrets.sandbox.deploy.run import environment
from workload_secrets.sandbox.engine import command
from workload_secrets.sandbox.engine.binary import Engine, find
from workload_secrets.sandbox.engine.workspace import Workspace, prepare
from workload_secrets.sandbox.handle import ClusterSpec, Sandbox, StackSpec

pytestmark = [pytest.mark.engine, pytest.mark.sandbox]

STACK = "dev"
ACCOUNT = "111122223333"
REGION = "eu-central-1"
ISSUER = "https://oidc.eks.eu-central-1.amazonaws.com/id/ABCDEF0123456789"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
WIDE = 'path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }\n'
PROGRAM = Path(__file__).parent / "refused_program.py"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return find(print)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A stack whose deployer may do anything: only the rules keep it from that."""
    root = tmp_path_factory.mktemp("refused") / ".sandbox"
    spec = StackSpec(
        stack=STACK,
        cluster=ClusterSpec(name=STACK, issuer=ISSUER, api_audience="https://kubernetes.default.svc"),
        uses_vault=True,
        account_id=ACCOUNT,
        region=REGION,
        vault_policy=WIDE,
        iam_policy=json.dumps(EVERYTHING),
    )
    yield up([spec], name="refused", root=root, owner="process", progress=lambda _: None)
    down("refused", root)


def placed(sandbox: Sandbox, engine: Engine, folder: Path, case: str, *, unknown: bool) -> Workspace:
    """A project with one planted violation. `unknown`: it stands in what the preview doesn't know."""
    (folder / "Pulumi.yaml").write_text("name: refused\nruntime: {name: python}\n")
    (folder / "__main__.py").write_text(PROGRAM.read_text("utf-8"))
    values = {
        "address": sandbox.vault_address,
        "ca": str(sandbox.ca_file),
        "aws": sandbox.aws_url,
        "case": case,
        "unknown": json.dumps(unknown),
    }
    (folder / f"Pulumi.{STACK}.yaml").write_text(json.dumps({"config": values}))
    workspace = prepare(
        engine,
        folder / "engine",
        program=folder,
        stack=config.load(folder, STACK),
        sandbox=sandbox.folder,
        site=site(sandbox),
        environment=environment(sandbox, STACK),
    )
    command.initialize(workspace)
    return workspace


def site(sandbox: Sandbox) -> dict[str, Any]:
    """Where the sandbox's parts are."""
    cluster = sandbox.clusters[STACK]
    return {
        "apiServer": cluster.api_server,
        "caFile": str(cluster.ca_file),
        "publicKeyFile": str(cluster.public_key_file),
        "reviewerTokenFile": str(cluster.reviewer_token_file),
        "reviewer": None,
        "issuerKeyFiles": {},
        "authorityFiles": {},
        "pkiMounts": [],
    }


def role_policies(sandbox: Sandbox) -> set[str]:
    aws = admin.aws(sandbox, STACK)
    assert aws is not None
    return set(aws("iam").list_role_policies(RoleName="reader")["PolicyNames"])


def roles(sandbox: Sandbox) -> set[str]:
    aws = admin.aws(sandbox, STACK)
    assert aws is not None
    return {role["RoleName"] for role in aws("iam").list_roles()["Roles"]}


def vault_policies(sandbox: Sandbox) -> set[str]:
    server = admin.vault(sandbox, STACK)
    assert server is not None
    return set(server.send("GET", "/v1/sys/policies/acl?list=true").body["data"]["keys"])


Listing = Callable[[Sandbox], set[str]]
REFUSED: Mapping[str, tuple[str, Listing, str]] = {
    "wildcard": ("IAM-02", role_policies, "wildcard"),
    "grows": ("IAM-06", role_policies, "grows"),
    "shared": ("OIDC-05", roles, "shared"),
    "server": ("VLT-06", vault_policies, "server"),
}
"""By case: the rule, what lists its kind on the server, and the name of what isn't to be made."""


@pytest.mark.parametrize("unknown", [False, True], ids=["without a preview", "unknown at preview"])
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_not_made(
    case: str, unknown: bool, sandbox: Sandbox, engine: Engine, tmp_path: Path
) -> None:
    rule, listing, name = REFUSED[case]
    workspace = placed(sandbox, engine, tmp_path, case, unknown=unknown)
    options = () if unknown else ("--skip-preview",)
    with pytest.raises(PolicyError, match=rf"guardrails \({name}\): .*{rule} \(\w+\) violation"):
        command.run(workspace, "up", *options, policy_pack=FOLDER)
    made, there = names(workspace), listing(sandbox)
    command.run(workspace, "destroy")
    assert "base" in made, "nothing was made at all"
    assert name not in made
    assert name not in there


def test_what_only_the_whole_stack_shows_is_refused_at_the_end(
    sandbox: Sandbox, engine: Engine, tmp_path: Path
) -> None:
    workspace = placed(sandbox, engine, tmp_path, "missing", unknown=False)
    with pytest.raises(PolicyError, match=r"guardrails-stack.*VLT-08 \(high\) violation"):
        command.run(workspace, "up", "--skip-preview", policy_pack=FOLDER)
    made = names(workspace)
    command.run(workspace, "destroy")
    assert "missing" in made


def names(workspace: Workspace) -> set[str]:
    """The names of what was made, from the state."""
    (file,) = (workspace.folder / "state").rglob(f"{STACK}.json")
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return {one["urn"].rpartition("::")[2] for one in found["checkpoint"]["latest"]["resources"]}
