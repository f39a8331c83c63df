"""The least rights of those who act on a stack: its deployer, its prover and its courier."""

from __future__ import annotations

from typing import Any

from components import delivery_objects, gateway_forms, identities, naming
from components.config import resolve
from components.config.stack import StackConfig
from components.declared import delivery as declared_delivery
from components.documents.arn import AwsScope
from components.documents.deployer_engines import engine_paths
from components.documents.deployer_iam import DeployerIam, deployer_iam
from components.documents.deployer_rbac import CustomNames, StackObjects, deployer_rbac, prover_rbac
from components.documents.deployer_vault import DeployerVault, deployer_paths, deployer_vault
from components.documents.identities import courier_policy
from components.documents.identities import deployer_paths as identity_paths
from components.documents.kong import object as kong_object
from components.documents.prover_iam import prover_iam
from components.documents.rotation_iam import rotated_secrets


def deployer(config: StackConfig) -> dict[str, Any]:
    """`iam` (JSON text), `vault` (HCL) and `rbac` (objects); the first two None where unused."""
    return {
        "iam": _iam(config),
        "vault": _vault(config),
        "rbac": deployer_rbac(stack_objects(config)),
    }


def courier(config: StackConfig) -> dict[str, Any]:
    """`vault` (HCL): what whoever hands machines their secret ids needs; None where none does."""
    facts = config.facts.vault
    namespace = facts.namespace if facts else None
    return {"vault": courier_policy(identities.roles(config), namespace=namespace)}


def prover(config: StackConfig) -> dict[str, Any]:
    """`iam` (JSON text, None where unused) and `rbac` (objects), to be made after the deploy:
    they stand in the stack's namespaces."""
    return {"iam": _prover_iam(config), "rbac": prover_rbac(stack_objects(config))}


def stack_tag(config: StackConfig) -> str:
    """The value of STACK_TAG: no other stack has both the environment and the cluster."""
    return f"{config.environment}/{config.facts.cluster.name}"


def reviewer_binding(config: StackConfig) -> str | None:
    """The name of the token reviewers' ClusterRoleBinding; None where nobody reviews."""
    vault = config.facts.vault
    if vault is None or not resolve.vault_secrets(config) or vault.reviewer == "jwt":
        return None
    if vault.reviewer != "client" and config.shared.auth_mount.manage == "existing":
        return None  # the reviewer belongs to the mount's owner
    if vault.reviewer != "client" and vault.reviewer_service_account is None:
        return None
    return f"workload-secrets-{vault.auth_mount.replace('/', '-')}-reviewer"


def reviewer_accounts(config: StackConfig) -> tuple[tuple[str, str], ...]:
    """Namespace and name of each account that reviews tokens."""
    vault = config.facts.vault
    if vault is None or reviewer_binding(config) is None:
        return ()
    if vault.reviewer == "client":
        return tuple(
            (principal.namespace, principal.service_account)
            for principal in resolve.pods(config).values()
            if resolve.uses_vault(config, principal)
        )
    namespace, _, name = (vault.reviewer_service_account or "").partition("/")
    return ((namespace, name),)


def operator_namespaces(config: StackConfig) -> tuple[str, ...]:
    """Where Mendix's operator must mount tokens: only Vault's login needs them."""
    principals = resolve.principals(config)
    found = {
        workload.mendix.operator_namespace
        for name, workload in config.workloads.items()
        if workload.mendix and resolve.secrets_of(config, principals[name], "vault")
    }
    return tuple(sorted(found))


def stack_objects(config: StackConfig) -> StackObjects:
    """What the stack has in Kubernetes."""
    principals = resolve.pods(config).values()
    used = {principal.namespace for principal in principals}
    made = resolve.created_namespaces(config)
    accounts = {
        manage: {(p.namespace, p.service_account) for p in principals if p.manage == manage}
        for manage in ("create", "existing")
    }
    if config.facts.vault and config.facts.vault.reviewer == "dedicated":
        accounts["create"] |= set(reviewer_accounts(config))
    return StackObjects(
        created_namespaces=made,
        existing_namespaces=tuple(sorted(used.difference(made))),
        created_accounts=tuple(sorted(accounts["create"])),
        existing_accounts=tuple(sorted(accounts["existing"])),
        patched_accounts=_patched(config),
        operator_namespaces=operator_namespaces(config),
        operator_configuration=naming.OPERATOR_CONFIGURATION,
        mendix_runtimes=resolve.mendix_runtimes(config),
        targets=declared_delivery.targets(config),
        binding=reviewer_binding(config),
        custom=_custom(config),
        keeps_namespaces=config.tier == "production",
    )


