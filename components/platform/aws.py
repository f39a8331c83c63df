"""The platform's half in AWS: which components the configuration asks for there."""

from __future__ import annotations

import pulumi

from components import naming, providers
from components.aws.oidc_provider import OidcProvider, OidcProviderArgs
from components.aws.secret import RotationArgs, Secret, SecretArgs
from components.aws.secrets_key import SecretsKey, SecretsKeyArgs
from components.aws.workload_role import WorkloadRole, WorkloadRoleArgs
from components.config import resolve
from components.config.facts import AwsFacts
from components.config.resolve import Principal
from components.config.secrets import AwsSecret
from components.config.stack import StackConfig
from components.documents.arn import AwsScope
from components.documents.deployer import stack_tag
from components.documents.deployer_iam import STACK_TAG
from components.documents.iam import SecretGrant
from components.documents.rotation_iam import rotated_secrets
from workload_secrets.keys import encoding

RECOVERY_DAYS = {"production": 30, "development": 7}
"""Days in which a deleted secret can be restored, where the stack names none."""


class AwsPart:
    """Key, secrets and OIDC provider at once; a role for each principal that asks."""

    def __init__(self, config: StackConfig, facts: AwsFacts, parent: pulumi.Resource) -> None:
        self._config = config
        self._facts = facts
        self._scope = AwsScope(account_id=facts.account_id, region=facts.region)
        self._tags = {STACK_TAG: stack_tag(config)}
        self._protect = config.tier == "production"
        provider = providers.aws_provider(config, facts, parent)
        self.opts = pulumi.ResourceOptions(parent=parent, providers=[provider])
        self.key_arn = self._key()
        self._oidc = self._oidc_provider()
        self._secrets = resolve.aws_secrets(config)
        self.secret_arns = {name: self._secret(name, secret) for name, secret in self._secrets.items()}
        self.role_arns: dict[str, pulumi.Output[str]] = {}

    @classmethod
    def of(cls, config: StackConfig, parent: pulumi.Resource) -> AwsPart | None:
        """None where the stack has no secret in AWS."""
        facts = config.facts.aws
        return cls(config, facts, parent) if facts and resolve.aws_secrets(config) else None

    def role(self, principal: Principal) -> WorkloadRole | None:
        """The principal's role, None where it touches no secret in AWS."""
        grants = tuple(
            SecretGrant(key=key, name=self._secrets[key].name, write=key in principal.writes)
            for key in resolve.secrets_of(self._config, principal, "aws")
        )
        if not grants:
            return None
        cluster = self._config.facts.cluster
        role = WorkloadRole(
            principal.name,
            WorkloadRoleArgs(
                scope=self._scope,
                role_name=naming.iam_role_name(cluster.name, principal.name),
                cluster=cluster.name,
                issuer=cluster.oidc_issuer,
                namespace=principal.namespace,
                service_account=principal.service_account,
                method=principal.identity.aws_identity,
                audience=principal.identity.aws_audience,
                grants=grants,
                key_arn=self.key_arn,
                session_seconds=principal.identity.session_seconds,
                permissions_boundary=self._facts.permissions_boundary,
                after=self._oidc.resource if self._oidc else None,
                tags=self._tags,
            ),
            self.opts,
        )
        self.role_arns[principal.name] = role.role_arn
        return role

    def _key(self) -> pulumi.Output[str]:
        key = self._config.shared.kms_key
        args = SecretsKeyArgs(
            scope=self._scope,
            alias=naming.kms_alias(self._config.environment, self._config.facts.cluster.name),
            administrators=key.administrators,
            existing_arn=key.arn if key.manage == "existing" else None,
            rotated=rotated_secrets(self._config),
            protect=self._protect,
            tags=self._tags,
        )
        return SecretsKey("secrets", args, self.opts).key_arn

    def _oidc_provider(self) -> OidcProvider | None:
        audiences = {
            principal.identity.aws_audience
            for principal in resolve.principals(self._config).values()
            if principal.identity.aws_identity == "irsa"
            and resolve.secrets_of(self._config, principal, "aws")
        }
        if not audiences:
            return None
        args = OidcProviderArgs(
            scope=self._scope,
            issuer=self._config.facts.cluster.oidc_issuer,
            audiences=tuple(sorted(audiences)),
            manage=self._config.shared.oidc_provider.manage,
        )
        return OidcProvider("cluster", args, self.opts)

    def _secret(self, name: str, secret: AwsSecret) -> pulumi.Output[str]:
        days = secret.recovery_window_days
        keys = [key.name for key in resolve.resolved_keys(secret)]
        emulator = self._config.endpoints.aws
        args = SecretArgs(
            scope=self._scope,
            secret_name=secret.name,
            key_arn=self.key_arn,
            recovery_window_days=RECOVERY_DAYS[self._config.tier] if days is None else days,
            description=secret.description,
            template=encoding.template(keys, "nested") if keys else None,
            rotation=_rotation(secret),
            endpoint_url=emulator.url if emulator else None,
            protect=self._protect,
            tags={**secret.tags, **self._tags},
        )
        return Secret(name, args, self.opts).secret_arn


def _rotation(secret: AwsSecret) -> RotationArgs | None:
    if secret.rotation is None:
        return None
    return RotationArgs(
        function_arn=secret.rotation.function_arn,
        role_arn=secret.rotation.function_role_arn,
        after_days=secret.rotation.after_days,
        schedule=secret.rotation.schedule,
        immediately=secret.rotation.immediately,
    )
