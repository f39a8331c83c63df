"""Which fields of requests, answers and environments are for secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, cast
from urllib.parse import unquote, urlsplit

_NAME: Final = re.compile(
    r"(?:token|secret|secretid|secretstring|secretbinary|secretkey|accesskey|password|passwd|pwd|passphrase"
    r"|privatekey|plaintext|jwt|credential|credentials|authorization|apikey|pat)s?$"
)
_PLACE: Final = re.compile(r"(?:file|path|dir|folder|ttl|type|name)$")
_NO_VALUES: Final = ("SecretId", "secretKey")
"""AWS's name or ARN of a secret, and the name of a key in objects of ESO and CSI providers. Vault
writes `secret_id`, which is a value.
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
https://external-secrets.io/latest/api/externalsecret/"""


def secret_name(name: str) -> bool:
    """Whether a field, header or variable of this name is for a secret, such as `secret_id`,
    `X-Vault-Token`, `PGPASSWORD`."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return bool(_NAME.search(plain)) and not _PLACE.search(plain)


def secrets_of(message: object, *, request: bool = False) -> Iterator[str]:
    """The texts of a message that are secrets. `request`: what is sent, not what is answered.

    The values of a KV secret stand below `data` in a request and below `data.data` in an answer:
    https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2. Those of a Kubernetes Secret
    stand in `data`, as base64, and `stringData`.
    """
    if not isinstance(message, Mapping):
        return
    fields = cast("Mapping[str, object]", message)
    data = fields.get("data")
    if request or fields.get("kind") == "Secret":
        yield from _texts(data)
        yield from _texts(fields.get("stringData"))
    elif isinstance(data, Mapping):
        yield from _texts(cast("Mapping[str, object]", data).get("data"))
    yield from _named(fields)


def _named(item: object) -> Iterator[str]:
    if isinstance(item, Mapping):
        for name, value in cast("Mapping[str, object]", item).items():
            if _exported(name, value) or _for_a_secret(name):
                yield from _texts(value)
            else:
                yield from _named(value)
    elif isinstance(item, list):
        for value in cast("list[object]", item):
            yield from _named(value)
    elif isinstance(item, str) and "://" in item:
        yield from _in_url(item)


def _for_a_secret(name: str) -> bool:
    """A name that ends in a slash is the path of a mount, such as `token/`, whose settings follow:
    https://developer.hashicorp.com/vault/api-docs/system/auth"""
    return secret_name(name) and name not in _NO_VALUES and not name.endswith("/")


def _exported(name: str, value: object) -> bool:
    """A list of `keys` is one of names; a mapping is what `transit/export` gives."""
    return name == "keys" and isinstance(value, Mapping)


def _in_url(text: str) -> Iterator[str]:
    """The password of a URL. A placeholder such as {{password}} is none."""
    try:
        password = urlsplit(text).password
    except ValueError:
        return
    if password and not password.startswith("{{"):
        yield from (password, unquote(password))


def _texts(item: object) -> Iterator[str]:
    """Every text below a field; numbers too, which a secret may hold."""
    if isinstance(item, Mapping):
        for value in cast("Mapping[object, object]", item).values():
            yield from _texts(value)
    elif isinstance(item, list):
        for value in cast("list[object]", item):
            yield from _texts(value)
    elif isinstance(item, str):
        yield from (item, item.removeprefix("Bearer "))
    elif isinstance(item, (int, float)) and not isinstance(item, bool):
        yield str(item)
