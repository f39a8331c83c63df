"""How documents become text: one form, so that equal documents are equal bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

IAM_VERSION = "2012-10-17"


def json_text(document: Mapping[str, Any]) -> str:
    """Compact JSON with sorted keys."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def policy_text(statements: Sequence[Mapping[str, Any]]) -> str:
    """An IAM document of these statements, in their order."""
    return json_text({"Version": IAM_VERSION, "Statement": list(statements)})


def sid(prefix: str, name: str) -> str:
    """A statement id: IAM takes letters and digits only.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html"""
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in name).split()
    return prefix + "".join(word[0].upper() + word[1:] for word in words)
