"""No provider reaches anything but this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from workload_secrets.sandbox.deploy.aws.provider import SERVICES, AwsProvider
from workload_secrets.sandbox.deploy.guard import is_loopback
from workload_secrets.sandbox.deploy.kubernetes.provider import KubernetesProvider
from workload_secrets.sandbox.deploy.outcome import HandlerError
from workload_secrets.sandbox.deploy.registry import PROVIDERS, handler_of
from workload_secrets.sandbox.deploy.vault.provider import VaultProvider

OUTSIDE = "https://vault.dev.example:8200"


@pytest.mark.parametrize("address", ["https://127.0.0.1:1", "http://127.5.5.5", "https://[::1]:9"])
def test_loopback_addresses_pass(address: str):
    assert is_loopback(address)


@pytest.mark.parametrize(
    "address",
    [
        OUTSIDE,
        "https://localhost:1",
        "https://10.0.0.1",
        "https://127.0.0.1@10.0.0.1",
        "https://u@127.0.0.1",
        "ftp://127.0.0.1",
        "127.0.0.1:1",
        "https://0.0.0.0",
        "",
    ],
)
def test_every_other_address_is_refused(address: str):
    assert not is_loopback(address)


def test_a_vault_outside_is_refused_by_name_and_address():
    with pytest.raises(HandlerError, match=f"provider vault has the address {OUTSIDE}"):
        VaultProvider("vault", {"address": OUTSIDE, "skipChildToken": True}, {"VAULT_TOKEN": "t"})


def test_a_cluster_outside_is_refused_by_name_and_address():
    config = {
        "clusters": [{"name": "c", "cluster": {"server": OUTSIDE, "certificate-authority-data": "eA=="}}],
        "users": [{"name": "u", "user": {"exec": {}}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    with pytest.raises(HandlerError, match=f"provider kubernetes has the address {OUTSIDE}"):
        KubernetesProvider("kubernetes", {"kubeconfig": json.dumps(config)})


def test_an_aws_endpoint_outside_is_refused_by_name_and_address():
    endpoints = [dict.fromkeys(SERVICES, OUTSIDE)]
    with pytest.raises(HandlerError, match=f"provider aws has the address {OUTSIDE}"):
        AwsProvider("aws", {"region": "eu-central-1", "endpoints": endpoints})


def test_an_aws_service_without_endpoint_is_refused():
    endpoints = [{"iam": "https://127.0.0.1:1"}]
    with pytest.raises(HandlerError, match="no endpoint for secretsmanager, kms, sts, eks: it would reach"):
        AwsProvider("aws", {"region": "eu-central-1", "endpoints": endpoints})


@pytest.mark.parametrize(
    ("setting", "value"), [("token", "t"), ("authLogin", {"path": "auth/x"}), ("skipTlsVerify", True)]
)
def test_vault_settings_without_support_are_refused(setting: str, value: Any):
    config = {"address": "https://127.0.0.1:1", "skipChildToken": True, setting: value}
    with pytest.raises(HandlerError, match=setting):
        VaultProvider("vault", config, {"VAULT_TOKEN": "t"})


@pytest.mark.parametrize("setting", ["accessKey", "profile", "assumeRoles", "httpProxy"])
def test_aws_settings_without_support_are_refused(setting: str):
    endpoints = [dict.fromkeys(SERVICES, "https://127.0.0.1:1")]
    with pytest.raises(HandlerError, match=setting):
        AwsProvider("aws", {"region": "eu-central-1", "endpoints": endpoints, setting: "x"})


def test_a_kubernetes_provider_without_kubeconfig_is_refused():
    with pytest.raises(HandlerError, match="no kubeconfig: it would use the one of this machine"):
        KubernetesProvider("kubernetes", {})


def test_a_kubeconfig_with_a_static_token_is_refused(tmp_path: Path):
    cluster = {"server": "https://127.0.0.1:1", "certificate-authority-data": "eA=="}
    config = {
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": {"token": "hidden", "exec": {"apiVersion": "v1", "command": "cat"}}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    with pytest.raises(HandlerError, match=r"no handler for input user\.token") as error:
        KubernetesProvider("kubernetes", {"kubeconfig": json.dumps(config)})
    assert "hidden" not in str(error.value)


@pytest.mark.parametrize("system", PROVIDERS)
def test_a_default_provider_is_refused(system: str):
    """It has no settings; the SDK would take them from this machine."""
    with pytest.raises(HandlerError):
        PROVIDERS[system]("default", {})


@pytest.mark.parametrize("type_", ["aws:s3/bucket:Bucket", "random:index/randomId:RandomId", "vault:x/y:Z"])
def test_an_unknown_type_is_refused(type_: str):
    with pytest.raises(HandlerError, match=f"no handler for type {type_}"):
        handler_of(type_)
