"""A declared identity that is no pod, as it travels in the graph: what its login must show."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from workload_secrets.declaration.secret import DeclarationModel


class JwtFacts(DeclarationModel):
    """A job of a CI system: the exact claims of the token that `issuer` signs for it."""

    method: Literal["jwt"]
    issuer: str
    subject: str
    audience: str


class ApproleFacts(DeclarationModel):
    """A machine with a secret id. Networks are ADDRESS/BITS; times are seconds.

    `secret_id_uses` 0: any number of logins."""

    method: Literal["approle"]
    bound_cidrs: tuple[str, ...]
    token_bound_cidrs: tuple[str, ...]
    secret_id_ttl_seconds: int
    secret_id_uses: int


class CertFacts(DeclarationModel):
    """A holder of a client certificate; where DNS names are declared, it has one of them too.

    `authority` is the SHA-256 fingerprint of the CA's certificate, in hex; it is empty where the
    CA is that of the PKI mount at `pki_mount`, which the deploy makes.
    """

    method: Literal["cert"]
    authority: str
    pki_mount: str | None = None
    common_name: str
    dns_sans: tuple[str, ...] = ()


class TokenFacts(DeclarationModel):
    """Whoever is handed a token, which is good for `life_seconds`; from anywhere where there are
    no networks (ADDRESS/BITS)."""

    method: Literal["token"]
    life_seconds: int
    bound_cidrs: tuple[str, ...] = ()


Outside = Annotated[JwtFacts | ApproleFacts | CertFacts | TokenFacts, Field(discriminator="method")]
"""An identity that is no pod's."""
