"""Between a sandbox's handle and what its actors show at a login to Vault."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, cast

from workload_secrets.access.observed.cluster import ClusterClient
from workload_secrets.access.observed.courier import Courier
from workload_secrets.access.observed.shown import Presenter
from workload_secrets.access.observed.tokens import Mint
from workload_secrets.access.observed.vault import NO_CONTENT, OK
from workload_secrets.access.outsiders import FOREIGN_AUTHORITY, INTRUDER
from workload_secrets.cli.issued import issued
from workload_secrets.decide.cert import CertificateClaims, mount_of
from workload_secrets.decide.token_role import HandedToken
from workload_secrets.errors import ServerError
from workload_secrets.keys.vault_http import VaultHttp
from workload_secrets.sandbox import tokens
from workload_secrets.sandbox.handle import Sandbox, StackAccess
from workload_secrets.sandbox.identities import FOREIGN, Identities


def presenter(sandbox: Sandbox, stack: str, prover: ClusterClient, admin: ClusterClient) -> Presenter:
    """Signs as the stack's cluster and as every issuer that it trusts, carries its secret ids,
    and holds its certificates."""
    access = sandbox.stacks[stack]
    cluster, identities = sandbox.clusters[access.cluster], Identities(sandbox.folder)
    making = threading.Lock()

    def sign(claims: Mapping[str, Any]) -> str:
        issuer = str(claims["iss"])
        return tokens.sign(cluster if issuer == cluster.issuer else identities.issuer(issuer), claims)

    def certificate(claims: CertificateClaims) -> tuple[str, str]:
        if mount := mount_of(claims.authority):
            http = _http(sandbox, access)
            return issued(http.as_token(http.token, mount[0] or None), mount[1], claims, identities)
        name = FOREIGN if claims.authority == FOREIGN_AUTHORITY else claims.authority
        made = identities.authority(name).client(claims.common_name, claims.dns_sans, expired=claims.expired)
        return str(made.certificate), str(made.key)

    def decoy(namespace: str, mount: str) -> str:
        with making:  # several at once on one role get HTTP 500 of OpenBao
            return _decoy(_http(sandbox, access), namespace, mount)

    def revoke(claims: HandedToken, token: str) -> None:
        http = _http(sandbox, access)
        own = http.from_address(claims.address) if claims.address else http
        client = own.as_token(token, claims.role[0] or None)
        answer = client.call("POST", "auth/token/revoke-self", {})
        if answer.status != NO_CONTENT:
            raise ServerError(f"Vault doesn't let a token revoke itself: HTTP {answer.status}")

    return Presenter(
        mint=Mint(prover, admin, sign, tokens.foreign),
        courier=_courier(sandbox, access),
        decoy=decoy,
        revoke=revoke,
        certificates=certificate,
    )


def _courier(sandbox: Sandbox, access: StackAccess) -> Courier | None:
    file = access.courier_token_file
    return None if file is None else Courier(_http(sandbox, access).as_token(file.read_text().strip()))


def _http(sandbox: Sandbox, access: StackAccess) -> VaultHttp:
    """The stack's Vault, as the sandbox's administrator."""
    if access.vault_address is None or access.vault_admin_token_file is None:
        raise ServerError("the sandbox has no Vault: no stack of it uses one")
    token = access.vault_admin_token_file.read_text().strip()
    return VaultHttp(access.vault_address, str(sandbox.ca_file), token)


def _decoy(admin: VaultHttp, namespace: str, mount: str) -> str:
    """A secret id, or a token, of a role that grants nothing, on the same mount."""
    if mount == "token":
        return _decoy_token(admin.as_token(admin.token, namespace or None))
    client, role = admin.as_token(admin.token, namespace or None), f"auth/{mount}/role/{INTRUDER}"
    client.call("POST", role, {"bind_secret_id": True, "token_policies": ["default"], "token_ttl": 60})
    answer = client.call("POST", f"{role}/secret-id", {})
    if answer.status != OK:
        raise ServerError(f"Vault makes no secret id of {mount}/{INTRUDER}: HTTP {answer.status}")
    return cast("str", answer.part("data", "secret_id"))


def _decoy_token(client: VaultHttp) -> str:
    client.call("POST", f"auth/token/roles/{INTRUDER}", {"allowed_policies": ["default"], "orphan": True})
    answer = client.call("POST", f"auth/token/create/{INTRUDER}", {"ttl": "600s"})
    if answer.status != OK:
        raise ServerError(f"Vault makes no token of {INTRUDER}: HTTP {answer.status} {answer.errors}")
    return cast("str", answer.part("auth", "client_token"))
