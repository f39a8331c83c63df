"""What STS checks of a web identity token and the emulator does not.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

import jwt

_ALGORITHMS: Final = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]


class Denied(Exception):  # noqa: N818 - named as AWS names it
    """A refusal in AWS's words: `code` and message, HTTP `status`."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


def checked(token: str, keys: Mapping[str, str]) -> str:
    """The token as the emulator takes it: `aud` as a text instead of a list.

    `keys` are public keys (PEM) by issuer. The result's signature no longer fits, which the
    emulator does not look at. Raises Denied where real STS would refuse the token.
    """
    claims = _verified(token, keys)
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or len(audiences) != 1 or not isinstance(audiences[0], str):  # pyright: ignore[reportUnknownArgumentType]
        raise Denied("InvalidIdentityToken", "the token must carry exactly one audience")
    header, _, signature = token.split(".")
    payload = json.dumps({**claims, "aud": audiences[0]}, separators=(",", ":")).encode()
    return f"{header}.{base64.urlsafe_b64encode(payload).rstrip(b'=').decode()}.{signature}"


def _verified(token: str, keys: Mapping[str, str]) -> Mapping[str, Any]:
    try:
        issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
    except jwt.InvalidTokenError as error:
        raise Denied("InvalidIdentityToken", "the token is no JSON Web Token") from error
    if not isinstance(issuer, str) or issuer not in keys:
        raise Denied("InvalidIdentityToken", "no OpenIDConnect provider for this issuer has such keys")
    try:
        return jwt.decode(
            token,
            keys[issuer],
            algorithms=_ALGORITHMS,
            options={"verify_aud": False, "require": ["exp", "iat", "iss", "sub", "aud"]},
        )
    except jwt.ExpiredSignatureError as error:
        raise Denied("ExpiredTokenException", "the token has expired") from error
    except jwt.ImmatureSignatureError as error:
        raise Denied("InvalidIdentityToken", "the token is not valid yet") from error
    except jwt.InvalidTokenError as error:
        raise Denied(
            "InvalidIdentityToken", f"the token can't be verified: {type(error).__name__}"
        ) from error
