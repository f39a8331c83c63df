"""Auth methods: enabling one, for any type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from workload_secrets.sandbox.deploy.call import Call
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.outcome import Managed, Outcome
from workload_secrets.sandbox.deploy.vault.provider import VaultProvider
from workload_secrets.sandbox.deploy.vault.times import seconds, written

_TUNE: Final = {
    "defaultLeaseTtl": "default_lease_ttl",
    "maxLeaseTtl": "max_lease_ttl",
    "listingVisibility": "listing_visibility",
    "tokenType": "token_type",
}
_TIMES: Final = ("defaultLeaseTtl", "maxLeaseTtl")
_UNTUNED: Final = {"listingVisibility": "", "tokenType": "default-service"}
"""What a method has that nothing was said of. Its lease times are then the server's own."""
_FIXED: Final = frozenset({"type", "local"})


class AuthMount:
    """One auth method at a path. Its own settings are another object."""

    def __init__(self, call: Call, inputs: Inputs, type_: str) -> None:
        self._call = call
        self.vault: VaultProvider = call.provider
        self.namespace = inputs.optional_text("namespace") or ""
        self.path = (inputs.optional_text("path") or type_).strip("/")
        self._inputs = inputs
        self._given_tune = inputs.given("tune")
        self._wanted: dict[str, Any] = {
            "type": type_,
            "description": inputs.optional_text("description", "") or "",
            "local": inputs.flag("local"),
            "tune": self._tune(inputs),
        }
        if inputs.flag("disableRemount"):
            call.notes.not_enforced("disableRemount of an auth method: a move replaces it here anyway")

    def _tune(self, inputs: Inputs) -> dict[str, Any]:
        """Nothing where nothing is said of it: then it is the server's matter, as with the provider."""
        tune = inputs.nested("tune")
        times = {name: seconds(value) for name in _TIMES if (value := tune.take(name)) is not None}
        texts = {name: tune.optional_text(name) or default for name, default in _UNTUNED.items()}
        if texts["listingVisibility"] == "hidden":
            texts["listingVisibility"] = ""
        if self._given_tune is None:
            return {}
        return {**{name: value for name, value in times.items() if value}, **texts}

    def read(self) -> Mapping[str, Any] | None:
        # By the path of the real provider, so that a right that it needs is missed here too.
        mount = f"sys/mounts/auth/{self.path}"
        found = self.vault.read(mount, namespace=self.namespace, absent="No secret engine mount")
        if found is None:
            return None
        tune = {name: found["config"].get(key) or "" for name, key in _TUNE.items()}
        if tune["listingVisibility"] == "hidden":
            tune["listingVisibility"] = ""
        return {
            "type": found["type"],
            "description": found.get("description", ""),
            "local": found.get("local", False),
            "accessor": found["accessor"],
            "tune": {name: tune[name] for name in self._wanted["tune"]},
        }

    def _config(self) -> dict[str, Any]:
        tune = self._wanted["tune"]
        times = {_TUNE[name]: written(tune[name]) for name in _TIMES if name in tune}
        return {**times, **{_TUNE[name]: tune[name] for name in _UNTUNED if name in tune}}

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
        names = {name: name for name in ("type", "description", "local")}
        outputs = {**self._inputs.shown(names, self._wanted, found), "accessor": found["accessor"]}
        if self._given_tune is not None:
            given, wanted, tune = self._given_tune, self._wanted["tune"], found["tune"]
            differs = {
                name: value
                for name, value in tune.items()
                if value != (_tuned(name, given[name]) if given.get(name) is not None else wanted[name])
            }
            outputs["tune"] = {**given, **differs}
        return Outcome(state=state, outputs={**outputs, "id": self.path, "path": self.path})


def _tuned(name: str, given: Any) -> Any:
    """A tune input as the server gives it back."""
    if name in _TIMES:
        return seconds(given)
    return "" if given == "hidden" else given or _UNTUNED[name]


def auth_backend(call: Call, inputs: Inputs) -> Outcome:
    """vault:index/authBackend:AuthBackend."""
    method = AuthMount(call, inputs, inputs.text("type"))
    inputs.finish()
    return method.settle()
