"""Every input of every Vault resource, and how an administrator changes it on the server."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.sandbox.deploy.drifting import ANOTHER, Hand, Hands, Property, Subject
from tests.stacks.read import ROOT
from workload_secrets.sandbox.deploy.vault.fields import snake
from workload_secrets.sandbox.deploy.vault.times import seconds

MOUNT, NAMESPACE = "vault:index/mount:Mount", "vault:index/namespace:Namespace"
AUTH, JWT = "vault:index/authBackend:AuthBackend", "vault:jwt/authBackend:AuthBackend"
_PLACE = frozenset({"namespace", "backend"})


def posts(path: str, body: Mapping[str, Any], method: str = "POST") -> Hand:
    """Writes these fields; the server keeps the others."""

    def hand(hands: Hands) -> None:
        hands.vault.send(method, path, dict(body))

    return hand


def rewrites(path: str, body: Mapping[str, Any], *, write: str = "") -> Hand:
    """Writes the whole object with other fields, where the server would forget those left out."""

    def hand(hands: Hands) -> None:
        found = hands.vault.read(path)
        assert found is not None
        hands.vault.send("POST", write or path, {**found, **body})

    return hand


def deletes(path: str) -> Hand:
    def hand(hands: Hands) -> None:
        hands.vault.send("DELETE", path)

    return hand


def both(*hands: Hand) -> Hand:
    def hand(who: Hands) -> None:
        for one in hands:
            one(who)

    return hand


def mounts(path: str, type_: str, **more: Any) -> Hand:
    """A new mount, in the place of what was there."""
    return both(deletes(f"sys/mounts/{path}"), posts(f"sys/mounts/{path}", {"type": type_, **more}))


def enables(path: str, type_: str, **more: Any) -> Hand:
    return both(deletes(f"sys/auth/{path}"), posts(f"sys/auth/{path}", {"type": type_, **more}))


def fields(
    path: str,
    values: Mapping[str, Any],
    *,
    whole: bool = False,
    also: Mapping[str, Any] | None = None,
    **keys: str,
) -> tuple[Property, ...]:
    """Properties whose value in the API is the program's. `keys`: API names that don't follow from it;
    `also`: what each write must have."""
    hand, more = rewrites if whole else posts, also or {}
    return tuple(
        Property(name=name, new=value, by_hand=hand(path, {**more, keys.get(name, snake(name)): value}))
        for name, value in values.items()
    )


TOKEN: dict[str, Any] = {
    "tokenTtl": 120,
    "tokenMaxTtl": 600,
    "tokenExplicitMaxTtl": 800,
    "tokenPeriod": 100,
    "tokenNumUses": 3,
    "tokenPolicies": ["b", "a"],
    "tokenBoundCidrs": ["10.0.0.0/8"],
    "tokenNoDefaultPolicy": False,
    "tokenType": "default",
}
OTHER_TOKEN: dict[str, Any] = {
    "tokenTtl": 121,
    "tokenMaxTtl": 601,
    "tokenExplicitMaxTtl": 801,
    "tokenPeriod": 101,
    "tokenNumUses": 4,
    "tokenPolicies": ["a"],
    "tokenBoundCidrs": ["10.0.0.0/8", "192.168.0.0/16"],
    "tokenNoDefaultPolicy": True,
    "tokenType": "service",
}


def roles() -> tuple[Subject, ...]:
    kubernetes, jwt = "auth/drift-k8s/role/r", "auth/drift-jobs/role/r"
    approle, token = "auth/drift-machines/role/r", "auth/token/roles/drift"
    return (
        Subject(
            type="vault:kubernetes/authBackendRole:AuthBackendRole",
            inputs={
                "backend": "drift-k8s",
                "roleName": "r",
                **TOKEN,
                "boundServiceAccountNames": ["b", "a"],
                "boundServiceAccountNamespaces": ["n"],
                "audience": "vault",
                "aliasNameSource": "serviceaccount_name",
            },
            least=frozenset({"boundServiceAccountNames", "boundServiceAccountNamespaces"}),
            properties=fields(
                kubernetes,
                {
                    **OTHER_TOKEN,
                    "boundServiceAccountNames": ["*"],
                    "boundServiceAccountNamespaces": ["n", "m"],
                    "audience": "other",
                    "aliasNameSource": "serviceaccount_uid",
                },
            ),
            place=_PLACE | {"roleName"},
            before=enables("drift-k8s", "kubernetes"),
            removed=deletes(kubernetes),
            others=(
                both(enables("drift-k8s", "approle"), posts(kubernetes, {})),
                enables("drift-k8s", "userpass"),
                deletes("sys/auth/drift-k8s"),
            ),
        ),
        Subject(
            type="vault:jwt/authBackendRole:AuthBackendRole",
            inputs={
                "backend": "drift-jobs",
                "roleName": "r",
                **TOKEN,
                "roleType": "jwt",
                "boundAudiences": ["b", "a"],
                "boundSubject": "repo:a/b:ref:refs/heads/main",
                "boundClaims": {"ref": ["main", "next"], "env": "Prod"},
                "boundClaimsType": "string",
                "claimMappings": {"ref": "ref"},
                "userClaim": "sub",
                "userClaimJsonPointer": False,
                "groupsClaim": "groups",
                "clockSkewLeeway": 10,
                "expirationLeeway": 20,
                "notBeforeLeeway": 30,
                "disableBoundClaimsParsing": True,
            },
            least=frozenset({"userClaim", "boundSubject"}),
            properties=(
                *fields(
                    jwt,
                    {
                        **OTHER_TOKEN,
                        "boundAudiences": ["a"],
                        "boundSubject": "repo:a/*",
                        "boundClaimsType": "glob",
                        "claimMappings": {"ref": "branch"},
                        "userClaim": "actor",
                        "userClaimJsonPointer": True,
                        "groupsClaim": "teams",
                        "clockSkewLeeway": 11,
                        "expirationLeeway": 21,
                        "notBeforeLeeway": 31,
                        "boundClaims": {"ref": "main"},
                    },
                    also={"role_type": "jwt", "user_claim": "sub"},
                ),
            ),
            place=_PLACE | {"roleName", "roleType"},
            before=enables("drift-jobs", "jwt"),
            removed=deletes(jwt),
            noted=frozenset({"disableBoundClaimsParsing"}),
            others=(
                both(enables("drift-jobs", "approle"), posts(jwt, {})),
                deletes("sys/auth/drift-jobs"),
            ),
        ),
        Subject(
            type="vault:appRole/authBackendRole:AuthBackendRole",
            inputs={
                "backend": "drift-machines",
                "roleName": "r",
                **TOKEN,
                "bindSecretId": True,
                "localSecretIds": False,
                "secretIdBoundCidrs": ["10.2.0.0/16", "10.1.0.0/16"],
                "secretIdNumUses": 1,
                "secretIdTtl": 600,
            },
            least=frozenset({"secretIdBoundCidrs"}),
            properties=(
                *fields(
                    approle,
                    {
                        **OTHER_TOKEN,
                        "bindSecretId": False,
                        "secretIdBoundCidrs": ["10.0.0.0/8"],
                        "secretIdNumUses": 2,
                        "secretIdTtl": 601,
                    },
                ),
                Property(
                    name="localSecretIds",
                    new=True,
                    by_hand=both(deletes(approle), posts(approle, {"local_secret_ids": True})),
                    refused=True,
                    anew=True,
                ),
            ),
            place=_PLACE | {"roleName"},
            before=enables("drift-machines", "approle"),
            removed=deletes(approle),
            others=(deletes("sys/auth/drift-machines"),),
        ),
        Subject(
            type="vault:tokenauth/authBackendRole:AuthBackendRole",
            inputs={
                "roleName": "drift",
                "allowedPolicies": ["b", "a"],
                "allowedPoliciesGlobs": ["a-*"],
                "disallowedPolicies": ["root"],
                "disallowedPoliciesGlobs": ["r-*"],
                "allowedEntityAliases": ["e"],
                "tokenBoundCidrs": ["10.0.0.0/8"],
                "orphan": True,
                "renewable": False,
                "pathSuffix": "jobs",
                "tokenExplicitMaxTtl": 800,
                "tokenPeriod": 100,
                "tokenNumUses": 3,
                "tokenNoDefaultPolicy": True,
                "tokenType": "default-service",
            },
            properties=fields(
                token,
                {
                    "allowedPolicies": ["a"],
                    "allowedPoliciesGlobs": ["*"],
                    "disallowedPolicies": ["root", "b"],
                    "disallowedPoliciesGlobs": ["r-*", "q-*"],
                    "allowedEntityAliases": ["e", "f"],
                    "tokenBoundCidrs": ["10.0.0.0/16"],
                    "orphan": False,
                    "renewable": True,
                    "pathSuffix": "others",
                    "tokenExplicitMaxTtl": 801,
                    "tokenPeriod": 101,
                    "tokenNumUses": 4,
                    "tokenNoDefaultPolicy": False,
                    "tokenType": "service",
                },
                allowedPoliciesGlobs="allowed_policies_glob",
                disallowedPoliciesGlobs="disallowed_policies_glob",
            ),
            place=_PLACE | {"roleName"},
            noted=frozenset({"tokenTtl", "tokenMaxTtl", "tokenPolicies"}),
            removed=deletes(token),
        ),
    )


def _public_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


A_KEY, OTHER_KEY = _public_key(), _public_key()
CA = (ROOT / "certs" / "dev-vault.pem").read_text("ascii")
OTHER_CA = (ROOT / "tests" / "stacks" / "partner-ca.pem").read_text("ascii")


_CONFIG = {"kubernetes_host": "https://x", "disable_local_ca_jwt": True, "kubernetes_ca_cert": CA}


def _tuned(path: str) -> tuple[Property, ...]:
    tune = f"sys/mounts/auth/{path}/tune"
    return (
        Property(
            name="tune.defaultLeaseTtl",
            new="2h",
            shown=7200,
            by_hand=posts(tune, {"default_lease_ttl": "2h"}),
        ),
        Property(
            name="tune.maxLeaseTtl", new="4h", shown=14400, by_hand=posts(tune, {"max_lease_ttl": "4h"})
        ),
        Property(
            name="tune.listingVisibility", new="unauth", by_hand=posts(tune, {"listing_visibility": "unauth"})
        ),
        Property(name="tune.tokenType", new="service", by_hand=posts(tune, {"token_type": "service"})),
        Property(name="description", new="b", by_hand=posts(tune, {"description": "b"})),
        Property(
            name="local", new=True, by_hand=enables(path, path.rpartition("-")[2], local=True), anew=True
        ),
    )


def logins() -> tuple[Subject, ...]:
    tune = {"defaultLeaseTtl": "1h", "maxLeaseTtl": "10800s", "listingVisibility": "hidden", "tokenType": ""}
    method = {"description": "a", "local": False, "disableRemount": True, "tune": tune}
    config, cluster = "auth/drift-jwt/config", "auth/drift-cluster/config"
    jwt = {
        "path": "drift-jwt",
        "type": "jwt",
        **method,
        "boundIssuer": "https://issuer.example",
        "defaultRole": "r",
        "jwtSupportedAlgs": ["RS256", "ES256"],
    }
    return (
        Subject(
            type=AUTH,
            inputs={"path": "drift-approle", "type": "approle", **method},
            properties=_tuned("drift-approle"),
            place=frozenset({"namespace", "path", "type"}),
            noted=frozenset({"disableRemount"}),
            before=deletes("sys/auth/drift-approle"),
            removed=deletes("sys/auth/drift-approle"),
            others=(enables("drift-approle", "jwt"), enables("drift-approle", "userpass")),
        ),
        Subject(
            name="jwt.AuthBackend by keys",
            type=JWT,
            inputs={**jwt, "jwtValidationPubkeys": [A_KEY]},
            least=frozenset({"jwtValidationPubkeys"}),
            properties=(
                *_tuned("drift-jwt"),
                *fields(
                    config,
                    {
                        "boundIssuer": "http://issuer.example",
                        "defaultRole": "s",
                        "jwtSupportedAlgs": ["RS256"],
                    },
                    whole=True,
                ),
                Property(
                    name="jwtValidationPubkeys",
                    new=[OTHER_KEY],
                    shown=[OTHER_KEY.strip()],
                    by_hand=rewrites(config, {"jwt_validation_pubkeys": [OTHER_KEY]}),
                ),
            ),
            place=frozenset({"namespace", "path", "type"}),
            noted=frozenset({"disableRemount"}),
            before=deletes("sys/auth/drift-jwt"),
            removed=deletes("sys/auth/drift-jwt"),
            others=(
                enables("drift-jwt", "approle"),
                both(enables("drift-jwt", "kubernetes"), posts(config, _CONFIG)),
                enables("drift-jwt", "jwt"),
            ),
        ),
        *(
            Subject(
                name=f"jwt.AuthBackend by {url}",
                type=JWT,
                inputs={**jwt, url: "https://issuer.example", ca: CA},
                least=frozenset({url, ca}),
                properties=(
                    Property(
                        name=url,
                        new="https://other.example",
                        shown="",
                        along=frozenset({ca, "jwtValidationPubkeys"}),
                        by_hand=rewrites(config, {"jwt_validation_pubkeys": [OTHER_KEY]}),
                    ),
                    Property(
                        name=ca,
                        new=OTHER_CA,
                        shown="",
                        along=frozenset({url, "jwtValidationPubkeys"}),
                        by_hand=rewrites(config, {"jwt_validation_pubkeys": [OTHER_KEY]}),
                    ),
                ),
                place=frozenset({"namespace", "path", "type"}),
                before=deletes("sys/auth/drift-jwt"),
                removed=deletes("sys/auth/drift-jwt"),
            )
            for url, ca in (("oidcDiscoveryUrl", "oidcDiscoveryCaPem"), ("jwksUrl", "jwksCaPem"))
        ),
        Subject(
            type="vault:kubernetes/authBackendConfig:AuthBackendConfig",
            inputs={
                "backend": "drift-cluster",
                "kubernetesHost": "https://cluster.example",
                "kubernetesCaCert": CA,
                "disableIssValidation": True,
                "disableLocalCaJwt": True,
                "issuer": "https://issuer.example",
                "pemKeys": [A_KEY],
                "useAnnotationsAsAliasMetadata": True,
            },
            least=frozenset({"kubernetesHost"}),
            properties=fields(
                cluster,
                {
                    "kubernetesHost": "https://127.0.0.1:1",
                    "kubernetesCaCert": OTHER_CA.strip(),
                    "disableIssValidation": False,
                    "disableLocalCaJwt": False,
                    "issuer": "https://other.example",
                    "pemKeys": [OTHER_KEY.strip()],
                },
                whole=True,
            ),
            place=_PLACE,
            noted=frozenset({"useAnnotationsAsAliasMetadata"}),
            before=enables("drift-cluster", "kubernetes"),
            removed=enables("drift-cluster", "kubernetes"),
            others=(enables("drift-cluster", "jwt"), enables("drift-cluster", "approle")),
        ),
    )


def certificates(path: str = "auth/drift-cert/certs/c") -> Subject:
    """`CA` has a stand-in in the tests' site."""
    lists: dict[str, Any] = {
        "allowedCommonNames": ["b.example", "a.example"],
        "allowedDnsSans": ["a.example"],
        "allowedEmailSans": ["a@example.com"],
        "allowedNames": ["a"],
        "allowedOrganizationalUnits": ["A"],
        "allowedUriSans": ["spiffe://a"],
    }
    return Subject(
        type="vault:index/certAuthBackendRole:CertAuthBackendRole",
        inputs={
            "backend": "drift-cert",
            "name": "c",
            "certificate": CA,
            **TOKEN,
            **lists,
            "displayName": "machines",
            "ocspEnabled": False,
        },
        properties=(
            *fields(
                path,
                {
                    **OTHER_TOKEN,
                    **{name: ["other"] for name in lists},
                    "displayName": "others",
                    "ocspEnabled": True,
                },
            ),
            Property(
                name="certificate",
                new=OTHER_CA,
                by_hand=posts(path, {"certificate": OTHER_CA}),
            ),
        ),
        place=_PLACE | {"name"},
        least=frozenset({"certificate"}),
        before=enables("drift-cert", "cert"),
        removed=deletes(path),
        others=(enables("drift-cert", "approle"), deletes("sys/auth/drift-cert")),
    )


