"""The whole dev stack under the engine, with the deployer's own rights."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.deploying import placed
from workload_secrets.declaration import Declaration
from workload_secrets.errors import ServerError
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph
from workload_secrets.keys.template import TEMPLATE_STAGE
from workload_secrets.sandbox import down, up
from workload_secrets.sandbox.deploy import listing
from workload_secrets.sandbox.deploy.run import environment
from workload_secrets.sandbox.engine.command import run
from workload_secrets.sandbox.engine.stack import notes
from workload_secrets.sandbox.handle import ClusterSpec, Sandbox, StackSpec
from workload_secrets.sandbox.kubernetes import admin

PROJECT = Path(__file__).parents[3]
pytestmark = pytest.mark.sandbox


@dataclass(frozen=True)
class Twice:
    """One sandbox, what is deployed after the first `up`, and all objects before and after a second."""

    sandbox: Sandbox
    first: Graph
    listings: tuple[Mapping[str, Any], Mapping[str, Any]]
    notes: Mapping[str, list[str]]
    refused: str
    """What an `up` says that finds a Vault token which is none."""


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twice]:
    root = tmp_path_factory.mktemp("deploy") / ".sandbox"
    graph = capture(PROJECT, "dev")
    declaration = Declaration.read(graph.platform_output("declaration"))
    spec = _spec(declaration, graph.platform_output("deployer"))
    sandbox = up([spec], name="deploy", root=root, owner="process", progress=lambda _: None)
    try:
        made = placed(sandbox, "dev", graph)
        wrong = replace(made.workspace, environment={**made.workspace.environment, "VAULT_TOKEN": "none"})
        with pytest.raises(ServerError) as error:
            run(wrong, "up", "--skip-preview")
        first = made.up(reviewed=False)
        _wait_for_accounts(sandbox)
        before = listing(sandbox, "dev")
        made.again()
        yield Twice(
            sandbox, first, (before, listing(sandbox, "dev")), notes(made.workspace), str(error.value)
        )
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


def test_a_second_up_and_a_refresh_change_nothing(twice: Twice):
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
    graph = twice.first
    (key,) = graph.of("aws:kms/key:Key")
    assert f"aws/key/{key.outputs['keyId']}" in twice.listings[0]
    grants = [
        r.inputs["policy"] for r in graph.of("aws:iam/rolePolicy:RolePolicy") if r.inputs["name"] == "kms"
    ]
    assert grants
    assert all(key.outputs["arn"] in policy for policy in grants)


def test_what_does_not_count_as_proven_is_listed(twice: Twice):
    assert any("blockPublicPolicy" in line for line in twice.notes["notEnforced"])
    assert any(line.startswith("discovery of") for line in twice.notes["substitutions"])


def test_a_template_is_written_once(twice: Twice):
    (secret,) = [r for r in twice.first.of("aws:secretsmanager/secret:Secret") if "payments" in r.name]
    versions = twice.listings[1][f"aws/secret/{secret.outputs['name']}"]["VersionIdsToStages"]
    assert [sorted(labels) for labels in versions.values()] == [["AWSCURRENT", TEMPLATE_STAGE]]


def test_the_engine_gets_the_deployers_credentials_alone(twice: Twice):
    names = set(environment(twice.sandbox, "dev"))
    aws = {"AWS_SHARED_CREDENTIALS_FILE", "AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_EC2_METADATA_DISABLED"}
    assert names == {"VAULT_TOKEN", *aws}


def test_a_failing_create_names_resource_and_answer(twice: Twice):
    assert re.search(r"^(\S+-(mount|policy)|auth-backend): .*403", twice.refused, re.MULTILINE), twice.refused
    assert "permission denied" in twice.refused
