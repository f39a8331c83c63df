"""The platform of a server's stack: the server, its certificate and what unseals it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi

from components import charts, providers
from components.aws.oidc_provider import OidcProvider, OidcProviderArgs
from components.aws.unseal_key import UnsealKey, UnsealKeyArgs
from components.config import server_names
from components.config.facts import AwsFacts
from components.config.vault_server import ServerStack
from components.declared import server as declared_server
from components.documents import deployer_server
from components.documents.arn import AwsScope
from components.documents.deployer_iam import STACK_TAG
from components.documents.server_certificate import certificate_objects
from components.documents.server_values import chart_values
from components.inputs import Args, known
from components.kubernetes.vault_server import VaultServer, VaultServerArgs

TOKEN = "workload-secrets:platform:VaultServerPlatform"  # noqa: S105 a type token
AUDIENCE = "sts.amazonaws.com"


class VaultServerPlatformArgs(Args):
    """`root` is the project folder; CA files are relative to it."""

    stack: ServerStack
    root: Path


class VaultServerPlatform(pulumi.ComponentResource):
    """A server and nothing inside it.

    `address` and `ca` are what a stack that configures the server needs. `ca` holds the PEM
    text as `pem`, or names the Secret that gets it as `secret`: namespace/name and key.
    `declaration`, `deployer` and `prover` are as in the other kind of stack.
    """

    declaration: pulumi.Output[dict[str, Any]]
    deployer: pulumi.Output[dict[str, Any]]
    prover: pulumi.Output[dict[str, Any]]
    address: pulumi.Output[str]
    ca: pulumi.Output[dict[str, str]]

    def __init__(
        self, name: str, args: VaultServerPlatformArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        stack, server = args.stack, args.stack.vault_server
        declared = known(declared_server.declaration(stack).written())
        super().__init__(TOKEN, name, {"declaration": declared}, opts)
        ca_pem = providers.read_pem(args.root, stack.endpoints.cluster.ca_file)
        provider = providers.kubernetes_provider(stack, ca_pem, self)
        unseal = self._unseal(stack)
        waits = server.phase == "running" and server.seal.type != "shamir"
        VaultServer(
            server_names.release(server),
            VaultServerArgs(
                release=server_names.release(server),
                namespace=server.namespace,
                chart=charts.CHARTS[server.product],
                values=chart_values(stack, ca_pem=_ca_pem(stack, args.root)),
                certificate=certificate_objects(stack),
                wait=waits,
                protect=stack.tier == "production",
                after=unseal.resources if unseal else (),
            ),
            pulumi.ResourceOptions(parent=self, providers=[provider]),
        )
        self.declaration = declared
        self.deployer = known(deployer_server.deployer(stack))
        self.prover = known(deployer_server.prover(stack))
        self.address = pulumi.Output.from_input(server_names.address(server))
        self.ca = known(_ca(stack, args.root))
        self.register_outputs(
            {
                "declaration": self.declaration,
                "deployer": self.deployer,
                "prover": self.prover,
                "address": self.address,
                "ca": self.ca,
            }
        )

    def _unseal(self, stack: ServerStack) -> UnsealKey | None:
        aws, seal = stack.facts.aws, stack.vault_server.seal
        if aws is None or seal.type != "awskms":
            return None
        provider = providers.aws_provider(stack, aws, self)
        opts = pulumi.ResourceOptions(parent=self, providers=[provider])
        scope = AwsScope(account_id=aws.account_id, region=aws.region)
        oidc = OidcProvider(
            "cluster",
            OidcProviderArgs(
                scope=scope,
                issuer=stack.facts.cluster.oidc_issuer,
                audiences=(AUDIENCE,),
                manage=seal.oidc_provider,
            ),
            opts,
        )
        return UnsealKey("unseal", _unseal_args(stack, aws, scope, oidc), opts)


def _unseal_args(stack: ServerStack, aws: AwsFacts, scope: AwsScope, oidc: OidcProvider) -> UnsealKeyArgs:
    server, seal = stack.vault_server, stack.vault_server.seal
    return UnsealKeyArgs(
        scope=scope,
        alias=server_names.unseal_alias(stack),
        role_name=server_names.unseal_role(stack),
        issuer=stack.facts.cluster.oidc_issuer,
        audience=AUDIENCE,
        namespace=server.namespace,
        service_account=server_names.release(server),
        existing_arn=seal.key_arn,
        administrators=seal.administrators,
        permissions_boundary=aws.permissions_boundary,
        protect=stack.tier == "production",
        after=oidc.resource,
        tags={STACK_TAG: deployer_server.stack_tag(stack)},
    )


def _ca_pem(stack: ServerStack, root: Path) -> str | None:
    file = stack.vault_server.tls.ca_file
    return providers.read_pem(root, file) if file else None


def _ca(stack: ServerStack, root: Path) -> dict[str, str]:
    server, pem = stack.vault_server, _ca_pem(stack, root)
    if pem:
        return {"pem": pem}
    name = server_names.tls_secret(server)
    return {"secret": f"{server.namespace}/{name}", "key": "ca.crt"}
