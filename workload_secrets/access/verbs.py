"""Which verbs each kind of secret has, and which requests to Vault are a verb.

Written from the API's own pages, not from what the program declares:
https://openbao.org/api-docs/secret/kv/kv-v2/, https://openbao.org/api-docs/secret/databases/,
https://openbao.org/api-docs/secret/pki/, https://openbao.org/api-docs/secret/transit/.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from workload_secrets.declaration.secret import Backend, Secret, Verb

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


VERBS_OF: Final[Mapping[Backend, tuple[Verb, ...]]] = {
    "aws": ("read", "write", "list"),
    "vault": ("read", "write", "list"),
    "database": ("read", "write", "list"),
    "pki": ("issue", "write", "list"),
    "transit": ("encrypt", "decrypt", "rewrap", "write", "list"),
}


def verbs_of(secret: Secret) -> tuple[Verb, ...]:
    """The verbs that somebody can have on a secret of this kind."""
    return VERBS_OF[secret.backend]


def ways(secret: Secret, verb: Verb) -> tuple[Way, ...]:
    """Every request to Vault that is this verb, the one that clients make first. Paths are
    relative to the secret's own namespace. Raises KeyError for a verb the kind has not."""
    return _WAYS[secret.backend][verb](secret.mount or "", secret.path or "", secret)


def path_of(secret: Secret, verb: Verb) -> str:
    """The API path that clients use for a verb."""
    return ways(secret, verb)[0].path


def capabilities(secret: Secret, verb: Verb) -> tuple[str, ...]:
    """Any one of these capabilities on `path_of` is the verb."""
    return ways(secret, verb)[0].capabilities


_Ways = Callable[[str, str, Secret], tuple[Way, ...]]


def _kv_list(mount: str, path: str, _: Secret) -> tuple[Way, ...]:
    """To list is to see the names in the folder that holds it."""
    folder, slash, _name = path.rpartition("/")
    return (Way(f"{mount}/metadata/{folder}{slash}", _LIST),)


def _credentials(mount: str, path: str, secret: Secret) -> tuple[Way, ...]:
    return (Way(f"{mount}/{_static(secret)}creds/{path}", _READ),)


def _database_role(mount: str, path: str, secret: Secret) -> tuple[Way, ...]:
    return (Way(f"{mount}/{_static(secret)}roles/{path}", _CHANGE),)


def _database_roles(mount: str, _: str, secret: Secret) -> tuple[Way, ...]:
    return (Way(f"{mount}/{_static(secret)}roles/", _LIST),)


def _static(secret: Secret) -> str:
    return "static-" if secret.database and secret.database.static_username else ""


def _certificates(mount: str, path: str, _: Secret) -> tuple[Way, ...]:
    requests = ("issue", "sign", "sign-verbatim")
    named = tuple(f"{mount}/issuer/default/{request}/{path}" for request in ("issue", "sign"))
    return tuple(Way(place, _POST) for place in (*(f"{mount}/{r}/{path}" for r in requests), *named))


def _decrypt(mount: str, path: str, _: Secret) -> tuple[Way, ...]:
    """Whoever exports the key decrypts outside."""
    return (Way(f"{mount}/decrypt/{path}", _POST), Way(f"{mount}/export/encryption-key/{path}", _READ))


def _post(request: str) -> _Ways:
    return lambda mount, path, _: (Way(f"{mount}/{request}/{path}", _POST),)


def _folder(folder: str) -> _Ways:
    return lambda mount, path, _: (Way(f"{mount}/{folder}/", _LIST),)


def _change(folder: str) -> _Ways:
    return lambda mount, path, _: (Way(f"{mount}/{folder}/{path}", _CHANGE),)


_WAYS: Final[Mapping[Backend, Mapping[Verb, _Ways]]] = {
    "vault": {
        "read": lambda mount, path, _: (Way(f"{mount}/data/{path}", _READ),),
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
