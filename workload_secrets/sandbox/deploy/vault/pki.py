"""Settings and roles of a PKI mount.

What the provider sends was read in terraform-provider-vault, vault/resource_pki_secret_backend_*.go:
every boolean always, anything else where it is given. OpenBao drops the auto-tidy fields that
only Vault has, and says so in a warning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from workload_secrets.sandbox.deploy.call import Call
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.outcome import Outcome, whole
from workload_secrets.sandbox.deploy.vault.fields import durations, flags, plain, snake, with_unit
from workload_secrets.sandbox.deploy.vault.provider import VaultProvider
from workload_secrets.sandbox.deploy.vault.times import read as read_time

_URLS: Final = ("issuingCertificates", "crlDistributionPoints", "ocspServers")
_CRL_FLAGS: Final = {
    "disable": False,
    "ocspDisable": False,
    "autoRebuild": False,
    "enableDelta": False,
}
_CRL_EXPIRY: Final = 72 * 3600
"""https://developer.hashicorp.com/vault/api-docs/secret/pki#set-revocation-configuration"""
_CRL_TIMES: Final = ("expiry", "ocspExpiry", "autoRebuildGracePeriod", "deltaRebuildInterval")
_TIDY_FLAGS: Final[Mapping[str, bool]] = dict.fromkeys(
    (
        "enabled",
        "tidyCertStore",
        "tidyRevokedCerts",
        "tidyRevokedCertIssuerAssociations",
        "tidyExpiredIssuers",
        "tidyMoveLegacyCaBundle",
        "tidyAcme",
        "tidyRevocationQueue",
        "tidyCrossClusterRevokedCerts",
        "tidyCertMetadata",
        "tidyCmpv2NonceStore",
        "maintainStoredCertificateCounts",
        "publishStoredCertificateCountMetrics",
    ),
    False,
)
_TIDY_OF_VAULT: Final = (
    "tidyRevocationQueue",
    "tidyCrossClusterRevokedCerts",
    "tidyCertMetadata",
    "tidyCmpv2NonceStore",
    "maintainStoredCertificateCounts",
    "publishStoredCertificateCountMetrics",
)
_TIDY_TIMES: Final = (
    "intervalDuration",
    "safetyBuffer",
    "issuerSafetyBuffer",
    "acmeAccountSafetyBuffer",
    "pauseDuration",
)
_ROLE_FLAGS: Final = {
    "allowAnyName": False,
    "allowBareDomains": False,
    "allowGlobDomains": False,
    "allowIpSans": True,
    "allowLocalhost": True,
    "allowSubdomains": False,
    "allowWildcardCertificates": True,
    "allowedDomainsTemplate": False,
    "allowedUriSansTemplate": False,
    "basicConstraintsValidForNonCa": False,
    "clientFlag": True,
    "codeSigningFlag": False,
    "emailProtectionFlag": False,
    "enforceHostnames": True,
    "generateLease": False,
    "noStore": False,
    "requireCn": True,
    "serverFlag": True,
    "useCsrCommonName": True,
    "useCsrSans": True,
}
_ROLE_LISTS: Final = {
    "allowedDomains": "allowed_domains",
    "cnValidations": "cn_validations",
    "extKeyUsages": "ext_key_usage",
    "keyUsages": "key_usage",
}

_ROLE_DEFAULTS: Final = ("cn_validations", "key_usage")
"""Lists that the server fills where they are empty."""
_ROLE_TIMES: Final = ("ttl", "maxTtl", "notBeforeDuration")


def urls(call: Call, inputs: Inputs) -> Outcome:
    """vault:pkiSecret/secretBackendConfigUrls:SecretBackendConfigUrls."""
    wanted: dict[str, Any] = {snake(name): sorted(inputs.texts(name)) for name in _URLS}
    wanted["enable_templating"] = inputs.flag("enableTemplating")
    return _object(call, inputs, "config/urls", wanted, _names((*_URLS, "enableTemplating")))


