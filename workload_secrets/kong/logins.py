"""How Kong's `hcv` vault logs in to Vault, request by request.

Follows kong/vaults/hcv/{init,kube,approle}.lua of Kong/kong (revision b8ad38542056, Gateway 3.4;
`token`, `kubernetes`, `approle`). The source of later methods isn't public: `cert` (3.11) and
`oauth2` (3.13) follow app/gateway/vault/hashicorp.md and app/_how-tos/gateway of
Kong/developer.konghq.com and Vault's own login APIs. Differences that show in no request: nothing
is cached, and certificates are verified, which Kong before 3.14 doesn't do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, cast

from workload_secrets.keys.vault_http import Answer, VaultHttp
from workload_secrets.kong.entity import Entity
from workload_secrets.kong.token_endpoint import access_token
from workload_secrets.kong.unresolved import Unresolved, elsewhere, said

_OK: Final = 200
_NO_ROLE: Final = ("invalid role name", "could not be found")
"""What an auth mount of type kubernetes, and one of type jwt, say of a role they don't have."""


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What a gateway has beside its entity's fields.

    `values`: fields that the entity doesn't hold in clear, by Kong's name (approle_role_id,
    approle_secret_id, token, oauth2_client_secret). `files`: the contents of files in its
    container, by path there. `certificate`: PEM files of the client certificate and its key.
    `access_token`: what the token endpoint of an OAuth2 login would answer with; without it the
    endpoint is asked.
    """

    values: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    files: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    certificate: tuple[str, str] | None = None
    access_token: str | None = field(default=None, repr=False)

    def file(self, path: str, what: str) -> str:
        """Raises Unresolved where the container would have no such file."""
        if path not in self.files:
            raise Unresolved("credential", f"there is no file {path} with {what}", "give it")
        return self.files[path]


@dataclass(frozen=True)
class Caller:
    """One gateway about to log in. `http` has no token, and the namespace that Kong names."""

    entity: Entity
    brought: Brought
    http: VaultHttp


Login: TypeAlias = Callable[[Caller], str]
"""Gives Vault's token. Raises Unresolved, and ServerError where Vault can't be reached."""


def log_in(caller: Caller) -> str:
    """Vault's token, by the entity's `auth_method`."""
    method = caller.entity.text("auth_method")
    login = LOGINS.get(method)
    if login is None:
        known = ", ".join(sorted(LOGINS))
        raise Unresolved("credential", f"auth_method {method} is not followed here", f"known: {known}")
    return login(caller)


def _token(caller: Caller) -> str:
    return _given(caller, "token", "auth_method token needs one")


def _kubernetes(caller: Caller) -> str:
    entity = caller.entity
    jwt = caller.brought.file(entity.text("kube_api_token_file"), "the ServiceAccount's token")
    role, path = entity.text("kube_role"), entity.path("kube_auth_path")
    answer = caller.http.call("POST", f"auth/{path}/login", {"jwt": jwt, "role": role})
    return _client_token(answer, f"role {role} of {path}", _why_not_kubernetes)


def _approle(caller: Caller) -> str:
    entity, path = caller.entity, caller.entity.path("approle_auth_path")
    role_id = _given(caller, "approle_role_id", "the role id of the AppRole is no secret")
    secret_id = _secret_id(caller)
    if entity.flag("approle_response_wrapping"):
        secret_id = unwrap(caller.http, secret_id)
    body = {"role_id": role_id, "secret_id": secret_id}
    answer = caller.http.call("POST", f"auth/{path}/login", body)
    return _client_token(answer, f"the AppRole of {path}", _why_not_approle)


def _secret_id(caller: Caller) -> str:
    """The field wins over the file, whose line breaks Kong drops."""
    value = caller.entity.text("approle_secret_id") or caller.brought.values.get("approle_secret_id")
    if value:
        return value
    file = caller.entity.text("approle_secret_id_file")
    if not file:
        raise Unresolved("credential", "the entity has neither approle_secret_id nor its file", "set one")
    return caller.brought.file(file, "the secret id").replace("\n", "")


def unwrap(http: VaultHttp, wrapping: str) -> str:
    """The secret id in a wrapping token, which is good for one time."""
    answer = http.as_token(wrapping).call("POST", "sys/wrapping/unwrap")
    if answer.status == _OK:
        found = cast("dict[str, Any]", answer.data.get("data") or {}).get("secret_id")
        if isinstance(found, str):
            return found
        raise Unresolved("unwrap", "what the token wraps is no secret id", "have a wrapped secret id made")
    if (remedy := elsewhere(answer)) is not None:
        raise Unresolved("unwrap", said(answer), remedy, status=answer.status)
    raise Unresolved(
        "unwrap",
        f"Vault refuses the wrapping token: {said(answer)}; it is expired or was already unwrapped, and then "
        "somebody else may have the secret id",
        "have a new one made for each node; one token serves one node once",
        status=answer.status,
    )


def _cert(caller: Caller) -> str:
    role = caller.entity.text("cert_auth_role_name")
    http = caller.http
    if caller.brought.certificate is not None:
        http = http.with_certificate(*caller.brought.certificate)
    # Without a name Vault tries every role of the mount.
    answer = http.call("POST", "auth/cert/login", {"name": role} if role else {})
    return _client_token(answer, f"role {role or '(any)'} of cert", _why_not_cert)


def _oauth2(caller: Caller) -> str:
    role = caller.entity.text("oauth2_role_name") or caller.entity.text("jwt_role")
    jwt = caller.brought.access_token
    if jwt is None:
        secret = _given(caller, "oauth2_client_secret", "the token endpoint asks for it")
        jwt = access_token(caller.entity, secret)
    answer = caller.http.call("POST", "auth/jwt/login", {"jwt": jwt, "role": role})
    return _client_token(answer, f"role {role} of jwt", _why_not_jwt)


def _given(caller: Caller, name: str, hint: str) -> str:
    value = caller.entity.text(name) or caller.brought.values.get(name)
    if not value:
        raise Unresolved("credential", f"there is no {name}", f"give it: {hint}")
    return value


def _client_token(answer: Answer, where: str, why: Callable[[Answer], str]) -> str:
    if answer.status == _OK:
        return str(answer.part("auth", "client_token"))
    remedy = elsewhere(answer) or why(answer)
    raise Unresolved("login", f"{where}: {said(answer)}", remedy, status=answer.status)


def _why_not_kubernetes(answer: Answer) -> str:
    if any(words in answer.errors for words in _NO_ROLE):
        return "there is no such role; correct kube_role or kube_auth_path"
    return (
        "the role takes another ServiceAccount, namespace or audience, there is no such auth mount, or Vault "
        "can't review tokens of this cluster"
    )


def _why_not_approle(answer: Answer) -> str:
    if "CIDR" in answer.errors or "source address" in answer.errors:
        return "this machine's address is in none of boundCidrs; log in from the gateway's own"
    return (
        "the secret id belongs to another role, is expired or used up, or the role id is wrong; have a new "
        "secret id made"
    )


def _why_not_cert(_answer: Answer) -> str:
    return (
        "the role wants a certificate that its authority signed, in time, and with its names; show that one"
    )


def _why_not_jwt(_answer: Answer) -> str:
    return (
        "the role wants another issuer, audience or claims, or there is no such role; correct "
        "oauth2_role_name"
    )


LOGINS: Final[Mapping[str, Login]] = {
    "token": _token,
    "kubernetes": _kubernetes,
    "approle": _approle,
    "cert": _cert,
    "oauth2": _oauth2,
    "jwt": _oauth2,
}
"""By `auth_method`. Kong's documents call the same method oauth2 (entities) and jwt (kong.conf)."""
