"""Roles of the kubernetes and jwt auth methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from workload_secrets.sandbox.deploy.call import Call
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.outcome import Managed, Outcome, settle
from workload_secrets.sandbox.deploy.vault.provider import VaultProvider

_NUMBERS: Final = {
    "tokenTtl": "token_ttl",
    "tokenMaxTtl": "token_max_ttl",
    "tokenExplicitMaxTtl": "token_explicit_max_ttl",
    "tokenPeriod": "token_period",
    "tokenNumUses": "token_num_uses",
}
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
    return _role(call, inputs, wanted, "kubernetes", empty={"alias_name_source": "serviceaccount_uid"})


def jwt_role(call: Call, inputs: Inputs) -> Outcome:
    """vault:jwt/authBackendRole:AuthBackendRole."""
    claims = inputs.mapping("boundClaims")
    if inputs.flag("disableBoundClaimsParsing"):
        bound: dict[str, Any] = claims
    else:
        bound = {name: _claim(value) for name, value in claims.items()}
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
    return _role(call, inputs, wanted, "jwt")


def _claim(value: Any) -> Any:
    """A bound claim with several values is a text with commas for the real provider."""
    parts = [part.strip() for part in str(value).split(",")]
    return parts[0] if len(parts) == 1 else parts


def _role(
    call: Call, inputs: Inputs, wanted: dict[str, Any], default: str, empty: Mapping[str, Any] | None = None
) -> Outcome:
    vault: VaultProvider = call.provider
    backend = (inputs.optional_text("backend") or default).strip("/")
    namespace = inputs.optional_text("namespace") or ""
    name = inputs.text("roleName")
    inputs.finish()
    path = f"auth/{backend}/role/{name}"

    def read() -> Mapping[str, Any] | None:
        found = vault.read(path, namespace=namespace)
        return None if found is None else {key: _plain(found.get(key), wanted[key]) for key in wanted}

    def put() -> None:
        defaults = empty or {}
        body = {key: value for key, value in wanted.items() if defaults.get(key) != value}
        vault.send("POST", path, body, namespace=namespace)

    managed = Managed(
        what=f"role {name} of auth method {backend}",
        wanted=wanted,
        read=read,
        create=put,
        update=lambda _: put(),
    )
    state, _ = settle(managed)
    outputs = {_camel(key): value for key, value in wanted.items()}
    return Outcome(state=state, outputs={**outputs, "id": path, "backend": backend, "roleName": name})


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