def crl(call: Call, inputs: Inputs) -> Outcome:
    """vault:pkiSecret/secretBackendCrlConfig:SecretBackendCrlConfig."""
    wanted = {**flags(inputs, _CRL_FLAGS), "expiry": _CRL_EXPIRY, **durations(inputs, _CRL_TIMES)}
    return _object(call, inputs, "config/crl", wanted, _names((*_CRL_FLAGS, *_CRL_TIMES)))


def auto_tidy(call: Call, inputs: Inputs) -> Outcome:
    """vault:pkiSecret/backendConfigAutoTidy:BackendConfigAutoTidy."""
    with_unit(inputs, _TIDY_TIMES)
    if any(inputs.original(name) is not None for name in _TIDY_OF_VAULT):
        call.notes.not_enforced(f"{', '.join(_TIDY_OF_VAULT)} of auto-tidy: OpenBao has no such settings")
    wanted = {**flags(inputs, _TIDY_FLAGS), **durations(inputs, _TIDY_TIMES)}
    return _object(call, inputs, "config/auto-tidy", wanted, _names((*_TIDY_FLAGS, *_TIDY_TIMES)))


def role(call: Call, inputs: Inputs) -> Outcome:
    """vault:pkiSecret/secretBackendRole:SecretBackendRole."""
    name = inputs.text("name")
    with_unit(inputs, ("notBeforeDuration",))
    lists = {key: inputs.texts(given) for given, key in _ROLE_LISTS.items()}
    wanted: dict[str, Any] = {
        **flags(inputs, _ROLE_FLAGS),
        **durations(inputs, _ROLE_TIMES),
        **{key: sorted(items) for key, items in lists.items() if items or key not in _ROLE_DEFAULTS},
        "key_type": inputs.optional_text("keyType", "rsa"),
        "key_bits": inputs.number("keyBits", 2048),
    }
    issuer = inputs.optional_text("issuerRef")
    if issuer is not None:
        wanted["issuer_ref"] = issuer
    names = {**_names((*_ROLE_FLAGS, *_ROLE_TIMES, "keyType", "keyBits", "issuerRef")), **_ROLE_LISTS}
    made = _object(call, inputs, f"roles/{name}", wanted, names)
    return Outcome(state=made.state, outputs={**made.outputs, "name": name})


def _names(inputs: Iterable[str]) -> dict[str, str]:
    return {name: snake(name) for name in inputs}


def _object(
    call: Call, inputs: Inputs, below: str, wanted: Mapping[str, Any], names: Mapping[str, str]
) -> Outcome:
    """One object below a mount; `names` are the API's names of the inputs that it is read back
    by. A mount's own settings are there from the start, so that the first deploy updates them."""
    vault: VaultProvider = call.provider
    backend = inputs.text("backend").strip("/")
    namespace = inputs.optional_text("namespace") or ""
    inputs.finish()
    path = f"{backend}/{below}"

    def read() -> Mapping[str, Any] | None:
        found = vault.read(path, namespace=namespace)
        return None if found is None else {key: plain(found.get(key), value) for key, value in wanted.items()}

    def put() -> None:
        vault.send("POST", path, dict(wanted), namespace=namespace)

    def delete() -> None:
        vault.send("DELETE", path, namespace=namespace)

    managed = whole(
        f"{below} of PKI mount {backend}",
        wanted,
        read,
        put,
        # The provider leaves the mount's own settings (resource_pki_secret_backend_config_*.go).
        None if below.startswith("config/") else delete,
    )
    state, found = call.settle(managed)
    times = {name: read_time for name in names if name in (*_CRL_TIMES, *_TIDY_TIMES, *_ROLE_TIMES)}
    outputs = inputs.shown(names, wanted, found, reads=times)
    return Outcome(state=state, outputs={**outputs, "id": path, "backend": backend})
