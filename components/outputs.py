"""What a stack exports about its secrets, workloads and writers: names and places, never values.

Each table is keyed by the name in the stack file, so another stack's StackReference finds a row
by it. What only AWS knows comes from the resource: the ARN of a secret ends in six characters that
Secrets Manager chooses.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, cast

from pydantic import Field
from pydantic.alias_generators import to_camel

from components import identities, panel, vault_grants
from components.config import resolve
from components.config.engines.database import DatabaseSecret
from components.config.engines.pki import PkiSecret
from components.config.engines.transit import TransitSecret
from components.config.resolve import Principal
from components.config.secrets import VERBS, AwsSecret, VaultSecret
from components.config.stack import StackConfig
from components.documents.vault_policy import Verb, api_path
from components.inputs import Args, In

_BACKEND: Final = "Kind of secret, as in the stack file"
_ROLE: Final = "Name of the role in the engine"


class Exported(Args):
    """Part of an export. `None` stands for a field that doesn't apply."""

    def exported(self) -> dict[str, Any]:
        """The fields that apply, under camelCase keys."""
        fields = {to_camel(name): getattr(self, name) for name in type(self).model_fields}
        return {key: value for key, value in fields.items() if value is not None}


class AwsSecretRow(Exported):
    """A secret in AWS Secrets Manager."""

    backend: Literal["aws"] = Field(default="aws", description=_BACKEND)
    name: str = Field(description="Its name; also `SecretName` in the Mendix panel")
    arn: In[str] = Field(description="Its full ARN, with the six characters that AWS appends")
    kms_key_arn: In[str] = Field(description="ARN of the KMS key it is encrypted with")


class VaultRow(Exported):
    """A place in Vault. `paths` holds what clients call, so no client has to build it."""

    mount: str = Field(description="Path of the secrets engine's mount")
    vault_namespace: str | None = Field(default=None, description="Vault namespace, where the stack has one")
    paths: Mapping[str, str] = Field(
        description="API path for each verb that a workload can be granted, without `/v1/` and the namespace"
    )


class KvSecretRow(VaultRow):
    """A secret in a KV version 2 engine."""

    backend: Literal["vault"] = Field(default="vault", description=_BACKEND)
    path: str = Field(description="Path in the mount, without `data/`, as `vault kv` takes it")
    url: str = Field(description="Full URL with port and without `data/`: `SecretName` in the Mendix panel")


class DatabaseSecretRow(VaultRow):
    """A role of the database engine."""

    backend: Literal["database"] = Field(default="database", description=_BACKEND)
    role: str = Field(description=_ROLE)
    connection: str = Field(description="Name of the connection in the engine")


class PkiSecretRow(VaultRow):
    """A role of the PKI engine."""

    backend: Literal["pki"] = Field(default="pki", description=_BACKEND)
    role: str = Field(description=_ROLE)


class TransitSecretRow(VaultRow):
    """A key of the transit engine."""

    backend: Literal["transit"] = Field(default="transit", description=_BACKEND)
    key: str = Field(description="Name of the key")


SecretRow = AwsSecretRow | KvSecretRow | DatabaseSecretRow | PkiSecretRow | TransitSecretRow


class IdentityRow(Exported):
    """A workload or a writer: who it is, and what it logs in with."""

    identity: Literal["kubernetes", "jwt", "approle", "cert", "token"] = Field(
        description="How it identifies itself; `kubernetes` is a ServiceAccount"
    )
    namespace: str | None = Field(default=None, description="Kubernetes namespace of its ServiceAccount")
    service_account: str | None = Field(default=None, description="Name of its ServiceAccount")
    role_arn: In[str] | None = Field(default=None, description="ARN of its IAM role")
    aws_audience: str | None = Field(
        default=None, description="Audience of the token it shows to AWS STS; not with Pod Identity"
    )
    auth_mount: str | None = Field(
        default=None, description="Path of the Vault auth mount it logs in at, without `auth/`"
    )
    vault_role: In[str] | None = Field(default=None, description="Name of its Vault role")
    vault_audience: str | None = Field(
        default=None, description="Audience of the token it shows to Vault, where the login has one"
    )
    vault_namespace: str | None = Field(
        default=None, description="Vault namespace it logs in to, where the stack has one"
    )


def secrets(
    config: StackConfig, *, arns: Mapping[str, In[str]], kms_key_arn: In[str] | None
) -> dict[str, SecretRow]:
    """A row for each declared secret. `arns` has the ARN of each secret in AWS; `kms_key_arn` is
    their key's, None where the stack has none of them."""
    return {name: _secret(config, name, arns, kms_key_arn) for name in config.secrets}


def _secret(
    config: StackConfig, name: str, arns: Mapping[str, In[str]], kms_key_arn: In[str] | None
) -> SecretRow:
    secret = config.secrets[name]
    if isinstance(secret, AwsSecret):
        return AwsSecretRow(name=secret.name, arn=arns[name], kms_key_arn=cast("In[str]", kms_key_arn))
    mount, path = vault_grants.place(config, secret)
    verbs = cast("tuple[Verb, ...]", VERBS[secret.backend])
    place: dict[str, Any] = {
        "mount": mount,
        "vault_namespace": _vault_namespace(config),
        "paths": {verb: api_path(vault_grants.grant(config, secret, verb)) for verb in verbs},
    }
    match secret:
        case VaultSecret():
            return KvSecretRow(path=path, url=panel.secret_name(config, secret), **place)
        case DatabaseSecret():
            connection = config.shared.databases[secret.connection].name
            return DatabaseSecretRow(role=path, connection=connection, **place)
        case PkiSecret():
            return PkiSecretRow(role=path, **place)
        case TransitSecret():
            return TransitSecretRow(key=path, **place)


def identities_of(
    config: StackConfig,
    kind: Literal["workload", "writer"],
    *,
    role_arns: Mapping[str, In[str]],
    vault_roles: Mapping[str, In[str]],
) -> dict[str, IdentityRow]:
    """A row for each workload, or for each writer. `role_arns` and `vault_roles` are by principal,
    and lack those that have none."""
    return {
        name: _identity(config, principal, role_arns.get(name), vault_roles.get(name))
        for name, principal in resolve.principals(config).items()
        if principal.kind == kind
    }


def _identity(
    config: StackConfig, principal: Principal, role_arn: In[str] | None, vault_role: In[str] | None
) -> IdentityRow:
    irsa = role_arn is not None and principal.identity.aws_identity == "irsa"
    return IdentityRow(
        identity=principal.outside.method if principal.outside else "kubernetes",
        namespace=principal.namespace or None,
        service_account=principal.service_account or None,
        role_arn=role_arn,
        aws_audience=principal.identity.aws_audience if irsa else None,
        **({} if vault_role is None else _vault_login(config, principal, vault_role)),
    )


def _vault_login(config: StackConfig, principal: Principal, vault_role: In[str]) -> dict[str, Any]:
    mount = config.facts.vault.auth_mount if config.facts.vault else ""
    return {
        "auth_mount": identities.auth_mount(principal, mount),
        "vault_role": vault_role,
        "vault_audience": principal.vault_audience or None,
        "vault_namespace": _vault_namespace(config),
    }


def _vault_namespace(config: StackConfig) -> str | None:
    return config.facts.vault.namespace if config.facts.vault else None


def table(rows: Mapping[str, Exported]) -> dict[str, dict[str, Any]]:
    """Rows as they are exported."""
    return {name: row.exported() for name, row in rows.items()}
