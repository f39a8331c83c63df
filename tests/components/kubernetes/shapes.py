"""Our own model of the fields that we set in other projects' objects.

Written from what each project publishes: secrets-store-csi-driver 1.6.0, external-secrets 2.9.0,
vault-secrets-operator 1.4.1, and of the providers vault-csi-provider 1.7.4 and
secrets-store-csi-driver-provider-aws 2.1.1. A name ending in ? may be absent; any other name that
an object has is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Text:
    pattern: str = r"[^\0]+"


@dataclass(frozen=True)
class Number:
    least: int
    most: int


@dataclass(frozen=True)
class Many:
    of: Any
    least: int = 1


OBJECT_NAME = Text(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
KEY = Text(r"[-._a-zA-Z0-9]{1,253}")
GO_DURATION = Text(r"([0-9]+h)?([0-9]+m)?([0-9]+s)")
SHORT_DURATION = Text(r"([0-9]+(\.[0-9]+)?(s|m|h))")
ADDRESS = Text(r"https://[^/]+")
BASE64 = Text(r"[A-Za-z0-9+/]+=*")

_ACCOUNT = {"name": OBJECT_NAME, "audiences?": Many(Text())}
_VAULT = {
    "server": ADDRESS,
    "path?": Text(),
    "version": Text("v2"),
    "namespace?": Text(),
    "caBundle?": BASE64,
    "auth": {"kubernetes": {"mountPath": Text(), "role": Text(), "serviceAccountRef": _ACCOUNT}},
}
_AWS = {
    "service": Text("SecretsManager|ParameterStore|CertificateManager"),
    "region": Text(),
    "auth": {"jwt": {"serviceAccountRef": _ACCOUNT}},
}
_RESTART = Many({"kind": Text("Deployment|DaemonSet|StatefulSet|argo.Rollout"), "name": OBJECT_NAME})
_DESTINATION = {
    "name": OBJECT_NAME,
    "create": bool,
    "overwrite": bool,
    "type": Text(),
    "transformation": {"excludeRaw": bool, "includes?": Many(Text())},
}
_VSO = {
    "vaultAuthRef": OBJECT_NAME,
    "namespace?": Text(),
    "mount": Text(),
    "rolloutRestartTargets?": _RESTART,
    "destination": _DESTINATION,
}
_HASHICORP = "secrets.hashicorp.com/v1beta1"
_ESO = "external-secrets.io/v1"
_GENERATORS = "generators.external-secrets.io/v1alpha1"

SHAPES: Mapping[tuple[str, str], Any] = {
    ("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass"): {
        "provider": Text("vault|aws"),
        "parameters": {
            "objects": Text(),
            "region?": Text(),
            "usePodIdentity?": Text("true|false"),
            "vaultAddress?": ADDRESS,
            "vaultNamespace?": Text(),
            "vaultAuthMountPath?": Text(),
            "vaultCACertPath?": Text("/.+"),
            "roleName?": Text(),
            "audience?": Text(),
        },
        "secretObjects?": Many(
            {
                "secretName": OBJECT_NAME,
                "type": Text(),
                "data": Many({"objectName": Text(), "key": KEY}),
            }
        ),
    },
    (_ESO, "SecretStore"): {"provider": {"vault?": _VAULT, "aws?": _AWS}},
    (_ESO, "ExternalSecret"): {
        "refreshPolicy": Text("CreatedOnce|Periodic|OnChange"),
        "refreshInterval": GO_DURATION,
        "secretStoreRef?": {"kind": Text("SecretStore|ClusterSecretStore"), "name": OBJECT_NAME},
        "target": {
            "name": OBJECT_NAME,
            "creationPolicy": Text("Owner|Orphan|Merge|None|CreateOrMerge"),
            "deletionPolicy": Text("Delete|Merge|Retain"),
        },
        "data?": Many({"secretKey": KEY, "remoteRef": {"key": Text(), "property": Text()}}),
        "dataFrom?": Many(
            {
                "sourceRef": {
                    "generatorRef": {
                        "apiVersion": Text(_GENERATORS),
                        "kind": Text("VaultDynamicSecret"),
                        "name": OBJECT_NAME,
                    }
                }
            }
        ),
    },
    (_GENERATORS, "VaultDynamicSecret"): {
        "path": Text(),
        "method": Text("GET|POST"),
        "parameters?": {"common_name": Text(), "ttl": Text(), "alt_names?": Text()},
        "provider": _VAULT,
    },
    (_HASHICORP, "VaultConnection"): {
        "address": ADDRESS,
        "skipTLSVerify": bool,
        "caCertPath?": Text("/.+"),
        "caCertSecretRef?": OBJECT_NAME,
    },
    (_HASHICORP, "VaultAuth"): {
        "vaultConnectionRef": OBJECT_NAME,
        "namespace?": Text(),
        "method": Text("kubernetes|jwt|appRole|aws|gcp"),
        "mount": Text(),
        "kubernetes": {
            "role": Text(),
            "serviceAccount": OBJECT_NAME,
            "audiences": Many(Text()),
            "tokenExpirationSeconds": Number(600, 2**31),
        },
    },
    (_HASHICORP, "VaultStaticSecret"): {
        **_VSO,
        "type": Text("kv-v1|kv-v2"),
        "path": Text(),
        "refreshAfter": SHORT_DURATION,
        "hmacSecretData": bool,
    },
    (_HASHICORP, "VaultDynamicSecret"): {
        **_VSO,
        "path": Text(),
        "params?": {"common_name": Text(), "ttl": Text(), "alt_names?": Text()},
        "allowStaticCreds?": bool,
        "refreshAfter?": SHORT_DURATION,
        "renewalPercent?": Number(0, 90),
        "revoke?": bool,
    },
    (_HASHICORP, "VaultPKISecret"): {
        **_VSO,
        "role": Text(),
        "commonName": Text(),
        "altNames?": Many(Text()),
        "ttl": Text(r"([0-9]+(\.[0-9]+)?(s|m|h|d))"),
        "expiryOffset": SHORT_DURATION,
        "revoke": bool,
        "clear": bool,
    },
}
"""The shape of `spec`, by API version and kind."""

VAULT_FILES = Many(
    {
        "objectName": KEY,
        "secretPath": Text(),
        "secretKey": Text(),
        "method?": Text("PUT"),
        "secretArgs?": {"common_name": Text(), "ttl": Text(), "alt_names?": Text()},
        "filePermission?": Number(0, 0o777),
    }
)
AWS_FILES = Many(
    {
        "objectName": Text(),
        "objectType": Text("secretsmanager"),
        "objectAlias": KEY,
        "jmesPath?": Many({"path": Text(), "objectAlias": KEY}),
        "filePermission?": Text("[0-7]{4}"),
    }
)
"""The shape of the YAML text `objects` of each provider."""


def faults(shape: Any, value: Any, path: str = "spec") -> Iterator[str]:
    """What about `value` isn't as `shape` says, with its place."""
    match shape:
        case Text(pattern):
            if not isinstance(value, str) or not re.fullmatch(pattern, value, re.DOTALL):
                yield f"{path} is no text like {pattern}"
        case Number(least, most):
            if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
                yield f"{path} is no number of {least} to {most}"
        case Many(of, least):
            if not isinstance(value, list) or len(value) < least:
                yield f"{path} is no list of at least {least}"
                return
            for index, item in enumerate(value):
                yield from faults(of, item, f"{path}[{index}]")
        case type():
            if not isinstance(value, shape):
                yield f"{path} is no {shape.__name__}"
        case _:
            yield from _members(shape, value, path)


def _members(shape: Mapping[str, Any], value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{path} is no object"
        return
    known = {name.removesuffix("?"): inner for name, inner in shape.items()}
    needed = {name for name in shape if not name.endswith("?")}
    yield from (f"{path}.{name} is not known" for name in sorted(value.keys() - known.keys()))
    yield from (f"{path}.{name} is missing" for name in sorted(needed - value.keys()))
    for name in value.keys() & known.keys():
        yield from faults(known[name], value[name], f"{path}.{name}")
