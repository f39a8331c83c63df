"""What a declared server is called: its release, nodes, address, certificate names, key."""

from __future__ import annotations

from components import naming
from components.config.vault_server import ServerStack, VaultServer

PORT = 8200


def release(server: VaultServer) -> str:
    """The Helm release, also the name of the StatefulSet, Service and ServiceAccount."""
    return server.release or server.product


def address(server: VaultServer) -> str:
    """Where clients reach the server: as declared, else its Service in the cluster."""
    return server.address or f"https://{service(server)}:{PORT}"


def service(server: VaultServer) -> str:
    """The DNS name of the Service that all ready nodes stand behind."""
    return f"{release(server)}.{server.namespace}.svc"


def peers(server: VaultServer) -> tuple[str, ...]:
    """The DNS name of every node, by the headless Service; the first node initialises."""
    name = release(server)
    return tuple(f"{name}-{node}.{name}-internal.{server.namespace}.svc" for node in range(server.replicas))


def certificate_names(server: VaultServer) -> tuple[str, ...]:
    """Every DNS name that the server's certificate has to hold, without wildcards."""
    host = address(server).removeprefix("https://").rpartition(":")[0] or address(server)[8:]
    active = f"{release(server)}-active.{server.namespace}.svc"
    own = (service(server), active, *peers(server), "localhost")
    return tuple(dict.fromkeys((*own, host)))


def tls_secret(server: VaultServer) -> str:
    """The Secret with tls.crt, tls.key and ca.crt."""
    return server.tls.secret_name or f"{release(server)}-tls"


def ca_secret(server: VaultServer) -> str:
    """The Secret of a generated CA; its key never leaves the cluster."""
    return f"{release(server)}-ca"


def folder(server: VaultServer) -> str:
    """The product's folder in its image: data, audit, tls and seal lie below it."""
    return f"/{server.product}"


def variable_prefix(server: VaultServer) -> str:
    """How the names of the server's own environment variables begin."""
    return "BAO" if server.product == "openbao" else "VAULT"


def unseal_alias(stack: ServerStack) -> str:
    """The alias of the KMS key that unseals. Raises ConfigError over the limit."""
    return naming.unseal_alias(stack.environment, stack.facts.cluster.name)


def unseal_role(stack: ServerStack) -> str:
    """The IAM role of the server's account. Raises ConfigError over the limit."""
    return naming.iam_role_name(stack.facts.cluster.name, f"{release(stack.vault_server)}-unseal")
