"""The providers of every program, and a pod that is hardened as the standard says."""

from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pulumi_vault as vault

ACCOUNT = "444455556666"
REGION = "us-west-2"
IMAGE = "registry.example/orders@sha256:" + "5f" * 32


def in_aws(**more: Any) -> pulumi.ResourceOptions:
    provider = aws.Provider("cloud", region=REGION, allowed_account_ids=[ACCOUNT])
    return pulumi.ResourceOptions(provider=provider, **more)


def in_cluster() -> pulumi.ResourceOptions:
    kubeconfig = pulumi.Config().require("kubeconfig")
    return pulumi.ResourceOptions(provider=kubernetes.Provider("cluster", kubeconfig=kubeconfig))


def in_vault(address: str = "https://vault.example.com:8200") -> pulumi.ResourceOptions:
    provider = vault.Provider("server", address=address, skip_child_token=True)
    return pulumi.ResourceOptions(provider=provider)


def protected(options: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(protect=True))


def spec(given: dict[str, Any]) -> Any:
    """An object's specification, which the SDK has no loose type for."""
    return given


def container(name: str = "app", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "image": IMAGE,
        "security_context": {
            "run_as_non_root": True,
            "allow_privilege_escalation": False,
            "read_only_root_filesystem": True,
            "capabilities": {"drop": ["ALL"]},
            "seccomp_profile": {"type": "RuntimeDefault"},
        },
        **more,
    }


def vault_token(audience: str = "vault") -> dict[str, Any]:
    source = {"service_account_token": {"path": "token", "audience": audience, "expiration_seconds": 600}}
    return {"name": "vault-token", "projected": {"sources": [source]}}
