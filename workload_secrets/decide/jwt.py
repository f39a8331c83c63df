"""Whether a ServiceAccount token logs in to a role of a `jwt` auth mount of Vault or OpenBao.

Semantics: hashicorp/vault-plugin-auth-jwt (path_login.go, path_role.go, claims.go).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from workload_secrets.decide.answer import Decision, both
from workload_secrets.decide.claims import TokenClaims, glob, is_list, no, undecidable, unknown, yes

# A longer leeway may still take a token that is called expired.
_LONGEST_LEEWAY_S: Final = 600


def jwt_login(
    role: Mapping[str, Any], mount: Mapping[str, Any], token: TokenClaims, *, cluster_issuer: str
) -> Decision:
    """Login to a role of a `jwt` auth mount.

    `role` and `mount` are the camelCase inputs of vault:jwt/authBackendRole and
    authBackend. Public keys and a JWKS address are taken to be those of `cluster_issuer`: the
    cluster, or the issuer that the mount is declared for.
    """
    if role.get("roleType") != "jwt":
        return no("the role's type is not jwt")
    bounds = ("boundSubject", "boundAudiences", "boundClaims", "tokenBoundCidrs")
    if not any(role.get(b) for b in bounds):
        return no("the server refuses a role that binds nothing")
    return both(
        [
            _keys(mount, token, cluster_issuer),
            _expiry(role, token),
            _bound_issuer(mount, token),
            _subject(role, token),
            _bound_audiences(role, token),
            *_bound_claims(role, token),
            *undecidable(role, ("tokenBoundCidrs",)),
        ]
    )


def _keys(mount: Mapping[str, Any], token: TokenClaims, cluster_issuer: str) -> Decision:
    discovery = mount.get("oidcDiscoveryUrl")
    if discovery is not None and not isinstance(discovery, str):
        return unknown("the mount's discovery address is not known")
    if discovery and discovery.rstrip("/") != cluster_issuer.rstrip("/"):
        return no("the mount trusts the keys of another issuer")
    if not (discovery or mount.get("jwksUrl") or mount.get("jwtValidationPubkeys") or mount.get("jwksPairs")):
        return no("the mount has no key to check a token with")
    if not token.signed or token.issuer != cluster_issuer:
        return no("the token is not signed by the keys the mount trusts")
    return yes("the signature is the issuer's")


def _expiry(role: Mapping[str, Any], token: TokenClaims) -> Decision:
    if not token.expired:
        return yes("the token has not expired")
    leeway = [role.get(k) or 0 for k in ("expirationLeeway", "clockSkewLeeway")]
    if any(not isinstance(v, int | float) or v > _LONGEST_LEEWAY_S for v in leeway):
        return unknown("the role's leeway may still take the expired token")
    return no("the token has expired")


def _bound_issuer(mount: Mapping[str, Any], token: TokenClaims) -> Decision:
    issuer = mount.get("boundIssuer")
    if not issuer:
        return yes("the mount binds no issuer of its own")
    if not isinstance(issuer, str):
        return unknown("the mount's boundIssuer is not known")
    return yes("the issuer matches") if issuer == token.issuer else no("the mount binds another issuer")


def _subject(role: Mapping[str, Any], token: TokenClaims) -> Decision:
    subject = role.get("boundSubject")
    if not subject:
        return yes("the role binds no subject")
    if not isinstance(subject, str):
        return unknown("the role's boundSubject is not known")
    return yes("the subject matches") if subject == token.subject else no("the role binds another subject")


def _bound_audiences(role: Mapping[str, Any], token: TokenClaims) -> Decision:
    raw = role.get("boundAudiences")
    if raw is not None and not is_list(raw):
        return unknown("the role's boundAudiences is not known")
    bound = cast("Sequence[Any]", raw or ())
    if any(b in token.audience for b in bound if isinstance(b, str)):
        return yes("the audience matches")
    if any(not isinstance(b, str) for b in bound):
        return unknown("one of the role's boundAudiences is not known")
    if not bound and not token.audience:
        return yes("neither the role nor the token names an audience")
    return no("the role binds no audience of the token")


def _bound_claims(role: Mapping[str, Any], token: TokenClaims) -> list[Decision]:
    raw = role.get("boundClaims")
    if not raw:
        return []
    if not isinstance(raw, Mapping):
        return [unknown("the role's boundClaims is not known")]
    kind = role.get("boundClaimsType", "string")
    return [_claim(k, v, kind, token) for k, v in cast("Mapping[str, Any]", raw).items()]


def _claim(name: str, wanted: Any, kind: Any, token: TokenClaims) -> Decision:
    account = token.service_account or ("", "")
    known = {
        "sub": (token.subject,),
        "iss": (token.issuer,),
        "aud": token.audience,
        "/kubernetes.io/namespace": (account[0],),
        "/kubernetes.io/serviceaccount/name": (account[1],),
    }
    if name not in known or not isinstance(wanted, str) or kind not in ("string", "glob"):
        return unknown(f"the bound claim {name} can't be decided here")
    options = [w.strip() for w in wanted.split(",")]
    hit = any(glob(o, v) if kind == "glob" else o == v for o in options for v in known[name])
    return yes(f"the claim {name} matches") if hit else no(f"the role binds another {name}")
