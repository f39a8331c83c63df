"""What a stack declares, as JSON that travels in its graph. Names and facts, never values."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from components import flavours, identities, naming
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


def declaration(config: StackConfig, root: Path | None = None) -> dict[str, Any]:
    """The JSON form that `workload_secrets.declaration.Declaration` reads. `root` is the project
    folder; without it no file is read, and authorities have no fingerprint."""
    return {
        "environment": config.environment,
        "tier": config.tier,
        "facts": _facts(config),
        "endpoints": _endpoints(config),
        "secrets": {name: declared_secrets.secret(config, value) for name, value in config.secrets.items()},
        "principals": {
            name: _principal(config, principal, root)
            for name, principal in resolve.principals(config).items()
        }
        | declared_ci.principals(config),
        "prerequisites": list(prerequisites(config)),
        **declared_gateways.declared(config),
    }


def _endpoints(config: StackConfig) -> dict[str, Any]:
    """Where no database is declared, none is mentioned."""
    made = config.endpoints.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {key: value for key, value in made.items() if value != {}}


def prerequisites(config: StackConfig) -> Iterator[dict[str, str]]:
    """Everything that has to be there before the stack, in the order it has to be made."""
    yield from _vault_prerequisites(config)
    yield from _kubernetes_prerequisites(config)
    yield from declared_delivery.prerequisites(config)
    yield from _aws_prerequisites(config)
    yield from declared_ci.prerequisites(config)


def _facts(config: StackConfig) -> dict[str, Any]:
    facts = config.facts
    cluster = facts.cluster
    made: dict[str, Any] = {
        "cluster": {
            "name": cluster.name,
            "flavour": cluster.flavour,
            "oidcIssuer": cluster.oidc_issuer,
            "apiAudience": flavours.api_audience(cluster) or "",
        }
    }
    if facts.aws:
        made["aws"] = {
            "accountId": facts.aws.account_id,
            "region": facts.aws.region,
            "partition": naming.partition(facts.aws.region),
        }
    if facts.vault:
        made["vault"] = {
            "product": facts.vault.product,
            "version": facts.vault.version,
            "authMount": facts.vault.auth_mount,
            "reviewer": facts.vault.reviewer,
            **_reviewer_account(config),
            **_reviewer_cap(config),
            **declared_secrets.namespace(config, "namespace"),
        }
    return made


def _reviewer_cap(config: StackConfig) -> dict[str, int]:
    """The longest life of a token that is handed over, where the kind of cluster bounds it."""
    hours = flavours.FLAVOURS[config.facts.cluster.flavour].reviewer_token_cap_hours
    dedicated = config.facts.vault and config.facts.vault.reviewer == "dedicated"
    return {"reviewerTokenCapHours": hours} if dedicated and hours else {}


def _reviewer_account(config: StackConfig) -> dict[str, str]:
    """The account that this stack must let review tokens; the owner's matter on an existing mount."""
    account = config.facts.vault.reviewer_service_account if config.facts.vault else None
    made = config.shared.auth_mount.manage == "create" and resolve.vault_secrets(config)
    return {"reviewerServiceAccount": account} if account and made else {}


def _principal(config: StackConfig, principal: Principal, root: Path | None) -> dict[str, Any]:
    made: dict[str, Any] = {
        "kind": principal.kind,
        "namespace": principal.namespace,
        "serviceAccount": principal.service_account,
        **({"mendixApp": principal.mendix_app} if principal.mendix_app else {}),
        **declared_identities.declared(config, principal.outside, root),
        "grants": [
            *({"secret": use.secret, "verb": use.verb} for use in principal.uses),
            *({"secret": name, "verb": "write"} for name in principal.writes),
        ],
    }
    if resolve.secrets_of(config, principal, "aws"):
        identity = principal.identity
        made["aws"] = {"method": identity.aws_identity, "audience": identity.aws_audience}
    if config.facts.vault and resolve.uses_vault(config, principal):
        made["vault"] = {
            "authMount": identities.auth_mount(principal, config.facts.vault.auth_mount),
            "role": principal.vault_role,
            "audience": principal.vault_audience,
            **declared_secrets.namespace(config, "vaultNamespace"),
        }
    return made | declared_delivery.declared(config, principal)


def _vault_prerequisites(config: StackConfig) -> Iterator[dict[str, str]]:
    vault, secrets = config.facts.vault, resolve.vault_secrets(config)
    if not vault or not secrets:
        return
    namespace = vault.namespace or ""
    if config.shared.vault_namespace.manage == "create":
        namespace = namespace.rpartition("/")[0]  # the parent is never made here
    if namespace:
        yield {"kind": "vaultNamespace", "name": namespace}
    for name in sorted({secret.mount for secret in resolve.kv_secrets(config).values()}):
        mount = config.shared.kv_mounts[name]
        if mount.manage == "existing":
            yield {"kind": "kvMount", "name": mount.mount}
    yield from ({"kind": "pkiMount", "name": path} for path in pki.existing_mounts(config))
    yield from ({"kind": "transitMount", "name": path} for path in transit.existing_mounts(config))
    for name, database in used_databases(config).items():
        yield {"kind": "database", "name": name, "type": database.manage}
    if config.shared.auth_mount.manage == "existing":
        kind = "jwt" if vault.reviewer == "jwt" else "kubernetes"
        yield {"kind": "authMount", "name": vault.auth_mount, "type": kind}
    yield from declared_identities.prerequisites(config)


def _kubernetes_prerequisites(config: StackConfig) -> Iterator[dict[str, str]]:
    principals = resolve.pods(config).values()
    operators = sorted({w.mendix.operator_namespace for w in config.workloads.values() if w.mendix})
    used = {principal.namespace for principal in principals}
    existing = {name for name in used if config.shared.namespaces[name].manage == "existing"}
    for name in sorted(existing | set(operators)):
        yield {"kind": "namespace", "name": name}
    for principal in principals:
        if principal.manage == "existing":
            yield {
                "kind": "serviceAccount",
                "namespace": principal.namespace,
                "name": principal.service_account,
            }
    for namespace in operators:
        yield {
            "kind": "operatorConfiguration",
            "namespace": namespace,
            "name": naming.OPERATOR_CONFIGURATION,
        }
    for namespace, app in resolve.mendix_runtimes(config):
        yield {"kind": "mendixRuntime", "namespace": namespace, "name": app}


def _aws_prerequisites(config: StackConfig) -> Iterator[dict[str, str]]:
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
            yield {"kind": "oidcProvider", "url": url, "audience": audience}
    key = config.shared.kms_key
    if key.manage == "existing" and key.arn:
        yield {"kind": "kmsKey", "arn": key.arn}
    if config.facts.aws and config.facts.aws.permissions_boundary:
        yield {"kind": "permissionsBoundary", "arn": config.facts.aws.permissions_boundary}
    for role in sorted({secret.role_arn for secret in rotated_secrets(config)}):
        yield {"kind": "rotationRole", "arn": role}
