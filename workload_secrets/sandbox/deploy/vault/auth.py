"""Auth methods: enabling one, for any type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from workload_secrets.sandbox.deploy.call import Call
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.outcome import Managed, Outcome
from workload_secrets.sandbox.deploy.vault.provider import VaultProvider
from workload_secrets.sandbox.deploy.vault.times import seconds, written

_TUNE: Final = {"defaultLeaseTtl": "default_lease_ttl", "maxLeaseTtl": "max_lease_ttl"}
_FIXED: Final = frozenset({"type", "local"})


class AuthMount:
    """One auth method at a path. Its own settings are another object."""

    def __init__(self, call: Call, inputs: Inputs, type_: str) -> None:
        self._call = call
        self.vault: VaultProvider = call.provider
        self.namespace = inputs.optional_text("namespace") or ""
        self.path = (inputs.optional_text("path") or type_).strip("/")
        self._given_tune = inputs.given("tune")
        self._wanted: dict[str, Any] = {
            "type": type_,
            "description": inputs.optional_text("description", "") or "",
            "local": inputs.flag("local"),
            "tune": self._tune(inputs),
        }
        inputs.flag("disableRemount")

    def _tune(self, inputs: Inputs) -> dict[str, Any]:
        tune = inputs.nested("tune")
        wanted: dict[str, Any] = {
            name: seconds(value)
            for name in _TUNE
            if (value := tune.take(name)) is not None and seconds(value)
        }
        for name in ("listingVisibility", "tokenType"):
            value = tune.optional_text(name)
            if value:
                wanted[name] = value
        return wanted

    def read(self) -> Mapping[str, Any] | None:
        # By the path of the real provider, so that a right that it needs is missed here too.
        mount = f"sys/mounts/auth/{self.path}"
        found = self.vault.read(mount, namespace=self.namespace, absent="No secret engine mount")
        if found is None:
            return None
        config = found["config"]
        tune = {
            "defaultLeaseTtl": config.get("default_lease_ttl"),
            "maxLeaseTtl": config.get("max_lease_ttl"),
            "listingVisibility": config.get("listing_visibility"),
            "tokenType": config.get("token_type"),
        }
        return {
            "type": found["type"],
            "description": found.get("description", ""),
            "local": found.get("local", False),
            "accessor": found["accessor"],
            "tune": {name: tune[name] for name in self._wanted["tune"]},
        }

    def _config(self) -> dict[str, Any]:
        tune = self._wanted["tune"]
        body: dict[str, Any] = {_TUNE[name]: written(tune[name]) for name in _TUNE if name in tune}
        for name, key in (("listingVisibility", "listing_visibility"), ("tokenType", "token_type")):
            if name in tune:
                body[key] = tune[name]
        return body

    def _create(self) -> None:
        body = {
            "type": self._wanted["type"],
            "description": self._wanted["description"],
            "local": self._wanted["local"],
            "config": self._config(),
        }
        self.vault.send("POST", f"sys/auth/{self.path}", body, namespace=self.namespace)

    def _update(self, _: frozenset[str]) -> None:
        body = {**self._config(), "description": self._wanted["description"]}
        self.vault.send("POST", f"sys/mounts/auth/{self.path}/tune", body, namespace=self.namespace)

    def _delete(self) -> None:
        self.vault.send("DELETE", f"sys/auth/{self.path}", namespace=self.namespace)

    def settle(self) -> Outcome:
        """Enables, tunes or disables it. Outputs: id, path, accessor, type, description, local."""
        managed = Managed(
            what=f"auth method {self.path}",
            wanted=self._wanted,
            read=self.read,
            create=self._create,
            update=self._update,
            delete=self._delete,
            fixed=_FIXED,
        )
        state, found = self._call.settle(managed)
        outputs = {name: found[name] for name in ("accessor", "type", "description", "local")}
        if self._given_tune is not None:
            tuned = found["tune"] == self._wanted["tune"]
            outputs["tune"] = self._given_tune if tuned else found["tune"]
        return Outcome(state=state, outputs={**outputs, "id": self.path, "path": self.path})


def auth_backend(call: Call, inputs: Inputs) -> Outcome:
    """vault:index/authBackend:AuthBackend."""
    method = AuthMount(call, inputs, inputs.text("type"))
    inputs.finish()
    return method.settle()
