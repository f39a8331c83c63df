"""What a Kong gateway has beside its vault entity, made real in a sandbox."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from workload_secrets.access import outsiders
from workload_secrets.access.observed.attempt import Attempt
from workload_secrets.access.observed.cluster import ClusterClient, RefusedError
from workload_secrets.access.usage.context import UsageContext
from workload_secrets.decide.cert import CertificateClaims
from workload_secrets.declaration import Principal
from workload_secrets.declaration.gateway import GatewayReference, GatewayVault
from workload_secrets.declaration.identity import ApproleFacts, TokenFacts
from workload_secrets.errors import ServerError
from workload_secrets.kong.entity import Entity
from workload_secrets.kong.logins import Brought
from workload_secrets.kong.resolver import Gateway

KONG_VAULTS: Final = "/apis/configuration.konghq.com/v1alpha1/kongvaults"


@dataclass(frozen=True, kw_only=True)
class Room:
    """One vault of one gateway. `name` is GATEWAY/PREFIX, `who` the principal that logs in."""

    name: str
    who: str
    principal: Principal
    vault: GatewayVault
    references: tuple[GatewayReference, ...]


def rooms(context: UsageContext) -> Iterator[Room]:
    """Every vault of every gateway, in order."""
    for name, gateway in sorted(context.declaration.gateways.items()):
        for prefix, vault in sorted(gateway.vaults.items()):
            yield Room(
                name=f"{name}/{prefix}",
                who=vault.principal,
                principal=context.declaration.principals[vault.principal],
                vault=vault,
                references=tuple(item for item in gateway.references if item.vault == prefix),
            )


def gateway(context: UsageContext, room: Room, fields: Mapping[str, Any], brought: Brought) -> Gateway:
    """The gateway at this vault, calling from an address that its AppRole or its token takes."""
    facts = room.principal.identity
    seen_from = None
    if isinstance(facts, ApproleFacts | TokenFacts) and facts.bound_cidrs:
        seen_from = outsiders.inside(facts)
    return Gateway(fields, brought, str(context.sandbox.ca_file), seen_from=seen_from)


def brought(context: UsageContext, room: Room, fields: Mapping[str, Any]) -> Brought:
    """What the gateway shows when it logs in by these fields. Raises ServerError."""
    entity, own = Entity(fields), room.principal.vault
    match entity.text("auth_method"):
        case "kubernetes":
            audience = own.audience if own else ""
            return pod(entity, context.token(room.who, audience))
        case "approle":
            wrapping = entity.flag("approle_response_wrapping")
            return machine(context, room, entity, wrapping=wrapping)
        case "cert":
            return Brought(certificate=_certificate(context, room))
        case "token":
            return Brought(values={"token": _token(context, room)})
        case _:
            return Brought(access_token=context.token(room.who, own.audience if own else ""))


def pod(entity: Entity, token: str) -> Brought:
    """A pod whose token file holds this token."""
    return Brought(files={entity.text("kube_api_token_file"): token})


def machine(context: UsageContext, room: Room, entity: Entity, *, wrapping: bool) -> Brought:
    """What the courier hands over: role id, and in the file a secret id or what unwraps it."""
    courier, own = context.presenter.courier, room.principal.vault
    if courier is None or own is None:
        raise ServerError("there is no courier to hand over a secret id")
    wrapped = courier.secret_id(own.auth_mount, own.role, own.vault_namespace)
    content = wrapped.token if wrapping else courier.unwrap(wrapped, own.vault_namespace)
    role_id = courier.role_id(own.auth_mount, own.role, own.vault_namespace)
    file = entity.text("approle_secret_id_file")
    return Brought(values={"approle_role_id": role_id}, files={file: content})


def other_accounts(context: UsageContext, room: Room) -> Iterator[tuple[str, str]]:
    """Accounts beside the gateway's own, each with a token for the audience that its role takes:
    the namespace's `default`, and that of another workload, or else of a writer."""
    principal, own = room.principal, room.principal.vault
    pods = [(name, p) for name, p in sorted(context.declaration.principals.items()) if p.is_pod]
    pods.sort(key=lambda item: item[1].kind != "workload")
    others = [(p.namespace, p.service_account) for name, p in pods if name != room.who][:1]
    here = (principal.namespace, principal.service_account)
    client = _administrator(context)
    for namespace, account in ((principal.namespace, "default"), *others):
        if (namespace, account) != here and own is not None:
            yield f"{namespace}/{account}", client.token(namespace, account, own.audience)


def kong_vault(context: UsageContext, room: Room) -> Mapping[str, Any] | None:
    """The config of the vault's object, read back from the API server; None where none is made.
    Raises ServerError where it isn't there."""
    name = room.vault.kong_vault
    if name is None:
        return None
    spec = cast("Mapping[str, Any]", kong_vault_object(context, name).get("spec") or {})
    return cast("Mapping[str, Any]", spec.get("config") or {})


def kong_vault_object(context: UsageContext, name: str) -> Mapping[str, Any]:
    """The object of this name as the API server has it. Raises ServerError where it isn't there."""
    try:
        return _administrator(context).read(f"{KONG_VAULTS}/{name}")
    except RefusedError as error:
        raise ServerError(f"KongVault {name} can't be read back: {error}") from None


def _administrator(context: UsageContext) -> ClusterClient:
    """The sandbox's own: the prover may neither read KongVaults nor ask for others' tokens."""
    cluster = context.sandbox.clusters[context.sandbox.stacks[context.stack].cluster]
    token = cluster.admin_token_file.read_text().strip()
    return ClusterClient(cluster.api_server, cluster.ca_file.read_text(), token)


def _certificate(context: UsageContext, room: Room) -> tuple[str, str]:
    make = context.presenter.certificates
    for claims in outsiders.credentials(room.principal):
        if make is not None and isinstance(claims, CertificateClaims):
            return make(claims)
    raise ServerError("there is nobody to make a client certificate")


def _token(context: UsageContext, room: Room) -> str:
    login = context.vault_login(room.who)
    if isinstance(login, Attempt):
        raise ServerError(login.reason)
    return login.http.token
