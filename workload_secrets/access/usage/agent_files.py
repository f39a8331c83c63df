"""What an agent wrote, compared by digest with what was stored. No value leaves this module."""

from __future__ import annotations

import json
import re
import shlex
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from workload_secrets.access.observed.attempt import digest
from workload_secrets.declaration.delivery import DeliveredFile
from workload_secrets.declaration.secret import Secret

_MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "database": ("username", "password"),
    "pki": ("certificate", "private_key", "ca_chain"),
}
_CERTIFICATE: Final = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
Place = Callable[[str], Path]


def paths(file: DeliveredFile) -> tuple[str, ...]:
    """What is written for a declared file, relative to the volume of the secrets."""
    if file.format == "keys":
        return tuple(f"{file.name}/{name}" for name in file.names.values())
    return (file.name,)


def faults(file: DeliveredFile, secret: Secret, place: Place, stored: Mapping[str, str]) -> Iterator[str]:
    """Everything about a written file that is not as declared. `stored` holds digests by key."""
    for path in paths(file):
        if not place(path).is_file():
            yield f"{path} was not written"
            return
        mode = stat.S_IMODE(place(path).stat().st_mode)
        if mode != int(file.mode, 8):
            yield f"{path} has mode {mode:04o}, declared is {file.mode}"
    if file.format == "template":
        if "<no value>" in place(file.name).read_text("utf-8", errors="replace"):
            yield f"{file.name} holds <no value>: its template takes a key that isn't there"
        return
    found = _values(file, place)
    if found is None:
        yield f"{file.name} is no {file.format} file"
        return
    missing = sorted(k for k in file.names if k not in found and k not in file.optional)
    if missing:
        yield f"{file.name} lacks {', '.join(missing[:5])}"
    elif secret.backend == "vault":
        wrong = sorted(key for key, value in found.items() if digest(value) != stored.get(key))
        if wrong:
            yield f"{file.name} holds something else than what was stored, in {', '.join(wrong[:5])}"
    else:
        yield from _made(file, secret, found)


def current(file: DeliveredFile, place: Place, stored: Mapping[str, str]) -> bool:
    """Whether the file holds exactly what is stored by now."""
    if not all(place(path).is_file() for path in paths(file)):
        return False
    found = _values(file, place) or {}
    return bool(found) and all(digest(value) == stored.get(key) for key, value in found.items())


def _values(file: DeliveredFile, place: Place) -> dict[str, str] | None:
    """The file's values by key; None where it can't be read as what it is."""
    if file.format == "keys":
        return {
            key: place(f"{file.name}/{name}").read_text("utf-8")
            for key, name in file.names.items()
            if place(f"{file.name}/{name}").stat().st_size
        }
    text = place(file.name).read_text("utf-8")
    try:
        named = _variables(text) if file.format == "env" else cast("dict[str, Any]", json.loads(text))
    except ValueError:
        return None
    return {key: str(named[name]) for key, name in file.names.items() if name in named}


def _variables(text: str) -> dict[str, str]:
    """NAME=value as a POSIX shell reads it. Raises ValueError where a quote is left open."""
    pairs = (word.partition("=") for word in shlex.split(text))
    return {name: value for name, _, value in pairs}


def _made(file: DeliveredFile, secret: Secret, found: Mapping[str, str]) -> Iterator[str]:
    """What an engine makes is new each time, so only its form can be told."""
    empty = sorted(
        key for key in _MEMBERS.get(secret.backend, ()) if key in file.names and not found.get(key)
    )
    if empty:
        yield f"{file.name} has nothing in {', '.join(empty)}"
    elif secret.backend == "pki" and {"certificate", "private_key"} <= found.keys():
        yield from _certificate(file, secret, found)


def _certificate(file: DeliveredFile, secret: Secret, found: Mapping[str, str]) -> Iterator[str]:
    try:
        chain = [
            x509.load_pem_x509_certificate(pem.encode()) for pem in _CERTIFICATE.findall(found["certificate"])
        ]
        key = serialization.load_pem_private_key(found["private_key"].encode(), None)
    except ValueError:
        yield f"{file.name} holds no certificate with its key"
        return
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if not chain or chain[0].public_key().public_bytes(*form) != key.public_key().public_bytes(*form):
        yield f"{file.name} holds a key that is not its certificate's"
        return
    names = chain[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    wanted = secret.pki.common_name if secret.pki else ""
    if wanted not in names.get_values_for_type(x509.DNSName):
        yield f"{file.name} holds a certificate without the name {wanted}"
    if len(chain) > 1 and chain[0].issuer != chain[1].subject:
        yield f"{file.name} has a chain that doesn't begin with the certificate's issuer"
