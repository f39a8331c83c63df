"""What a reader of a preview should know of its Kong gateways.

What Kong keeps and for how long is stated from its fields, never simulated. Sources:
kong/pdk/vault.lua of Kong/kong (it looks once a minute; a value that Vault gives no more, be it
deleted or Vault away, is served on for resurrect_ttl), app/gateway/vault/hashicorp.md and
app/_data/changelogs/gateway.json of Kong/developer.konghq.com.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeVar

from workload_secrets.access.notice import Notice, Rule
from workload_secrets.declaration import Declaration
from workload_secrets.declaration.gateway import Gateway, GatewayReference, GatewayVault
from workload_secrets.declaration.identity import ApproleFacts, TokenFacts
from workload_secrets.graph.model import Graph
from workload_secrets.kong.reference import parse

LOOK_SECONDS: Final = 60
"""ROTATION_INTERVAL in kong/pdk/vault.lua, unless KONG_VAULT_ROTATION_INTERVAL says otherwise."""
LEAST_KEPT_SECONDS: Final = 2 * LOOK_SECONDS
"""SECRETS_CACHE_MIN_TTL there: Kong's nodes keep a value at least so long."""
_DAY: Final = 86_400
_TIMES: Final = ("ttl", "neg_ttl", "resurrect_ttl")
_Facts = TypeVar("_Facts", ApproleFacts, TokenFacts)


def times(_: Graph, declaration: Declaration) -> Iterator[Notice]:
    """How long old and missing values serve, once for vaults with the same times."""
    found: dict[tuple[int, int, int], list[str]] = {}
    for name, _gateway, vault in _vaults(declaration):
        fields = vault.config
        if set(_TIMES) <= fields.keys():  # which must be there is for the review to say
            ttl, negative, resurrect = (int(fields[time]) for time in _TIMES)
            found.setdefault((ttl, negative, resurrect), []).append(name)
    for (ttl, negative, resurrect), names in found.items():
        gone = max(ttl + resurrect, LEAST_KEPT_SECONDS) + LOOK_SECONDS
        yield Notice(
            "note",
            f"{', '.join(sorted(names))}: a rotated value may be served for {_time(ttl + LOOK_SECONDS)} more "
            "(ttl and the minute in which Kong looks), a deleted one, and any while Vault doesn't answer, "
            f"for {_time(gone)} (resurrectTtl too); a missing one is asked for again after "
            f"{_time(max(negative, LOOK_SECONDS))} at the latest",
        )


def tls(_: Graph, declaration: Declaration) -> Iterator[Notice]:
    """Whether Kong looks at Vault's certificate at all, and what it must trust."""
    checked = {
        name: any(vault.config.get("ssl_verify") is True for vault in gateway.vaults.values())
        for name, gateway in declaration.gateways.items()
        if gateway.vaults
    }
    blind = [name for name in checked if not checked[name]]
    if blind:
        yield Notice(
            "warning",
            f"{', '.join(blind)}: Kong below 3.14 verifies no certificate of Vault's and has no field for "
            "it, so whoever is between them gets the login and every value: upgrade, or keep that way inside "
            "of a network that you trust",
        )
    seeing = [name for name in checked if checked[name]]
    endpoint = declaration.endpoints.vault
    if seeing and endpoint and endpoint.ca_file:
        yield Notice(
            "note",
            f"{', '.join(seeing)}: Kong verifies Vault's certificate by its own lua_ssl_trusted_certificate: "
            f"{endpoint.ca_file} must stand there, or every read fails",
        )


def secret_ids(_: Graph, declaration: Declaration) -> Iterator[Notice]:
    """What an AppRole's secret id asks of whoever runs the gateway."""
    for name, vault, facts in _logins(declaration, ApproleFacts):
        if vault.config.get("approle_response_wrapping") is True:
            yield Notice(
                "note",
                f"{name}: its file holds a wrapping token, which serves one node once: every node needs its "
                "own, and a node that starts anew needs a new one",
            )
        uses = f" or after {facts.secret_id_uses} logins" if facts.secret_id_uses else ""
        yield Notice(
            "note",
            f"{name}: its secret id ends after {_time(facts.secret_id_ttl_seconds)}{uses}: hand over a new "
            "one before (workload-secrets identity secret-id), or no node logs in again",
        )


def certificates(_: Graph, declaration: Declaration) -> Iterator[Notice]:
    """What a client certificate asks of whoever runs the gateway."""
    names = [name for name, _g, v in _vaults(declaration) if v.config["auth_method"] == "cert"]
    if names:
        yield Notice(
            "note",
            f"{', '.join(names)}: certificate and key stand in Kong's own configuration, the key encrypted "
            "only where its keyring is on: give a new pair before the old one ends, or no node logs in again",
        )


