"""Reads the data files beside this module.

    - rule: SM-01
      name: under AWS's own key          # what is planted, in words
      stack: aws-only                    # a stack's name, or that of a file in tests/stacks or examples
      file: components/aws/secret.py     # with find, which stands exactly once in it, and replace;
      find: kms_key_id=args.key_arn,     # or edits, a list of such
      replace: kms_key_id=None,
      resource: orders-secret            # what the finding is about
      at: components/aws/secret.py       # the file of its source line; the planted one where left out
      says: no customer KMS key          # a part of the finding

`exit: 2` is of a value that the configuration refuses already: then `says` is a part of the
message, which names the rule too. `ends: true` is of a program that ends before the review.
`base: true` compares with the revision before. `outcome` is another than a violation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.proof.scratch import Edit

FOLDER = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Plant:
    rule: str
    name: str
    stack: str
    edits: tuple[Edit, ...]
    says: str
    resource: str = ""
    at: str = ""
    exit: int = 3
    ends: bool = False
    base: bool = False
    outcome: str = "violation"

    def __str__(self) -> str:
        return f"{self.rule}-{self.name}".replace(" ", "-")

    @property
    def declared_in(self) -> str:
        """The file that the source line is in."""
        return self.at or self.edits[0].file


def plants() -> tuple[Plant, ...]:
    """Every planting. Raises TypeError for an unknown key."""
    files = sorted(FOLDER.glob("*.yaml"))
    return tuple(_plant(entry) for file in files for entry in yaml.safe_load(file.read_text("utf-8")))


def _plant(entry: Mapping[str, Any]) -> Plant:
    data = dict(entry)
    single = {key: data.pop(key) for key in ("file", "find", "replace") if key in data}
    edits = tuple(Edit.read(edit) for edit in data.pop("edits", [single]))
    return Plant(edits=edits, **data)
