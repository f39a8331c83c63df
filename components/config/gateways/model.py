"""A Kong gateway: which references it may resolve, and by which logins. Times are seconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator

from components.config.base import Model
from components.config.fields import Description, Line, Name, TtlSeconds, VaultRole
from components.config.gateways.auth import AnyAuth, ContainerPath
from components.config.gateways.times import NegativeTtl, ResurrectTtl, Ttl
from components.config.problem import refuse, refuse_unseen
from components.config.rules import pattern
from workload_secrets.kong import reference

ENVIRONMENT_PREFIX: Final = "hcv"
"""The prefix of the vault that Kong's own environment configures."""
RESERVED_PREFIXES: Final = ("env", "aws", "gcp", "azure", "conjur", "fs", ENVIRONMENT_PREFIX)
"""Names of Kong's vault backends, which no entity's prefix may be (kong/db/schema/entities/vaults.lua)."""


def _prefix(value: str) -> str:
    if value in RESERVED_PREFIXES:
        refuse(value, f"another prefix than {', '.join(RESERVED_PREFIXES)}", "rename the vault")
    return value


def _reference(value: str) -> str:
    try:
        reference.parse(value)
    except reference.BadReference as problem:
        if value.startswith(reference.START):
            refuse(value, problem.allowed, problem.remedy)
        refuse_unseen(problem.allowed, problem.remedy)  # it could be the secret itself
    return value


Prefix = Annotated[
    str,
    pattern(
        r"[a-z][a-z0-9-]{0,30}[a-z0-9]",
        "2 to 32 lower-case letters, digits and hyphens, a letter first",
        "rename the vault",
    ),
    AfterValidator(_prefix),
]
GatewayVersion = Annotated[
    str, pattern(r"[0-9]+\.[0-9]+(\.[0-9]+){0,2}", "a version such as 3.11 or 3.11.0.1", "correct it")
]
Reference = Annotated[str, AfterValidator(_reference)]
Tag = Annotated[
    str,
    # validate_tag in kong/db/schema/typedefs.lua; 128 is a KongVault's own limit.
    pattern(r"[ -+\-.0-~]{1,128}", "1 to 128 printable ASCII characters without , and /", "rename the tag"),
]


class GatewayVault(Model):
    """One vault entity. `mount` is a key of `shared.kvMounts`.

    `vault_role` and the token's times belong to a login that is no pod's; a pod's stand with
    its workload.
    """

    mount: Name
    auth: AnyAuth
    ttl: Ttl
    neg_ttl: NegativeTtl
    resurrect_ttl: ResurrectTtl
    description: Description | None = None
    tags: tuple[Tag, ...] = ()
    kv: Literal["v2"] = "v2"
    protocol: Literal["https"] = "https"
    base64_decode: bool = False
    vault_role: VaultRole | None = None
    token_ttl_seconds: TtlSeconds = 1200
    token_max_ttl_seconds: TtlSeconds = 3600


class Keyring(Model):
    """Kong's keyring in Vault. `secret` is a declared secret with the keys `id` and `key`."""

    secret: Line
    token_file: ContainerPath | None = None


class Konnect(Model):
    control_plane: Line


class Gateway(Model):
    """`workload` is the declared workload that the data plane's pods run as; without one the
    gateway runs elsewhere, and no login of it is a pod's. With
    `ingress_class` a KongVault is made of each vault whose login needs nothing secret.
    `environment_vault` is the prefix of the one vault that Kong's environment also configures,
    for references with the prefix hcv."""

    workload: Name | None = None
    version: GatewayVersion
    vaults: Mapping[Prefix, GatewayVault]
    references: tuple[Reference, ...] = ()
    ingress_class: Name | None = None
    konnect: Konnect | None = None
    environment_vault: Line | None = None
    keyring: Keyring | None = None
