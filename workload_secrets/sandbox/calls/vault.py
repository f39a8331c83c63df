"""What pulumi-vault asks of Vault for each resource type, read in terraform-provider-vault.

Most of it was seen since in a server's audit log: `NOT_RUN` has what was read, not run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from workload_secrets.sandbox.calls.row import Operation, Row

VERSION: Final = "terraform-provider-vault after 5.11.0, commit 31447510c5c6ab0e1bd60435ff5b4a838b3f2f69"
"""Files are below its folder `vault/`. Which release pulumi-vault 7.14.0 wraps was not looked up."""
Method = Literal["GET", "POST", "ACT", "DELETE"]


@dataclass(frozen=True)
class Call:
    """One request. `path` is the API path with inputs of the resource in braces. `ACT` is a POST to an
    endpoint that does something and holds nothing, so that the server takes it for an update."""

    method: Method
    path: str

    def capabilities(self) -> tuple[str, ...]:
        """What an ACL policy must allow on the path. Whether a POST is a create or an update depends
        on what is there, so both are needed. `sys/auth` and `sys/audit` are root-protected:
        https://developer.hashicorp.com/vault/docs/concepts/policies#root-protected-api-endpoints
        """
        own = {"GET": ("read",), "POST": ("create", "update"), "ACT": ("update",), "DELETE": ("delete",)}[
            self.method
        ]
        return (*own, "sudo") if self.path.startswith(("sys/auth/", "sys/audit")) else own


def _role(file: str, path: str, *further: Call) -> Row[Call]:
    """A type that lives at one path, is written as a whole and read back."""
    post = (Call("POST", path),)
    return Row(
        file=file,
        create=post,
        read=(Call("GET", path), *further),
        update=post,
        delete=(Call("DELETE", path),),
    )


def _settings(file: str, path: str) -> Row[Call]:
    """Settings of a mount: nothing deletes them but the mount's own end."""
    post = (Call("POST", path),)
    return Row(file=file, create=post, read=(Call("GET", path),), update=post)


_AUTH_READ: Final = (Call("GET", "sys/mounts/auth/{path}"), Call("GET", "sys/mounts/auth/{path}/tune"))
_AUTH_TUNE: Final = Call("POST", "sys/mounts/auth/{path}/tune")
_MOUNT: Final = (Call("GET", "sys/mounts/{backend}"),)

