"""ARNs of one account and region, made from facts: nothing here needs a resource to exist."""

from __future__ import annotations

from dataclasses import dataclass

from components import naming


@dataclass(frozen=True, kw_only=True)
class AwsScope:
    """One account in one region; every ARN of the stack lies in it."""

    account_id: str
    region: str

    @property
    def partition(self) -> str:
        """`aws`, `aws-cn`, `aws-us-gov`, ..."""
        return naming.partition(self.region)

    @property
    def secrets_manager_service(self) -> str:
        """What `kms:ViaService` holds when Secrets Manager calls KMS for a reader."""
        return f"secretsmanager.{self.region}.{naming.dns_suffix(self.region)}"

    @property
    def root(self) -> str:
        """The account itself, as a principal."""
        return f"arn:{self.partition}:iam::{self.account_id}:root"

    def secret(self, name: str) -> str:
        """Exactly the secret of this name, whatever its six random characters."""
        return naming.secret_arn(self.region, self.account_id, name)

    def secret_being_created(self, name: str) -> str:
        """What CreateSecret is authorised against: there are no random characters yet."""
        return f"arn:{self.partition}:secretsmanager:{self.region}:{self.account_id}:secret:{name}"

    def role(self, name: str) -> str:
        return naming.role_arn(self.region, self.account_id, name)

    def oidc_provider(self, issuer: str) -> str:
        """The provider of an issuer URL; its ARN keeps the path and drops the scheme."""
        return naming.oidc_provider_arn(self.region, self.account_id, issuer)

    def key(self, key_id: str) -> str:
        return f"arn:{self.partition}:kms:{self.region}:{self.account_id}:key/{key_id}"

    def any_key(self) -> str:
        """Every key of the account and region; only ever used with a condition on tags."""
        return self.key("*")

    def alias(self, alias: str) -> str:
        """`alias` starts with `alias/`."""
        return f"arn:{self.partition}:kms:{self.region}:{self.account_id}:{alias}"

    def cluster(self, name: str) -> str:
        return f"arn:{self.partition}:eks:{self.region}:{self.account_id}:cluster/{name}"

    def pod_identity_associations(self, cluster: str) -> str:
        """Associations of one cluster; their ids are given by EKS."""
        return f"arn:{self.partition}:eks:{self.region}:{self.account_id}:podidentityassociation/{cluster}/*"