def static_role(server: Mapping[str, Any]) -> Subject:
    """`server`: how to reach a database, since making the role changes the user's password there."""
    connection, role = "drift-static/config/c", "drift-static/static-roles/r"
    reached = {"plugin_name": "postgresql-database-plugin", "allowed_roles": "*", **server}
    ready = both(mounts("drift-static", "database"), posts(connection, reached))
    return Subject(
        type="vault:database/secretBackendStaticRole:SecretBackendStaticRole",
        inputs={
            "backend": "drift-static",
            "name": "r",
            "dbName": "c",
            "username": "nightly",
            "rotationPeriod": 86400,
        },
        properties=(
            *fields(role, {"rotationPeriod": 3600}, also={"db_name": "c", "username": "nightly"}),
            Property(
                name="dbName",
                new="d",
                by_hand=both(
                    deletes(role),
                    posts("drift-static/config/d", reached),
                    posts(role, {"db_name": "d", "username": "nightly", "rotation_period": 86400}),
                ),
                anew=True,
            ),
            Property(
                name="username",
                new="weekly",
                by_hand=both(
                    deletes(role),
                    posts(role, {"db_name": "c", "username": "weekly", "rotation_period": 86400}),
                ),
                anew=True,
            ),
        ),
        place=_PLACE | {"name"},
        least=frozenset({"dbName", "username", "rotationPeriod"}),
        noted=frozenset({"rotationSchedule", "rotationWindow"}),
        before=ready,
        removed=deletes(role),
        others=(mounts("drift-static", "kv"),),
    )


