"""A Vault or OpenBao server in the stack's cluster: a kind of stack of its own.

Left out on purpose: what is configured inside a running server (mounts, policies, roles)
belongs to other stacks, which reach it by its address and CA.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from components import limits
from components.config.base import Manage, Model
from components.config.endpoints import Endpoints
from components.config.facts import Facts
from components.config.fields import (
    Environment,
    FilePath,
    HttpsAddress,
    KeyArn,
    KvMountPath,
    Name,
    Namespace,
    RoleArn,
)
from components.config.rules import between, pattern

Product = Literal["vault", "openbao"]
Phase = Literal["firstStart", "running"]
SealType = Literal["awskms", "static", "transit", "shamir"]

# The longest object that has to be a DNS label is the Service RELEASE-agent-injector-svc.
Release = Annotated[
    str,
    pattern(
        rf"[a-z]([a-z0-9-]{{0,{limits.DNS_LABEL_MAX - len('-agent-injector-svc') - 2}}}[a-z0-9])?",
        "1 to 44 lower-case letters, digits and hyphens, a letter first",
        "rename the release",
    ),
]
ObjectName = Annotated[
    str,
    pattern(
        rf"(?=.{{1,{limits.DNS_SUBDOMAIN_MAX}}}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*",
        "the name of one Kubernetes object",
        "write its metadata.name",
    ),
]
SecretKey = Annotated[
    str, pattern(r"[A-Za-z0-9._-]{1,253}", "a key of a Secret's data", "write the key's name")
]
ServerVersion = Annotated[
    str,
    pattern(
        r"[0-9]+\.[0-9]+\.[0-9]+(\+ent)?",
        "MAJOR.MINOR.PATCH, such as 2.6.2: it is also the image's tag",
        "write the whole version in quotes",
    ),
]
Digest = Annotated[
    str, pattern(r"sha256:[0-9a-f]{64}", "sha256: and 64 hex digits", "copy the digest of the image's index")
]
Cidr = Annotated[
    str,
    pattern(
        r"[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}|[0-9a-f:]+/[0-9]{1,3}",
        "addresses as CIDR, such as 10.0.0.0/16",
        "correct it",
    ),
]
Quantity = Annotated[
    str,
    pattern(r"[0-9]+(\.[0-9]+)?(m|Mi|Gi)?", "a Kubernetes quantity such as 250m, 512Mi or 1Gi", "correct it"),
]
FileName = Annotated[
    str,
    pattern(
        r"[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?", "the name of a file, such as postgres-ca.pem", "rename it"
    ),
]
KeyId = Annotated[str, pattern(r"[A-Za-z0-9_-]{1,64}", "letters, digits, _ and -", "rename the key id")]
Gibibytes = Annotated[int, between(1, 16_384, "GiB", "choose a size that the storage class offers")]
Hours = Annotated[int, between(1, 720, "hours", "choose how long metrics stay in memory")]
BootstrapSeconds = Annotated[
    int, between(300, 86_400, "seconds", "the first deployer needs its token for one sitting")
]


class SecretKeyRef(Model):
    """One key of a Kubernetes Secret in the server's namespace. Its value never comes here."""

    name: ObjectName
    key: SecretKey


class IssuerRef(Model):
    """An issuer of cert-manager."""

    name: ObjectName
    kind: Literal["Issuer", "ClusterIssuer"] = "ClusterIssuer"


class Tls(Model):
    """Where the server's certificate comes from.

    `secret`: a Secret with tls.crt, tls.key and ca.crt is there. `issuer`: cert-manager's given
    issuer fills it. `generated`: cert-manager makes a CA of this server's own. `secret_name`
    defaults to RELEASE-tls. `ca_file` is the CA as clients outside use it.
    """

    source: Literal["secret", "issuer", "generated"]
    secret_name: ObjectName | None = None
    issuer: IssuerRef | None = None
    ca_file: FilePath | None = None


class Seal(Model):
    """How nodes unseal. `awskms` has a key and an IAM role, `static` a key in a Secret,
    `transit` another server's key, `shamir` people with shares."""

    type: SealType
    key: Manage = "create"
    key_arn: KeyArn | None = None
    administrators: tuple[RoleArn, ...] = ()
    oidc_provider: Manage = "create"
    secret: SecretKeyRef | None = None
    key_id: KeyId | None = None
    address: HttpsAddress | None = None
    mount: KvMountPath | None = None
    key_name: KeyId | None = None


class AuditDevice(Model):
    """`file` writes to the audit volume, `stdout` to the pod's log."""

    kind: Literal["file", "stdout"]


class Storage(Model):
    """One volume each for data and audit on every node; sizes in GiB."""

    data_gib: Gibibytes = 10
    audit_gib: Gibibytes = 10
    storage_class: ObjectName | None = None


class Resources(Model):
    """Of one server pod."""

    cpu_request: Quantity = "250m"
    memory_request: Quantity = "512Mi"
    memory_limit: Quantity = "1Gi"


class Ingress(Model):
    """Who reaches port 8200 besides the nodes themselves: pods of `namespaces`, and `cidrs`."""

    namespaces: tuple[Namespace, ...] = ()
    cidrs: tuple[Cidr, ...] = ()


class Telemetry(Model):
    """Prometheus metrics. `namespace` is Prometheus's own; `token` authorises a ServiceMonitor."""

    namespace: Namespace
    retention_hours: Hours = 24
    token: SecretKeyRef | None = None


class Injector(Model):
    """The agent injector: a webhook on pods of the ingress namespaces, two replicas."""

    enabled: bool = True


class Bootstrap(Model):
    """The one login that self-initialisation makes: an AppRole whose secret id works once.

    The secret id stands in a Kubernetes Secret that a person makes and deletes.
    """

    role: Name = "bootstrap"
    secret: SecretKeyRef = SecretKeyRef(name="bootstrap", key="secret-id")
    token_ttl_seconds: BootstrapSeconds = 3600


class TrustedCa(Model):
    """A ConfigMap in the server's namespace with CA certificates as PEM; nothing secret."""

    config_map: ObjectName
    key: SecretKey = "ca.crt"


class VaultServer(Model):
    """`release` defaults to the product's name, `address` to https://RELEASE.NAMESPACE.svc:8200.

    `phase` firstStart runs one node that initialises itself, once; running all `replicas`.
    `trust` are CA files that the server itself needs, for databases and other servers; they lie
    in /openbao/trust or /vault/trust.
    """

    product: Product
    version: ServerVersion
    image_digest: Digest | None = None
    namespace: Namespace
    release: Release | None = None
    address: HttpsAddress | None = None
    phase: Phase = "running"
    replicas: int = 3
    tls: Tls
    seal: Seal
    audit: Mapping[Name, AuditDevice] = {
        "file": AuditDevice(kind="file"),
        "stdout": AuditDevice(kind="stdout"),
    }
    storage: Storage = Storage()
    resources: Resources = Resources()
    ingress: Ingress = Ingress()
    telemetry: Telemetry | None = None
    injector: Injector = Injector()
    bootstrap: Bootstrap = Bootstrap()
    trust: Mapping[FileName, TrustedCa] = {}


class ServerStack(Model):
    """A whole stack file of this kind: a server, where it runs, and nothing inside it."""

    environment: Environment
    tier: Literal["development", "production"]
    facts: Facts
    endpoints: Endpoints
    vault_server: VaultServer
