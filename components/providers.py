"""The stack's explicit providers, made from facts and endpoints; none holds a credential.

AWS takes ambient credentials and refuses another account; Vault takes VAULT_TOKEN from the
environment; Kubernetes asks an `exec` command for a credential when it needs one.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pulumi_vault as vault

from components import flavours
from components.config.errors import ConfigError
from components.config.facts import AwsFacts, VaultFacts
from components.config.stack import StackConfig
from components.config.vault_server import ServerStack

AnyStack = StackConfig | ServerStack
"""Both kinds of stack have a cluster, and may have an AWS account."""
_EXEC_API = "client.authentication.k8s.io/v1"
"""The client refuses an answer of another version than this one. The commands print the version that
they are asked for in KUBERNETES_EXEC_INFO.
https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
(aws/aws-cli, awscli/customizations/eks/get_token.py; Azure/kubelogin, execCredentialWriter.go)"""


def read_pem(root: Path, file: str) -> str:
    """The text of a PEM file; `file` is relative to the project folder, or absolute."""
    try:
        return (root / file).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"endpoints: got the file {file!r}, which can't be read ({type(error).__name__}); allowed: a "
            "PEM file below the project folder; remedy: commit the file, or correct its name"
        ) from None


def read_public_keys(root: Path, files: Iterable[str]) -> tuple[str, ...]:
    """The texts of PEM files with public keys, as Vault gives them back: it trims each, and a line
    break at the end would be a change at every update."""
    return tuple(read_pem(root, file).strip() for file in files)


def aws_provider(config: AnyStack, facts: AwsFacts, parent: pulumi.Resource) -> aws.Provider:
    """Named `aws`. All services answer on one URL where AWS is an emulator."""
    emulator = config.endpoints.aws
    return aws.Provider(
        "aws",
        region=facts.region,  # pyright: ignore[reportArgumentType] its enum lags behind the regions
        allowed_account_ids=[facts.account_id],
        endpoints=[
            {
                "eks": emulator.url,
                "iam": emulator.url,
                "kms": emulator.url,
                "secretsmanager": emulator.url,
                "sts": emulator.url,
            }
        ]
        if emulator
        else None,
        skip_credentials_validation=False,
        skip_metadata_api_check=False,
        skip_region_validation=False,
        skip_requesting_account_id=False,  # without the account nothing holds allowed_account_ids
        opts=pulumi.ResourceOptions(parent=parent),
    )


def vault_provider(
    config: StackConfig, facts: VaultFacts, parent: pulumi.Resource, *, root: bool = False
) -> vault.Provider:
    """Named `vault`; `vault-root` for the parent of the stack's namespace (`root`)."""
    parent_namespace = (facts.namespace or "").rpartition("/")[0] or None
    endpoint = config.endpoints.vault
    if endpoint is None:
        raise ConfigError("endpoints.vault: got nothing; allowed: the address of Vault; remedy: add the key")
    return vault.Provider(
        "vault-root" if root else "vault",
        address=endpoint.address,
        ca_cert_file=endpoint.ca_file,
        # A child token needs auth/token/create, and what it makes dies with it after 20 minutes.
        skip_child_token=True,
        namespace=parent_namespace if root else facts.namespace,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def kubernetes_provider(config: AnyStack, ca_pem: str, parent: pulumi.Resource) -> kubernetes.Provider:
    """Named `kubernetes`. Its kubeconfig names a command, it holds no token.

    Only another cluster's name replaces what it made; a new CA or address is an update.
    https://www.pulumi.com/registry/packages/kubernetes/api-docs/provider/#clusteridentifier
    """
    return kubernetes.Provider(
        "kubernetes",
        cluster_identifier=config.facts.cluster.name,
        kubeconfig=kubeconfig(config, ca_pem),
        context=_context(config),
        enable_server_side_apply=True,  # patches of existing objects need it
        opts=pulumi.ResourceOptions(parent=parent),
    )


def kubeconfig(config: AnyStack, ca_pem: str) -> str:
    """JSON text of a kubeconfig with one cluster, one user and one context."""
    command = flavours.exec_command_of(config.facts.cluster, config.endpoints.cluster)
    if command is None:
        raise ConfigError(
            f"endpoints.cluster.exec: got nothing; allowed: for flavour {config.facts.cluster.flavour} a "
            "command that prints an ExecCredential; remedy: add endpoints.cluster.exec"
        )
    user: dict[str, Any] = {
        "apiVersion": _EXEC_API,
        "command": command.command,
        "args": list(command.args),
        "env": [{"name": name, "value": value} for name, value in sorted(command.env.items())],
        "interactiveMode": "Never",
    }
    cluster = {
        "server": config.endpoints.cluster.api_server,
        "certificate-authority-data": base64.b64encode(ca_pem.encode()).decode(),
    }
    name = _context(config)
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": {"exec": user}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
    return json.dumps(document, sort_keys=True)


def _context(config: AnyStack) -> str:
    return config.endpoints.cluster.context or config.facts.cluster.name