def engines() -> tuple[Subject, ...]:
    secret = posts("drift-kv/config", {"max_versions": 3})
    without_versions = both(mounts("drift-kv", "kv", options={"version": "1"}), secret)
    key, tune = "drift-transit/keys/k", "sys/mounts/drift-mount/tune"
    mount: dict[str, Any] = {
        "path": "drift-mount",
        "type": "kv",
        "description": "a",
        "options": {"version": "2"},
        "local": False,
        "sealWrap": False,
        "defaultLeaseTtlSeconds": 3600,
        "maxLeaseTtlSeconds": 7200,
    }
    tuned = (
        Property(name="description", new="b", by_hand=posts(tune, {"description": "b"})),
        Property(
            name="defaultLeaseTtlSeconds", new=1800, by_hand=posts(tune, {"default_lease_ttl": "1800s"})
        ),
        Property(name="maxLeaseTtlSeconds", new=9000, by_hand=posts(tune, {"max_lease_ttl": "9000s"})),
    )
    versions = mounts("drift-mount", "kv", options={"version": "1"})
    return (
        Subject(
            type=MOUNT,
            inputs=mount,
            least=frozenset({"options"}),
            properties=(
                *tuned,
                Property(name="options", new={"version": "1"}, by_hand=versions, refused=True, anew=True),
                Property(name="local", new=True, by_hand=mounts("drift-mount", "kv", local=True), anew=True),
            ),
            place=frozenset({"namespace", "path", "type"}),
            noted=frozenset({"sealWrap"}),
            before=deletes("sys/mounts/drift-mount"),
            removed=deletes("sys/mounts/drift-mount"),
            others=(versions, mounts("drift-mount", "transit")),
        ),
        Subject(
            name="Mount of kv-v2",
            type=MOUNT,
            inputs={"path": "drift-mount", "type": "kv-v2"},
            properties=(),
            place=frozenset({"namespace", "path", "type"}),
            before=deletes("sys/mounts/drift-mount"),
            removed=deletes("sys/mounts/drift-mount"),
            others=(versions, mounts("drift-mount", "pki")),
        ),
        Subject(
            type="vault:kv/secretBackendV2:SecretBackendV2",
            inputs={"mount": "drift-kv", "maxVersions": 3, "casRequired": False, "deleteVersionAfter": 3600},
            properties=(
                *fields("drift-kv/config", {"maxVersions": 4, "casRequired": True}),
                Property(
                    name="deleteVersionAfter",
                    new=7200,
                    by_hand=posts("drift-kv/config", {"delete_version_after": "2h"}),
                ),
            ),
            place=frozenset({"namespace", "mount"}),
            before=mounts("drift-kv", "kv", options={"version": "2"}),
            removed=deletes("sys/mounts/drift-kv"),
            others=(
                without_versions,
                mounts("drift-kv", "transit"),
                mounts("drift-kv", "database"),
                mounts("drift-kv", "pki"),
            ),
        ),
        Subject(
            type=NAMESPACE,
            inputs={"path": "drift-space", "customMetadata": {"owner": "a"}},
            properties=(
                Property(
                    name="customMetadata",
                    new={"owner": "b"},
                    by_hand=both(
                        _no_space,
                        posts("sys/namespaces/drift-space", {"custom_metadata": {"owner": "b"}}),
                    ),
                    refused=True,
                    anew=True,
                ),
            ),
            place=frozenset({"namespace", "path"}),
            before=_no_space,
            removed=_no_space,
        ),
        Subject(
            type="vault:index/policy:Policy",
            inputs={"name": "drift", "policy": "# ours\n", "allowOverwrite": False},
            properties=(
                Property(
                    name="policy",
                    new="# ours",
                    by_hand=posts("sys/policies/acl/drift", {"policy": "# ours"}),
                ),
            ),
            least=frozenset({"policy", "allowOverwrite"}),
            place=frozenset({"namespace", "name"}),
            noted=frozenset({"allowOverwrite"}),
            before=deletes("sys/policies/acl/drift"),
            removed=deletes("sys/policies/acl/drift"),
        ),
        Subject(
            type="vault:transit/secretBackendKey:SecretBackendKey",
            inputs={
                "backend": "drift-transit",
                "name": "k",
                "type": "aes256-gcm96",
                "autoRotatePeriod": 3600,
                "minDecryptionVersion": 2,
                "minEncryptionVersion": 2,
                "derived": False,
                "convergentEncryption": False,
                "deletionAllowed": True,
                "exportable": False,
                "allowPlaintextBackup": False,
            },
            properties=(
                *fields(
                    f"{key}/config",
                    {"autoRotatePeriod": 7200, "minDecryptionVersion": 1, "minEncryptionVersion": 0},
                ),
                *(
                    Property(
                        name=name, new=new, by_hand=posts(f"{key}/config", {snake(name): new}), anew=anew
                    )
                    for name, new, anew in (
                        ("deletionAllowed", False, False),
                        ("exportable", True, True),
                        ("allowPlaintextBackup", True, True),
                    )
                ),
                *(
                    Property(name=name, new=new, by_hand=_new_key(key, body), anew=True)
                    for name, new, body in (
                        ("type", "chacha20-poly1305", {"type": "chacha20-poly1305"}),
                        ("derived", True, {"derived": True}),
                        ("convergentEncryption", True, {"derived": True, "convergent_encryption": True}),
                    )
                ),
            ),
            place=_PLACE | {"name"},
            least=frozenset({"deletionAllowed"}),
            before=mounts("drift-transit", "transit"),
            removed=_no_key(key),
            others=(
                posts(key, {"type": "rsa-2048"}),
                both(mounts("drift-transit", "kv"), posts(key, {"type": "aes256-gcm96"})),
                mounts("drift-transit", "pki"),
            ),
        ),
        Subject(
            type="vault:index/audit:Audit",
            inputs={
                "type": "file",
                "path": "drift",
                "local": False,
                "description": "a",
                "options": {
                    "file_path": "stdout",
                    "log_raw": "false",
                    "hmac_accessor": "true",
                    "elide_list_responses": "true",
                },
            },
            properties=(),
            place=frozenset({"type", "path", "local", "description", "options"}),
            removed=lambda _: None,
            declared=True,
        ),
    )


