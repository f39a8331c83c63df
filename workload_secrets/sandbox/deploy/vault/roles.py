"""Roles of the auth methods: kubernetes, jwt, approle, cert and token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from workload_secrets.decide.cert import fingerprint
from workload_secrets.sandbox.deploy.call import Call
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.outcome import HandlerError, Outcome, whole
from workload_secrets.sandbox.deploy.vault.provider import VaultProvider

_NUMBERS: Final = {
    "tokenTtl": "token_ttl",
    "tokenMaxTtl": "token_max_ttl",
    "tokenExplicitMaxTtl": "token_explicit_max_ttl",
    "tokenPeriod": "token_period",
    "tokenNumUses": "token_num_uses",
}
_CERT_NAMES: Final = {
    "allowedCommonNames": "allowed_common_names",
    "allowedDnsSans": "allowed_dns_sans",
    "allowedEmailSans": "allowed_email_sans",
    "allowedNames": "allowed_names",
    "allowedOrganizationalUnits": "allowed_organizational_units",
    "allowedUriSans": "allowed_uri_sans",
}
_TOKEN_ROLE_SETS: Final = {
    "allowedPolicies": "allowed_policies",
    "allowedPoliciesGlobs": "allowed_policies_glob",
    "disallowedPolicies": "disallowed_policies",
    "disallowedPoliciesGlobs": "disallowed_policies_glob",
    "allowedEntityAliases": "allowed_entity_aliases",
    "tokenBoundCidrs": "token_bound_cidrs",
}
_TOKEN_ROLE_DROPS: Final = ("tokenTtl", "tokenMaxTtl", "tokenPolicies")
"""Inputs that the provider has, and that no server keeps for a token role."""
_PLURALS: Final = {
    "allowed_policies_glob": "allowedPoliciesGlobs",
    "disallowed_policies_glob": "disallowedPoliciesGlobs",
}
_OK: Final = 200
_NO_CA: Final = (400, 403, 404)
_SETS: Final = {"tokenPolicies": "token_policies", "tokenBoundCidrs": "token_bound_cidrs"}


def _token_fields(inputs: Inputs) -> dict[str, Any]:
    """What both kinds say about the tokens that a login gets, under the API's names."""
    fields: dict[str, Any] = {key: inputs.number(name, 0) or 0 for name, key in _NUMBERS.items()}
    fields.update({key: sorted(inputs.texts(name)) for name, key in _SETS.items()})
    fields["token_no_default_policy"] = inputs.flag("tokenNoDefaultPolicy")
    fields["token_type"] = inputs.optional_text("tokenType", "default") or "default"
    return fields


def kubernetes_role(call: Call, inputs: Inputs) -> Outcome:
    """vault:kubernetes/authBackendRole:AuthBackendRole."""
    wanted = {
        **_token_fields(inputs),
        "bound_service_account_names": sorted(inputs.texts("boundServiceAccountNames")),
        "bound_service_account_namespaces": sorted(inputs.texts("boundServiceAccountNamespaces")),
        "audience": inputs.optional_text("audience", "") or "",
        "alias_name_source": inputs.optional_text("aliasNameSource", "serviceaccount_uid"),
    }
    return _role(call, inputs, _place(inputs, "kubernetes"), wanted)


def jwt_role(call: Call, inputs: Inputs) -> Outcome:
    """vault:jwt/authBackendRole:AuthBackendRole."""
    claims = inputs.mapping("boundClaims")
    parsed = not inputs.flag("disableBoundClaimsParsing")
    if not parsed:
        call.notes.not_enforced("disableBoundClaimsParsing of a jwt role: it says how boundClaims is read")
    bound = _claims(claims) if parsed else claims
    wanted = {
        **_token_fields(inputs),
        "role_type": inputs.optional_text("roleType", "jwt"),
        "bound_audiences": sorted(inputs.texts("boundAudiences")),
        "bound_subject": inputs.optional_text("boundSubject", "") or "",
        "bound_claims": bound,
        "bound_claims_type": inputs.optional_text("boundClaimsType", "string"),
        "claim_mappings": inputs.mapping("claimMappings"),
        "user_claim": inputs.text("userClaim"),
        "user_claim_json_pointer": inputs.flag("userClaimJsonPointer"),
        "groups_claim": inputs.optional_text("groupsClaim", "") or "",
        "clock_skew_leeway": inputs.number("clockSkewLeeway", 0),
        "expiration_leeway": inputs.number("expirationLeeway", 0),
        "not_before_leeway": inputs.number("notBeforeLeeway", 0),
    }
    reads = {"boundClaims": _claims} if parsed else None
    return _role(call, inputs, _place(inputs, "jwt"), wanted, reads=reads)


def approle_role(call: Call, inputs: Inputs) -> Outcome:
    """vault:appRole/authBackendRole:AuthBackendRole. Further output: roleId, which the server makes."""
    wanted = {
        **_token_fields(inputs),
        "bind_secret_id": inputs.flag("bindSecretId", True),
        "local_secret_ids": inputs.flag("localSecretIds"),
        "secret_id_bound_cidrs": sorted(inputs.texts("secretIdBoundCidrs")),
        "secret_id_num_uses": inputs.number("secretIdNumUses", 0) or 0,
        "secret_id_ttl": inputs.number("secretIdTtl", 0) or 0,
    }
    place = _place(inputs, "approle")
    # A role that exists refuses to hear of local secret ids again.
    made = _role(call, inputs, place, wanted, empty={"local_secret_ids": False})
    vault: VaultProvider = call.provider
    found = vault.read(f"{place.path}/role-id", namespace=place.namespace)
    if found is None:
        raise HandlerError(f"{place.path} was written and has no role id")
    return Outcome(state=made.state, outputs={**made.outputs, "roleId": found["role_id"]})


