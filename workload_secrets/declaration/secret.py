"""A declared secret as it travels in the graph: which kind it is, and where it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

Verb = Literal["read", "write", "list", "issue", "encrypt", "decrypt", "rewrap"]
Backend = Literal["aws", "vault", "database", "pki", "transit"]
System = Literal["aws", "vault"]


class DeclarationModel(BaseModel):
    """Frozen, refuses unknown keys, never prints its input; camelCase in the graph."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=True,
        hide_input_in_errors=True,
    )


class Key(DeclarationModel):
    """One credential inside a secret. `name` is dotted, such as `VCS.GithubAdminPAT`."""

    name: str
    description: str = ""
    required: bool = False
    max_age_days: int | None = None
    in_use: bool = True


class TableGrant(DeclarationModel):
    """What a database credential may do: `verbs` on `tables` of `db_schema`, or on all."""

    db_schema: str
    tables: tuple[str, ...] = ()
    all_tables: bool = False
    verbs: tuple[str, ...] = ()
    sequences: tuple[str, ...] = ()


class DatabaseFacts(DeclarationModel):
    """`connection` is its key in `endpoints.databases`; `static_username` belongs to a static
    role, and then `grants` is empty. `reassign_to` gets what a credential has made when it
    ends; None: the admin. Times are seconds."""

    connection: str
    connection_name: str
    database: str
    admin: str
    static_username: str | None = None
    reassign_to: str | None = None
    grants: tuple[TableGrant, ...] = ()
    default_ttl_seconds: int | None = None
    max_ttl_seconds: int | None = None
    rotation_seconds: int | None = None


class PkiFacts(DeclarationModel):
    """`common_name` is one that the role must issue, for use as `server`, as `client` or both.
    The domains themselves are issued with `bare_domains`. `tidies`: what its mount cleans up by
    itself (certificates, revokedCertificates, expiredIssuers), where the stack makes the mount.
    Times are seconds."""

    common_name: str
    domains: tuple[str, ...] = ()
    bare_domains: bool = True
    allow_subdomains: bool = False
    ip_sans: bool = False
    tidies: tuple[str, ...] = ()
    server: bool = True
    client: bool = False
    ttl_seconds: int | None = None
    max_ttl_seconds: int | None = None


class TransitFacts(DeclarationModel):
    """`auto_rotate_seconds` 0: the key is rotated by hand. `derived`: each request brings a
    context. `deletion_allowed`: the server's own guard is off."""

    type: str
    auto_rotate_seconds: int = 0
    min_decryption_version: int = 0
    derived: bool = False
    deletion_allowed: bool = False


class Rotation(DeclarationModel):
    """By which Lambda function AWS rotates a secret. It reads and writes it, as `role_arn`."""

    function_arn: str
    role_arn: str


class Secret(DeclarationModel):
    """A declared secret.

    AWS: `name`, `region`, `account_id`. All others are in Vault: `mount` and `path`, which is
    the path of a KV v2 secret, or the name of a database role, a PKI role or a transit key.
    """

    backend: Backend
    encoding: Literal["nested", "flat"] = "flat"
    keys: tuple[Key, ...] = ()
    name: str | None = None
    region: str | None = None
    account_id: str | None = None
    mount: str | None = None
    path: str | None = None
    vault_namespace: str | None = None
    rotation: Rotation | None = None
    database: DatabaseFacts | None = None
    pki: PkiFacts | None = None
    transit: TransitFacts | None = None

    @property
    def system(self) -> System:
        """The system that holds it."""
        return "aws" if self.backend == "aws" else "vault"

    @property
    def is_store(self) -> bool:
        """Whether people set its values. The engines make theirs themselves."""
        return self.backend in ("aws", "vault")


Secrets = Mapping[str, Secret]
