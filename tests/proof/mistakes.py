"""The planted mistakes as data, and what a run of the command line says of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, cast

import yaml

from tests.proof.scratch import ROOT, Edit

HERE: Final = Path(__file__).parent
_EFFECTS: Final = {"yes": "can", "no": "can't", "unknown": "may or may not"}

Seen = Literal["derived", "observed", "both"]
Column = Literal["derived", "observed"]


@dataclass(frozen=True)
class Refusal:
    """A value of a stack file, by its dotted key, and what the message holds."""

    key: str
    value: str
    says: str


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One entry of `mutations.yaml` or `wrong_forms.yaml`; their heads say what each key means."""

    file: str
    name: str
    edits: tuple[Edit, ...]
    stack: str
    seen: Seen
    differs: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    fails: tuple[str, ...] = ()
    misused: tuple[str, ...] = ()
    together: str | None = None
    kind: str = ""
    source: str = ""
    why: str = ""
    refused: tuple[Refusal, ...] = ()

    @property
    def group(self) -> str:
        """The name of what is rehearsed in one copy."""
        return self.together or self.name

    def members(self) -> tuple[Mistake, ...]:
        """Everything that is rehearsed in one copy with this, itself included."""
        return tuple(m for m in read(self.file) if m.group == self.group and m.shows("observed"))

    def shows(self, column: Column) -> bool:
        """Whether the mistake has to show in this column."""
        return self.seen in (column, "both")


def read(file: str) -> tuple[Mistake, ...]:
    """The entries of a file beside this module. Raises TypeError for an unknown key."""
    entries = cast("Sequence[Mapping[str, Any]]", yaml.safe_load((HERE / file).read_text()))
    return tuple(_mistake(file, entry) for entry in entries)


def stack_argument(name: str) -> str:
    """What the command line takes: a stack's own name, or the path of one that `stack_file` finds."""
    own = stack_file(name)
    return str(own) if own else name


def stack_file(name: str) -> Path | None:
    """The stack file of this name beside this module, among the examples or in `tests/stacks/`."""
    folders = (HERE / "stacks", ROOT / "examples", ROOT / "tests" / "stacks")
    files = (folder / f"{name}.yaml" for folder in folders)
    return next((file for file in files if file.is_file()), None)


def sentences(access: Mapping[str, Any], column: Column) -> frozenset[str]:
    """Every difference of a report in one column, such as `portal can't read admin`."""
    return frozenset(
        f"{d['principal']} {_EFFECTS[d['found']]} {d['verb']} {d['secret']}"
        for d in access["differences"]
        if d["column"] == column
    )


def _mistake(file: str, entry: Mapping[str, Any]) -> Mistake:
    data = dict(entry)
    single = {key: data.pop(key) for key in ("file", "find", "replace") if key in data}
    planted = data.pop("edits", [single])
    lists = {key: tuple(data.pop(key, ())) for key in ("differs", "unsure", "fails", "misused")}
    refused = tuple(Refusal(**refusal) for refusal in data.pop("refused", ()))
    return Mistake(
        refused=refused, file=file, edits=tuple(Edit.read(edit) for edit in planted), **lists, **data
    )
