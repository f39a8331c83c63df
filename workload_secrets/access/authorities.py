"""Which PKI mount of a graph a CA's certificate belongs to, in symbols or as a server made it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from workload_secrets.access.documents import text
from workload_secrets.decide.cert import of_mount
from workload_secrets.graph.model import Graph, Resource

_ROOT: Final = "vault:pkiSecret/secretBackendRootCert:SecretBackendRootCert"
_REQUEST: Final = "vault:pkiSecret/secretBackendIntermediateCertRequest:SecretBackendIntermediateCertRequest"
_SIGNED: Final = "vault:pkiSecret/secretBackendRootSignIntermediate:SecretBackendRootSignIntermediate"


def authorities(graph: Graph, namespace: Callable[[Resource], str]) -> Mapping[str, str]:
    """By the certificate of each CA that the graph makes, without spaces around it, what
    `decide.cert.of_mount` says of its mount. `namespace` gives a resource's Vault namespace.

    A certificate that is signed belongs to the mount whose request it answers.
    """
    found = {_known(r, "certificate"): _mount(r, namespace) for r in graph.of(_ROOT)}
    asked = {_known(r, "csr"): _mount(r, namespace) for r in graph.of(_REQUEST)}
    for signed in graph.of(_SIGNED):
        request = _known(signed, "csr")
        if request in asked:
            found[_known(signed, "certificate")] = asked[request]
    return {pem: mount for pem, mount in found.items() if pem}


def _mount(resource: Resource, namespace: Callable[[Resource], str]) -> str:
    return of_mount(namespace(resource), text(resource.inputs.get("backend")).strip("/"))


def _known(resource: Resource, key: str) -> str:
    value = resource.inputs.get(key) or resource.outputs.get(key)
    return text(value).strip()
