"""A context of a usage proof whose Vault is a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, cast

from workload_secrets.access.observed.vault import VaultLogin
from workload_secrets.access.usage.context import UsageContext
from workload_secrets.declaration.secret import Secret
from workload_secrets.graph.model import Resource
from workload_secrets.keys.vault_http import Answer

Server = Callable[[str, str, str, Mapping[str, Any]], tuple[int, Any]]
"""Who, method, path and body; the status, and the data of the answer."""


class Http:
    """One login's client."""

    def __init__(self, who: str, server: Server) -> None:
        self.token = who
        self._server = server

    def as_token(self, token: str, namespace: str | None = None) -> Http:
        return Http(token, self._server)

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        status, data = self._server(self.token, method, path, body or {})
        return Answer(status, {"data": data} if status < 400 else {"errors": [str(data)]})


def context(
    server: Server,
    secret: Secret,
    users: Mapping[str, tuple[str, ...]],
    resources: tuple[Resource, ...] = (),
) -> UsageContext:
    """The secret is called `it`; `users` are principals by verb."""

    def login(who: str) -> VaultLogin:
        return VaultLogin(cast("Any", Http(who, server)), "")

    made = SimpleNamespace(
        of=lambda backend: {"it": secret} if backend == secret.backend else {},  # pyright: ignore[reportUnknownLambdaType]
        users=lambda _, verb: users.get(verb, ()),  # pyright: ignore[reportUnknownLambdaType]
        vault_login=login,
        admin=login("admin"),
        graph=SimpleNamespace(of=lambda type_: [r for r in resources if r.type == type_]),  # pyright: ignore[reportUnknownLambdaType]
    )
    return cast("UsageContext", made)
