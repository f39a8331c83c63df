"""The explicit providers: no credential inside, everything verified."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from components import providers
from components.config.errors import ConfigError
from components.config.load import parse
from components.platform.platform import Platform, PlatformArgs
from tests.engine import ROOT, declare
from tests.stacks.read import changed
from workload_secrets.graph.model import Resource
from workload_secrets.sandbox.kubernetes import exec_credential


def provider(kind: str, **changes: Any) -> Resource:
    places = {place.replace("__", "/"): value for place, value in changes.items()}
    config = parse(changed("dev", places), file="Pulumi.dev.yaml")
    graph = declare(lambda _: Platform("platform", PlatformArgs(config=config, root=ROOT)))
    return next(r for r in graph.of(f"pulumi:providers:{kind}") if r.parent and "Platform" in r.parent)


def test_aws_takes_ambient_credentials_of_the_one_account():
    inputs = provider("aws").provider or provider("aws").inputs
    assert json.loads(inputs["allowedAccountIds"]) == ["111122223333"]
    assert not {"accessKey", "secretKey", "token", "profile", "endpoints"} & set(inputs)
    skips = {key: value for key, value in inputs.items() if key.startswith("skip")}
    assert set(skips.values()) == {"false"}


def test_an_emulator_answers_for_every_service_in_use():
    url = "http://127.0.0.1:4566"
    (endpoints,) = json.loads(provider("aws", endpoints__aws={"url": url}).inputs["endpoints"])
    assert endpoints == dict.fromkeys(("eks", "iam", "kms", "secretsmanager", "sts"), url)


def test_vault_takes_its_token_from_the_environment_and_makes_no_child():
    inputs = provider("vault").inputs
    assert inputs["address"] == "https://vault.dev.example:8200"
    assert inputs["caCertFile"] == "certs/dev-vault.pem"
    assert inputs["skipChildToken"] == "true"
    assert not {"token", "authLogin", "skipTlsVerify"} & set(inputs)


def test_the_kubeconfig_names_a_command_and_no_token():
    inputs = provider("kubernetes").inputs
    config = json.loads(inputs["kubeconfig"])
    (user,) = config["users"]
    assert set(user["user"]) == {"exec"}
    assert user["user"]["exec"]["command"] == "aws"
    cluster = config["clusters"][0]["cluster"]
    pem = (ROOT / "certs/dev-cluster.pem").read_bytes()
    assert base64.b64decode(cluster["certificate-authority-data"]) == pem
    assert "insecure-skip-tls-verify" not in cluster
    assert config["current-context"] == inputs["context"] == "dev"


def test_the_kubeconfig_and_the_sandbox_s_command_speak_the_same_version(tmp_path: Path):
    """The provider's client refuses an answer of another version."""
    (user,) = json.loads(provider("kubernetes").inputs["kubeconfig"])["users"]
    answer = json.loads(exec_credential(tmp_path / "credential.json", "token").read_text())
    assert user["user"]["exec"]["apiVersion"] == answer["apiVersion"]


def test_public_keys_are_written_as_vault_gives_them_back(tmp_path: Path):
    (tmp_path / "key.pem").write_text("\n-----BEGIN PUBLIC KEY-----\nAA\n-----END PUBLIC KEY-----\n\n")
    (key,) = providers.read_public_keys(tmp_path, ["key.pem"])
    assert key == "-----BEGIN PUBLIC KEY-----\nAA\n-----END PUBLIC KEY-----"


def test_only_another_cluster_replaces_what_stands_in_it():
    assert provider("kubernetes").inputs["clusterIdentifier"] == "dev"


def test_a_given_command_replaces_the_flavours():
    command = {"command": "cat", "args": ["credential.json"], "env": {"B": "2", "A": "1"}}
    inputs = provider("kubernetes", endpoints__cluster__exec=command).inputs
    user = json.loads(inputs["kubeconfig"])["users"][0]["user"]["exec"]
    assert (user["command"], user["args"]) == ("cat", ["credential.json"])
    assert user["env"] == [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]


def test_a_missing_ca_file_is_named():
    with pytest.raises(ConfigError, match=r"'certs/none\.pem'.*FileNotFoundError.*commit the file"):
        providers.read_pem(ROOT, "certs/none.pem")


def test_an_absolute_file_needs_no_project_folder(tmp_path: Path):
    file = tmp_path / "ca.pem"
    file.write_text("PEM", encoding="ascii")
    assert providers.read_pem(ROOT, str(file)) == "PEM"
