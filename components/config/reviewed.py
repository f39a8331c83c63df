"""Which rules of the review stand behind the keys of a stack file.

What the configuration refuses never reaches the review. So the error names the rules that are
about what comes of such a value: `policies/guardrails` has them with their reasons.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Final

_WHO: Final = ("OIDC-01", "VKA-01")
_OF_PRINCIPALS: Final = {
    "agent*": ("AGT-02",),
    "agent.service": ("VLT-01",),
    "agent.tlsSkipVerify": ("VLT-01",),
    "automount": ("K8S-04",),
    "awsAudience": ("OIDC-02",),
    "files*": ("AGT-01",),
    "identity.audience": ("VKA-05",),
    "identity.boundCidrs*": ("VKA-01",),
    "identity.commonName": ("VKA-01",),
    "identity.dnsSans*": ("VKA-01",),
    "identity.subject": ("VKA-05",),
    "identity.tokenBoundCidrs*": ("VKA-01",),
    "namespace": (*_WHO, "K8S-05"),
    "policies": ("VLT-06", "VLT-08"),
    "reads": ("IAM-02", "VLT-06"),
    "serviceAccount": ("OIDC-05", "K8S-03"),
    "serviceAccount.manage": ("K8S-03",),
    "serviceAccount.name": (*_WHO, "K8S-03"),
    "tokenMaxTtlSeconds": ("VKA-03",),
    "tokenSeconds": ("K8S-06",),
    "tokenTtlSeconds": ("VKA-03",),
    "vaultAudience": ("VKA-02",),
    "writes": ("IAM-02", "VLT-06"),
}
"""Keys of a workload and of a writer."""
_OF_GATEWAYS: Final = {
    "references*": ("KNG-03",),
    "vaults.*.auth": ("KNG-01",),
    "vaults.*.auth.audience": ("VKA-05",),
    "vaults.*.auth.boundCidrs*": ("VKA-01",),
    "vaults.*.auth.commonName": ("VKA-01",),
    "vaults.*.auth.method": ("KNG-01",),
    "vaults.*.auth.subject": ("VKA-05",),
    "vaults.*.auth.token": ("KNG-01",),
    "vaults.*.kv": ("KNG-03",),
    "vaults.*.mount": ("KNG-03",),
    "vaults.*.negTtl": ("KNG-02",),
    "vaults.*.protocol": ("VLT-01",),
    "vaults.*.resurrectTtl": ("KNG-02",),
    "vaults.*.token": ("KNG-01",),
    "vaults.*.ttl": ("KNG-02",),
}
_OF_SECRETS: Final = {
    "connection": ("DB-02",),
    "creation*": ("DB-03",),
    "defaultTtlSeconds": ("DB-02",),
    "grants*": ("DB-03",),
    "keys*": ("SM-05", "SM-06"),
    "kmsKey*": ("SM-01",),
    "maxTtlSeconds": ("DB-02",),
    "mount": ("VLT-04",),
    "name": ("IAM-02",),
    "path": ("VLT-04", "VLT-07"),
    "protect": ("META-02",),
    "recoveryWindowDays": ("SM-03",),
    "revocation*": ("DB-03",),
    "rotation.afterDays": ("SM-02",),
    "rotation.functionRoleArn": ("SM-04",),
    "rotation.schedule": ("SM-02",),
    "secretString": ("SM-05",),
    "template": ("SM-06",),
    "uses": ("SM-06",),
    "value": ("SM-05",),
}
RULES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "endpoints.aws*": ("META-04",),
        "endpoints.cluster.apiServer": ("VKA-04",),
        "endpoints.cluster.caFile": ("VKA-04",),
        "endpoints.cluster.token": ("META-04",),
        "endpoints.databases.*.adminPassword": ("DB-01",),
        "endpoints.databases.*.caFile": ("DB-01",),
        "endpoints.databases.*.password": ("DB-01",),
        "endpoints.databases.*.sslmode": ("DB-01",),
        "endpoints.vault.address": ("VLT-01",),
        "endpoints.vault.caFile": ("VLT-01",),
        "endpoints.vault.skipTlsVerify": ("VLT-01",),
        "endpoints.vault.tlsSkipVerify": ("VLT-01",),
        "endpoints.vault.token": ("VLT-02", "META-04"),
        "facts.cluster.apiAudience": ("VKA-02",),
        "facts.cluster.oidcIssuer": ("OIDC-06",),
        "facts.vault.publicKeyFiles*": ("VKA-04",),
        "facts.vault.reviewer*": ("VKA-04",),
        **{f"gateways.*.{key}": rules for key, rules in _OF_GATEWAYS.items()},
        **{f"secrets.*.{key}": rules for key, rules in _OF_SECRETS.items()},
        "shared.audit*": ("VLT-03",),
        "shared.kmsKey.arn": ("SM-01", "IAM-04"),
        "shared.kvMounts.*.version": ("VLT-04",),
        "vaultServer.audit*": ("VLT-03",),
        "vaultServer.tls*": ("VLT-01",),
        **{f"workloads.*.{key}": rules for key, rules in _OF_PRINCIPALS.items()},
        **{f"writers.*.{key}": rules for key, rules in _OF_PRINCIPALS.items()},
    }
)
"""Patterns of dotted keys, each with the rules about what comes of the value."""


def rules_of(key: str) -> tuple[str, ...]:
    """The ids of the rules behind a dotted key, none where no rule is."""
    found = (rule for pattern, rules in RULES.items() if fnmatchcase(key, pattern) for rule in rules)
    return tuple(dict.fromkeys(found))