def clients(_: Graph, declaration: Declaration) -> Iterator[Notice]:
    """What Kong's own pages leave open of its login by OAuth2, and what stands in its configuration."""
    names = [name for name, _g, v in _vaults(declaration) if v.config["auth_method"] in ("oauth2", "jwt")]
    if names:
        yield Notice(
            "note",
            f"{', '.join(names)}: Kong's pages call this method oauth2 in an entity and jwt in kong.conf, "
            "and no schema is public: try your version with kong vault get; the client's secret stands in "
            "Kong's own configuration, encrypted only where its keyring is on",
        )


def tokens(_: Graph, declaration: Declaration) -> Iterator[Notice]:
    """A token that ends."""
    for name, _vault, facts in _logins(declaration, TokenFacts):
        yield Notice(
            "warning",
            f"{name}: Kong shows a token and never logs in: it ends after {_time(facts.life_seconds)}, "
            "nothing renews it, and then nothing resolves; for development only",
        )


def pinned(_: Graph, declaration: Declaration) -> Iterator[Notice]:
    """References that no rotation reaches."""
    for name, gateway in declaration.gateways.items():
        found = [item.text for item in gateway.references if parse(item.text).version is not None]
        if found:
            yield Notice(
                "warning",
                f"{name}: {', '.join(found)} pins a version: no rotation reaches it, and it fails when Vault "
                "drops that version",
            )


def optional(_: Graph, declaration: Declaration) -> Iterator[Notice]:
    """References to keys whose absence nobody would hear of."""
    for name, gateway in declaration.gateways.items():
        found = [item.text for item in gateway.references if not _required(declaration, item)]
        if found:
            yield Notice(
                "note",
                f"{name}: {', '.join(found)} names a key that isn't required, so keys status says nothing "
                "while it has no value and Kong goes without: write required: true for the key",
            )


def _required(declaration: Declaration, item: GatewayReference) -> bool:
    named = parse(item.text).key
    secret = declaration.secrets.get(item.secret)
    return secret is None or any(key.name == named and key.required for key in secret.keys)


def unused(_: Graph, declaration: Declaration) -> Iterator[Notice]:
    """Vaults on their way out, and such as were forgotten."""
    for name, gateway in declaration.gateways.items():
        named = {item.vault for item in gateway.references}
        for prefix in gateway.vaults:
            if prefix not in named:
                yield Notice(
                    "warning",
                    f"{name}/{prefix}: no declared reference uses this vault, so its login reads nothing for "
                    "it: remove the vault, or declare its references",
                )


def keyrings(_: Graph, declaration: Declaration) -> Iterator[Notice]:
    """What must never happen to a keyring, and what a new key needs."""
    existing = {item.name for item in declaration.prerequisites if item.kind == "kvMount"}
    for name, gateway in declaration.gateways.items():
        if gateway.keyring is None:
            continue
        secret = declaration.secrets[gateway.keyring]
        owner = (
            f"; taken for granted: the owner of {secret.mount} keeps all versions"
            if secret.mount in existing
            else ""
        )
        yield Notice(
            "warning",
            f"{name}: every version of {gateway.keyring} is a key that rows of Kong's database may be "
            "encrypted with: destroy none; a new one serves after POST /keyring/vault/sync on Kong's Admin "
            f"API{owner}",
        )


def _vaults(declaration: Declaration) -> Iterator[tuple[str, Gateway, GatewayVault]]:
    for name, gateway in declaration.gateways.items():
        for prefix, vault in gateway.vaults.items():
            yield f"{name}/{prefix}", gateway, vault


def _logins(declaration: Declaration, kind: type[_Facts]) -> Iterator[tuple[str, GatewayVault, _Facts]]:
    for name, _gateway, vault in _vaults(declaration):
        facts = declaration.principals[vault.principal].identity
        if isinstance(facts, kind):
            yield name, vault, facts


def _time(seconds: int) -> str:
    """`360 s`, and `30 days` where it is whole days."""
    days, rest = divmod(seconds, _DAY)
    if rest or not days:
        return f"{seconds} s"
    return f"{days} days" if days > 1 else "a day"


RULES: Final[tuple[Rule, ...]] = (
    times,
    tls,
    secret_ids,
    certificates,
    clients,
    tokens,
    pinned,
    optional,
    unused,
    keyrings,
)
