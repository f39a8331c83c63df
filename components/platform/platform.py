"""The whole stack: every component, made from the one configuration.

It makes nothing of its own but the providers. Its children carry the stack's own names,
since a program has one platform.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from components import gateway_forms, outputs, panel, providers
from components.config import resolve
from components.config.stack import StackConfig
from components.declared import declaration
from components.declared import delivery as declared_delivery
from components.documents import ci_jobs, deployer
from components.inputs import Args, known
from components.outputs import IdentityRow, SecretRow
from components.platform import ci as platform_ci
from components.platform import gateways as platform_gateways
from components.platform.aws import AwsPart
from components.platform.delivery import DeliveryPart
from components.platform.kubernetes import KubernetesPart
from components.platform.objects import ObjectsPart
from components.platform.vault import VaultPart

TOKEN = "workload-secrets:platform:Platform"  # noqa: S105 a type token


class PlatformArgs(Args):
    """`root` is the project folder; CA files of the endpoints are relative to it."""

    config: StackConfig
    root: Path


class Platform(pulumi.ComponentResource):
    """All that a stack declares.

    `declaration` says who reads and writes what; it is an input too, since a policy pack sees
    no outputs before the stack is whole. `deployer`, `prover`, `courier` and `administrator` are
    the least rights of those that act on the stack, `panel` is what a person types into Mendix's panel.
    `secrets`, `workloads` and `writers` have a row for each, by name, with what those who configure
    clients need; `delivery` holds what belongs into each workload's pod template, `gateways` what
    Kong's gateways are configured with, `ci` what the workflows' environments are.
    """

    declaration: pulumi.Output[dict[str, Any]]
    deployer: pulumi.Output[dict[str, Any]]
    prover: pulumi.Output[dict[str, Any]]
    courier: pulumi.Output[dict[str, Any]]
    administrator: pulumi.Output[dict[str, Any]]
    panel: pulumi.Output[list[dict[str, str]]]
    secrets: Mapping[str, SecretRow]
    workloads: Mapping[str, IdentityRow]
    writers: Mapping[str, IdentityRow]
    delivery: pulumi.Output[dict[str, Any]]
    gateways: pulumi.Output[dict[str, Any]]
    ci: pulumi.Output[dict[str, Any]]

    def __init__(self, name: str, args: PlatformArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        config = args.config
        declared = known(declaration.declaration(config, args.root).written())
        super().__init__(TOKEN, name, {"declaration": declared}, opts)
        ca_pem = providers.read_pem(args.root, config.endpoints.cluster.ca_file)
        kubernetes = KubernetesPart(config, self, providers.kubernetes_provider(config, ca_pem, self))
        aws = AwsPart.of(config, self)
        vault = VaultPart.of(config, self, root=args.root, ca_pem=ca_pem)
        pods = DeliveryPart(config, kubernetes.opts)
        delivered = ObjectsPart(config, kubernetes.opts, args.root)
        accounts: dict[str, pulumi.Resource] = {}
        for principal in resolve.pods(config).values():
            role = aws.role(principal) if aws else None
            account = accounts[principal.name] = kubernetes.account(principal, role)
            login = vault.role(principal) if vault else None
            delivered.deliver(principal, account, login)
            pods.patch(principal, *filter(None, (account, login)))
        logins = vault.logins if vault else {}
        platform_gateways.declare(config, kubernetes.opts, accounts=accounts, logins=logins)
        self.ci = platform_ci.declare(
            config, self, aws=aws.opts if aws else None, vault=vault.context if vault else None
        )
        self.declaration = declared
        self.deployer = known(deployer.deployer(config))
        self.prover = known(deployer.prover(config))
        self.courier = known(deployer.courier(config))
        self.administrator = known(ci_jobs.administrator(config))
        self.panel = known(panel.rows(config))
        self.secrets = outputs.secrets(
            config, arns=aws.secret_arns if aws else {}, kms_key_arn=aws.key_arn if aws else None
        )
        roles = {
            "role_arns": aws.role_arns if aws else {},
            "vault_roles": vault.roles if vault else {},
        }
        self.workloads = outputs.identities_of(config, "workload", **roles)
        self.writers = outputs.identities_of(config, "writer", **roles)
        self.delivery = known(declared_delivery.handed_out(config))
        self.gateways = known(gateway_forms.forms(config))
        self.register_outputs(
            {
                "declaration": self.declaration,
                "deployer": self.deployer,
                "prover": self.prover,
                "courier": self.courier,
                "administrator": self.administrator,
                "panel": self.panel,
                "secrets": outputs.table(self.secrets),
                "workloads": outputs.table(self.workloads),
                "writers": outputs.table(self.writers),
                "delivery": self.delivery,
                "gateways": self.gateways,
                "ci": self.ci,
            }
        )