def _no_space(hands: Hands) -> None:
    """A namespace is emptied after the answer."""
    path, until = "sys/namespaces/drift-space", time.monotonic() + 10
    while hands.vault.read(path) is not None and time.monotonic() < until:
        hands.vault.send("DELETE", path, accept=(400,))
        time.sleep(0.1)


def _no_key(path: str) -> Hand:
    return both(posts(f"{path}/config", {"deletion_allowed": True}), deletes(path))


def _new_key(path: str, body: Mapping[str, Any]) -> Hand:
    return both(_no_key(path), posts(path, body), posts(f"{path}/config", {"deletion_allowed": True}))


def authorities() -> tuple[Subject, ...]:
    pki = "drift-pki"
    mount = mounts(pki, "pki", config={"max_lease_ttl": "8760h"})
    times = {
        "expiry": "72h",
        "ocspExpiry": "12h",
        "autoRebuildGracePeriod": "12h",
        "deltaRebuildInterval": "15m",
    }
    others = {
        "expiry": "48h",
        "ocspExpiry": "11h",
        "autoRebuildGracePeriod": "11h",
        "deltaRebuildInterval": "9m",
    }
    tidied = {
        "enabled": True,
        "tidyCertStore": True,
        "tidyRevokedCerts": True,
        "tidyRevokedCertIssuerAssociations": False,
        "tidyExpiredIssuers": False,
        "tidyMoveLegacyCaBundle": False,
        "tidyAcme": False,
    }
    of_vault_alone = (
        "tidyRevocationQueue",
        "tidyCrossClusterRevokedCerts",
        "tidyCertMetadata",
        "tidyCmpv2NonceStore",
        "maintainStoredCertificateCounts",
        "publishStoredCertificateCountMetrics",
    )
    tidy_times = {
        "intervalDuration": "3600s",
        "safetyBuffer": "2h",
        "issuerSafetyBuffer": "8760h",
        "acmeAccountSafetyBuffer": "720h",
        "pauseDuration": "1m",
    }
    return (
        Subject(
            type="vault:pkiSecret/secretBackendConfigUrls:SecretBackendConfigUrls",
            inputs={
                "backend": pki,
                "issuingCertificates": ["https://b.example/ca", "https://a.example/ca"],
                "crlDistributionPoints": ["https://a.example/crl"],
                "ocspServers": ["https://a.example/ocsp"],
                "enableTemplating": False,
            },
            properties=fields(
                f"{pki}/config/urls",
                {
                    "issuingCertificates": ["https://a.example/ca"],
                    "crlDistributionPoints": ["https://b.example/crl"],
                    "ocspServers": ["https://b.example/ocsp"],
                    "enableTemplating": True,
                },
            ),
            place=_PLACE,
            before=mount,
            removed=deletes(f"sys/mounts/{pki}"),
            others=(mounts(pki, "kv"), mounts(pki, "transit")),
        ),
        Subject(
            type="vault:pkiSecret/secretBackendCrlConfig:SecretBackendCrlConfig",
            inputs={
                "backend": pki,
                **times,
                "disable": False,
                "ocspDisable": False,
                "autoRebuild": True,
                "enableDelta": False,
            },
            least=frozenset({"autoRebuild"}),
            properties=(
                *fields(
                    f"{pki}/config/crl",
                    {"disable": True, "ocspDisable": True, "enableDelta": True, "autoRebuild": False},
                ),
                *(_lasting(f"{pki}/config/crl", name, value) for name, value in others.items()),
            ),
            place=_PLACE,
            before=mount,
            removed=mount,
            others=(mounts(pki, "kv"), mounts(pki, "database")),
        ),
        Subject(
            type="vault:pkiSecret/backendConfigAutoTidy:BackendConfigAutoTidy",
            inputs={"backend": pki, **tidied, **tidy_times, **dict.fromkeys(of_vault_alone, False)},
            properties=(
                *fields(
                    f"{pki}/config/auto-tidy",
                    {name: not value for name, value in tidied.items()},
                ),
                *(
                    _lasting(f"{pki}/config/auto-tidy", name, value)
                    for name, value in {
                        "intervalDuration": "2h",
                        "safetyBuffer": "3h",
                        "issuerSafetyBuffer": "8761h",
                        "acmeAccountSafetyBuffer": "721h",
                        "pauseDuration": "2m",
                    }.items()
                ),
            ),
            place=_PLACE,
            least=frozenset({"enabled", "tidyCertStore"}),
            noted=frozenset(of_vault_alone),
            before=mount,
            removed=mount,
            others=(mounts(pki, "kv"), mounts(pki, "database")),
        ),
        _pki_role(pki, mount),
        Subject(
            type="vault:pkiSecret/secretBackendRootCert:SecretBackendRootCert",
            inputs={"backend": pki, "type": "internal", **_ROOT, "ttl": "8000h"},
            properties=(),
            place=_PLACE | {"type", "commonName", "keyType", "keyBits", "excludeCnFromSans", "ttl"},
            before=mount,
            removed=lambda hands: (
                hands.vault.send("DELETE", f"{pki}/issuer/{hands.known['issuerId']}") and None
            ),
            others=(
                posts(
                    f"{pki}/root/generate/internal",
                    {"common_name": "Drift CA", "key_type": "ec", "key_bits": 384},
                ),
                mounts(pki, "kv"),
                deletes(f"sys/mounts/{pki}"),
            ),
        ),
        *_intermediates(pki, mount),
    )


