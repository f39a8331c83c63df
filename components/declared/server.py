"""What a server's stack declares, as JSON that travels in its graph."""

from __future__ import annotations

from typing import Any

from components import flavours, naming
from components.config import server_names
from components.config.vault_server import ServerStack
from components.documents import server_config, server_texts


def declaration(stack: ServerStack) -> dict[str, Any]:
    """The JSON form that `workload_secrets.declaration.Declaration` reads: no secrets and no
    principals, since whoever uses the server is declared by other stacks."""
    namespace = stack.vault_server.namespace
    return {
        "environment": stack.environment,
        "tier": stack.tier,
        "facts": _facts(stack),
        "endpoints": stack.endpoints.model_dump(mode="json", by_alias=True, exclude_none=True),
        "secrets": {},
        "principals": {},
        "prerequisites": [{"kind": "namespace", "name": namespace}, *_given(stack)],
        "vaultServer": _server(stack),
    }


def _facts(stack: ServerStack) -> dict[str, Any]:
    cluster, aws = stack.facts.cluster, stack.facts.aws
    made: dict[str, Any] = {
        "cluster": {
            "name": cluster.name,
            "flavour": cluster.flavour,
            "oidcIssuer": cluster.oidc_issuer,
            "apiAudience": flavours.api_audience(cluster) or "",
        }
    }
    if aws:
        partition = naming.partition(aws.region)
        made["aws"] = {"accountId": aws.account_id, "region": aws.region, "partition": partition}
    return made


def _given(stack: ServerStack) -> list[dict[str, str]]:
    """What the seal needs and this stack doesn't make."""
    seal, aws = stack.vault_server.seal, stack.facts.aws
    if seal.type != "awskms" or aws is None:
        return []
    found: list[dict[str, str]] = []
    if seal.oidc_provider == "existing":
        issuer = stack.facts.cluster.oidc_issuer
        found.append({"kind": "oidcProvider", "url": issuer, "audience": "sts.amazonaws.com"})
    if seal.key_arn:
        found.append({"kind": "kmsKey", "arn": seal.key_arn})
    if aws.permissions_boundary:
        found.append({"kind": "permissionsBoundary", "arn": aws.permissions_boundary})
    return found


def _server(stack: ServerStack) -> dict[str, Any]:
    server = stack.vault_server
    secret = server.bootstrap.secret
    return {
        "product": server.product,
        "version": server.version,
        "address": server_names.address(server),
        "namespace": server.namespace,
        "release": server_names.release(server),
        "phase": server.phase,
        "replicas": server.replicas,
        "seal": server.seal.type,
        "folder": server_names.folder(server),
        "peers": list(server_names.peers(server)),
        "names": list(server_names.certificate_names(server)),
        "firstStart": server_texts.first_start(stack),
        "running": server_texts.running(stack),
        "initialises": server_texts.bootstrap(server) is not None,
        "bootstrapMount": server_config.BOOTSTRAP_MOUNT,
        "bootstrapRole": server.bootstrap.role,
        "bootstrapPolicy": server_config.bootstrap_policy(),
        "bootstrapSecret": f"{server.namespace}/{secret.name}, key {secret.key}",
        "secretIdVariable": server_config.SECRET_ID_VARIABLE,
        "auditFile": next(name for name, device in server.audit.items() if device.kind == "file"),
    }
