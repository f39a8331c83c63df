"""From a declared server to its texts: which stanzas its product and version take."""

from __future__ import annotations

from components.config import products, server_names
from components.config.vault_server import ServerStack, VaultServer
from components.documents import server_config
from components.documents.server_config import BootstrapText, SealText, ServerText

SEAL_FILE = "key"
"""The file of a static seal's key in the folder `seal`."""


def first_start(stack: ServerStack) -> str:
    """The text of the one node that begins. It initialises itself where the product can and
    nobody has to hold shares."""
    return server_config.first_start(_text(stack), bootstrap(stack.vault_server))


def running(stack: ServerStack) -> str:
    """The text of all nodes once there is a cluster."""
    return server_config.running(_text(stack))


def current(stack: ServerStack) -> str:
    """The text of the declared phase."""
    return first_start(stack) if stack.vault_server.phase == "firstStart" else running(stack)


def bootstrap(server: VaultServer) -> BootstrapText | None:
    """The login that self-initialisation makes; None where a person initialises.

    https://openbao.org/docs/configuration/self-init/ : it needs a seal that opens by itself.
    """
    if server.seal.type == "shamir" or not products.can(server, "selfInit"):
        return None
    return BootstrapText(
        role=server.bootstrap.role,
        policy=server_config.bootstrap_policy(),
        token_ttl_seconds=server.bootstrap.token_ttl_seconds,
    )


def _text(stack: ServerStack) -> ServerText:
    server = stack.vault_server
    return ServerText(
        folder=server_names.folder(server),
        peers=server_names.peers(server),
        seal=_seal(stack),
        audit={name: device.kind for name, device in server.audit.items()}
        if products.can(server, "auditInConfig")
        else None,
        no_standby_reads=products.can(server, "standbyReads"),
        disable_mlock=server.product == "vault",
        metrics_hours=server.telemetry.retention_hours if server.telemetry else None,
    )


def _seal(stack: ServerStack) -> SealText | None:
    """No credential is among the settings: awskms takes the pod's role, transit a token from
    the environment, static a file."""
    server, seal, aws = stack.vault_server, stack.vault_server.seal, stack.facts.aws
    folder = server_names.folder(server)
    if seal.type == "awskms":
        # https://developer.hashicorp.com/vault/docs/configuration/seal/awskms#kms_key_id
        key = seal.key_arn if seal.key == "existing" else server_names.unseal_alias(stack)
        return SealText(
            kind="awskms", settings={"region": aws.region if aws else "", "kms_key_id": key or ""}
        )
    if seal.type == "static":
        settings = {"current_key_id": seal.key_id or "", "current_key": f"file://{folder}/seal/{SEAL_FILE}"}
        return SealText(kind="static", settings=settings)
    if seal.type == "transit":
        settings = {
            "address": seal.address or "",
            "mount_path": f"{seal.mount}/",
            "key_name": seal.key_name or "",
            "tls_ca_cert": f"{folder}/seal/ca.crt",
        }
        return SealText(kind="transit", settings=settings)
    return None
