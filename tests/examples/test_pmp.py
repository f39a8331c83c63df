"""The stacks of the Private Mendix Platform: what they say, and all rehearsed, in two sandboxes."""

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
from tests.stacks.read import FLAVOURS, ROOT, data
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph

ON_EKS = ("examples/pmp-aws.yaml", "examples/pmp-vault.yaml")
ELSEWHERE = (
    "examples/pmp-vault-aks.yaml",
    "examples/pmp-vault-openshift.yaml",
    "examples/pmp-vault-generic.yaml",
)
EXAMPLES = (*ON_EKS, *ELSEWHERE)
ON_VAULT = EXAMPLES[1:]
ACCOUNTS = {
    "examples/pmp-vault.yaml": "mxplatform",
    "examples/pmp-vault-aks.yaml": "pmp-secret-accessor",
    "examples/pmp-vault-openshift.yaml": "default",
    "examples/pmp-vault-generic.yaml": "pmp-secret-accessor",
}
JWT_ROLE = "vault:jwt/authBackendRole:AuthBackendRole"
ROLES = ("vault:kubernetes/authBackendRole:AuthBackendRole", JWT_ROLE)
AKS_ISSUER = (
    "https://westeurope.oic.prod-aks.azure.com/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
    "/9a8b7c6d-5e4f-3a2b-1c0d-e9f8a7b6c5d4/"
)
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


def test_the_examples_on_vault_are_of_every_flavour() -> None:
    facts = [config(stack).facts for stack in ON_VAULT]
    assert {found.cluster.flavour for found in facts} == set(FLAVOURS)
    vaults = [found.vault for found in facts if found.vault]
    assert {vault.product for vault in vaults} == {"vault", "openbao"}
    assert {vault.reviewer for vault in vaults} == {"in-cluster", "jwt", "dedicated"}


@pytest.mark.parametrize("stack", ON_VAULT)
def test_an_example_on_vault_makes_the_mount_path_and_role_of_the_page(stack: str) -> None:
    made = graph(stack)
    mount = made.only("vault:index/mount:Mount").inputs["path"]
    assert mount == f"pmp-{config(stack).environment}"
    (role,) = (r for kind in ROLES for r in made.of(kind) if r.name == "pmp-role")
    assert (role.inputs["backend"], role.inputs["roleName"]) == ("kubernetes", "pmp-secret-accessor-role")
    account = ACCOUNTS[stack]
    if role.type == JWT_ROLE:
        assert role.inputs["boundSubject"] == f"system:serviceaccount:feature-test:{account}"
    else:
        assert role.inputs["boundServiceAccountNames"] == [account]
        assert role.inputs["boundServiceAccountNamespaces"] == ["feature-test"]
    (policy,) = (r for r in made.of("vault:index/policy:Policy") if r.name == "pmp-policy")
    assert f'path "{mount}/data/admin"' in policy.inputs["policy"]
    assert not any(r.type.startswith("aws:") for r in made.resources)


def rehearsed() -> dict[str, dict[str, Any]]:
    """The results of all, by stack file."""
    found = (*rehearsing.rehearsed(*ON_EKS), *rehearsing.rehearsed(*ELSEWHERE))
    return dict(zip(EXAMPLES, found, strict=True))


@pytest.mark.sandbox
@pytest.mark.parametrize("stack", EXAMPLES)
def test_a_rehearsed_example_lets_in_its_owners_alone(stack: str) -> None:
    found, granted = rehearsed()[stack], 3 if stack == "examples/pmp-aws.yaml" else 2
    assert (found["differences"], found["missing"], found["passed"]) == ([], [], True)
    assert f"{granted} as declared granted, {14 - granted} refused by logins" in found["summary"]
    assert all(cell["tried"] for cell in found["observed"])


def named(account: str) -> str:
    return (
        f"Runtime feature-test/mxplatform → an object that names the account {account}, with no operator "
        "that could roll it back"
    )


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("stack", "substituted"),
    [
        (ON_VAULT[0], ["product vault 1.20 → OpenBao", "reviewer in-cluster"]),
        (
            ON_VAULT[1],
            [
                named("pmp-secret-accessor"),
                f"discovery of {AKS_ISSUER} → the sandbox cluster's public keys",
                "product vault 1.20 → OpenBao",
            ],
        ),
        (
            ON_VAULT[2],
            [
                named("default"),
                "product vault 1.20 → OpenBao",
                "the dedicated reviewer's token, handed over by hand → the token of the sandbox's own "
                "reviewer",
            ],
        ),
        (ON_VAULT[3], [named("pmp-secret-accessor"), "reviewer in-cluster"]),
    ],
)
def test_a_rehearsal_says_what_stands_in_for_what_it_has_not(stack: str, substituted: list[str]) -> None:
    assert [line.split(" (")[0] for line in rehearsed()[stack]["substitutions"]] == substituted
