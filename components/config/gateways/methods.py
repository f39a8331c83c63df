"""What Kong Gateway takes and since which version: its login methods with their fields.

Sources: app/gateway/vault/hashicorp.md, app/_data/kong-conf/3.4.json to 3.15.json and
app/_data/changelogs/gateway.json of Kong/developer.konghq.com. Where a changelog says otherwise
than the page, the changelog counts: it names the patch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

Version: TypeAlias = tuple[int, ...]
_LINE: Final = 2
"""Numbers that name a line of releases, such as 3.4."""


def parsed(version: str) -> Version:
    """`3.11.0.1` as numbers, so that versions compare."""
    return tuple(int(part) for part in version.split("."))


@dataclass(frozen=True)
class Since:
    """A first release, and the first patches of older lines that have it too. A version without
    its patch counts as the line's first."""

    release: Version
    backports: tuple[Version, ...] = ()

    def met(self, version: str) -> bool:
        """Whether this version has it."""
        number = parsed(version)
        return number >= self.release or any(
            number[:_LINE] == patch[:_LINE] and number >= patch for patch in self.backports
        )

    def __str__(self) -> str:
        """`3.9, or 3.4.3.14 of 3.4`."""
        older = "".join(f", or {_text(p)} of {_text(p[:_LINE])}" for p in self.backports)
        return f"{_text(self.release)}{older}"


def _text(version: Version) -> str:
    return ".".join(str(part) for part in version)


@dataclass(frozen=True, kw_only=True)
class Method:
    """`fields` are Kong's with what each is given here; `vault` what stands on Vault's side.
    `secrets` are fields whose value must stand in no file, object or state."""

    since: Since
    fields: Mapping[str, str]
    vault: str
    secrets: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field that every method has, and what it is given here."""

    since: Since
    given: str


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """A method that Kong has and this project doesn't: since when, and what to use instead."""

    since: Since
    instead: str


OLDEST: Final = Since((3, 4))
"""The oldest gateway that may be declared. Kong's page of the HashiCorp vault begins with it
(min_version), as do the data of kong.conf; ttl, neg_ttl and resurrect_ttl stand there first."""
FIRST: Final = Since((3, 0))
KUBERNETES: Final = Since((3, 1))
"""The login by ServiceAccount, and Vault namespaces: changelog of 3.1.0.0."""
AUTH_PATH: Final = Since((3, 5), ((3, 4, 3, 4),))
"""kube_auth_path, and a login inside a Vault namespace: changelog of 3.4.3.4. The page says 3.4."""
BASE64: Final = Since((3, 12), ((3, 11, 0, 3),))
"""base64_decode came with 3.11.0.0, and data planes that had it didn't start before 3.11.0.3."""
SSL_VERIFY: Final = Since((3, 14))
"""Before, Kong verified no certificate of Vault's and had no field for it."""

FIELDS: Final[Mapping[str, Field]] = {
    "host": Field(since=FIRST, given="`endpoints.vault.address`"),
    "port": Field(since=FIRST, given="`endpoints.vault.address`"),
    "protocol": Field(since=FIRST, given="always https; Kong's default is http"),
    "mount": Field(since=FIRST, given="path of the KV mount"),
    "kv": Field(since=FIRST, given="always v2; Kong's default is v1"),
    "ttl": Field(since=OLDEST, given="`ttl`, required"),
    "neg_ttl": Field(since=OLDEST, given="`negTtl`, required"),
    "resurrect_ttl": Field(since=OLDEST, given="`resurrectTtl`, required"),
    "namespace": Field(since=KUBERNETES, given="`facts.vault.namespace`, where there is one"),
    "ssl_verify": Field(since=SSL_VERIFY, given="always true, from that version on"),
    "base64_decode": Field(since=BASE64, given="`base64Decode`, where it is true"),
}
"""The fields beside `auth_method` and those of a method."""

METHODS: Final[Mapping[str, Method]] = {
    "kubernetes": Method(
        since=KUBERNETES,
        fields={
            "kube_role": "the workload's role",
            "kube_auth_path": "`facts.vault.authMount`",
            "kube_api_token_file": "`auth.tokenFile`",
        },
        vault="role of the `kubernetes` (or `jwt`) mount, bound to the one ServiceAccount and audience",
    ),
    "approle": Method(
        # 3.4.3.5 and 3.6 brought the method; the secret id's file could be read only from here on.
        since=Since((3, 9), ((3, 4, 3, 14),)),
        fields={
            "approle_role_id": "brought along, no secret",
            "approle_secret_id_file": "`auth.secretIdFile`",
            "approle_response_wrapping": "`auth.responseWrapping`",
            "approle_auth_path": "`auth.authMount`",
        },
        vault="AppRole with bound networks, the secret id's life and uses; it is delivered wrapped",
    ),
    "cert": Method(
        since=Since((3, 11)),
        fields={
            "cert_auth_role_name": "the vault's role",
            "cert_auth_cert": "brought along, PEM",
            "cert_auth_cert_key": "brought along, PEM, secret",
        },
        vault="role of the mount `cert` with one CA, the exact common name and DNS names",
        secrets=frozenset({"cert_auth_cert_key"}),
    ),
    "token": Method(
        since=FIRST,
        fields={"token": "brought along, secret"},
        vault="a token role with the vault's policy alone; development only",
        secrets=frozenset({"token"}),
    ),
    "oauth2": Method(
        since=Since((3, 13)),
        fields={
            "oauth2_role_name": "the vault's role; `vault_hcv_jwt_role` in kong.conf",
            "oauth2_token_endpoint": "`auth.tokenEndpoint`",
            "oauth2_client_id": "`auth.clientId`",
            "oauth2_client_secret": "brought along, secret",
            "oauth2_audiences": "`auth.audience`",
        },
        vault="role of the mount `jwt`, bound to one issuer, subject and audience",
        secrets=frozenset({"oauth2_client_secret"}),
    ),
}
"""By the word in `auth`. In kong.conf the method oauth2 is called jwt."""

_CLOUD: Final = Since((3, 14))
FOREIGN: Final[Mapping[str, Foreign]] = {
    "aws_iam": Foreign(since=_CLOUD, instead="kubernetes on EKS, else cert"),
    "aws_ec2": Foreign(since=_CLOUD, instead="cert or approle"),
    "azure": Foreign(since=_CLOUD, instead="kubernetes on AKS, else cert"),
    "gcp_iam": Foreign(since=_CLOUD, instead="kubernetes in the cluster, else cert"),
    "gcp_gce": Foreign(since=_CLOUD, instead="cert or approle"),
}
"""OpenBao, which every rehearsal runs, has none of these auth methods, so nothing would prove them."""
