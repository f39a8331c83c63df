from __future__ import annotations

import json
from typing import Any

from components.documents.deployer_iam import DeployerIam, deployer_iam
from components.documents.iam import key_policy, secret_policy
from components.documents.rotation_iam import RotatedSecret
from tests.engine import SCOPE

ROLE = "arn:aws:iam::111122223333:role/rotate"
OTHER = "arn:aws:iam::111122223333:role/other"
FUNCTION = "arn:aws:lambda:eu-central-1:111122223333:function:rotate"
ONE = RotatedSecret(name="dev/one", function_arn=FUNCTION, role_arn=ROLE)
TWO = RotatedSecret(name="dev/two", function_arn=f"{FUNCTION}-two", role_arn=OTHER)


def statements(text: str | None) -> dict[str, dict[str, Any]]:
    return {statement["Sid"]: statement for statement in json.loads(text or "{}")["Statement"]}


def deployer(*rotated: RotatedSecret) -> dict[str, dict[str, Any]]:
    rights = DeployerIam(
        scope=SCOPE,
        stack_tag="dev/dev",
        cluster="dev",
        secret_names=("dev/one", "dev/two", "dev/three"),
        role_names=(),
        rotated=rotated,
    )
    return statements(deployer_iam(rights))


def test_each_functions_role_uses_the_key_for_its_own_secrets_alone() -> None:
    made = statements(key_policy(SCOPE, rotated=(ONE, TWO)))
    found = {
        statement["Principal"]["AWS"]: statement["Condition"]["StringLike"]["kms:EncryptionContext:SecretARN"]
        for sid, statement in made.items()
        if sid.startswith("RotationFunction")
    }
    arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:"
    assert found == {ROLE: [f"{arn}dev/one-??????"], OTHER: [f"{arn}dev/two-??????"]}
    assert all("kms:ViaService" in str(made[sid]["Condition"]) for sid in made if "Rotation" in sid)


def test_without_rotation_no_document_changes() -> None:
    assert "RotationFunction" not in key_policy(SCOPE) + secret_policy(SCOPE)
    assert not any("Rota" in sid for sid in deployer())


def test_the_deployer_switches_on_the_declared_function_for_its_secret_alone() -> None:
    made = deployer(ONE, TWO)
    arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:"
    assert made["RotateSecrets1"]["Resource"] == [f"{arn}dev/one-??????"]
    assert made["RotateSecrets1"]["Condition"] == {
        "ArnEquals": {"secretsmanager:RotationLambdaARN": FUNCTION}
    }
    assert made["RotateSecrets2"]["Resource"] == [f"{arn}dev/two-??????"]
    assert made["InvokeRotationFunctions"]["Resource"] == [FUNCTION, f"{FUNCTION}-two"]
    assert made["StopRotation"]["Resource"] == [f"{arn}dev/one-??????", f"{arn}dev/two-??????"]


def test_the_deployer_still_reads_no_value() -> None:
    assert "GetSecretValue" not in str(deployer(ONE))
