"""Resources become what Terraform plans and Kubernetes manifests hold, with nothing lost on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from bench.scanned import manifests, plan, terraform_type, write
from policies.guardrails.resource import UNKNOWN, Resource


def made(type_: str, label: str, **inputs: Any) -> Resource:
    return Resource(urn=f"urn:pulumi:test::p::{type_}::{label}", type=type_, name=label, inputs=inputs)


SECRET = made("aws:secretsmanager/secret:Secret", "s", name="shop/api", kmsKeyId="k", tags={"ownerTeam": "a"})
ROTATION = made(
    "aws:secretsmanager/secretRotation:SecretRotation",
    "r",
    secretId="arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop/api-AbCdEf",
    rotationRules={"automaticallyAfterDays": 30},
    rotationLambdaArn=UNKNOWN,
)
POLICY = made("aws:iam/rolePolicy:RolePolicy", "p", role="app", policy={"Statement": [{"NotAction": "*"}]})


def values(*resources: Resource) -> list[dict[str, Any]]:
    return [one["values"] for one in plan(resources)["planned_values"]["root_module"]["resources"]]


def test_types_are_named_as_in_terraform() -> None:
    assert (
        terraform_type("aws:secretsmanager/secretRotation:SecretRotation")
        == "aws_secretsmanager_secret_rotation"
    )
    assert (
        terraform_type("aws:iam/openIdConnectProvider:OpenIdConnectProvider")
        == "aws_iam_openid_connect_provider"
    )
    assert terraform_type("vault:index/mount:Mount") == "vault_mount"
    assert terraform_type("workload-secrets:aws:Secret") is None


def test_blocks_are_lists_keys_of_ones_own_stay_and_what_is_not_known_is_left_out() -> None:
    secret, rotation = values(SECRET, ROTATION)
    assert secret == {"name": "shop/api", "kms_key_id": "k", "tags": {"ownerTeam": "a"}}
    assert rotation["rotation_rules"] == [{"automatically_after_days": 30}]
    assert "rotation_lambda_arn" not in rotation


def test_a_document_is_text_with_its_own_letters() -> None:
    (policy,) = values(POLICY)
    assert json.loads(policy["policy"]) == {"Statement": [{"NotAction": "*"}]}


def test_a_rotation_refers_to_the_secret_of_its_arn() -> None:
    configured = plan([SECRET, ROTATION])["configuration"]["root_module"]["resources"]
    assert configured[1]["expressions"]["secret_id"]["references"][1] == configured[0]["address"]


def test_a_provider_stands_in_the_configuration() -> None:
    found = plan([made("pulumi:providers:aws", "aws", accessKey="x")])["configuration"]["provider_config"]
    assert found["aws"]["expressions"]["access_key"] == {"constant_value": "x"}


def test_a_patch_is_the_object_that_it_is_a_part_of() -> None:
    containers = [{"image": "a"}, {"name": "own", "image": "b"}]
    spec = {"template": {"spec": {"containers": containers}}}
    (found,) = manifests([made("kubernetes:apps/v1:DeploymentPatch", "d", spec=spec)])
    assert (found["apiVersion"], found["kind"], found["metadata"]["name"]) == ("apps/v1", "Deployment", "d")
    names = [one["name"] for one in found["spec"]["template"]["spec"]["containers"]]
    assert names == ["c0", "own"]


def test_a_folder_says_whether_anything_is_shown(tmp_path: Path) -> None:
    assert write(tmp_path / "shown", [SECRET, made("kubernetes:core/v1:Namespace", "n")])
    assert json.loads((tmp_path / "shown" / "plan.json").read_text())["terraform_version"]
    assert [one["kind"] for one in yaml.safe_load_all((tmp_path / "shown" / "objects.yaml").read_text())] == [
        "Namespace"
    ]
    assert not write(tmp_path / "hidden", [made("kubernetes:helm.sh/v3:Release", "chart")])
