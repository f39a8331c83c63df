"""The stacks of the Private Mendix Platform: what they say, and both rehearsed in one sandbox."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from components.config.collisions import collisions
from components.config.load import parse
from components.config.stack import StackConfig
from tests import rehearsing
from tests.stacks.golden import STACKS
from tests.stacks.read import ROOT, data
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph

EXAMPLES = ("examples/pmp-aws.yaml", "examples/pmp-vault.yaml")
OWN_KEYS = {"environment", "tier", "facts", "endpoints", "shared", "secrets", "workloads", "writers"}


def graph(stack: str) -> Graph:
    return capture(ROOT, str(ROOT / stack), mode="update")


def config(stack: str) -> StackConfig:
    return parse(own(stack), file=stack, folder=ROOT)


def own(stack: str) -> dict[str, Any]:
    found = yaml.safe_load((ROOT / stack).read_text("utf-8"))["config"]
    return {key.removeprefix("workload-secrets:"): value for key, value in found.items()}


@pytest.mark.parametrize("stack", EXAMPLES)
def test_an_example_stands_alone_so_that_it_can_be_copied(stack: str) -> None:
    assert set(own(stack)) == OWN_KEYS


def test_the_examples_claim_no_name_of_another_stack() -> None:
    others = {stack: parse(data(stack), file=stack) for stack in STACKS}
    found = collisions(others | {stack: config(stack) for stack in EXAMPLES})
    assert [line for line in found if "examples/" in line] == []


def test_the_aws_example_makes_the_secret_of_the_page_for_one_account() -> None:
    made = graph(EXAMPLES[0])
    assert made.only("aws:secretsmanager/secret:Secret").inputs["name"] == "PMP-Production-Credentials"
    trusts = {r.name: json.loads(r.inputs["assumeRolePolicy"]) for r in made.of("aws:iam/role:Role")}
    conditions = trusts["pmp-role"]["Statement"][0]["Condition"]["StringEquals"]
    assert "system:serviceaccount:mxplatform:mxplatform" in conditions.values()
    assert not any(r.type.startswith("vault:") for r in made.resources)


def test_the_vault_example_makes_the_mount_path_and_role_of_the_page() -> None:
    made = graph(EXAMPLES[1])
    assert made.only("vault:index/mount:Mount").inputs["path"] == "pmp-dev"
    (role,) = (r for r in made.of("vault:kubernetes/authBackendRole:AuthBackendRole") if r.name == "pmp-role")
    assert role.inputs["roleName"] == "pmp-secret-accessor-role"
    assert role.inputs["boundServiceAccountNamespaces"] == ["feature-test"]
    (policy,) = (r for r in made.of("vault:index/policy:Policy") if r.name == "pmp-policy")
    assert 'path "pmp-dev/data/admin"' in policy.inputs["policy"]
    assert not any(r.type.startswith("aws:") for r in made.resources)


def rehearsed() -> tuple[dict[str, Any], ...]:
    """The results of both, in their order."""
    return rehearsing.rehearsed(*EXAMPLES)


@pytest.mark.sandbox
@pytest.mark.parametrize(("place", "granted"), [(0, 3), (1, 2)], ids=EXAMPLES)
def test_a_rehearsed_example_lets_in_its_owners_alone(place: int, granted: int) -> None:
    found = rehearsed()[place]
    assert (found["differences"], found["missing"], found["passed"]) == ([], [], True)
    assert f"{granted} as declared granted, {14 - granted} refused by logins" in found["summary"]
    assert all(cell["tried"] for cell in found["observed"])


@pytest.mark.sandbox
def test_the_vault_example_says_what_stands_in_for_vault() -> None:
    starts = [line.split(" (")[0] for line in rehearsed()[1]["substitutions"]]
    assert starts == ["product vault 1.20 → OpenBao", "reviewer in-cluster"]
