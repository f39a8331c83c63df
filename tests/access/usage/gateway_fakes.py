"""A gateway with one vault against a Vault of the test's own, as the usage proof gets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from tests.kong.fake_vault import FakeVault, Request
from workload_secrets.access.observed.attempt import digest
from workload_secrets.access.observed.courier import Wrapped
from workload_secrets.access.usage import kong
from workload_secrets.access.usage.context import Usage, UsageContext
from workload_secrets.declaration import Grant, Principal, VaultIdentity
from workload_secrets.declaration.gateway import Gateway, GatewayReference, GatewayVault
from workload_secrets.declaration.identity import ApproleFacts, CertFacts, JwtFacts
from workload_secrets.declaration.secret import Key, Secret

TOKEN_FILE = "/run/token"
SECRETS = {
    name: Secret(backend="vault", mount="apps", path=name, keys=(Key(name="key"),))
    for name in ("own", "other", "third")
}
OWN = "{vault://pods/own/key}"
POD = VaultIdentity(auth_mount="kubernetes", role="edge", audience="aud")
READS = (Grant(secret="own", verb="read"),)
APPROLE = ApproleFacts(
    method="approle",
    bound_cidrs=("10.1.0.0/24",),
    token_bound_cidrs=("10.1.0.0/24",),
    secret_id_ttl_seconds=60,
    secret_id_uses=1,
)
METHODS: Mapping[str, tuple[Mapping[str, Any], Any]] = {
    "kubernetes": (
        {"auth_method": "kubernetes", "kube_role": "edge", "kube_api_token_file": TOKEN_FILE},
        None,
    ),
    "approle": ({"auth_method": "approle", "approle_secret_id_file": TOKEN_FILE}, APPROLE),
    "cert": (
        {"auth_method": "cert", "cert_auth_role_name": "edge"},
        CertFacts(method="cert", authority="aa", common_name="edge"),
    ),
    "oauth2": (
        {"auth_method": "oauth2", "oauth2_role_name": "edge"},
        JwtFacts(method="jwt", issuer="https://idp.example", subject="edge", audience="aud"),
    ),
}


@dataclass
class Server:
    """KV version 2 with every version kept, and logins by what is shown. The flags let through
    what must be refused."""

    values: dict[str, list[str]] = field(default_factory=lambda: {name: [f"{name}-1"] for name in SECRETS})
    readable: tuple[str, ...] = ("own",)
    shows: tuple[str, ...] = ("own-account", "secret-id", "none")
    wrapping: list[str] = field(default_factory=list)
    reuse: bool = False
    forgetful: bool = False
    refuses: int = 403
    made: int = 0

    def answer(self, request: Request) -> tuple[int, Any]:
        if request.path == "sys/wrapping/unwrap":
            return self._unwrapped(request.token or "")
        if request.path.endswith("/login"):
            body = request.body
            shown = body.get("jwt") or body.get("secret_id") or "none"
            good = shown in self.shows
            return (200, {"auth": {"client_token": "t"}}) if good else (self.refuses, {"errors": ["no"]})
        return self._read(request.path)

    def _unwrapped(self, token: str) -> tuple[int, Any]:
        if token not in self.wrapping:
            return 400, {"errors": ["wrapping token is not valid or does not exist"]}
        if not self.reuse:
            self.wrapping.remove(token)
        return 200, {"data": {"secret_id": "secret-id"}}

    def _read(self, path: str) -> tuple[int, Any]:
        place, _, version = path.partition("?version=")
        name = place.removeprefix("apps/data/")
        if name not in self.readable:
            return 403, {"errors": ["permission denied"]}
        every = self.values[name]
        if not every:
            return 404, {"errors": []}
        number = len(every) if self.forgetful or not version else int(version)
        return 200, {"data": {"data": {"key": every[number - 1]}, "metadata": {"version": number}}}

    def wrap(self) -> Wrapped:
        self.made += 1
        self.wrapping.append(f"w{self.made}")
        return Wrapped(f"w{self.made}", 60)


@dataclass
class Room:
    """One gateway with one vault, against one server."""

    vault: FakeVault
    server: Server
    method: str = "kubernetes"
    texts: tuple[str, ...] = (OWN,)
    kong_vault: str | None = None
    base64: bool = False
    unwritten: bool = False
    others: tuple[str, ...] = ("stranger",)

    def prove(self) -> Usage:
        fields, facts = METHODS[self.method]
        config = {**self.vault.fields, **fields, **({"base64_decode": True} if self.base64 else {})}
        principal = Principal(
            kind="workload",
            namespace="" if facts else "kong",
            service_account="" if facts else "edge",
            identity=facts,
            grants=READS,
            vault=POD,
        )
        gateway = Gateway(
            workload="edge",
            version="3.11",
            vaults={"pods": GatewayVault(principal="edge", config=config, kong_vault=self.kong_vault)},
            references=tuple(GatewayReference(text=text, vault="pods", secret="own") for text in self.texts),
        )
        billing = Principal(kind="workload", namespace="billing", service_account="billing", vault=POD)
        expected = {name: {"key": digest(every[-1])} for name, every in self.server.values.items() if every}
        if self.unwritten:
            expected.pop("own", None)

        def rewrite(secret: str) -> Mapping[str, str]:
            every = self.server.values[secret]
            every.append(f"{secret}-{len(every) + 1}")
            expected[secret] = {"key": digest(every[-1])}
            return expected[secret]

        courier = SimpleNamespace(
            secret_id=lambda *_: self.server.wrap(),
            unwrap=lambda wrapped, _: self.server._unwrapped(wrapped.token)[1]["data"]["secret_id"],
            role_id=lambda *_: "role-id",
        )
        context = SimpleNamespace(
            declaration=SimpleNamespace(
                gateways={"edge": gateway}, principals={"edge": principal, "billing": billing}
            ),
            sandbox=SimpleNamespace(ca_file=self.vault.ca_file),
            token=lambda _, audience: "own-account" if audience == "aud" else "foreign",
            of=lambda _: SECRETS,
            expected=expected,
            rewrite=rewrite,
            presenter=SimpleNamespace(courier=courier, certificates=None),
        )
        return kong.prove(cast("UsageContext", context))