ROWS: Final[Mapping[str, Row[Call]]] = {
    "vault:appRole/authBackendRole:AuthBackendRole": _role(
        "resource_approle_auth_backend_role.go",
        "auth/{backend}/role/{roleName}",
        Call("GET", "auth/{backend}/role/{roleName}/role-id"),
    ),
    "vault:database/secretBackendConnection:SecretBackendConnection": _role(
        "resource_database_secret_backend_connection.go", "{backend}/config/{name}"
    ),
    "vault:database/secretBackendRole:SecretBackendRole": _role(
        "resource_database_secret_backend_role.go", "{backend}/roles/{name}"
    ),
    "vault:database/secretBackendStaticRole:SecretBackendStaticRole": _role(
        "resource_database_secret_backend_static_role.go", "{backend}/static-roles/{name}"
    ),
    "vault:index/audit:Audit": Row(
        file="resource_audit.go",
        create=(Call("POST", "sys/audit/{path}"),),
        read=(Call("GET", "sys/audit"),),
        delete=(Call("DELETE", "sys/audit/{path}"),),
    ),
    "vault:index/authBackend:AuthBackend": Row(
        file="resource_auth_backend.go, auth_mount.go, ../util/mountutil/mountutil.go",
        create=(Call("POST", "sys/auth/{path}"),),
        read=_AUTH_READ,
        update=(_AUTH_TUNE,),
        delete=(Call("DELETE", "sys/auth/{path}"),),
    ),
    "vault:index/certAuthBackendRole:CertAuthBackendRole": _role(
        "resource_cert_auth_backend_role.go", "auth/{backend}/certs/{name}"
    ),
    "vault:index/mount:Mount": Row(
        file="resource_mount.go, ../util/mountutil/mountutil.go",
        create=(Call("POST", "sys/mounts/{path}"),),
        read=(Call("GET", "sys/mounts/{path}"),),
        update=(Call("POST", "sys/mounts/{path}/tune"),),
        delete=(Call("DELETE", "sys/mounts/{path}"),),
    ),
    # Its update sends PATCH, for custom metadata alone, which no stack has.
    "vault:index/namespace:Namespace": Row(
        file="resource_namespace.go",
        create=(Call("POST", "sys/namespaces/{path}"),),
        read=(Call("GET", "sys/namespaces/{path}"),),
        delete=(Call("DELETE", "sys/namespaces/{path}"), Call("GET", "sys/namespaces/{path}")),
    ),
    "vault:index/policy:Policy": _role("resource_policy.go", "sys/policies/acl/{name}"),
    "vault:jwt/authBackend:AuthBackend": Row(
        file="resource_jwt_auth_backend.go, auth_mount.go, ../util/mountutil/mountutil.go",
        create=(Call("POST", "sys/auth/{path}"), Call("POST", "auth/{path}/config")),
        read=(*_AUTH_READ, Call("GET", "auth/{path}/config")),
        update=(Call("POST", "auth/{path}/config"), _AUTH_TUNE),
        delete=(Call("DELETE", "sys/auth/{path}"),),
    ),
    "vault:jwt/authBackendRole:AuthBackendRole": _role(
        "resource_jwt_auth_backend_role.go", "auth/{backend}/role/{roleName}"
    ),
    "vault:kubernetes/authBackendConfig:AuthBackendConfig": _settings(
        "resource_kubernetes_auth_backend_config.go", "auth/{backend}/config"
    ),
    "vault:kubernetes/authBackendRole:AuthBackendRole": _role(
        "resource_kubernetes_auth_backend_role.go", "auth/{backend}/role/{roleName}"
    ),
    "vault:kv/secretBackendV2:SecretBackendV2": _settings(
        "resource_kv_secret_backend_v2.go", "{mount}/config"
    ),
    "vault:pkiSecret/backendConfigAutoTidy:BackendConfigAutoTidy": _settings(
        "resource_pki_secret_backend_config_auto_tidy.go", "{backend}/config/auto-tidy"
    ),
    "vault:pkiSecret/secretBackendConfigUrls:SecretBackendConfigUrls": _settings(
        "resource_pki_secret_backend_config_urls.go", "{backend}/config/urls"
    ),
    "vault:pkiSecret/secretBackendCrlConfig:SecretBackendCrlConfig": _settings(
        "resource_pki_secret_backend_crl_config.go", "{backend}/config/crl"
    ),
    "vault:pkiSecret/secretBackendIntermediateCertRequest:SecretBackendIntermediateCertRequest": Row(
        file="resource_pki_secret_backend_intermediate_cert_request.go",
        create=(Call("ACT", "{backend}/issuers/generate/intermediate/{type}"),),
    ),
    "vault:pkiSecret/secretBackendIntermediateSetSigned:SecretBackendIntermediateSetSigned": Row(
        file="resource_pki_secret_backend_intermediate_set_signed.go, resource_pki_secret_backend_cert.go",
        create=(Call("ACT", "{backend}/intermediate/set-signed"),),
        read=_MOUNT,
    ),
    "vault:pkiSecret/secretBackendRole:SecretBackendRole": _role(
        "resource_pki_secret_backend_role.go", "{backend}/roles/{name}"
    ),
    # A diff reads the issuer's certificate without a token.
    "vault:pkiSecret/secretBackendRootCert:SecretBackendRootCert": Row(
        file="resource_pki_secret_backend_root_cert.go, resource_pki_secret_backend_cert.go",
        create=(Call("ACT", "{backend}/issuers/generate/root/{type}"),),
        read=_MOUNT,
        delete=(Call("DELETE", "{backend}/issuer/+"),),
    ),
    "vault:pkiSecret/secretBackendRootSignIntermediate:SecretBackendRootSignIntermediate": Row(
        file="resource_pki_secret_backend_root_sign_intermediate.go",
        create=(Call("ACT", "{backend}/root/sign-intermediate"),),
    ),
    "vault:tokenauth/authBackendRole:AuthBackendRole": _role(
        "resource_token_auth_backend_role.go", "auth/token/roles/{roleName}"
    ),
    "vault:transit/secretBackendKey:SecretBackendKey": Row(
        file="resource_transit_secret_backend_key.go",
        create=(Call("POST", "{backend}/keys/{name}"), Call("ACT", "{backend}/keys/{name}/config")),
        read=(Call("GET", "{backend}/keys/{name}"),),
        update=(Call("ACT", "{backend}/keys/{name}/config"),),
        delete=(Call("DELETE", "{backend}/keys/{name}"),),
    ),
}
RUN_WITH: Final = (
    "pulumi-vault commit c074a1cba89967315d2cb606d3774eebe72f8c06 with terraform-provider-vault commit "
    "fa0a334404e3d04e4364467f51c6a4b4751848fd, on OpenBao 2.7.2"
)
"""Stacks dev, database, engines and identities went up, stayed, were refreshed and went down under
the printed rights. Their deployers' calls in the audit log are the rows' and no others."""
NOT_RUN: Final[Mapping[str, tuple[Operation, ...]]] = {
    **{type_: ("update",) for type_, row in ROWS.items() if row.update},
    "vault:index/audit:Audit": ("create", "read", "delete"),
    "vault:index/namespace:Namespace": ("create", "read", "delete"),
    # Protected, so no destroy deletes it.
    "vault:pkiSecret/secretBackendRootCert:SecretBackendRootCert": ("delete",),
    "vault:transit/secretBackendKey:SecretBackendKey": ("update", "delete"),
}
"""What no audit log has shown, by type. Nothing was changed in place, so no update is shown: where it is a
create's POST to the same path, only that the provider sends it again is not."""
CONFIGURE: Final = (Call("GET", "auth/token/lookup-self"),)
"""Once for each provider, in `../internal/provider/meta.go`; the policy `default` allows it. It also
reads `sys/seal-status`, which asks for no token."""


def calls(type_: str, inputs: Mapping[str, Any], operation: Operation) -> Iterator[Call]:
    """The calls of one resource with its inputs put in, inside its Vault namespace. Raises LookupError
    for a type that has no row."""
    given = {name: str(value).strip("/") for name, value in inputs.items() if isinstance(value, str)}
    given.setdefault("path", given.get("type", ""))  # an auth method without a path is at its type
    for call in ROWS[type_].calls(operation):
        yield Call(call.method, call.path.format(**given))