def cert_role(call: Call, inputs: Inputs) -> Outcome:
    """vault:index/certAuthBackendRole:CertAuthBackendRole."""
    place = _place(inputs, "cert", folder="certs", name="name")
    declared = inputs.text("certificate")
    wanted = {
        **_token_fields(inputs),
        "certificate": _authority(call, place, declared).strip(),
        "display_name": inputs.optional_text("displayName", place.name),
        "ocsp_enabled": inputs.flag("ocspEnabled"),
        **{key: sorted(inputs.texts(camel)) for camel, key in _CERT_NAMES.items()},
    }
    made = _role(call, inputs, place, wanted)
    return Outcome(state=made.state, outputs={**made.outputs, "name": place.name})


def token_role(call: Call, inputs: Inputs) -> Outcome:
    """vault:tokenauth/authBackendRole:AuthBackendRole."""
    dropped = [name for name in _TOKEN_ROLE_DROPS if inputs.take(name)]
    if dropped:
        raise HandlerError(f"a token role keeps no {', '.join(dropped)}: the server drops it in silence")
    wanted = {
        **{key: sorted(inputs.texts(name)) for name, key in _TOKEN_ROLE_SETS.items()},
        "orphan": inputs.flag("orphan"),
        "renewable": inputs.flag("renewable", True),
        "path_suffix": inputs.optional_text("pathSuffix", "") or "",
        "token_explicit_max_ttl": inputs.number("tokenExplicitMaxTtl", 0) or 0,
        "token_period": inputs.number("tokenPeriod", 0) or 0,
        "token_num_uses": inputs.number("tokenNumUses", 0) or 0,
        "token_no_default_policy": inputs.flag("tokenNoDefaultPolicy"),
        "token_type": inputs.optional_text("tokenType", "default-service") or "default-service",
    }
    return _role(call, inputs, _place(inputs, "token", folder="roles"), wanted)


def _authority(call: Call, place: _Place, pem: str) -> str:
    """The declared authority where it is a CA of this Vault; else the sandbox's in its place,
    since the declared one signs for nobody here."""
    if any(pem.strip() == _ca(call, place.namespace, mount) for mount in call.site.pki_mounts):
        return pem
    found = call.site.authorities.get(fingerprint(pem) or "")
    if found is None and call.operation in ("read", "delete"):
        return pem
    if found is None:
        raise HandlerError(f"the sandbox has no authority that stands in for the one of role {place.name}")
    call.notes.substitution(f"certificate authority of role {place.name} → an authority of the sandbox")
    return found


def _ca(call: Call, namespace: str, mount: str) -> str:
    """The certificate of a PKI mount's CA; empty where it has none yet, or isn't made yet."""
    answer = call.provider.send("GET", f"{mount}/cert/ca", namespace=namespace, accept=_NO_CA)
    return str(answer.body["data"]["certificate"]).strip() if answer.status == _OK else ""


def _claims(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _claim(value) for name, value in given.items()}


def _claim(value: Any) -> Any:
    """A bound claim with several values is a text with commas for the real provider."""
    parts = [part.strip() for part in str(value).split(",")]
    return parts[0] if len(parts) == 1 else parts


@dataclass(frozen=True)
class _Place:
    """Where a role lies. Certificate roles lie under `certs`, those of tokens under `roles`."""

    namespace: str
    backend: str
    name: str
    folder: str = "role"

    @property
    def path(self) -> str:
        return f"auth/{self.backend}/{self.folder}/{self.name}"


def _place(inputs: Inputs, default: str, *, folder: str = "role", name: str = "roleName") -> _Place:
    backend = (inputs.optional_text("backend") or default).strip("/")
    return _Place(inputs.optional_text("namespace") or "", backend, inputs.text(name), folder)


def _role(
    call: Call,
    inputs: Inputs,
    place: _Place,
    wanted: Mapping[str, Any],
    empty: Mapping[str, Any] | None = None,
    reads: Mapping[str, Callable[[Any], Any]] | None = None,
) -> Outcome:
    vault: VaultProvider = call.provider
    inputs.finish()

    def read() -> Mapping[str, Any] | None:
        found = vault.read(place.path, namespace=place.namespace)
        return None if found is None else {key: _plain(found.get(key), wanted[key]) for key in wanted}

    def put() -> None:
        defaults = empty or {}
        body = {key: value for key, value in wanted.items() if defaults.get(key) != value}
        vault.send("POST", place.path, body, namespace=place.namespace)

    def delete() -> None:
        vault.send("DELETE", place.path, namespace=place.namespace)

    managed = whole(f"role {place.name} of auth method {place.backend}", wanted, read, put, delete)
    state, found = call.settle(managed)
    names = {_PLURALS.get(key, _camel(key)): key for key in wanted}
    outputs = inputs.shown(names, wanted, found, reads=reads, stands_in=("certificate",))
    where = {"id": place.path, "backend": place.backend, "roleName": place.name}
    return Outcome(state=state, outputs={**outputs, **where})


def _plain(found: Any, wanted: Any) -> Any:
    """What a server answers, with its several ways to say nothing made one."""
    if found is None:
        return type(wanted)()
    if isinstance(wanted, list):
        return sorted(str(item) for item in found)
    return found


def _camel(key: str) -> str:
    first, *rest = key.split("_")
    return first + "".join(part.capitalize() for part in rest)
