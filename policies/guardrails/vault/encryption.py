"""The rule that every connection to Vault is encrypted and verified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from policies.guardrails.resource import Path, Resource
from policies.guardrails.rule import AnyRule, Context, Rule, Violation
from policies.guardrails.vault.charts import CHARTS, config, is_server, runs_server, settings, value
from policies.guardrails.vault.consumers import PREFIX
from policies.guardrails.vault.environment import variables
from policies.guardrails.vault.pods import WORKLOADS, annotations_of
from policies.guardrails.vault.types import PROVIDER, is_on

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_ADDRESSES: Final = frozenset({"VAULT_ADDR", "BAO_ADDR", "VAULT_AGENT_ADDR", "BAO_AGENT_ADDR"})
_UNVERIFIED: Final = frozenset({"VAULT_SKIP_VERIFY", "BAO_SKIP_VERIFY"})
_KONG_PROTOCOL: Final = "KONG_VAULT_HCV_PROTOCOL"
_KONG_VERIFY: Final = "KONG_VAULT_HCV_SSL_VERIFY"
_NAMES: Final = _ADDRESSES | _UNVERIFIED | {_KONG_PROTOCOL, _KONG_VERIFY}


@dataclass(frozen=True)
class _Client:
    """Where a client's address stands, and the switch that turns verification off. `within`: the
    part that it has where it is a client of Vault at all. `must`: it has an address of its own."""

    address: Path
    switch: Path = ()
    within: Path = ()
    must: bool = True


_STORE: Final = ("spec", "provider", "vault")
_CLASS: Final = ("spec", "parameters")
_CLIENTS: Final[Mapping[str, _Client]] = {
    PROVIDER: _Client(("address",), ("skipTlsVerify",)),
    **{
        f"kubernetes:secrets.hashicorp.com/{version}:VaultConnection": _Client(
            ("spec", "address"), ("spec", "skipTLSVerify")
        )
        for version in ("v1beta1", "v1")
    },
    **{
        f"kubernetes:external-secrets.io/{version}:{kind}": _Client((*_STORE, "server"), within=_STORE)
        for version in ("v1", "v1beta1", "v1alpha1")
        for kind in ("SecretStore", "ClusterSecretStore")
    },
    "kubernetes:generators.external-secrets.io/v1alpha1:VaultDynamicSecret": _Client(
        ("spec", "provider", "server")
    ),
    "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass": _Client(
        (*_CLASS, "vaultAddress"), (*_CLASS, "vaultSkipTLSVerify"), must=False
    ),
}
_KONG: Final = tuple(f"kubernetes:configuration.konghq.com/{v}:KongVault" for v in ("v1alpha1", "v1"))


def _verified(resource: Resource, _: Context) -> Iterator[Violation]:
    client = _CLIENTS.get(resource.type)
    if client:
        yield from _client(resource, client)
    elif resource.type in _KONG:
        yield from _kong(resource)
    elif resource.type in CHARTS:
        yield from _chart(resource)
    else:
        yield from _annotated(resource)
    if client is None and resource.type not in _KONG:
        yield from _environment(resource)


def _client(resource: Resource, client: _Client) -> Iterator[Violation]:
    if client.within and not resource.object(*client.within):
        return
    address = resource.text(*client.address)
    if address is None and client.must:
        yield Violation("no address: the environment of whoever runs it decides", client.address)
    elif address is not None and not _encrypted(address):
        yield Violation("the address is not https: tokens and secrets cross in clear", client.address)
    if client.switch and is_on(resource.get(*client.switch)):
        yield Violation("the server's certificate isn't verified: anybody may be it", client.switch)


def _encrypted(address: str, *, local: bool = False) -> bool:
    """`local`: an agent beside the client is as good."""
    parts = urlsplit(address.strip().lower())
    return parts.scheme in {"https", "unix"} or (local and parts.hostname in _LOOPBACK)


def _kong(resource: Resource) -> Iterator[Violation]:
    if resource.text("spec", "backend") != "hcv":
        return
    place = ("spec", "config")
    if resource.text(*place, "protocol") != "https":
        yield Violation("protocol is not https, and Kong's default is http", (*place, "protocol"))
    if resource.flag(*place, "ssl_verify") is False:
        yield Violation("the server's certificate isn't verified: anybody may be it", (*place, "ssl_verify"))


def _chart(chart: Resource) -> Iterator[Violation]:
    if not is_server(chart):
        return
    outside = ("global", "externalVaultAddr"), ("injector", "externalVaultAddr")
    given = [path for path in outside if value(chart, *path)]
    for path in given:
        if not _encrypted(str(value(chart, *path))):
            yield Violation("the address is not https: tokens and secrets cross in clear", ("values", *path))
    switch = value(chart, "global", "tlsDisable")
    if (runs_server(chart) or not given) and (switch is None or is_on(switch)):
        yield Violation(
            "tlsDisable is not false, and the chart's default is true", ("values", "global", "tlsDisable")
        )
    if runs_server(chart):
        at, text = config(chart)
        if text is None:
            yield Violation("no configuration: the chart's own listens without TLS", at)
        elif any(is_on(found) for found in settings(text, "tls_disable")):
            yield Violation("a listener has no TLS", at)


def _annotated(resource: Resource) -> Iterator[Violation]:
    place = annotations_of(resource) or ()
    for key in sorted(resource.object(*place)):
        if key == f"{PREFIX}tls-skip-verify" and is_on(resource.get(*place, key)):
            yield Violation("the agent doesn't verify the server's certificate", (*place, key))
        if key == f"{PREFIX}service" and not _encrypted(resource.text(*place, key) or ""):
            yield Violation("the agent's address is not https", (*place, key))


def _environment(resource: Resource) -> Iterator[Violation]:
    for found in variables(resource, _NAMES):
        given = found.value
        if given is None:
            continue  # it comes from elsewhere, which the server's certificate stands for
        if found.name in _UNVERIFIED and is_on(given):
            yield Violation(f"{found.name}: the server's certificate isn't verified", found.at)
        if found.name in _ADDRESSES and not _encrypted(given, local=True):
            yield Violation(f"{found.name} is not https: tokens and secrets cross in clear", found.at)
        if found.name == _KONG_PROTOCOL and given != "https":
            yield Violation(f"{found.name} is not https", found.at)
        if found.name == _KONG_VERIFY and given.lower() in {"off", "false"}:
            yield Violation(f"{found.name}: the server's certificate isn't verified", found.at)


RULES: Final[tuple[AnyRule, ...]] = (
    Rule(
        id="VLT-01",
        severity="critical",
        title="every connection to Vault is encrypted and verified",
        why="In clear, or to a server that nobody verified, each login and each secret can be read on the"
        " way.",
        remedy="use https addresses and a CA, set tlsDisable to false, and take skip-verify switches away",
        reference="https://developer.hashicorp.com/vault/docs/concepts/production-hardening",
        seed="protocol: http",
        types=(*_CLIENTS, *_KONG, *WORKLOADS, *CHARTS),
        check=_verified,
    ),
)
