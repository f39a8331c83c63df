"""The form of the decK file that is written: the vaults alone, each with its login's fields.

The frame is decK's own schema (pkg/file/kong_json_schema.json of Kong/go-database-reconciler),
which takes any `config`. Here a config has the fields of its login method and no other, with
their types: app/gateway/vault/hashicorp.md of Kong/developer.konghq.com.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

Text = Annotated[str, StringConstraints(min_length=1)]
Seconds = Annotated[int, Field(ge=1)]
Template = Annotated[
    str, StringConstraints(pattern=r'^\$\{\{ env "DECK_[A-Z0-9_]+"( \| indent [0-9]+)? \}\}$')
]
"""A value that decK takes from its environment; it never stands in the file."""


class _Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class Config(_Form):
    """What every login method has. Times are seconds."""

    host: Text
    port: Annotated[int, Field(ge=1, le=65_535)]
    protocol: Literal["https"]
    mount: Text
    kv: Literal["v2"]
    ttl: Seconds
    neg_ttl: Seconds
    resurrect_ttl: Seconds
    namespace: Text | None = None
    ssl_verify: Literal[True] | None = None
    base64_decode: bool | None = None


class KubernetesConfig(Config):
    auth_method: Literal["kubernetes"]
    kube_role: Text
    kube_auth_path: Text
    kube_api_token_file: Text


class ApproleConfig(Config):
    auth_method: Literal["approle"]
    approle_auth_path: Text
    approle_role_id: Template
    approle_secret_id_file: Text
    approle_response_wrapping: bool


class CertConfig(Config):
    auth_method: Literal["cert"]
    cert_auth_role_name: Text
    cert_auth_cert: Template
    cert_auth_cert_key: Template


class TokenConfig(Config):
    auth_method: Literal["token"]
    token: Template


class _TokenEndpointConfig(Config):
    oauth2_token_endpoint: Text
    oauth2_client_id: Text
    oauth2_client_secret: Template
    oauth2_audiences: Text


class Oauth2Config(_TokenEndpointConfig):
    auth_method: Literal["oauth2"]
    oauth2_role_name: Text


class JwtConfig(_TokenEndpointConfig):
    auth_method: Literal["jwt"]
    jwt_role: Text


CONFIGS: Final[Mapping[str, type[Config]]] = {
    "kubernetes": KubernetesConfig,
    "approle": ApproleConfig,
    "cert": CertConfig,
    "token": TokenConfig,
    "oauth2": Oauth2Config,
    "jwt": JwtConfig,
}
"""The form of a config by its login method."""


class Vault(_Form):
    name: Literal["hcv"]
    prefix: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*[a-z0-9]$")]
    description: Text | None = None
    tags: list[Text] | None = None
    config: Annotated[
        KubernetesConfig | ApproleConfig | CertConfig | TokenConfig | Oauth2Config | JwtConfig,
        Field(discriminator="auth_method"),
    ]


class Konnect(_Form):
    control_plane_name: Text


class DeckFile(_Form):
    """A whole file."""

    format_version: Annotated[Literal["3.0"], Field(alias="_format_version")]
    konnect: Annotated[Konnect | None, Field(alias="_konnect")] = None
    vaults: Annotated[list[Vault], Field(min_length=1)]


def ordered(document: Any) -> dict[str, Any]:
    """The same document with its keys in the order of the form. Raises ValidationError."""
    return DeckFile.model_validate(document).model_dump(by_alias=True, exclude_none=True)


def faults(document: Any) -> list[str]:
    """One line for each place that isn't of the form, without the value that stands there."""
    try:
        DeckFile.model_validate(document)
    except ValidationError as error:
        return [
            f"{'.'.join(str(part) for part in found['loc']) or 'the file'}: {found['msg']}"
            for found in error.errors(include_input=False, include_context=False, include_url=False)
        ]
    return []
