"""Rotation functions in the matrix: declared, derived, and what a wrong policy does to it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.access.conftest import Edit
from tests.stacks.read import ROOT, data
from workload_secrets.access.derived import declaration_of, derived
from workload_secrets.access.notices import notices
from workload_secrets.access.principals import actors
from workload_secrets.access.proof import Proof
from workload_secrets.access.rotators import rotators
from workload_secrets.declaration import Declaration
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph

NAME = "rotation:rotate-ledger"
POLICY = "aws:secretsmanager/secretPolicy:SecretPolicy"
KEY = "aws:kms/key:Key"


@pytest.fixture(scope="module")
def graph() -> Graph:
    return capture(ROOT, str(ROOT / "tests/stacks/rotated.yaml"))


def proof(graph: Graph) -> Proof:
    return Proof(stack="rotated", declaration=declaration_of(graph), derived=derived(graph))


def rights(graph: Graph) -> set[tuple[str, str]]:
    return {(cell.secret, cell.verb) for cell in derived(graph) if cell.principal == NAME}


def differences(graph: Graph) -> list[str]:
    return [d.sentence() for d in proof(graph).differences]


def test_the_function_reads_and_writes_the_secret_it_rotates_and_no_other(graph: Graph) -> None:
    assert rights(graph) == {("ledger-token", "read"), ("ledger-token", "write")}
    assert differences(graph) == []
    assert NAME in proof(graph).principals()


def test_a_policy_without_the_function_is_a_difference(graph: Graph, edit: Edit) -> None:
    def drop(inputs: dict[str, Any]) -> None:
        inputs["policy"]["Statement"] = [s for s in inputs["policy"]["Statement"] if s["Effect"] == "Deny"]

    found = differences(edit(graph, POLICY, "ledger-token-policy", drop))
    assert len(found) == 2
    assert all(NAME in line for line in found)


def test_a_function_let_into_another_secret_is_a_difference(graph: Graph, edit: Edit) -> None:
    role = declaration_of(graph).secrets["ledger-token"].rotation
    assert role is not None

    def add(inputs: dict[str, Any]) -> None:
        allow = {
            "Effect": "Allow",
            "Principal": {"AWS": role.role_arn},
            "Action": "secretsmanager:GetSecretValue",
            "Resource": "*",
        }
        inputs["policy"]["Statement"].append(allow)

    widened = edit(graph, POLICY, "ledger-other-policy", add)
    # The key's policy still names the one secret.
    assert differences(widened) == []

    def loosen(inputs: dict[str, Any]) -> None:
        for statement in inputs["policy"]["Statement"]:
            if statement["Sid"].startswith("RotationFunction"):
                del statement["Condition"]["StringLike"]

    (found,) = differences(edit(widened, KEY, "secrets-key", loosen))
    assert NAME in found
    assert "ledger-other" in found


def test_a_key_that_refuses_the_function_is_a_difference(graph: Graph, edit: Edit) -> None:
    def drop(inputs: dict[str, Any]) -> None:
        statements = inputs["policy"]["Statement"]
        inputs["policy"]["Statement"] = [s for s in statements if not s["Sid"].startswith("Rotation")]

    assert len(differences(edit(graph, KEY, "secrets-key", drop))) == 2


def test_a_key_of_others_is_taken_for_granted_and_said_so() -> None:
    arn = "arn:aws:kms:eu-west-1:777788889999:key/1c2d3e4f-1111-2222-3333-444455556666"
    shared = data("rotated")["shared"] | {"kmsKey": {"manage": "existing", "arn": arn}}
    file = str(ROOT / "tests/stacks/rotated.yaml")
    given = capture(ROOT, file, overrides={"workload-secrets:shared": shared})
    assert rights(given) == {("ledger-token", "read"), ("ledger-token", "write")}
    assert differences(given) == []
    (found,) = (n.text for n in notices(given, declaration_of(given)) if "rotates" in n.text)
    assert f"the owner of {arn} must let that role use the key" in found


def test_the_notice_names_function_and_role(graph: Graph) -> None:
    (found,) = (n.text for n in notices(graph, declaration_of(graph)) if "rotates" in n.text)
    assert "function:rotate-ledger rotates ledger-token" in found
    assert "role/rotation/rotate-ledger" in found
    assert "must let that role use the key" not in found


def test_one_role_of_two_functions_is_one_principal() -> None:
    secret = {
        "backend": "aws",
        "rotation": {"functionArn": "arn:f", "roleArn": "arn:aws:iam::1:role/path/rotate"},
    }
    plain = {"backend": "aws"}
    declaration = Declaration.read(
        {
            "environment": "dev",
            "tier": "development",
            "facts": {
                "cluster": {"name": "c", "flavour": "eks", "oidcIssuer": "https://i", "apiAudience": "a"}
            },
            "endpoints": {"cluster": {"apiServer": "https://c", "caFile": "ca.pem"}},
            "secrets": {"b": secret, "a": secret, "c": plain},
            "principals": {},
        }
    )
    (found,) = rotators(declaration).values()
    assert (found.name, found.secrets) == ("rotation:rotate", ("a", "b"))
    assert [actor.name for actor in actors(declaration)] == ["deployer", "prover", "rotation:rotate"]
