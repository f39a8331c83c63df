"""What Vault and OpenBao can do, by product and version. One table; checks and docs read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

Product = Literal["vault", "openbao"]
Version = tuple[int, int]
ALWAYS: Final[Version] = (0, 0)


class Versioned(Protocol):
    """What has a product and a version: the facts of a Vault, or a declared server."""

    @property
    def product(self) -> Product: ...
    @property
    def version(self) -> str: ...


OLDEST: Final[Mapping[Product, Version]] = {
    # https://docs.mendix.com/private-mendix-platform/configure-hashicorp-vault/ (v1.9+), and
    # disable_iss_validation has its safe default only from then on.
    "vault": (1, 9),
    # https://github.com/openbao/openbao/releases (2.0.0 is its first release)
    "openbao": (2, 0),
}

OLDEST_SERVER: Final[Mapping[Product, Version]] = {
    # The oldest that the pinned chart's project still mentions in its compatibility notes.
    # https://github.com/hashicorp/vault-helm/blob/v0.34.1/CHANGELOG.md
    "vault": (1, 16),
    # Before, audit devices could not stand in the configuration, and its API refuses them.
    "openbao": (2, 4),
}
"""Older servers can be used by a stack, but not be declared as one's own."""


@dataclass(frozen=True, kw_only=True)
class Capability:
    """Since which version each product has something; None: never. `note` says what follows."""

    title: str
    vault: Version | None
    openbao: Version | None
    note: str
    enterprise_on_vault: bool = False
    gone_from_openbao: Version | None = None


CAPABILITIES: Final[Mapping[str, Capability]] = {
    # https://openbao.org/docs/concepts/namespaces/ ; Vault has them in its enterprise edition.
    "namespaces": Capability(
        title="namespaces",
        vault=ALWAYS,
        openbao=(2, 3),
        enterprise_on_vault=True,
        note="write the version as MAJOR.MINOR+ent for an enterprise edition of Vault",
    ),
    # https://github.com/openbao/openbao/blob/main/CHANGELOG.md (2.3.2)
    "auditByApi": Capability(
        title="audit devices made through the API",
        vault=ALWAYS,
        openbao=ALWAYS,
        gone_from_openbao=(2, 3),
        note="declare audit devices in OpenBao's server configuration",
    ),
    # https://developer.hashicorp.com/vault/api-docs/auth/kubernetes
    "annotationsAsAliasMetadata": Capability(
        title="use_annotations_as_alias_metadata of the kubernetes auth method",
        vault=(1, 16),
        openbao=None,
        note="OpenBao accepts and ignores it",
    ),
    # https://developer.hashicorp.com/vault/docs/auth/jwt
    "jwtForKubernetes": Capability(
        title="a jwt mount with discovery or public keys",
        vault=ALWAYS,
        openbao=ALWAYS,
        note="no token is reviewed, so a deleted ServiceAccount's token works until it expires",
    ),
    # https://openbao.org/docs/auth/jwt/oidc-providers/kubernetes/
    "jwtInClusterProvider": Capability(
        title="provider_config kubernetes of the jwt auth method",
        vault=None,
        openbao=(2, 6),
        note="on Vault use reviewer in-cluster instead",
    ),
    # https://openbao.org/docs/configuration/self-init/ ; CHANGELOG 2.4.0
    "selfInit": Capability(
        title="self-initialisation from the server's configuration",
        vault=None,
        openbao=(2, 4),
        note="elsewhere a person initialises once, see docs/runbooks/first-start.md",
    ),
    # https://openbao.org/docs/configuration/audit/ ; CHANGELOG 2.4.0
    "auditInConfig": Capability(
        title="audit devices in the server's configuration",
        vault=None,
        openbao=(2, 4),
        note="Vault's are made through its API",
    ),
    # https://openbao.org/docs/configuration/seal/static/ ; CHANGELOG 2.4.0
    "staticSeal": Capability(
        title="seal static, a key in a file",
        vault=None,
        openbao=(2, 4),
        note="use awskms, transit or shamir on Vault",
    ),
    # https://openbao.org/community/release-notes/2-7-0/ : 2.7 knows it only as a kms plugin
    "awskmsSeal": Capability(
        title="seal awskms, built in",
        vault=ALWAYS,
        openbao=ALWAYS,
        gone_from_openbao=(2, 7),
        note="stay below 2.7, or use static, transit or shamir",
    ),
    # https://openbao.org/docs/configuration/#disable_standby_reads ; CHANGELOG 2.5.0
    "standbyReads": Capability(
        title="reads answered by standby nodes",
        vault=None,
        openbao=(2, 5),
        note="switched off here: they may be older than the last write",
    ),
    # https://developer.hashicorp.com/vault/docs/v1.12.x/release-notes ; the provider demands it
    # (terraform-provider-vault, vault/resource_pki_secret_backend_config_auto_tidy.go).
    "pkiAutoTidy": Capability(
        title="PKI mounts that tidy themselves",
        vault=(1, 12),
        openbao=ALWAYS,
        note="OpenBao has other tidy fields: tidy_invalid_certs, and none for clusters",
    ),
    # internal/builtin/logical/pki/cert_util.go parses any not_after that is there (2.3.1; tried with
    # 2.7.2); vault-secrets-operator 1.4.1 always sends an empty one (vaultpkisecret_types.go).
    "emptyNotAfter": Capability(
        title="certificates asked for with an empty not_after, as by VaultPKISecret",
        vault=ALWAYS,
        openbao=ALWAYS,
        gone_from_openbao=(2, 3),
        note="for OpenBao a VaultDynamicSecret asks for the certificate instead",
    ),
    # https://openbao.org/api-docs/secret/transit/#type
    "xchacha20": Capability(
        title="transit keys of type xchacha20-poly1305",
        vault=None,
        openbao=(2, 0),
        note="use aes256-gcm96 or chacha20-poly1305 on Vault",
    ),
    # https://developer.hashicorp.com/vault/docs/v1.14.x/release-notes/1.14.0
    "databaseScram": Capability(
        title="password_authentication scram-sha-256 of PostgreSQL connections",
        vault=(1, 14),
        openbao=ALWAYS,
        note="older ones send new passwords in clear text, which the database's log may keep",
    ),
    # https://developer.hashicorp.com/vault/api-docs/secret/databases#rotation_schedule
    "rotationSchedule": Capability(
        title="rotation_schedule of static database roles",
        vault=(1, 15),
        openbao=None,
        note="OpenBao rotates by period",
    ),
    # https://developer.hashicorp.com/vault/docs/auth/kubernetes (audience)
    "warnsWithoutAudience": Capability(
        title="a warning about roles without audience",
        vault=(1, 20),
        openbao=None,
        note="every role made here has an audience",
    ),
}


def version_of(facts: Versioned) -> Version:
    """Major and minor of the declared version."""
    major, minor = facts.version.removesuffix("+ent").split(".")[:2]
    return int(major), int(minor)


def supported(facts: Versioned) -> bool:
    """Whether the version is new enough to be used at all."""
    return version_of(facts) >= OLDEST[facts.product]


def can(facts: Versioned, capability: str) -> bool:
    """Whether the declared product and version has a capability of the table."""
    row, version = CAPABILITIES[capability], version_of(facts)
    since = row.vault if facts.product == "vault" else row.openbao
    if since is None or version < since:
        return False
    if facts.product == "vault":
        return not row.enterprise_on_vault or facts.version.endswith("+ent")
    return row.gone_from_openbao is None or version < row.gone_from_openbao
