"""What a server's stack declares, as it travels in its graph."""

from __future__ import annotations

from components.config import server_names
from components.config.vault_server import ServerStack
from components.declared.declaration import aws, cluster, endpoints
from components.documents import server_config, server_texts
from workload_secrets.declaration import Declaration, Facts, Prerequisite
from workload_secrets.declaration.server import VaultServer


def declaration(stack: ServerStack) -> Declaration:
    """No secrets and no principals: other stacks declare who uses the server."""
    return Declaration(
        environment=stack.environment,
        tier=stack.tier,
        facts=Facts(cluster=cluster(stack.facts.cluster), aws=aws(stack.facts.aws)),
        endpoints=endpoints(stack.endpoints),
        secrets={},
        principals={},
        prerequisites=(
            Prerequisite(kind="namespace", name=stack.vault_server.namespace),
            *_given(stack),
        ),
        vault_server=_server(stack),
    )


def _given(stack: ServerStack) -> list[Prerequisite]:
    """What the seal needs and this stack doesn't make."""
    seal, aws = stack.vault_server.seal, stack.facts.aws
    if seal.type != "awskms" or aws is None:
        return []
    found: list[Prerequisite] = []
    if seal.oidc_provider == "existing":
        issuer = stack.facts.cluster.oidc_issuer
        found.append(Prerequisite(kind="oidcProvider", url=issuer, audience="sts.amazonaws.com"))
    if seal.key_arn:
        found.append(Prerequisite(kind="kmsKey", arn=seal.key_arn))
    if aws.permissions_boundary:
        found.append(Prerequisite(kind="permissionsBoundary", arn=aws.permissions_boundary))
    return found


def _server(stack: ServerStack) -> VaultServer:
    server = stack.vault_server
    secret = server.bootstrap.secret
    return VaultServer(
        product=server.product,
        version=server.version,
        address=server_names.address(server),
        namespace=server.namespace,
        release=server_names.release(server),
        phase=server.phase,
        replicas=server.replicas,
        seal=server.seal.type,
        folder=server_names.folder(server),
        peers=server_names.peers(server),
        names=server_names.certificate_names(server),
        first_start=server_texts.first_start(stack),
        running=server_texts.running(stack),
        initialises=server_texts.bootstrap(server) is not None,
        bootstrap_mount=server_config.BOOTSTRAP_MOUNT,
        bootstrap_role=server.bootstrap.role,
        bootstrap_policy=server_config.bootstrap_policy(),
        bootstrap_secret=f"{server.namespace}/{secret.name}, key {secret.key}",
        secret_id_variable=server_config.SECRET_ID_VARIABLE,
        audit_file=next(name for name, device in server.audit.items() if device.kind == "file"),
    )
