"""What a stack declares, as it travels in the graph: who reads and writes what.

The program (`components.platform`) registers this as the output `declaration` of its
platform component. This module only reads it. It holds names and facts, never values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

Verb = Literal["read", "write", "list"]


class _Model(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=True,
        hide_input_in_errors=True,
    )


class Key(_Model):
    """One credential inside a secret. `name` is dotted, such as `VCS.GithubAdminPAT`."""

    name: str
    description: str = ""
    required: bool = False
    max_age_days: int | None = None
    in_use: bool = True


class Secret(_Model):
    """A declared secret. AWS: `name`, `region`, `account_id`; Vault: `mount`, `path`."""

    backend: Literal["aws", "vault"]
    encoding: Literal["nested", "flat"]
    keys: tuple[Key, ...] = ()
    name: str | None = None
    region: str | None = None
    account_id: str | None = None
    mount: str | None = None
    path: str | None = None
    vault_namespace: str | None = None


class AwsIdentity(_Model):
    """How a principal gets AWS credentials. `audience` is the STS audience of its token."""

    method: Literal["irsa", "podIdentity"]
    audience: str = "sts.amazonaws.com"


class VaultIdentity(_Model):
    """How a principal logs in to Vault: POST auth/<auth_mount>/login with `role`."""

    auth_mount: str
    role: str
    audience: str
    vault_namespace: str | None = None


class Grant(_Model):
    """One declared right on one declared secret."""

    secret: str
    verb: Verb


class Principal(_Model):
    """A ServiceAccount of the stack. Everything not in `grants` is declared none."""

    kind: Literal["workload", "writer"]
    namespace: str
    service_account: str
    grants: tuple[Grant, ...] = ()
    aws: AwsIdentity | None = None
    vault: VaultIdentity | None = None

    @property
    def subject(self) -> str:
        """The `sub` claim of its tokens: system:serviceaccount:NAMESPACE:NAME."""
        return f"system:serviceaccount:{self.namespace}:{self.service_account}"


class Prerequisite(_Model):
    """A thing the stack calls `existing`: the sandbox makes it first, `prove` checks it.

    `kind` and the fields it uses: namespace(name); serviceAccount(namespace, name);
    operatorConfiguration(namespace); kvMount(name); authMount(name, type);
    vaultNamespace(name); oidcProvider(url, audience); kmsKey(arn); permissionsBoundary(arn).
    """

    kind: Literal[
        "namespace",
        "serviceAccount",
        "operatorConfiguration",
        "kvMount",
        "authMount",
        "vaultNamespace",
        "oidcProvider",
        "kmsKey",
        "permissionsBoundary",
    ]
    name: str | None = None
    namespace: str | None = None
    type: str | None = None
    url: str | None = None
    audience: str | None = None
    arn: str | None = None


class AwsFacts(_Model):
    account_id: str
    region: str
    partition: str


class ClusterFacts(_Model):
    name: str
    flavour: Literal["eks", "aks", "openshift", "generic"]
    oidc_issuer: str
    api_audience: str


class VaultFacts(_Model):
    """`reviewer_service_account` (NAMESPACE/NAME) is set where the stack gives it its right."""

    product: Literal["vault", "openbao"]
    version: str
    auth_mount: str
    reviewer: Literal["in-cluster", "jwt", "client", "dedicated"]
    reviewer_service_account: str | None = None
    namespace: str | None = None


class Facts(_Model):
    aws: AwsFacts | None = None
    cluster: ClusterFacts
    vault: VaultFacts | None = None


class ExecCommand(_Model):
    command: str
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = {}


class ClusterEndpoint(_Model):
    """`ca_file` is a path relative to the project folder, or absolute."""

    api_server: str
    ca_file: str
    context: str | None = None
    exec: ExecCommand | None = None


class VaultEndpoint(_Model):
    address: str
    ca_file: str | None = None


class AwsEndpoint(_Model):
    """Set only where AWS is an emulator."""

    url: str


class Endpoints(_Model):
    cluster: ClusterEndpoint
    vault: VaultEndpoint | None = None
    aws: AwsEndpoint | None = None


class Declaration(_Model):
    """Everything a stack declares. Secrets and principals are keyed by their stack name."""

    environment: str
    tier: Literal["development", "production"]
    facts: Facts
    endpoints: Endpoints
    secrets: Mapping[str, Secret]
    principals: Mapping[str, Principal]
    prerequisites: tuple[Prerequisite, ...] = ()

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Declaration:
        """Reads the JSON form. Raises pydantic.ValidationError where it has another shape."""
        return cls.model_validate(data)
