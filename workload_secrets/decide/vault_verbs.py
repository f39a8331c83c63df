"""Which requests to Vault or OpenBao are a verb on a secret, by kind of secret.

Written from the API's own pages, not from what the program declares:
https://openbao.org/api-docs/secret/kv/kv-v2/, https://openbao.org/api-docs/secret/databases/,
https://openbao.org/api-docs/secret/pki/, https://openbao.org/api-docs/secret/transit/.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

_READ: Final = ("read",)
_POST: Final = ("update",)
"""A POST to a path without existence check; on an existing transit key too."""
_CHANGE: Final = ("create", "update", "patch")
_LIST: Final = ("list",)


@dataclass(frozen=True)
class Way:
    """One request that is the verb: any one of `capabilities` on `path` allows it."""

    path: str
    capabilities: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Spot:
    """Where a secret is: its mount, and the path of a KV v2 secret, or the name of a database
    role, a PKI role or a transit key. `static`: a database role whose user stays the same."""

    mount: str
    path: str
    static: bool = False


def ways(backend: str, verb: str, spot: Spot) -> tuple[Way, ...]:
    """Every request that is this verb, the one that clients make first. Raises KeyError for a
    verb the kind has not."""
    return _WAYS[backend][verb](spot)


_Ways = Callable[[Spot], tuple[Way, ...]]


def _kv_list(spot: Spot) -> tuple[Way, ...]:
    """To list is to see the names in the folder that holds it."""
    folder, slash, _name = spot.path.rpartition("/")
    return (Way(f"{spot.mount}/metadata/{folder}{slash}", _LIST),)


def _credentials(spot: Spot) -> tuple[Way, ...]:
    return (Way(f"{spot.mount}/{_static(spot)}creds/{spot.path}", _READ),)


def _database_role(spot: Spot) -> tuple[Way, ...]:
    return (Way(f"{spot.mount}/{_static(spot)}roles/{spot.path}", _CHANGE),)


def _database_roles(spot: Spot) -> tuple[Way, ...]:
    return (Way(f"{spot.mount}/{_static(spot)}roles/", _LIST),)


def _static(spot: Spot) -> str:
    return "static-" if spot.static else ""


def _certificates(spot: Spot) -> tuple[Way, ...]:
    mount, path = spot.mount, spot.path
    requests = ("issue", "sign", "sign-verbatim")
    named = tuple(f"{mount}/issuer/default/{request}/{path}" for request in ("issue", "sign"))
    return tuple(Way(place, _POST) for place in (*(f"{mount}/{r}/{path}" for r in requests), *named))


def _decrypt(spot: Spot) -> tuple[Way, ...]:
    """Whoever exports the key decrypts outside."""
    return (
        Way(f"{spot.mount}/decrypt/{spot.path}", _POST),
        Way(f"{spot.mount}/export/encryption-key/{spot.path}", _READ),
    )


def _post(request: str) -> _Ways:
    return lambda spot: (Way(f"{spot.mount}/{request}/{spot.path}", _POST),)


def _folder(folder: str) -> _Ways:
    return lambda spot: (Way(f"{spot.mount}/{folder}/", _LIST),)


def _change(folder: str) -> _Ways:
    return lambda spot: (Way(f"{spot.mount}/{folder}/{spot.path}", _CHANGE),)


_WAYS: Final[Mapping[str, Mapping[str, _Ways]]] = {
    "vault": {
        "read": lambda spot: (Way(f"{spot.mount}/data/{spot.path}", _READ),),
        "write": _change("data"),
        "list": _kv_list,
    },
    "database": {"read": _credentials, "write": _database_role, "list": _database_roles},
    "pki": {"issue": _certificates, "write": _change("roles"), "list": _folder("roles")},
    "transit": {
        "encrypt": _post("encrypt"),
        "decrypt": _decrypt,
        "rewrap": _post("rewrap"),
        "write": _change("keys"),
        "list": _folder("keys"),
    },
}
VERBS_OF: Final[Mapping[str, tuple[str, ...]]] = {kind: tuple(found) for kind, found in _WAYS.items()}
"""The verbs that somebody can have on a secret of each kind in Vault."""
