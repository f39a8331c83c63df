"""How a Vault checks the tokens of a cluster: kubernetes config and the jwt method.

The sandbox's Vault reaches no address outside this machine and runs in no pod. What stands
in for the declared way is the same cluster's own API address, CA, reviewer or public keys,
and each of them is listed as a substitution.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from workload_secrets.sandbox import substitutes
from workload_secrets.sandbox.deploy.call import Call
from workload_secrets.sandbox.deploy.guard import is_loopback
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.outcome import HandlerError, Outcome, whole
from workload_secrets.sandbox.deploy.vault.auth import AuthMount
from workload_secrets.sandbox.deploy.vault.provider import VaultProvider

_CONFIG: Final = {
    "kubernetesHost": "kubernetes_host",
    "kubernetesCaCert": "kubernetes_ca_cert",
    "disableIssValidation": "disable_iss_validation",
    "disableLocalCaJwt": "disable_local_ca_jwt",
    "issuer": "issuer",
    "pemKeys": "pem_keys",
}
_LOGIN: Final = {
    "boundIssuer": "bound_issuer",
    "defaultRole": "default_role",
    "jwtSupportedAlgs": "jwt_supported_algs",
}
_DISCOVERY: Final = {
    "oidcDiscoveryUrl": "oidc_discovery_url",
    "oidcDiscoveryCaPem": "oidc_discovery_ca_pem",
    "jwksUrl": "jwks_url",
    "jwksCaPem": "jwks_ca_pem",
}
"""Where a Vault fetches the keys from. In the sandbox keys stand in for what they declare."""


def kubernetes_config(call: Call, inputs: Inputs) -> Outcome:
    """vault:kubernetes/authBackendConfig:AuthBackendConfig."""
    vault: VaultProvider = call.provider
    backend = (inputs.optional_text("backend") or "kubernetes").strip("/")
    namespace = inputs.optional_text("namespace") or ""
    declared: dict[str, Any] = {
        "kubernetes_host": inputs.text("kubernetesHost"),
        "kubernetes_ca_cert": inputs.optional_text("kubernetesCaCert", "") or "",
        "disable_iss_validation": inputs.flag("disableIssValidation"),
        "disable_local_ca_jwt": inputs.flag("disableLocalCaJwt"),
        "issuer": inputs.optional_text("issuer", "") or "",
        "pem_keys": inputs.texts("pemKeys"),
    }
    if inputs.flag("useAnnotationsAsAliasMetadata"):
        call.notes.not_enforced(
            "useAnnotationsAsAliasMetadata of a kubernetes config: OpenBao has no such setting"
        )
    inputs.finish()
    wanted, token = _reachable(call, declared)
    path = f"auth/{backend}/config"

    def read() -> Mapping[str, Any] | None:
        found = vault.read(path, namespace=namespace)
        if found is None or not found.get("kubernetes_host"):
            return None
        state = {key: found.get(key) or type(value)() for key, value in wanted.items()}
        state["reviewer"] = bool(found.get("token_reviewer_jwt_set"))
        state["pem_keys"] = [key.strip() for key in state["pem_keys"]]
        return {**state, "kubernetes_ca_cert": state["kubernetes_ca_cert"].strip()}

    def put() -> None:
        # A write without the token would erase it on the server.
        body = {**wanted, **({"token_reviewer_jwt": token} if token else {})}
        vault.send("POST", path, body, namespace=namespace)

    managed = whole(
        f"config of auth method {backend}", {**wanted, "reviewer": token is not None}, read, put, None
    )
    state, found = call.settle(managed)
    # What stands in for a declared value is shown as that value; anything else as it was found. The
    # cluster's CA stands in for the declared one even where the address was changed by hand.
    if found["kubernetes_ca_cert"] == (call.site.cluster_ca or "").strip():
        wanted["kubernetes_ca_cert"] = found["kubernetes_ca_cert"]
    outputs = inputs.shown(_CONFIG, wanted, found, stands_in=_CONFIG)
    return Outcome(state=state, outputs={**outputs, "id": path, "backend": backend})


def _reachable(call: Call, declared: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """The config with the sandbox's own cluster in it, and the reviewer's token if it needs one."""
    site, wanted = call.site, dict(declared)
    wanted["kubernetes_ca_cert"] = wanted["kubernetes_ca_cert"].strip()
    wanted["pem_keys"] = [key.strip() for key in wanted["pem_keys"]]
    if not is_loopback(wanted["kubernetes_host"]):
        if site.api_server is None or site.cluster_ca is None:
            raise HandlerError(f"no cluster stands in for kubernetesHost {wanted['kubernetes_host']}")
        call.notes.substitution(
            f"kubernetesHost {wanted['kubernetes_host']} → the sandbox cluster's API server and CA"
        )
        wanted.update(kubernetes_host=site.api_server, kubernetes_ca_cert=site.cluster_ca.strip())
    if site.reviewer == "in-cluster":
        call.notes.substitution(
            "reviewer in-cluster (Vault's own pod token and CA) → a dedicated reviewer's token, the "
            "cluster's CA and disable_local_ca_jwt"
        )
        if site.cluster_ca is None:
            raise HandlerError("no CA stands in for the one of Vault's own pod")
        wanted.update(disable_local_ca_jwt=True, kubernetes_ca_cert=site.cluster_ca.strip())
    if site.reviewer not in ("in-cluster", "dedicated"):
        return wanted, None
    if not site.reviewer_token:
        raise HandlerError(f"the sandbox has no reviewer token for reviewer {site.reviewer}")
    if site.reviewer == "dedicated":
        call.notes.substitution(
            "the dedicated reviewer's token, handed over by hand → the token of the sandbox's own reviewer"
        )
    return wanted, site.reviewer_token


def jwt_backend(call: Call, inputs: Inputs) -> Outcome:
    """vault:jwt/authBackend:AuthBackend of type jwt: the method and its config."""
    inputs.only("type", "jwt")
    method = AuthMount(call, inputs, "jwt")
    issuer = inputs.optional_text("boundIssuer", "") or ""
    wanted: dict[str, Any] = {
        "bound_issuer": issuer,
        "default_role": inputs.optional_text("defaultRole", "") or "",
        "jwt_supported_algs": sorted(inputs.texts("jwtSupportedAlgs")),
        "jwt_validation_pubkeys": [key.strip() for key in _keys(call, inputs, issuer)],
        **dict.fromkeys(_DISCOVERY.values(), ""),
    }
    inputs.finish()
    path = f"auth/{method.path}/config"
    made = method.settle()

    def read() -> Mapping[str, Any] | None:
        found: Mapping[str, Any] = method.vault.read(path, namespace=method.namespace) or {}
        keys: list[str] = found.get("jwt_validation_pubkeys") or []
        if not keys and call.operation in ("apply", "create"):
            return None  # a method without settings is half of this resource, and is never gone for it
        return {
            "bound_issuer": found.get("bound_issuer") or "",
            "default_role": found.get("default_role") or "",
            "jwt_supported_algs": sorted(found.get("jwt_supported_algs") or []),
            "jwt_validation_pubkeys": [key.strip() for key in keys],
            **{key: found.get(key) or "" for key in _DISCOVERY.values()},
        }

    def put() -> None:
        method.vault.send("POST", path, wanted, namespace=method.namespace)

    managed = whole(f"config of auth method {method.path}", wanted, read, put, None)
    state, found = call.settle(managed)
    if made.state == "created" or state == "same":
        state = made.state
    elif state == "created":
        state = "updated"
    outputs = {**inputs.shown(_LOGIN, wanted, found), **_way_to_keys(inputs, wanted, found)}
    return Outcome(state=state, outputs={**made.outputs, **outputs})


def _way_to_keys(inputs: Inputs, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """The declared way to the keys where exactly what stands in for it is found, else what is."""
    names = {**_DISCOVERY, "jwtValidationPubkeys": "jwt_validation_pubkeys"}
    declared = {name: value for name in names if (value := inputs.original(name)) is not None}
    if all(found[key] == wanted[key] for key in names.values()):
        return declared
    there = {name: found[key] for name, key in names.items() if name in declared or found[key]}
    inputs.unasked.update(there.keys() - declared.keys())
    return there


def _keys(call: Call, inputs: Inputs, issuer: str) -> list[str]:
    """The keys that stand in for the declared ones: of the cluster, or of the issuer of jobs."""
    pem = inputs.texts("jwtValidationPubkeys")
    discovery = inputs.optional_text("oidcDiscoveryUrl") or inputs.optional_text("jwksUrl")
    for name in ("oidcDiscoveryCaPem", "jwksCaPem", "jwksUrl"):
        inputs.optional_text(name)
    if pem and discovery:
        raise HandlerError("inputs jwtValidationPubkeys and oidcDiscoveryUrl exclude one another")
    if not pem and not discovery and call.operation not in ("read", "delete"):
        raise HandlerError("input jwtValidationPubkeys or oidcDiscoveryUrl is needed")
    other = call.site.issuer_keys.get(discovery or issuer)
    if other is None and not call.site.public_keys:
        raise HandlerError("the sandbox has no public keys of the cluster")
    whose = discovery or ("the declared cluster" if other is None else issuer)
    way = substitutes.keys_way(whose, files=not discovery)
    if other is not None:
        call.notes.substitution(substitutes.issuer_key(way))
        return [other]
    call.notes.substitution(substitutes.cluster_keys(way))
    return list(call.site.public_keys)
