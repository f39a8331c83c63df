"""What a message says of a gateway's keys where the general words would not help.

The keys that Kong's own page writes (host, token, protocol, name: ...) are refused with what
takes their place here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from components.config.gateways.auth import AUTHS
from components.config.gateways.methods import FIELDS, FOREIGN, METHODS
from components.config.gateways.times import TIMES
from components.config.problem import Problem, shown

_WORD: Final = re.compile(r"[a-z0-9_-]{1,20}", re.ASCII)
_ADDRESS: Final = "remove it: host and port are those of endpoints.vault.address"
_NO_VALUE: Final = (
    "remove it: a value never stands in this file; write auth: kubernetes, which needs no secret"
)
_DERIVED: Final = "remove it: Kong's field follows from the stack file, see docs/kong.md"
_MISPLACED: Final[Mapping[str, str]] = {
    "host": _ADDRESS,
    "port": _ADDRESS,
    "token": _NO_VALUE,
    "name": "remove it: every vault here is of Kong's kind hcv, and its key is its prefix",
    "prefix": "remove it: the vault's key is its prefix",
    "config": "remove it: what stands below config on Kong's page is the vault's own key here, or derived",
    "namespace": "remove it: it is facts.vault.namespace",
    "auth_method": "write auth: kubernetes, or another method",
    "authMethod": "write auth: kubernetes, or another method",
}
_OF_AUTH: Final[Mapping[str, str]] = {
    "token": "remove it: a value never stands in this file; it comes to Kong out of band",
    "secretId": "remove it: a value never stands in this file; secretIdFile names the file that Kong reads",
    "roleId": "remove it: Vault makes it, and whoever configures Kong brings it along",
    "cert": "remove it: certificate and key come to Kong out of band",
    "key": "remove it: certificate and key come to Kong out of band",
    "clientSecret": "remove it: a value never stands in this file; it comes to Kong out of band",
    "authMount": "remove it: kubernetes logs in at facts.vault.authMount, oauth2 at jwt, token nowhere",
    "role": "remove it: vaultRole of the vault, or of the workload, names it",
}
_OF_KEYRING: Final[Mapping[str, str]] = {
    "id": "remove it: the declared secret has the keys id and key, and keys set writes them",
    "key": "remove it: a value never stands in this file; keys set writes it to the declared secret",
    "token": "remove it: the keyring logs in with its pod's token",
}
_OF_KONNECT: Final[Mapping[str, str]] = {
    "token": "remove it: a value never stands in this file; decK has an environment of its own for it",
}
_FIXED: Final[Mapping[str, str]] = {
    "protocol": "remove the key: over http values and logins would travel in clear text",
    "kv": "remove the key and use a KV version 2 mount: version 1 keeps no old value to go back to",
    "sslVerify": "remove the key",
}


def of_vault(path: Sequence[int | str]) -> bool:
    """Whether it is below `gateways.G.vaults.P`."""
    return len(path) > 4 and path[0] == "gateways" and path[2] == "vaults"


def of_auth(path: Sequence[int | str]) -> bool:
    """Whether it is `gateways.G.vaults.P.auth`, or below it."""
    return of_vault(path) and path[4] == "auth"


def without_tag(path: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The path in the file, where pydantic put a method's name below `auth`."""
    tagged = of_auth(path) and len(path) > 5 and path[5] in AUTHS
    return (*path[:5], *path[6:]) if tagged else path


def missing(path: Sequence[int | str]) -> tuple[str, str] | None:
    """What is allowed where a vault's key is missing, and the remedy; None: the general words."""
    if not of_vault(path):
        return None
    if (time := TIMES.get(str(path[-1]))) is not None and len(path) == 5:
        return time.allowed, f"write {time.usual}"
    if path[-1] == "auth":
        return f"how the gateway logs in: {', '.join(AUTHS)}", "write auth: kubernetes, or another method"
    return None


def unknown_key(path: Sequence[int | str]) -> str | None:
    """The remedy for a key that no vault or method has; None: the general words."""
    name = str(path[-1])
    if len(path) == 4 and path[0] == "gateways":
        return {"keyring": _OF_KEYRING, "konnect": _OF_KONNECT}.get(str(path[2]), {}).get(name)
    if of_auth(path) and len(path) > 5:
        return _OF_AUTH.get(name, _kongs(name))
    return _MISPLACED.get(name, _kongs(name)) if of_vault(path) else None


def _kongs(name: str) -> str | None:
    known = {*FIELDS, *(field for method in METHODS.values() for field in method.fields)}
    return _DERIVED if name in known else None


def fixed(path: Sequence[int | str]) -> str | None:
    """The remedy for a key that has one value or shape only; None: the general words."""
    if len(path) == 3 and path[0] == "gateways" and path[2] == "vaults":
        return "write each vault below its prefix, as vaults: {PREFIX: {mount: …, auth: …}}"
    return _FIXED.get(str(path[-1])) if of_vault(path) else None


def unknown_method(key: str, tag: str | None) -> Problem:
    """The problem of a method that no model is of. `tag` None: none was named."""
    known = ", ".join(AUTHS)
    if tag is not None and (foreign := FOREIGN.get(tag)):
        return Problem(
            key=key,
            got=shown(tag),
            allowed=f"{known}; Kong has {tag} since {foreign.since}, but OpenBao has no such auth method, so "
            "no rehearsal could prove it",
            remedy=f"use {foreign.instead}",
        )
    remedy = "say how the gateway logs in"
    if tag == "jwt":
        remedy = "write oauth2: jwt is its name in kong.conf only"
    got = None
    if tag is None or _WORD.fullmatch(tag):  # anything else could be a token
        got = "nothing" if tag is None else shown(tag)
    return Problem(key=key, got=got, allowed=known, remedy=remedy)
