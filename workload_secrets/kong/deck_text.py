"""The text of a decK file.

decK works out templates before it reads the YAML, so that a value lands in the text as it is:
only a block keeps a value of several lines, or with quotes, whole (pkg/file/template.go of
Kong/go-database-reconciler; `indent` is decK's, since 1.21).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

import yaml

HEADER: Final = "# Written by workload-secrets kong deck, which writes it anew."
"""The first line of every file that may be overwritten."""
VARIABLE: Final = re.compile(r'\$\{\{ env "(DECK_[A-Z0-9_]+)" \}\}')
"""The template of one variable's value, as it stands in a document."""
_PLAIN: Final = re.compile(r"[A-Za-z_/][A-Za-z0-9_ ./-]*[A-Za-z0-9]")
"""Texts that may stand without quotes. decK's reader takes more words for truth values and
numbers than ours, such as Y and 1e3."""
_TEXT: Final = "tag:yaml.org,2002:str"
_UNFOLDED: Final = 1_000_000
_STEP: Final = 2


class _Block(str):
    """A text that is written as a block."""


class _Dumper(yaml.SafeDumper):
    """No aliases: decK's readers would show them."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _block(_dumper: _Dumper, data: _Block) -> yaml.ScalarNode:
    return yaml.ScalarNode(_TEXT, str(data), style="|")


def _text(_dumper: _Dumper, data: str) -> yaml.ScalarNode:
    return yaml.ScalarNode(_TEXT, data, style=None if _PLAIN.fullmatch(data) else "'")


_Dumper.add_representer(_Block, _block)
_Dumper.add_representer(str, _text)


def deck_text(document: Mapping[str, Any], *notes: str) -> str:
    """YAML, below the header and a comment of `notes`, one a line."""
    comment = "".join(f"# {note}\n" for note in notes)
    body = yaml.dump(
        _templated(document, 0), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_UNFOLDED
    )
    return f"{HEADER}\n{comment}{body}"


def variables(document: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Prefix and field of each variable that the file needs, by its name."""
    return {
        match[1]: (str(vault["prefix"]), field)
        for vault in document["vaults"]
        for field, value in vault["config"].items()
        if isinstance(value, str) and (match := VARIABLE.fullmatch(value))
    }


def _templated(value: Any, depth: int) -> Any:
    """The document with its templates as blocks. A list's own entries stand no deeper."""
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, Any]", value)
        return {key: _templated(item, depth + 1) for key, item in entries.items()}
    if isinstance(value, list):
        return [_templated(item, depth) for item in cast("list[Any]", value)]
    if isinstance(value, str) and (match := VARIABLE.fullmatch(value)):
        return _Block(f'${{{{ env "{match[1]}" | indent {depth * _STEP} }}}}')
    return value
