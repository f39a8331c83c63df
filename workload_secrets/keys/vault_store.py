"""A secret of a KV v2 mount, by a logged-in Vault client.

Every write names the version it replaces (`options.cas`), so a lost update can't happen.
https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#create-update-secret
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, cast

from workload_secrets.errors import ServerError
from workload_secrets.keys.store import ChangedError, Version
from workload_secrets.keys.vault_http import Answer, VaultHttp
from workload_secrets.outside import OutsideText

_OK: Final = 200
_BAD_REQUEST: Final = 400
_NOT_FOUND: Final = 404


class VaultStore:
    """One secret; needs create, read and update on `data/` and read on `metadata/`."""

    def __init__(self, client: VaultHttp, mount: str, path: str) -> None:
        self._client = client
        self._mount = mount
        self._path = path

    @property
    def where(self) -> str:
        return f"Vault secret {self._mount}/{self._path}"

    def read(self) -> Version | None:
        return self._version(None)

    def write(self, values: Mapping[str, str], replaces: Version | None) -> str:
        cas = int(replaces.id) if replaces else self._newest()
        body = {"data": dict(values), "options": {"cas": cas}}
        answer = self._client.call("POST", f"{self._mount}/data/{self._path}", body)
        if answer.status == _BAD_REQUEST and "check-and-set" in answer.errors:
            message = f"{self.where}: somebody else wrote version {cas + 1} at the same time"
            raise ChangedError(message, self.read())
        self._good(answer, "write")
        return _number(answer, "data", "version")

    def history(self) -> Iterator[Version]:
        newest = self.read()
        if newest is None:
            return
        yield newest
        for number in range(int(newest.id) - 1, 0, -1):
            version = self._version(number)
            if version is None:
                return
            yield version

    def _version(self, number: int | None) -> Version | None:
        query = "" if number is None else f"?version={number}"
        answer = self._client.call("GET", f"{self._mount}/data/{self._path}{query}")
        if answer.status == _NOT_FOUND:
            return None
        self._good(answer, "read")
        values = answer.fields("data", "data")
        version = _number(answer, "data", "metadata", "version")
        return Version(
            id=version,
            created=_time(str(answer.part("data", "metadata", "created_time"))),
            values={name: value if isinstance(value, str) else "" for name, value in values.items()},
            first=version == "1",
        )

    def _newest(self) -> int:
        """The number of the newest version, also where it was deleted; 0 where there is none."""
        answer = self._client.call("GET", f"{self._mount}/metadata/{self._path}")
        if answer.status == _NOT_FOUND:
            self._versioned()
            return 0
        self._good(answer, "read the metadata")
        return int(_number(answer, "data", "current_version"))

    def _versioned(self) -> None:
        """A mount of version 1 would take the write, and keep the value at another path."""
        if (version := kv_version(self._client, self._mount)) not in (None, "2"):
            raise ServerError(
                f"{self.where}: the mount is a KV mount of version {OutsideText(version)}, and version 2 is "
                f"needed; its owner upgrades it by `vault kv enable-versioning {self._mount}`"
            )

    def _good(self, answer: Answer, action: str) -> None:
        if answer.status != _OK:
            raise ServerError(f"{self.where}: can't {action}: HTTP {answer.status} {answer.errors}".rstrip())


def _number(answer: Answer, *names: str) -> str:
    """The number of a version. Raises ServerError where there is none."""
    found = answer.part(*names)
    if not isinstance(found, int):
        raise ServerError(f"HTTP {answer.status} with {'.'.join(names)} that is no number")
    return str(found)


def _time(text: str) -> datetime:
    """Vault gives nanoseconds; Python reads microseconds. Raises ServerError for no time."""
    head, _, fraction = text.removesuffix("Z").partition(".")
    try:
        return datetime.fromisoformat(f"{head}.{fraction[:6]:0<6}+00:00")
    except ValueError:
        raise ServerError("Vault gives a created_time that is no time") from None


def kv_version(client: VaultHttp, mount: str) -> str | None:
    """The version of a KV mount that the token may use, `1` or `2`; None where the server
    doesn't tell. https://developer.hashicorp.com/vault/api-docs/system/internal-ui-mounts"""
    answer = client.call("GET", f"sys/internal/ui/mounts/{mount}")
    found = answer.data.get("data")
    if answer.status != _OK or not isinstance(found, dict):
        return None
    options = cast("dict[str, dict[str, Any] | None]", found).get("options") or {}
    return str(options.get("version", "1"))