_ROOT = {"commonName": "Drift CA", "keyType": "ec", "keyBits": 384, "excludeCnFromSans": True}
_ROOT_API = {"common_name": "Drift CA", "key_type": "ec", "key_bits": 384, "ttl": "8000h"}
_BELOW = {"commonName": "Drift Below", "keyType": "ec", "keyBits": 256, "excludeCnFromSans": True}
_BELOW_API = {"common_name": "Drift Below", "key_type": "ec", "key_bits": 256}


def _lasting(path: str, name: str, value: str) -> Property:
    """A duration, which the server gives back in seconds."""
    return Property(name=name, new=value, shown=seconds(value), by_hand=posts(path, {snake(name): value}))


def _pki_role(pki: str, mount: Hand) -> Subject:
    path = f"{pki}/roles/r"
    flags = {
        "allowAnyName": False,
        "allowBareDomains": True,
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
    times = {"ttl": "2h", "maxTtl": "3h", "notBeforeDuration": "40s"}
    return Subject(
        type="vault:pkiSecret/secretBackendRole:SecretBackendRole",
        inputs={
            "backend": pki,
            "name": "r",
            **flags,
            "ttl": "1h",
            "maxTtl": "7200",
            "notBeforeDuration": "30s",
            "allowedDomains": ["b.Example", "a.example"],
            "cnValidations": ["email", "hostname"],
            "extKeyUsages": ["ServerAuth"],
            "keyUsages": ["KeyAgreement", "DigitalSignature"],
            "keyType": "ec",
            "keyBits": 256,
            "issuerRef": "default",
        },
        properties=(
            *fields(path, {name: not value for name, value in flags.items()}, whole=True),
            *(
                Property(
                    name=name, new=value, shown=seconds(value), by_hand=rewrites(path, {snake(name): value})
                )
                for name, value in times.items()
            ),
            *fields(
                path,
                {
                    "allowedDomains": ["a.example"],
                    "cnValidations": ["hostname"],
                    "extKeyUsages": ["ClientAuth"],
                    "keyUsages": ["KeyAgreement"],
                    "keyType": "any",
                    "keyBits": 384,
                    "issuerRef": "other",
                },
                whole=True,
                extKeyUsages="ext_key_usage",
                keyUsages="key_usage",
            ),
        ),
        place=_PLACE | {"name"},
        least=frozenset({"keyType", "keyBits"}),
        before=mount,
        removed=deletes(path),
        others=(both(mounts(pki, "kv"), posts(path, {"key_type": "ec"})), mounts(pki, "database")),
    )


def _intermediates(pki: str, mount: Hand) -> tuple[Subject, ...]:
    """A request, its signature, and the signed certificate in the mount of the request."""
    below = "drift-below"
    ready = both(
        mount,
        posts(f"{pki}/root/generate/internal", _ROOT_API),
        mounts(below, "pki", config={"max_lease_ttl": "8000h"}),
        lambda hands: hands.vault.signing_requests.clear(),
    )

    def request(hands: Hands) -> str:
        path = f"{below}/issuers/generate/intermediate/internal"
        return str(hands.vault.send("POST", path, _BELOW_API).body["data"]["csr"])

    def signed(hands: Hands) -> str:
        body = {"csr": request(hands), "common_name": "Drift Below", "ttl": "4000h"}
        made = hands.vault.send("POST", f"{pki}/root/sign-intermediate", body).body["data"]
        return f"{made['certificate']}\n{made['issuing_ca']}"

    def revoked(hands: Hands) -> None:
        hands.vault.send("POST", f"{pki}/revoke", {"serial_number": hands.known["serialNumber"]})

    def no_issuer(hands: Hands) -> None:
        for issuer in hands.known["importedIssuers"]:
            hands.vault.send("DELETE", f"{below}/issuer/{issuer}")

    another = posts(f"{below}/root/generate/internal", {**_ROOT_API, "issuer_name": "other"})
    request_type = "vault:pkiSecret/secretBackendIntermediateCertRequest:SecretBackendIntermediateCertRequest"
    return (
        Subject(
            type=request_type,
            inputs={"backend": below, "type": "internal", **_BELOW},
            properties=(),
            place=_PLACE,
            least=frozenset({"type", *_BELOW}),
            noted=frozenset({"type", *_BELOW}),
            before=ready,
            removed=deletes(f"sys/mounts/{below}"),
            others=(
                both(mounts(below, "pki"), posts(f"{below}/root/generate/internal", _ROOT_API)),
                mounts(below, "kv"),
            ),
        ),
        Subject(
            type="vault:pkiSecret/secretBackendRootSignIntermediate:SecretBackendRootSignIntermediate",
            inputs={
                "backend": pki,
                "commonName": "Drift Below",
                "ttl": "4000h",
                "maxPathLength": 0,
                "excludeCnFromSans": True,
            },
            later=lambda hands: {"csr": request(hands)},
            properties=(),
            place=_PLACE | {"commonName", "ttl", "maxPathLength", "excludeCnFromSans", "csr"},
            before=ready,
            removed=revoked,
            others=(mounts(pki, "kv"), deletes(f"sys/mounts/{pki}")),
        ),
        Subject(
            type="vault:pkiSecret/secretBackendIntermediateSetSigned:SecretBackendIntermediateSetSigned",
            inputs={"backend": below},
            later=lambda hands: {"certificate": signed(hands)},
            properties=(
                Property(
                    name="certificate",
                    new="another",
                    shown=ANOTHER,
                    by_hand=both(another, posts(f"{below}/config/issuers", {"default": "other"})),
                    refused=True,
                ),
            ),
            place=_PLACE,
            least=frozenset({"certificate"}),
            before=ready,
            removed=no_issuer,
            others=(another, mounts(below, "kv"), deletes(f"sys/mounts/{below}")),
        ),
    )


URL = "postgresql://{{username}}:{{password}}@127.0.0.1:1/app"


def databases() -> tuple[Subject, ...]:
    connection, role = "drift-db/config/c", "drift-db/roles/r"
    inner = {
        "connectionUrl": f"{URL}?a",
        "username": "admin",
        "usernameTemplate": "{{ random 20 }}",
        "passwordAuthentication": "scram-sha-256",
        "maxOpenConnections": 4,
        "maxIdleConnections": 1,
        "maxConnectionLifetime": 60,
    }
    other = {
        "connectionUrl": f"{URL}?b",
        "username": "root",
        "usernameTemplate": "{{ random 21 }}",
        "passwordAuthentication": "password",
        "maxOpenConnections": 5,
        "maxIdleConnections": 2,
    }
    statements = {
        "creationStatements": ["one", "two"],
        "revocationStatements": ["three", "four"],
        "renewStatements": ["five", "six"],
        "rollbackStatements": ["seven", "eight"],
    }
    return (
        Subject(
            type="vault:database/secretBackendConnection:SecretBackendConnection",
            inputs={
                "backend": "drift-db",
                "name": "c",
                "allowedRoles": ["s", "r"],
                "pluginName": "postgresql-database-plugin",
                "verifyConnection": False,
                "postgresql": inner,
            },
            properties=(
                *fields(connection, {"allowedRoles": ["*"]}, also={"verify_connection": False}),
                *(
                    Property(
                        name=f"postgresql.{name}",
                        new=value,
                        by_hand=posts(connection, {snake(name): value, "verify_connection": False}),
                    )
                    for name, value in other.items()
                ),
                Property(
                    name="postgresql.maxConnectionLifetime",
                    new=61,
                    by_hand=posts(
                        connection, {"max_connection_lifetime": "1m1s", "verify_connection": False}
                    ),
                ),
                Property(
                    name="pluginName",
                    new="mysql-database-plugin",
                    by_hand=both(
                        deletes(connection),
                        posts(
                            connection,
                            {
                                "plugin_name": "mysql-database-plugin",
                                "connection_url": "{{username}}:{{password}}@tcp(127.0.0.1:1)/",
                                "verify_connection": False,
                                "username": "admin",
                            },
                        ),
                    ),
                    refused=True,
                    anew=True,
                ),
            ),
            place=_PLACE | {"name"},
            least=frozenset({"postgresql"}),
            noted=frozenset({"verifyConnection", "postgresql.password", "postgresql.passwordWo"}),
            before=mounts("drift-db", "database"),
            removed=deletes(connection),
            others=(mounts("drift-db", "kv"), mounts("drift-db", "pki")),
        ),
        Subject(
            type="vault:database/secretBackendRole:SecretBackendRole",
            inputs={
                "backend": "drift-db",
                "name": "r",
                "dbName": "c",
                **statements,
                "defaultTtl": 3600,
                "maxTtl": 7200,
            },
            least=frozenset({"creationStatements", "dbName"}),
            properties=(
                *fields(
                    role,
                    {
                        **{name: list(reversed(value)) for name, value in statements.items()},
                        "defaultTtl": 1800,
                        "maxTtl": 9000,
                    },
                ),
                *fields(role, {"dbName": "d"}),
            ),
            place=_PLACE | {"name"},
            before=mounts("drift-db", "database"),
            removed=deletes(role),
            others=(
                both(mounts("drift-db", "kv"), posts(role, {"db_name": "c"})),
                mounts("drift-db", "transit"),
            ),
        ),
    )
