"""A server's stack: what its product, version and seal allow, and what belongs elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from components import flavours
from components.config import products, server_names
from components.config.checks import cluster, files
from components.config.problem import Problem, shown
from components.config.vault_server import Seal, ServerStack, VaultServer

REPLICAS: Final = (3, 5)
"""An odd number keeps a majority with one (two) nodes away; one node is no cluster.
https://openbao.org/docs/internals/integrated-storage/#deployment-table"""
KEPT_BY: Final = "a stack of its own for what is configured in the server"

# Which settings belong to a type of seal: needed, and possible.
_NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "awskms": (),
    "static": ("secret", "key_id"),
    "transit": ("secret", "address", "mount", "key_name"),
    "shamir": (),
}
_TAKES: Final[dict[str, tuple[str, ...]]] = {
    "awskms": ("key", "key_arn", "administrators", "oidc_provider"),
    "static": _NEEDS["static"],
    "transit": _NEEDS["transit"],
    "shamir": (),
}
_CAMEL: Final = {
    "key_id": "keyId",
    "key_name": "keyName",
    "key_arn": "keyArn",
    "oidc_provider": "oidcProvider",
}


def problems(stack: ServerStack, folder: Path | None = None) -> list[Problem]:
    """Everything wrong with a server's stack whose single values are well-formed."""
    server = stack.vault_server
    found = [
        *_elsewhere(stack),
        *_cluster(stack),
        *_version(server),
        *_replicas(server),
        *_seal(stack),
        *_tls(server),
        *_address(server),
        *_audit(server),
    ]
    return found if folder is None else [*found, *_files(stack, folder)]


def _elsewhere(stack: ServerStack) -> Iterator[Problem]:
    for part, given in (("facts", stack.facts.vault), ("endpoints", stack.endpoints.vault)):
        if given is not None:
            yield Problem(
                key=f"{part}.vault",
                got="an object",
                allowed="nothing beside vaultServer: the server's product, version and address stand there",
                remedy=f"remove it here, and write it in {KEPT_BY}",
            )


def _cluster(stack: ServerStack) -> Iterator[Problem]:
    yield from cluster.check_cluster(stack.facts.cluster, stack.endpoints.cluster)


def _version(server: VaultServer) -> Iterator[Problem]:
    oldest = products.OLDEST_SERVER[server.product]
    if products.version_of(server) < oldest:
        yield Problem(
            key="vaultServer.version",
            got=shown(server.version),
            allowed=f"{server.product} {'.'.join(str(part) for part in oldest)} or newer",
            remedy="name the version of a maintained release",
        )


def _replicas(server: VaultServer) -> Iterator[Problem]:
    if server.replicas not in REPLICAS:
        yield Problem(
            key="vaultServer.replicas",
            got=shown(server.replicas),
            allowed=" or ".join(str(count) for count in REPLICAS),
            remedy="use 3; phase: firstStart runs one of them",
        )


def _seal(stack: ServerStack) -> Iterator[Problem]:
    server, seal = stack.vault_server, stack.vault_server.seal
    for kind, capability in (("awskms", "awskmsSeal"), ("static", "staticSeal")):
        if seal.type == kind and not products.can(server, capability):
            yield Problem(
                key="vaultServer.seal.type",
                got=shown(seal.type),
                allowed=f"a seal that {server.product} {server.version} has built in",
                remedy=products.CAPABILITIES[capability].note,
            )
    yield from _settings(seal)
    if seal.type == "awskms":
        yield from _awskms(stack, seal)


def _settings(seal: Seal) -> Iterator[Problem]:
    given: dict[str, Any] = {name: getattr(seal, name) for name in seal.model_fields_set if name != "type"}
    taken = [_CAMEL.get(name, name) for name in _TAKES[seal.type]]
    for name in sorted(set(given) - set(_TAKES[seal.type])):
        yield Problem(
            key=f"vaultServer.seal.{_CAMEL.get(name, name)}",
            allowed=f"for seal {seal.type}: {', '.join(taken) or 'nothing more'}",
            remedy="remove the key",
        )
    for name in _NEEDS[seal.type]:
        if given.get(name) is None:
            yield Problem(
                key=f"vaultServer.seal.{_CAMEL.get(name, name)}",
                got="nothing",
                allowed=f"a value, seal {seal.type} needs it",
                remedy="add the key",
            )


def _awskms(stack: ServerStack, seal: Seal) -> Iterator[Problem]:
    if stack.facts.aws is None:
        yield Problem(
            key="facts.aws",
            got="nothing",
            allowed="the account and region of the key that unseals",
            remedy="add facts.aws, or choose another seal",
        )
    if (seal.key == "existing") != (seal.key_arn is not None):
        yield Problem(
            key="vaultServer.seal.keyArn",
            got="nothing" if seal.key_arn is None else shown(seal.key_arn),
            allowed="the ARN of the key with key: existing, nothing with key: create",
            remedy="add the key" if seal.key_arn is None else "write key: existing, or remove the key",
        )
    if flavours.private_issuer(stack.facts.cluster):
        yield Problem(
            key="vaultServer.seal.type",
            got=shown(seal.type),
            allowed="awskms only where AWS can read the cluster's issuer: the pod takes its role by it",
            remedy="publish the issuer, or choose another seal",
        )


def _tls(server: VaultServer) -> Iterator[Problem]:
    tls = server.tls
    if (tls.source == "issuer") != (tls.issuer is not None):
        yield Problem(
            key="vaultServer.tls.issuer",
            got="nothing" if tls.issuer is None else "an object",
            allowed="cert-manager's issuer with source: issuer, nothing else",
            remedy="add the key" if tls.issuer is None else f"remove the key: source is {tls.source}",
        )


def _address(server: VaultServer) -> Iterator[Problem]:
    if server.address and server.address.count(":") < 2:
        yield Problem(
            key="vaultServer.address",
            got=shown(server.address),
            allowed=f"an address with its port, such as https://{server_names.service(server)}:8200",
            remedy="write the port: other stacks compare the whole address",
        )


def _audit(server: VaultServer) -> Iterator[Problem]:
    if not any(device.kind == "file" for device in server.audit.values()):
        yield Problem(
            key="vaultServer.audit",
            got=f"{len(server.audit)} devices, none with kind: file",
            allowed="at least one device of kind: file: a pod's log goes with the pod",
            remedy="add file: {kind: file}",
        )


def _files(stack: ServerStack, folder: Path) -> Iterator[Problem]:
    yield from files.certificate(folder, "endpoints.cluster.caFile", stack.endpoints.cluster.ca_file)
    if stack.vault_server.tls.ca_file:
        yield from files.certificate(folder, "vaultServer.tls.caFile", stack.vault_server.tls.ca_file)
