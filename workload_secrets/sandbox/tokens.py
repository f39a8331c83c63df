"""Tokens that no API server would mint: expired ones, and those of a foreign issuer."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


class Signer(Protocol):
    """A cluster, or what stands in for an issuer of jobs."""

    @property
    def signing_key_file(self) -> Path: ...
    @property
    def public_key_file(self) -> Path: ...


def sign(signer: Signer, claims: Mapping[str, Any]) -> str:
    """A JSON Web Token with exactly these claims, signed by the signer's own key.

    It carries the key id that an API server gives that key, so that only the claims can
    make a server refuse it.
    """
    return jwt.encode(
        dict(claims),
        signer.signing_key_file.read_text(),
        algorithm="RS256",
        headers={"kid": key_id(signer.public_key_file)},
    )


def foreign(claims: Mapping[str, Any]) -> str:
    """A JSON Web Token with exactly these claims, signed by a key that nobody knows."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return jwt.encode(dict(claims), pem, algorithm="RS256", headers={"kid": "foreign"})


def key_id(public_key_file: Path) -> str:
    """The key id kube-apiserver derives: SHA-256 of the DER form, URL-safe base64 unpadded.

    https://github.com/kubernetes/kubernetes/blob/master/pkg/serviceaccount/jwt.go (keyIDFromPublicKey)
    """
    key = serialization.load_pem_public_key(public_key_file.read_bytes())
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
