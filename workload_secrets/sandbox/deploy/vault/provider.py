"""The Vault provider's settings as a client."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from workload_secrets.sandbox.deploy.guard import require_loopback
from workload_secrets.sandbox.deploy.http import Answer, JsonClient
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.outcome import HandlerError

_UPGRADE_SECONDS: Final = 5.0


class VaultProvider:
    """One Vault server. The token comes from VAULT_TOKEN; one in the settings is refused."""

    def __init__(
        self, name: str, config: Mapping[str, Any], environment: Mapping[str, str] = os.environ
    ) -> None:
        inputs = Inputs(config)
        address = require_loopback(name, inputs.text("address"))
        if not inputs.flag("skipChildToken"):
            raise HandlerError(f"provider {name} needs skipChildToken: the deployer's token makes no child")
        inputs.only("skipTlsVerify", False, "false")
        inputs.flag("skipGetVaultVersion")
        # The SDK writes these two out. The first is the life of a child token, which isn't made.
        inputs.number("maxLeaseTtlSeconds")
        inputs.number("maxRetries")
        self.namespace = (inputs.optional_text("namespace") or "").strip("/")
        self.signing_requests: dict[str, str] = {}
        """By PKI mount, the request of this deploy that an external CA would sign."""
        ca_file = inputs.optional_text("caCertFile")
        inputs.take("version")
        inputs.finish()
        token = environment.get("VAULT_TOKEN")
        if not token:
            raise HandlerError(f"provider {name}: the deploy got no Vault token (VAULT_TOKEN)")
        self._client = JsonClient("Vault", address, _pem(name, ca_file), {"x-vault-token": token})

    def send(
        self, method: str, path: str, body: Any = None, *, namespace: str = "", accept: tuple[int, ...] = ()
    ) -> Answer:
        """One request to /v1/PATH in the provider's namespace, or one below it."""
        full = "/".join(part for part in (self.namespace, namespace.strip("/")) if part)
        headers = {"x-vault-namespace": full} if full else {}
        until = time.monotonic() + _UPGRADE_SECONDS
        while True:
            answer = self._client.send(method, f"/v1/{path}", body, headers=headers, accept=(*accept, 400))
            # A new KV v2 mount answers 400 until it has upgraded itself.
            upgrading = answer.status == 400 and "Upgrading from non-versioned" in answer.said
            if upgrading and time.monotonic() < until:
                time.sleep(0.02)
                continue
            if answer.status == 400 and 400 not in accept:
                raise HandlerError(f"Vault: {method} {path}: 400 {answer.said}")
            return answer

    def read(self, path: str, *, namespace: str = "", absent: str | None = None) -> Mapping[str, Any] | None:
        """The `data` of a read; None where there is nothing.

        Vault answers 400 for a mount that isn't there; `absent` is the start of that text. It
        answers 405 where the mount is of a kind that keeps nothing to read at this path.
        """
        accept = (404, 405) if absent is None else (404, 405, 400)
        answer = self.send("GET", path, namespace=namespace, accept=accept)
        if answer.status in (404, 405):
            return None
        if answer.status == 400:
            if absent is not None and absent in answer.said:
                return None
            raise HandlerError(f"Vault: GET {path}: 400 {answer.said}")
        return answer.body["data"]


def _pem(name: str, file: str | None) -> str | None:
    try:
        return Path(file).read_text() if file else None
    except OSError as error:
        raise HandlerError(f"provider {name}: caCertFile {file} can't be read: {error.strerror}") from None
