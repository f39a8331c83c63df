"""Names that are global on a server and would be made by two stacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from components import ci, gateway_forms, gateways, identities, naming, vault_grants
from components.config import resolve, server_names
from components.config.stack import StackConfig
from components.config.vault_server import ServerStack
from components.documents.engines import pki, transit
from components.documents.engines.database import used_databases

Place = tuple[str, str]


def collisions(configs: Mapping[str, StackConfig | ServerStack]) -> list[str]:
    """One line for each name that two stacks claim, sorted. `configs` is keyed by stack."""
    claimed: dict[Place, str] = {}
    lines: list[str] = []
    for stack, config in sorted(configs.items()):
        for place in dict.fromkeys(_places(config)):
            other = claimed.setdefault(place, stack)
            if other != stack:
                kind, where = place
                lines.append(f"{kind} {where}: claimed by the stacks {other} and {stack}; rename one of them")
    return sorted(lines)


def _places(config: StackConfig | ServerStack) -> Iterator[Place]:
    if isinstance(config, ServerStack):
        yield from _server(config)
        return
    yield from _aws(config)
    yield from _vault(config)
    yield from _kubernetes(config)
    yield from _jobs(config)


def _server(stack: ServerStack) -> Iterator[Place]:
    server, aws, cluster = stack.vault_server, stack.facts.aws, stack.facts.cluster
    release = server_names.release(server)
    yield "Vault server", server_names.address(server)
    yield "Helm release", f"{server.namespace}/{release} at {stack.endpoints.cluster.api_server}"
    if aws is None or server.seal.type != "awskms":
        return
    yield "IAM role", f"{server_names.unseal_role(stack)} in account {aws.account_id}"
    if server.seal.key == "create":
        alias = server_names.unseal_alias(stack)
        yield "KMS alias", f"{alias} in account {aws.account_id}, {aws.region}"
    if server.seal.oidc_provider == "create":
        yield "OIDC provider", f"{cluster.oidc_issuer} in account {aws.account_id}"


def _aws(config: StackConfig) -> Iterator[Place]:
    aws, secrets = config.facts.aws, resolve.aws_secrets(config)
    if aws is None or not secrets:
        return
    cluster = config.facts.cluster
    for name, principal in resolve.principals(config).items():
        if resolve.secrets_of(config, principal, "aws"):
            yield "IAM role", f"{naming.iam_role_name(cluster.name, name)} in account {aws.account_id}"
    where = f"in account {aws.account_id}, {aws.region}"
    if config.shared.kms_key.manage == "create":
        yield "KMS alias", f"{naming.kms_alias(config.environment, cluster.name)} {where}"
    if config.shared.oidc_provider.manage == "create":
        yield "OIDC provider", f"{cluster.oidc_issuer} in account {aws.account_id}"
    for secret in secrets.values():
        yield "AWS secret", f"{secret.name} {where}"


def _vault(config: StackConfig) -> Iterator[Place]:
    vault, endpoint = config.facts.vault, config.endpoints.vault
    secrets = resolve.vault_secrets(config)
    if vault is None or endpoint is None or not secrets:
        return
    where = f"at {endpoint.address}, namespace {vault.namespace or 'root'}"
    for name, principal in resolve.principals(config).items():
        if resolve.uses_vault(config, principal):
            yield "Vault policy", f"{naming.vault_policy_name(config.facts.cluster.name, name)} {where}"
            mount = identities.auth_mount(principal, vault.auth_mount)
            yield "Vault role", f"{principal.vault_role} of auth/{mount} {where}"
    for path, _ in identities.created_mounts(config):
        yield "auth mount", f"{path} {where}"
    if config.shared.auth_mount.manage == "create":
        yield "auth mount", f"{vault.auth_mount} {where}"
    for mount in config.shared.kv_mounts.values():
        if mount.manage == "create":
            yield "KV mount", f"{mount.mount} {where}"
    for database in used_databases(config).values():
        if database.manage == "create":
            yield "database mount", f"{database.mount} {where}"
    audit = config.shared.audit
    for name in audit.devices if audit and audit.manage == "create" else ():
        yield "audit device", f"{name} at {endpoint.address}"
    for kind, path in _engines(config):
        yield kind, f"{path} {where}"
    for secret in secrets.values():
        yield "Vault secret", f"{'/'.join(vault_grants.place(config, secret))} ({secret.backend}) {where}"


def _engines(config: StackConfig) -> Iterator[Place]:
    """Kind and path of the mounts for certificates and keys that the stack makes."""
    for mount in pki.used_mounts(config).values():
        if mount.manage == "create":
            yield "PKI mount", mount.mount
    for mount in transit.used_mounts(config).values():
        if mount.manage == "create":
            yield "transit mount", mount.mount


def _kubernetes(config: StackConfig) -> Iterator[Place]:
    where = f"at {config.endpoints.cluster.api_server}"
    for name, namespace in config.shared.namespaces.items():
        if namespace.manage == "create":
            yield "namespace", f"{name} {where}"
    for principal in resolve.pods(config).values():
        yield "ServiceAccount", f"{principal.namespace}/{principal.service_account} {where}"
    for gateway, entity, ingress_class in gateway_forms.objects(config):
        yield "KongVault", f"{gateways.object_name(gateway, entity.prefix)} {where}"
        yield "KongVault prefix", f"{entity.prefix} of ingress class {ingress_class} {where}"


def _jobs(config: StackConfig) -> Iterator[Place]:
    """What the jobs that deploy the stack log in by. Two stacks share no environment of GitHub's:
    its jobs would have the rights in both."""
    aws, vault, endpoint = config.facts.aws, config.facts.vault, config.endpoints.vault
    for job in ci.jobs(config):
        yield "subject of jobs", job.subject
        if aws and job.in_aws:
            yield "IAM role", f"{job.role} in account {aws.account_id}"
        if vault and endpoint and job.in_vault:
            yield "Vault policy", f"{job.role} at {endpoint.address}, namespace {vault.namespace or 'root'}"
    issuer, path = ci.provider_issuer(config, "create"), ci.mount(config, "create")
    if aws and issuer:
        yield "OIDC provider", f"{issuer} in account {aws.account_id}"
    if vault and endpoint and path:
        yield "auth mount", f"{path} at {endpoint.address}, namespace {vault.namespace or 'root'}"