def _patched(config: StackConfig) -> tuple[tuple[str, str], ...]:
    """The existing accounts that get a role's annotation, Mendix's, or a mount setting."""
    return tuple(
        sorted(
            {
                (principal.namespace, principal.service_account)
                for principal in resolve.pods(config).values()
                if principal.manage == "existing"
                and (
                    principal.mendix
                    or principal.identity.automount is not None
                    or (
                        principal.identity.aws_identity == "irsa"
                        and resolve.secrets_of(config, principal, "aws")
                    )
                )
            }
        )
    )


def _custom(config: StackConfig) -> tuple[CustomNames, ...]:
    """The objects that other operators act on, by kind and namespace."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for item in delivery_objects.every(config):
        found.setdefault((item.group, item.plural, item.namespace), []).append(item.name)
    delivering = tuple(
        CustomNames(group=group, plural=plural, namespace=namespace, names=tuple(sorted(names)))
        for (group, plural, namespace), names in sorted(found.items())
    )
    vaults = gateway_forms.object_names(config)
    if not vaults:
        return delivering
    group = kong_object.API_VERSION.partition("/")[0]
    return (*delivering, CustomNames(group=group, plural=kong_object.PLURAL, namespace=None, names=vaults))


def _iam(config: StackConfig) -> str | None:
    facts, secrets = config.facts.aws, resolve.aws_secrets(config)
    if facts is None or not secrets:
        return None
    cluster = config.facts.cluster
    principals = [
        principal
        for principal in resolve.principals(config).values()
        if resolve.secrets_of(config, principal, "aws")
    ]
    by_method = {
        method: tuple(
            naming.iam_role_name(cluster.name, principal.name)
            for principal in principals
            if principal.identity.aws_identity == method
        )
        for method in ("irsa", "podIdentity")
    }
    key = config.shared.kms_key
    creates_provider = by_method["irsa"] and config.shared.oidc_provider.manage == "create"
    return deployer_iam(
        DeployerIam(
            scope=AwsScope(account_id=facts.account_id, region=facts.region),
            stack_tag=stack_tag(config),
            cluster=cluster.name,
            secret_names=tuple(secret.name for secret in secrets.values()),
            role_names=(*by_method["irsa"], *by_method["podIdentity"]),
            key_alias=naming.kms_alias(config.environment, cluster.name) if key.manage == "create" else None,
            key_arn=key.arn if key.manage == "existing" else None,
            created_issuer=cluster.oidc_issuer if creates_provider else None,
            pod_identity_roles=by_method["podIdentity"],
            permissions_boundary=facts.permissions_boundary,
            rotated=rotated_secrets(config),
            may_delete=config.tier == "development",
        )
    )


def _prover_iam(config: StackConfig) -> str | None:
    """Only roles by OIDC: a Pod Identity login is not tried outside a pod."""
    facts = config.facts.aws
    if facts is None:
        return None
    roles = tuple(
        naming.iam_role_name(config.facts.cluster.name, principal.name)
        for principal in resolve.principals(config).values()
        if principal.identity.aws_identity == "irsa" and resolve.secrets_of(config, principal, "aws")
    )
    return prover_iam(AwsScope(account_id=facts.account_id, region=facts.region), roles)


def _vault(config: StackConfig) -> str | None:
    rights = _vault_rights(config)
    return deployer_vault(rights) if rights else None


def vault_paths(config: StackConfig) -> dict[str, tuple[str, ...]]:
    """The deployer's paths in Vault as they are inside the stack's namespace; none where it has
    nothing there."""
    rights = _vault_rights(config)
    return deployer_paths(rights) if rights else {}


def _vault_rights(config: StackConfig) -> DeployerVault | None:
    facts, secrets = config.facts.vault, resolve.vault_secrets(config)
    if facts is None or not secrets:
        return None
    principals = [
        principal
        for principal in resolve.principals(config).values()
        if resolve.uses_vault(config, principal)
    ]
    used = sorted({secret.mount for secret in resolve.kv_secrets(config).values()})
    mounts = [config.shared.kv_mounts[name] for name in used]
    cluster = config.facts.cluster.name
    return DeployerVault(
        auth_mount=facts.auth_mount,
        creates_auth_mount=config.shared.auth_mount.manage == "create",
        kv_mounts=tuple(mount.mount for mount in mounts if mount.manage == "create"),
        roles=tuple(principal.vault_role for principal in principals if principal.is_pod),
        policies=tuple(naming.vault_policy_name(cluster, principal.name) for principal in principals),
        engines=engine_paths(config)
        | identity_paths(identities.roles(config), identities.created_mounts(config)),
        namespace=facts.namespace,
        creates_namespace=bool(facts.namespace) and config.shared.vault_namespace.manage == "create",
        may_delete=config.tier == "development",
    )
