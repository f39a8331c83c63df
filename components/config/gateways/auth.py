"""How a gateway logs in to Vault: for each method a model with the fields of that method only.

Fields and since when: app/gateway/vault/hashicorp.md and app/_data/kong-conf of
Kong/developer.konghq.com.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from components.config.base import Model
from components.config.fields import Audience, FilePath
from components.config.identity import (
    ApproleIdentity,
    CertIdentity,
    Issuer,
    JwtIdentity,
    OutsideIdentity,
    Subject,
    TokenIdentity,
)
from components.config.problem import refuse_unseen
from components.config.rules import between, pattern

SERVICE_ACCOUNT_TOKEN: Final = "/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105 a file
ContainerPath = Annotated[
    str,
    pattern(
        r"/[A-Za-z0-9_.@+-]+(/[A-Za-z0-9_.@+-]+)*",
        "the absolute path of a file in the gateway's container",
        "write it like /etc/kong/vault/secret-id",
    ),
]


def _without_user(value: str) -> str:
    if "@" in value:
        refuse_unseen("an address without user and password", "remove what stands before the @")
    return value


TokenEndpoint = Annotated[
    str,
    AfterValidator(_without_user),
    pattern(
        r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?",
        "https://HOST/PATH, without user, query and fragment",
        "copy the token_endpoint of the issuer's discovery; the client's secret is sent there",
    ),
]
ClientId = Annotated[
    str,
    pattern(
        r"[A-Za-z0-9._~@:/-]{1,255}",
        "1 to 255 letters, digits and ._~@:/-",
        "copy the client's id; its secret never stands in this file",
    ),
]
_DAY: Final = 86_400
SecretIdSeconds = Annotated[
    int, between(3600, 90 * _DAY, "seconds", "hand over a new secret id before the old one ends")
]
SecretIdUses = Annotated[
    int, between(0, 1000, "logins, 0 for any number", "a gateway logs in whenever its token ends")
]


class KubernetesAuth(Model):
    """The token of the gateway's ServiceAccount. `token_file` where it is another one than the
    default token, which has the cluster's own audience."""

    method: Literal["kubernetes"] = "kubernetes"
    token_file: ContainerPath = SERVICE_ACCOUNT_TOKEN

    @property
    def identity(self) -> OutsideIdentity | None:
        """None: it is the pod's."""
        return None


class ApproleAuth(ApproleIdentity):
    """A secret id in a file of the container; with `response_wrapping` the file holds the token
    that unwraps it, once.

    A gateway keeps the secret id and logs in with it again whenever its token ends, on every
    node (kong/vaults/hcv/{init,approle}.lua of Kong/kong: the token is cached for its lease and
    never renewed). So a secret id lives for weeks and, unless said otherwise, is not counted:
    what bounds it is `bound_cidrs`, which every AppRole must have.
    """

    secret_id_ttl_seconds: SecretIdSeconds = 30 * _DAY
    secret_id_uses: SecretIdUses = 0
    secret_id_file: ContainerPath = "/etc/kong/vault/secret-id"  # noqa: S105 a file
    response_wrapping: bool = False

    @property
    def identity(self) -> OutsideIdentity | None:
        """Itself: a machine with an AppRole."""
        return self


class CertAuth(CertIdentity):
    """A client certificate; certificate and key come to Kong by its environment."""

    @property
    def identity(self) -> OutsideIdentity | None:
        """Itself: a holder of a certificate."""
        return self


class TokenAuth(TokenIdentity):
    """A token as it is, with no login: for development only. It comes to Kong by its
    environment, out of band."""

    @property
    def identity(self) -> OutsideIdentity | None:
        """Itself: whoever is handed a token of its role."""
        return self


class Oauth2Auth(Model):
    """A JWT that Kong gets at `token_endpoint` for its client; Vault takes it by signature, issuer,
    subject and audience, as it takes a CI job's. The client's secret comes to Kong by its
    environment. `public_key_files` as with `JwtIdentity`.

    Kong logs in at `jwt` and has no field for another path. What an entity calls the method is
    told in two ways: oauth2, with oauth2_role_name, by
    app/_how-tos/gateway/configure-hashicorp-vault-with-oauth2.md and by Kong Manager's form
    (VaultForm.vue of Kong/public-ui-components); jwt, with jwt_role, by
    app/_data/version_errors_konnect.yml (D445, D446). So it may be said. kong.conf has jwt alone.
    """

    method: Literal["oauth2"]
    token_endpoint: TokenEndpoint
    client_id: ClientId
    audience: Audience
    issuer: Issuer
    subject: Subject
    public_key_files: tuple[FilePath, ...] = ()
    entity_method: Literal["oauth2", "jwt"] = "oauth2"

    @property
    def identity(self) -> OutsideIdentity | None:
        """Whoever the token's issuer calls by this subject."""
        return JwtIdentity(
            method="jwt",
            issuer=self.issuer,
            subject=self.subject,
            audience=self.audience,
            public_key_files=self.public_key_files,
        )


def _from_word(value: Any) -> Any:
    return {"method": value} if isinstance(value, str) else value


AnyAuth = Annotated[
    Annotated[
        KubernetesAuth | ApproleAuth | CertAuth | TokenAuth | Oauth2Auth, Field(discriminator="method")
    ],
    BeforeValidator(_from_word),
]
AUTHS: Final[Mapping[str, type[Model]]] = {
    "kubernetes": KubernetesAuth,
    "approle": ApproleAuth,
    "cert": CertAuth,
    "token": TokenAuth,
    "oauth2": Oauth2Auth,
}
"""The model of each method."""
