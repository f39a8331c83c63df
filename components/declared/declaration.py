"""What a stack declares, as it travels in its graph. Names and facts, never values."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from components import flavours, identities, naming
from components.config import facts as config_facts
from components.config import resolve
from components.config.resolve import Principal
from components.config.stack import StackConfig
from components.declared import ci as declared_ci
from components.declared import delivery as declared_delivery
from components.declared import gateways as declared_gateways
from components.declared import identities as declared_identities
from components.declared import secrets as declared_secrets
from components.documents.engines import pki, transit
from components.documents.engines.database import used_databases
from components.documents.rotation_iam import rotated_secrets
from workload_secrets import declaration as declared
from workload_secrets.declaration import (
    AwsFacts,
    AwsIdentity,
    ClusterFacts,
    Declaration,
    Endpoints,
    Facts,
    Grant,
    Prerequisite,
    VaultFacts,
    VaultIdentity,
)


def declaration(config: StackConfig, root: Path | None = None) -> Declaration:
    """Everything that the stack declares. `root` is the project folder; without it no file is read,
    and authorities have no fingerprint."""
    principals = {
        name: _principal(config, principal, root) for name, principal in resolve.principals(config).items()
    }
    return Declaration(
        environment=config.environment,
        tier=config.tier,
        facts=Facts(
            cluster=cluster(config.facts.cluster),
            aws=aws(config.facts.aws),
            vault=_vault(config, config.facts.vault) if config.facts.vault else None,
        ),
        endpoints=endpoints(config.endpoints),
        secrets={name: declared_secrets.secret(config, value) for name, value in config.secrets.items()},
        principals={**principals, **declared_ci.principals(config)},
        prerequisites=tuple(prerequisites(config)),
        gateways=declared_gateways.declared(config),
    )


def endpoints(given: BaseModel) -> Endpoints:
    """The stack file's endpoints, which have the same form."""
    return Endpoints.model_validate(given.model_dump(mode="json", by_alias=True, exclude_none=True))


def prerequisites(config: StackConfig) -> Iterator[Prerequisite]:
    """Everything that has to be there before the stack, in the order it has to be made."""
    yield from _vault_prerequisites(config)
    yield from _kubernetes_prerequisites(config)
    yield from declared_delivery.prerequisites(config)
    yield from _aws_prerequisites(config)
    yield from declared_ci.prerequisites(config)


def _vault(config: StackConfig, facts: config_facts.VaultFacts) -> VaultFacts:
    return VaultFacts(
        product=facts.product,
        version=facts.version,
        auth_mount=facts.auth_mount,
        reviewer=facts.reviewer,
        reviewer_service_account=_reviewer_account(config, facts),
        reviewer_token_cap_hours=_reviewer_cap(config, facts),
        namespace=declared_secrets.vault_namespace(config),
    )


def cluster(facts: config_facts.ClusterFacts) -> ClusterFacts:
    """What the declaration says of the cluster."""
    return ClusterFacts(
        name=facts.name,
        flavour=facts.flavour,
        oidc_issuer=facts.oidc_issuer,
        api_audience=flavours.api_audience(facts) or "",
    )


def aws(facts: config_facts.AwsFacts | None) -> AwsFacts | None:
    """What the declaration says of AWS; None where the stack has none."""
    if facts is None:
        return None
    return AwsFacts(
        account_id=facts.account_id, region=facts.region, partition=naming.partition(facts.region)
    )


def _reviewer_cap(config: StackConfig, facts: config_facts.VaultFacts) -> int | None:
    """The longest life of a token that is handed over, where the kind of cluster bounds it."""
    hours = flavours.FLAVOURS[config.facts.cluster.flavour].reviewer_token_cap_hours
    return (hours or None) if facts.reviewer == "dedicated" else None


def _reviewer_account(config: StackConfig, facts: config_facts.VaultFacts) -> str | None:
    """The account that this stack must let review tokens; the owner's matter on an existing mount."""
    made = config.shared.auth_mount.manage == "create" and resolve.vault_secrets(config)
    return (facts.reviewer_service_account or None) if made else None


