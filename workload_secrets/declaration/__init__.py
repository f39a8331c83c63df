"""What a stack declares, as it travels in the graph: who reads and writes what.

The program (`components.platform.platform`) registers this as the output `declaration` of its
platform component. This module only reads it. It holds names and facts, never values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from workload_secrets.declaration.delivery import Delivery
from workload_secrets.declaration.gateway import Gateway
from workload_secrets.declaration.identity import Outside
from workload_secrets.declaration.secret import Backend, DeclarationModel, Key, Secret, System, Verb
from workload_secrets.declaration.server import VaultServer

__all__ = ["Backend", "Declaration", "Key", "Secret", "System", "Verb"]


DEFAULT_ACCOUNT: Final = "default"
"""Kubernetes makes it in every namespace, for pods that name no account."""


class AwsIdentity(DeclarationModel):
    """How a principal gets AWS credentials. `audience` is the STS audience of its token.

    `role_arn` belongs to `webIdentity`: a job is told its role, a pod has it from its account.
    """

    method: Literal["irsa", "podIdentity", "webIdentity"]
    audience: str = "sts.amazonaws.com"
    role_arn: str | None = None


class VaultIdentity(DeclarationModel):
    """How a principal logs in to Vault: POST auth/<auth_mount>/login with `role`. `audience` is
    empty where a login shows no token."""

    auth_mount: str
    role: str
    audience: str
    vault_namespace: str | None = None


class Grant(DeclarationModel):
    """One declared right on one declared secret."""

    secret: str
    verb: Verb


class Principal(DeclarationModel):
    """A ServiceAccount of the stack, or `identity`, which is no pod; then namespace and account
    are empty. Everything not in `grants` is declared none. `mendix_app` names the MendixApp of
    the same namespace whose pods are to run as the account.

    A `job` deploys the stack and has no grants: as `deploy` it has the deployer's rights, as
    `prove` the prover's, as `preview` and `drift` it looks at what the deployer makes.
    """

    kind: Literal["workload", "writer", "job"]
    job: Literal["preview", "drift", "deploy", "prove"] | None = None
    namespace: str = ""
    service_account: str = ""
    mendix_app: str | None = None
    identity: Outside | None = None
    grants: tuple[Grant, ...] = ()
    aws: AwsIdentity | None = None
    vault: VaultIdentity | None = None
    delivery: Delivery | None = None

    @property
    def is_pod(self) -> bool:
        """Whether it is a ServiceAccount of the cluster."""
        return self.identity is None

    @property
    def mendix_runtime(self) -> str | None:
        """The Runtime object, named like its MendixApp, in which a person names the account. None
        where nobody has to: the operator itself takes an account that is named like the app."""
        return None if self.mendix_app == self.service_account else self.mendix_app

    @property
    def runs_as_default(self) -> bool:
        """Whether it shares the account that each pod of its namespace has which names none."""
        return self.service_account == DEFAULT_ACCOUNT

    @property
    def subject(self) -> str:
        """The `sub` claim of a pod's tokens: system:serviceaccount:NAMESPACE:NAME."""
        return f"system:serviceaccount:{self.namespace}:{self.service_account}"


class Prerequisite(DeclarationModel):
    """A thing the stack calls `existing`: the sandbox makes it first, `prove` checks it.

    workloadObject(type: its kind, namespace, name) is what a delivery patches. Otherwise
    `kind` and the fields it uses: namespace(name); serviceAccount(namespace, name);
    operatorConfiguration(namespace); mendixRuntime(namespace, name: its app's); kvMount,
    pkiMount, transitMount(name); authMount(name, type, url: the issuer where it isn't the
    cluster's); vaultNamespace(name);
    oidcProvider(url, audience); kmsKey(arn); permissionsBoundary(arn); rotationRole(arn), the
    role that a rotation function runs as; database(name: the connection, type: create, or
    existing where the connection and its mount are there too).
    """

    kind: Literal[
        "namespace",
        "serviceAccount",
        "operatorConfiguration",
        "mendixRuntime",
        "kvMount",
        "pkiMount",
        "transitMount",
        "authMount",
        "vaultNamespace",
        "oidcProvider",
        "kmsKey",
        "permissionsBoundary",
        "rotationRole",
        "workloadObject",
        "database",
    ]
    name: str | None = None
    namespace: str | None = None
    type: str | None = None
    url: str | None = None
    audience: str | None = None
    arn: str | None = None


class AwsFacts(DeclarationModel):
    account_id: str
    region: str
    partition: str


class ClusterFacts(DeclarationModel):
    name: str
    flavour: Literal["eks", "aks", "openshift", "generic"]
    oidc_issuer: str
    api_audience: str


class VaultFacts(DeclarationModel):
    """`reviewer_service_account` (NAMESPACE/NAME) is set where the stack gives it its right,
    `reviewer_token_cap_hours` where the kind of cluster bounds the life of a dedicated
    reviewer's token."""

    product: Literal["vault", "openbao"]
    version: str
    auth_mount: str
    reviewer: Literal["in-cluster", "jwt", "client", "dedicated"]
    reviewer_service_account: str | None = None
    reviewer_token_cap_hours: int | None = None
    namespace: str | None = None


class Facts(DeclarationModel):
    aws: AwsFacts | None = None
    cluster: ClusterFacts
    vault: VaultFacts | None = None


class ExecCommand(DeclarationModel):
    command: str
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = {}


class ClusterEndpoint(DeclarationModel):
    """`ca_file` is a path relative to the project folder, or absolute."""

    api_server: str
    ca_file: str
    context: str | None = None
    exec: ExecCommand | None = None


class VaultEndpoint(DeclarationModel):
    address: str
    ca_file: str | None = None


class AwsEndpoint(DeclarationModel):
    """Set only where AWS is an emulator."""

    url: str


class PasswordSource(DeclarationModel):
    """Where the deployer's machine has a password: an environment variable or a file."""

    env: str | None = None
    file: str | None = None


class DatabaseEndpoint(DeclarationModel):
    """`ca_file` is a path on the Vault server."""

    host: str
    port: int
    ca_file: str
    admin_password: PasswordSource | None = None


class Endpoints(DeclarationModel):
    """`databases` are keyed by connection."""

    cluster: ClusterEndpoint
    vault: VaultEndpoint | None = None
    aws: AwsEndpoint | None = None
    databases: Mapping[str, DatabaseEndpoint] = {}


class Declaration(DeclarationModel):
    """Everything a stack declares. Secrets and principals are keyed by their stack name."""

    environment: str
    tier: Literal["development", "production"]
    facts: Facts
    endpoints: Endpoints
    secrets: Mapping[str, Secret]
    principals: Mapping[str, Principal]
    prerequisites: tuple[Prerequisite, ...] = ()
    vault_server: VaultServer | None = None
    gateways: Mapping[str, Gateway] = {}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Declaration:
        """Reads the JSON form. Raises pydantic.ValidationError where it has another shape."""
        return cls.model_validate(data)

    def written(self) -> dict[str, Any]:
        """The JSON form, without the fields that are None."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
