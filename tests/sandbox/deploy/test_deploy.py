"""The whole dev stack, deployed twice with the deployer's own rights."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from workload_secrets.declaration import Declaration
from workload_secrets.errors import ServerError
from workload_secrets.graph.capture import capture
from workload_secrets.keys.template import TEMPLATE_STAGE
from workload_secrets.sandbox import down, up
from workload_secrets.sandbox.deploy import Deployment, deploy, listing
from workload_secrets.sandbox.deploy.run import environment
from workload_secrets.sandbox.handle import ClusterSpec, Sandbox, StackSpec
from workload_secrets.sandbox.kubernetes import admin
from workload_secrets.sandbox.prerequisites import make

PROJECT = Path(__file__).parents[3]
pytestmark = pytest.mark.sandbox


@dataclass(frozen=True)
class Twice:
    """One sandbox, what two deploys answered, and all objects after each."""

    sandbox: Sandbox
    declaration: Declaration
    first: Deployment
    second: Deployment
    listings: tuple[Mapping[str, Any], Mapping[str, Any]]
    progress: tuple[str, ...]


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twice]:
    root = tmp_path_factory.mktemp("deploy") / ".sandbox"
    graph = capture(PROJECT, "dev")
    declaration = Declaration.read(graph.platform_output("declaration"))
    spec = _spec(declaration, graph.platform_output("deployer"))
    sandbox = up([spec], name="deploy", root=root, owner="process", progress=lambda _: None)
    try:
        make(sandbox, "dev", declaration)
        lines: list[str] = []
        first = deploy(sandbox, PROJECT, "dev", lines.append, declaration=declaration)
        _wait_for_accounts(sandbox)
        before = listing(sandbox, "dev")
        second = deploy(sandbox, PROJECT, "dev", lines.append, declaration=declaration)
        listings = (before, listing(sandbox, "dev"))
        yield Twice(sandbox, declaration, first, second, listings, tuple(lines))
    finally:
        down("deploy", root)


def _wait_for_accounts(sandbox: Sandbox) -> None:
    """A controller makes the account `default` of each namespace, within a second or so."""
    rest = admin(sandbox.clusters[sandbox.stacks["dev"].cluster])
    end = time.monotonic() + 60
    for item in rest.call("GET", "/api/v1/namespaces")["items"]:
        path = f"/api/v1/namespaces/{item['metadata']['name']}/serviceaccounts/default"
        while not rest.answers(path):
            assert time.monotonic() < end
            time.sleep(0.1)


def _spec(declaration: Declaration, deployer: Mapping[str, Any]) -> StackSpec:
    facts = declaration.facts
    assert facts.aws is not None
    cluster = facts.cluster
    return StackSpec(
        stack="dev",
        cluster=ClusterSpec(name=cluster.name, issuer=cluster.oidc_issuer, api_audience=cluster.api_audience),
        uses_vault=True,
        account_id=facts.aws.account_id,
        region=facts.aws.region,
        vault_policy=deployer["vault"],
        iam_policy=deployer["iam"],
        rbac=tuple(deployer["rbac"]),
    )


def test_the_first_deploy_creates_everything(twice: Twice):
    made = sum(1 for resource in twice.first.graph.resources if resource.custom) - 3  # the providers
    assert (twice.first.created, twice.first.updated, twice.first.same) == (made, 0, 0)


def test_the_second_deploy_changes_nothing(twice: Twice):
    assert (twice.second.created, twice.second.updated) == (0, 0)
    assert twice.second.same == twice.first.created
    before, after = twice.listings
    assert [path for path in before if before[path] != after.get(path)] == []
    assert before.keys() == after.keys()


def test_the_listing_holds_objects_of_every_server(twice: Twice):
    listed = twice.listings[0]
    for path in (
        "vault/sys/mounts/apps-dev/",
        "vault/auth/kubernetes/role/billing",
        "aws/secret/dev/billing/payments",
        "aws/alias/dev-secrets",
        "aws/role/dev-billing/policy/secrets",
        "kubernetes/ServiceAccount/billing/billing",
    ):
        assert path in listed


def test_the_graph_has_the_real_outputs(twice: Twice):
    graph = twice.first.graph
    (key,) = graph.of("aws:kms/key:Key")
    assert f"aws/key/{key.outputs['keyId']}" in twice.listings[0]
    grants = [
        r.inputs["policy"] for r in graph.of("aws:iam/rolePolicy:RolePolicy") if r.inputs["name"] == "kms"
    ]
    assert grants
    assert all(key.outputs["arn"] in policy for policy in grants)


def test_what_does_not_count_as_proven_is_listed(twice: Twice):
    assert any("BlockPublicPolicy" in line for line in twice.first.not_enforced)
    assert any(line.startswith("discovery of") for line in twice.first.substitutions)
    assert twice.first.not_enforced == twice.second.not_enforced
    assert twice.first.substitutions == twice.second.substitutions


def test_every_resource_is_reported_once(twice: Twice):
    made = twice.first.created
    assert sum(line.startswith("created ") for line in twice.progress) == made
    assert sum(line.startswith("same ") for line in twice.progress) == made


def test_a_template_is_written_once(twice: Twice):
    (secret,) = [r for r in twice.first.graph.of("aws:secretsmanager/secret:Secret") if "payments" in r.name]
    versions = twice.listings[1][f"aws/secret/{secret.outputs['name']}"]["VersionIdsToStages"]
    assert [sorted(labels) for labels in versions.values()] == [["AWSCURRENT", TEMPLATE_STAGE]]


def test_the_child_gets_the_deployers_credentials_alone(twice: Twice):
    names = set(environment(twice.sandbox, "dev"))
    aws = {"AWS_SHARED_CREDENTIALS_FILE", "AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_EC2_METADATA_DISABLED"}
    assert names == {"VAULT_TOKEN", *aws}


def test_a_failing_create_names_resource_line_and_answer(twice: Twice, tmp_path: Path):
    access = twice.sandbox.stacks["dev"]
    wrong = tmp_path / "wrong.token"
    wrong.write_text("none")
    stacks = {"dev": dataclasses.replace(access, vault_token_file=wrong)}
    sandbox = dataclasses.replace(twice.sandbox, stacks=stacks)
    with pytest.raises(ServerError) as error:
        deploy(sandbox, PROJECT, "dev", lambda _: None, declaration=twice.declaration)
    text = str(error.value)
    assert "components/vault/" in text
    assert "vault:" in text
    assert "403" in text
    assert "permission denied" in text


_SCRIPT = """
import sys
from pathlib import Path
from workload_secrets.sandbox import deploy, load

stack = load("deploy", Path(sys.argv[1]))
deploy.deploy(stack, Path(sys.argv[2]), "dev", lambda line: print(line, flush=True))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_deploy_leaves_no_process_and_the_next_goes_on(twice: Twice, number: signal.Signals):
    command = [sys.executable, "-c", _SCRIPT, str(twice.sandbox.folder.parent), str(PROJECT)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, cwd=PROJECT
    ) as running:
        assert running.stdout is not None
        running.stdout.readline()
        # Ctrl-C reaches the whole group; a kill only the one process.
        (os.killpg if number is signal.SIGINT else os.kill)(running.pid, number)
        assert running.wait(20) != 0
    until = time.monotonic() + 10
    while _group_lives(running.pid):
        assert time.monotonic() < until, "a process of the deploy is left"
        time.sleep(0.05)
    again = deploy(twice.sandbox, PROJECT, "dev", lambda _: None, declaration=twice.declaration)
    assert (again.created, again.updated) == (0, 0)


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
