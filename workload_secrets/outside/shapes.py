"""Secrets that nobody told us of, by their shape: a server may quote one of its own."""

from __future__ import annotations

import re
from typing import Final

_SHAPES: Final = (
    # https://developer.hashicorp.com/vault/docs/concepts/tokens#token-prefixes
    re.compile(r"\b(?:hv[sbr]\.|[sbr]\.)[A-Za-z0-9_-]{20,}"),
    # https://www.rfc-editor.org/rfc/rfc7519: three parts, the first a JSON object in base64
    re.compile(r"\beyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]+){0,2}"),
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL),
    re.compile(r"(?<=://)[^\s/@]+(?=@)"),
    re.compile(r"(?i)(?<=bearer )\S+|(?<=basic )[A-Za-z0-9+/_-]{8,}=*"),
    re.compile(r"(?i)(?<=password=)[^\s&;,]+|(?<=pwd=)[^\s&;,]+"),
)


def without_shapes(text: str, mark: str) -> str:
    """The text with a mark in place of each secret that shows by its shape: tokens of Vault, JWTs,
    AWS keys, PEM private keys, users and passwords in URLs, authorization headers."""
    for shape in _SHAPES:
        text = shape.sub(mark, text)
    return text
