"""What stacks export, held against what they register."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from components.platform.stack import ServerOutputs, StackOutputs
from tests.captured import captured
from tests.stacks.read import FLAVOURS, OTHERS, data
from workload_secrets.graph.model import UNKNOWN

STACKS = ("dev", "prod", *FLAVOURS, *OTHERS)
TABLES = ("secrets", "workloads", "writers")
COMPUTED = {"arn", "kmsKeyArn", "roleArn"}
"""What only AWS knows."""


def leaves(value: Any, *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from leaves(below, *path, key)
    else:
        yield path, value


@pytest.mark.parametrize("stack", STACKS)
def test_every_name_in_the_stack_file_has_its_row(stack: str) -> None:
    found, declared = captured(stack).outputs, data(stack)
    assert set(found) == set(StackOutputs.model_fields)
    assert set(found["secrets"]) == set(declared["secrets"])
    assert set(declared["workloads"]) <= set(found["workloads"])
    assert set(found["writers"]) == set(declared.get("writers", {}))


@pytest.mark.parametrize("stack", STACKS)
def test_every_row_is_made_of_plain_text_and_marked_secret_nowhere(stack: str) -> None:
    graph = captured(stack)
    for table in TABLES:
        for path, value in leaves(graph.outputs[table]):
            assert isinstance(value, str), (table, *path)
            assert value, (table, *path)
            assert path[1] == "paths" or re.fullmatch(r"[a-z]+([A-Z][a-z]*)*", path[1])
    assert not graph.only("pulumi:pulumi:Stack").output_secrets
    assert not graph.only("workload-secrets:platform:Platform").output_secrets


@pytest.mark.parametrize("stack", ["dev", "identities", "engines", "database"])
def test_at_the_first_preview_only_what_aws_computes_is_unknown(stack: str) -> None:
    first, then = captured(stack, "preview").outputs, captured(stack).outputs
    for table in TABLES:
        known = dict(leaves(first[table]))
        unknown = {path for path, value in known.items() if value is UNKNOWN}
        assert {path[-1] for path in unknown} <= COMPUTED
        assert {p: v for p, v in known.items() if p not in unknown} == {
            p: v for p, v in leaves(then[table]) if p not in unknown
        }


@pytest.mark.parametrize("stack", STACKS)
def test_arns_and_roles_are_those_of_the_registered_resources(stack: str) -> None:
    graph = captured(stack)
    found = graph.outputs
    arns = {r.inputs["name"]: r.outputs["arn"] for r in graph.of("aws:secretsmanager/secret:Secret")}
    rows = [row for row in found["secrets"].values() if row["backend"] == "aws"]
    assert {row["name"]: row["arn"] for row in rows} == arns
    accounts = [row for table in ("workloads", "writers") for row in found[table].values()]
    roles = {r.outputs["arn"] for r in graph.of("aws:iam/role:Role")}
    assert {row["roleArn"] for row in accounts if "roleArn" in row} <= roles
    logins = {
        (r.inputs.get("backend", "token"), r.inputs.get("roleName") or r.inputs.get("name"))
        for r in graph.resources
        if re.fullmatch(r"vault:\w+/(authBackendRole|certAuthBackendRole):\w+", r.type)
    }
    assert {(row["authMount"], row["vaultRole"]) for row in accounts if "vaultRole" in row} <= logins


@pytest.mark.parametrize("stack", STACKS)
def test_a_path_is_one_that_its_readers_policy_grants(stack: str) -> None:
    graph = captured(stack)
    found, principals = graph.outputs, graph.platform_output("declaration")["principals"]
    policies = {r.name: r.inputs["policy"] for r in graph.of("vault:index/policy:Policy")}
    for name, principal in principals.items():
        for grant in principal["grants"]:
            row = found["secrets"].get(grant["secret"], {})
            if grant["verb"] in row.get("paths", {}):
                assert f'path "{row["paths"][grant["verb"]]}" {{' in policies[f"{name}-policy"]


def test_a_server_exports_its_address_and_ca() -> None:
    assert set(ServerOutputs.model_fields) == {"address", "ca"}
    found = captured("examples/vault-guide-server").outputs
    assert set(found) == set(ServerOutputs.model_fields)
    assert found["address"].startswith("https://")
