"""The gateways of Kong: what the stack says and makes, and each login rehearsed."""

from __future__ import annotations

import re
from functools import cache
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

STACK = "examples/kong.yaml"
OTHER_EXAMPLES = (
    "examples/pmp-aws.yaml",
    "examples/pmp-vault.yaml",
    "examples/pmp-vault-aks.yaml",
    "examples/pmp-vault-generic.yaml",
    "examples/pmp-vault-openshift.yaml",
    "examples/vault-guide.yaml",
)
OWN_KEYS = {"environment", "tier", "facts", "endpoints", "shared", "secrets", "workloads", "writers"}


@cache
def graph() -> Graph:
    return capture(ROOT, str(ROOT / STACK), mode="update")


def own(stack: str) -> dict[str, Any]:
    found = yaml.safe_load((ROOT / stack).read_text("utf-8"))["config"]
    return {key.removeprefix("workload-secrets:"): value for key, value in found.items()}


def config(stack: str) -> StackConfig:
    return parse(own(stack), file=stack, folder=ROOT)


def test_the_example_stands_alone_so_that_it_can_be_copied() -> None:
    assert set(own(STACK)) == OWN_KEYS | {"gateways"}


def test_it_claims_no_name_of_another_stack() -> None:
    others = {stack: parse(data(stack), file=stack) for stack in STACKS}
    found = collisions(others | {stack: config(stack) for stack in (STACK, *OTHER_EXAMPLES)})
    assert [line for line in found if STACK in line] == []


def test_every_login_is_there_and_the_pages_own_reference_with_each() -> None:
    gateways = config(STACK).gateways.values()
    logins = {vault.auth.method for gateway in gateways for vault in gateway.vaults.values()}
    assert logins == {"kubernetes", "approle", "cert", "token"}
    wrapping = [
        vault.auth.response_wrapping
        for gateway in gateways
        for vault in gateway.vaults.values()
        if vault.auth.method == "approle"
    ]
    assert sorted(wrapping) == [False, True]
    assert all("{vault://hashicorp-vault/customer/acme/name}" in gateway.references for gateway in gateways)


@pytest.mark.parametrize(
    ("policy", "paths"),
    [
        ("kong-dp-policy", ["customer/acme", "edge/portal", "edge/redis"]),
        ("partner-hashicorp-vault-policy", ["customer/acme", "partner/api"]),
        ("branch-hashicorp-vault-policy", ["branch/api", "customer/acme"]),
        ("bank-hashicorp-vault-policy", ["bank/api", "customer/acme"]),
        ("playground-hashicorp-vault-policy", ["customer/acme"]),
    ],
)
def test_a_gateway_may_read_what_its_references_say_and_nothing_else(policy: str, paths: list[str]) -> None:
    (made,) = (r.inputs["policy"] for r in graph().of("vault:index/policy:Policy") if r.name == policy)
    assert re.findall(r'path "(.*)"', made) == [f"apps-kong/data/{path}" for path in paths]
    assert set(re.findall(r"capabilities = (.*)", made)) == {'["read"]'}


def rehearsed() -> dict[str, Any]:
    (stack,) = rehearsing.rehearsed(STACK)
    return stack


@pytest.mark.sandbox
def test_rehearsed_it_lets_in_its_gateways_alone() -> None:
    found = rehearsed()
    assert (found["differences"], found["missing"], found["passed"]) == ([], [], True)
    assert all(cell["tried"] for cell in found["observed"])


@pytest.mark.sandbox
@pytest.mark.parametrize(
    "line",
    [
        "edge/hashicorp-vault: kong-dp logs in by kubernetes and resolves 4 references; "
        "4 other secrets refused; its fields are those of KongVault edge-hashicorp-vault",
        "edge/hashicorp-vault: ServiceAccount billing/billing is refused on the role",
        "edge/hashicorp-vault: a new version of acme resolves at once",
        "partner/hashicorp-vault: partner-hashicorp-vault logs in by approle and resolves 2 references; "
        "5 other secrets refused",
        "branch/hashicorp-vault: branch-hashicorp-vault logs in by approle and resolves 2 references; "
        "5 other secrets refused",
        "branch/hashicorp-vault: logs in with a plain and with a wrapped secret id; "
        "the used wrapping token is refused",
        "bank/hashicorp-vault: bank-hashicorp-vault logs in by cert and resolves 2 references; "
        "5 other secrets refused",
        "bank/hashicorp-vault: without the client certificate the login is refused",
        "playground/hashicorp-vault: playground-hashicorp-vault logs in by token and resolves 1 reference; "
        "6 other secrets refused",
    ],
)
def test_rehearsed_each_gateway_logs_in_and_resolves_its_references(line: str) -> None:
    assert line in "\n".join(rehearsed()["usage"])


@pytest.mark.sandbox
def test_a_rehearsal_says_that_kong_itself_is_not_run() -> None:
    assert (
        "Kong Gateway itself (bank 3.14, branch 3.14, edge 3.14, partner 3.9, playground 3.14) → "
        "a resolver that does as its vault does"
    ) in rehearsed()["substitutions"]


@pytest.mark.sandbox
def test_the_pages_lines_are_what_a_rehearsal_prints() -> None:
    page = (ROOT / "docs" / "examples" / "kong.md").read_text("utf-8")
    (shown,) = re.findall(r"^used:\n(.*?)```", page, re.MULTILINE | re.DOTALL)
    assert {line.removeprefix("  - ") for line in shown.splitlines()} <= set(rehearsed()["usage"])