def _principal(config: StackConfig, principal: Principal, root: Path | None) -> declared.Principal:
    outside = principal.outside
    return declared.Principal(
        kind=principal.kind,
        namespace=principal.namespace,
        service_account=principal.service_account,
        mendix_app=principal.mendix_app or None,
        identity=declared_identities.declared(config, outside, root) if outside else None,
        grants=(
            *(Grant(secret=use.secret, verb=use.verb) for use in principal.uses),
            *(Grant(secret=name, verb="write") for name in principal.writes),
        ),
        aws=_aws_identity(config, principal),
        vault=_vault_identity(config, principal),
        delivery=declared_delivery.declared(config, principal),
    )


def _aws_identity(config: StackConfig, principal: Principal) -> AwsIdentity | None:
    if not resolve.secrets_of(config, principal, "aws"):
        return None
    identity = principal.identity
    return AwsIdentity(method=identity.aws_identity, audience=identity.aws_audience)


def _vault_identity(config: StackConfig, principal: Principal) -> VaultIdentity | None:
    if config.facts.vault is None or not resolve.uses_vault(config, principal):
        return None
    return VaultIdentity(
        auth_mount=identities.auth_mount(principal, config.facts.vault.auth_mount),
        role=principal.vault_role,
        audience=principal.vault_audience,
        vault_namespace=declared_secrets.vault_namespace(config),
    )


def _vault_prerequisites(config: StackConfig) -> Iterator[Prerequisite]:
    vault, secrets = config.facts.vault, resolve.vault_secrets(config)
    if not vault or not secrets:
        return
    namespace = vault.namespace or ""
    if config.shared.vault_namespace.manage == "create":
        namespace = namespace.rpartition("/")[0]  # the parent is never made here
    if namespace:
        yield Prerequisite(kind="vaultNamespace", name=namespace)
    for name in sorted({secret.mount for secret in resolve.kv_secrets(config).values()}):
        mount = config.shared.kv_mounts[name]
        if mount.manage == "existing":
            yield Prerequisite(kind="kvMount", name=mount.mount)
    yield from (Prerequisite(kind="pkiMount", name=path) for path in pki.existing_mounts(config))
    yield from (Prerequisite(kind="transitMount", name=path) for path in transit.existing_mounts(config))
    for name, database in used_databases(config).items():
        yield Prerequisite(kind="database", name=name, type=database.manage)
    if config.shared.auth_mount.manage == "existing":
        kind = "jwt" if vault.reviewer == "jwt" else "kubernetes"
        yield Prerequisite(kind="authMount", name=vault.auth_mount, type=kind)
    yield from declared_identities.prerequisites(config)


def _kubernetes_prerequisites(config: StackConfig) -> Iterator[Prerequisite]:
    principals = resolve.pods(config).values()
    operators = sorted({w.mendix.operator_namespace for w in config.workloads.values() if w.mendix})
    used = {principal.namespace for principal in principals}
    existing = {name for name in used if config.shared.namespaces[name].manage == "existing"}
    for name in sorted(existing | set(operators)):
        yield Prerequisite(kind="namespace", name=name)
    for principal in principals:
        if principal.manage == "existing":
            yield Prerequisite(
                kind="serviceAccount", namespace=principal.namespace, name=principal.service_account
            )
    for namespace in operators:
        yield Prerequisite(
            kind="operatorConfiguration", namespace=namespace, name=naming.OPERATOR_CONFIGURATION
        )
    for namespace, app in resolve.mendix_runtimes(config):
        yield Prerequisite(kind="mendixRuntime", namespace=namespace, name=app)


def _aws_prerequisites(config: StackConfig) -> Iterator[Prerequisite]:
    if not resolve.aws_secrets(config):
        return
    irsa = [
        principal.identity.aws_audience
        for principal in resolve.principals(config).values()
        if principal.identity.aws_identity == "irsa" and resolve.secrets_of(config, principal, "aws")
    ]
    if irsa and config.shared.oidc_provider.manage == "existing":
        for audience in sorted(set(irsa)):
            url = config.facts.cluster.oidc_issuer
            yield Prerequisite(kind="oidcProvider", url=url, audience=audience)
    key = config.shared.kms_key
    if key.manage == "existing" and key.arn:
        yield Prerequisite(kind="kmsKey", arn=key.arn)
    if config.facts.aws and config.facts.aws.permissions_boundary:
        yield Prerequisite(kind="permissionsBoundary", arn=config.facts.aws.permissions_boundary)
    for role in sorted({secret.role_arn for secret in rotated_secrets(config)}):
        yield Prerequisite(kind="rotationRole", arn=role)
