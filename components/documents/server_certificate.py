"""cert-manager's objects of the server's certificate: issued by a given issuer, or by a CA of
the server's own. No private key ever passes here; cert-manager keeps them in Secrets.

https://cert-manager.io/docs/reference/api-docs/ (cert-manager.io/v1)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from components.config import server_names
from components.config.vault_server import IssuerRef, ServerStack, VaultServer
from components.documents.delivered import CustomObject

API: Final = "cert-manager.io/v1"
_GROUP: Final = "cert-manager.io"
_KEY: Final = {"algorithm": "ECDSA", "size": 256}
SERVER_HOURS: Final = 8760
"""A year: the server reads a new certificate only on SIGHUP or restart, see docs/runbooks/upgrade.md."""
RENEW_HOURS: Final = 1440
"""60 days before its end, so that a restart can be planned."""
CA_HOURS: Final = 87_600


def certificate_objects(stack: ServerStack) -> tuple[CustomObject, ...]:
    """The objects in the order in which they are needed; none where a Secret is given."""
    server = stack.vault_server
    if server.tls.source == "secret":
        return ()
    if server.tls.issuer is not None:
        return (_server(server, server.tls.issuer),)
    ca = server_names.ca_secret(server)
    return (
        _issuer(server, "self-signed", f"{ca}-self-signed", {"selfSigned": {}}),
        _ca(server, IssuerRef(name=f"{ca}-self-signed", kind="Issuer")),
        _issuer(server, "issuer", ca, {"ca": {"secretName": ca}}),
        _server(server, IssuerRef(name=ca, kind="Issuer")),
    )


def _server(server: VaultServer, issuer: IssuerRef) -> CustomObject:
    name = server_names.tls_secret(server)
    spec = {
        "secretName": name,
        "dnsNames": list(server_names.certificate_names(server)),
        "ipAddresses": ["127.0.0.1"],  # the charts' own commands inside the pod
        "duration": f"{SERVER_HOURS}h",
        "renewBefore": f"{RENEW_HOURS}h",
        "usages": ["digital signature", "server auth"],
        "privateKey": {**_KEY, "rotationPolicy": "Always"},
    }
    return _object(server, "certificate", "Certificate", name, {**spec, "issuerRef": _ref(issuer)})


def _ca(server: VaultServer, issuer: IssuerRef) -> CustomObject:
    name = server_names.ca_secret(server)
    spec = {
        "secretName": name,
        "isCA": True,
        "commonName": f"{server_names.service(server)} CA"[:64],  # RFC 5280, ub-common-name
        "duration": f"{CA_HOURS}h",
        "usages": ["cert sign", "crl sign"],
        # Clients trust this key: renewing must not change it.
        "privateKey": {**_KEY, "rotationPolicy": "Never"},
    }
    return _object(server, "ca", "Certificate", name, {**spec, "issuerRef": _ref(issuer)})


def _issuer(server: VaultServer, role: str, name: str, spec: Mapping[str, Any]) -> CustomObject:
    return _object(server, role, "Issuer", name, spec)


def _ref(issuer: IssuerRef) -> dict[str, str]:
    return {"name": issuer.name, "kind": issuer.kind, "group": _GROUP}


def _object(server: VaultServer, role: str, kind: str, name: str, spec: Mapping[str, Any]) -> CustomObject:
    return CustomObject(
        role=role,
        api_version=API,
        kind=kind,
        plural=f"{kind.lower()}s",
        namespace=server.namespace,
        name=name,
        spec=spec,
    )
