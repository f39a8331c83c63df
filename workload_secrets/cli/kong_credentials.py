"""What the caller of `kong get` has of a gateway's own: files, and tokens of its cluster."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from pathlib import Path

from workload_secrets.access.observed.cluster import RefusedError, unless_denied
from workload_secrets.access.observed.courier import Courier
from workload_secrets.access.observed.kubeconfig import connection
from workload_secrets.cli.console import say
from workload_secrets.declaration import Declaration, Principal
from workload_secrets.declaration.gateway import GatewayVault
from workload_secrets.errors import InputError
from workload_secrets.graph.model import Graph
from workload_secrets.keys.clients import Clients
from workload_secrets.kong.entity import Entity
from workload_secrets.kong.logins import Brought
from workload_secrets.kong.reference import Reference
from workload_secrets.outside import SECRETS


@dataclass(frozen=True, kw_only=True)
class Files:
    """What the caller has of the gateway's own; each is None where it isn't given."""

    role_id: str | None
    secret_id: Path | None
    certificate: Path | None
    key: Path | None
    token: Path | None
    client_secret: Path | None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One reference at one vault of a gateway."""

    graph: Graph
    declaration: Declaration
    project: Path
    gateway: str
    prefix: str
    vault: GatewayVault
    reference: Reference

    @property
    def where(self) -> str:
        """GATEWAY/PREFIX."""
        return f"{self.gateway}/{self.prefix}"

    @property
    def principal(self) -> Principal:
        return self.declaration.principals[self.vault.principal]


def brought(asked: Asked, files: Files) -> Brought:
    """What the gateway shows when it logs in. Raises InputError where an option is missing, and
    ServerError where the cluster or Vault gives nothing."""
    entity = Entity(asked.vault.config)
    method = entity.text("auth_method")
    match method:
        case "kubernetes":
            return Brought(files={entity.text("kube_api_token_file"): _service_account(asked)})
        case "approle":
            return _machine(asked, entity, files)
        case "cert":
            if files.certificate is None or files.key is None:
                raise InputError(f"{asked.where} logs in by cert; give --certificate and --key")
            return Brought(certificate=_pair(files.certificate, files.key))
        case "token":
            return Brought(values={"token": _content(asked, files.token, "--token-file")})
        case "oauth2" | "jwt":
            secret = _content(asked, files.client_secret, "--client-secret-file")
            return Brought(values={"oauth2_client_secret": secret})
        case _:
            raise InputError(
                f"{asked.where} logs in by {method}, which this command doesn't; "
                "run it in the data plane by --pod"
            )


def _service_account(asked: Asked) -> str:
    """A fresh token for the audience of the gateway's own role. Raises ServerError."""
    principal = asked.principal
    audience = principal.vault.audience if principal.vault else ""
    client = connection(asked.graph).client()
    try:
        return client.token(principal.namespace, principal.service_account, audience)
    except RefusedError as error:
        raise unless_denied(error) from None


def _pair(certificate: Path, key: Path) -> tuple[str, str]:
    """Raises InputError for what is no pair, before a connection calls it Vault's fault."""
    try:
        # An empty password: an encrypted key is refused and nobody is asked.
        ssl.create_default_context().load_cert_chain(certificate, key, password="")
    except OSError as error:
        raise InputError(
            f"--certificate {certificate}, --key {key}: no certificate with its own key, both PEM and not "
            f"encrypted ({type(error).__name__})"
        ) from None
    return str(certificate), str(key)


def _machine(asked: Asked, entity: Entity, files: Files) -> Brought:
    secret_id = _content(asked, files.secret_id, "--secret-id-file")
    role_id = files.role_id or _role_id(asked)
    if entity.flag("approle_response_wrapping"):
        say(f"{files.secret_id}: its wrapping token is used up by this; the gateway needs another")
    file = entity.text("approle_secret_id_file")
    return Brought(values={"approle_role_id": role_id}, files={file: secret_id})


def _role_id(asked: Asked) -> str:
    """Asked of Vault as a courier; it is no secret."""
    own = asked.principal.vault
    if own is None or not os.environ.get("VAULT_TOKEN"):
        raise InputError(
            f"{asked.where} logs in by approle; give --role-id (`workload-secrets identity "
            f"role-id STACK {asked.vault.principal}` prints it), or set VAULT_TOKEN to a courier's"
        )
    courier = Courier(Clients(asked.declaration, asked.project).vault(own.vault_namespace))
    return courier.role_id(own.auth_mount, own.role, own.vault_namespace)


def _content(asked: Asked, file: Path | None, option: str) -> str:
    if file is None:
        method = asked.vault.config.get("auth_method")
        raise InputError(f"{asked.where} logs in by {method}; give {option}")
    try:
        value = file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{option} {file}: can't be read ({type(error).__name__})") from None
    SECRETS.learn(value)
    return value
