"""Every text in the JSON that Pulumi writes, with its path and whether it is marked secret.

Marks: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

from workload_secrets.certify.certificate import Content
from workload_secrets.certify.document import parse
from workload_secrets.graph.values import SECRET, SIGNATURE

Path = tuple[str | int, ...]
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_$][\w$-]*", re.ASCII)


@dataclass(frozen=True)
class Text:
    """A text or, with `key`, the name of a property. `marked`: at a path that is marked secret."""

    path: Path
    text: str
    marked: bool = False
    key: bool = False


@dataclass(frozen=True)
class Mark:
    """A mark of a secret."""

    path: Path
    content: Content


_MASK: Final = "[secret]"
"""What the engine writes into events in a secret's place:
https://github.com/pulumi/pulumi/blob/v3.274.1/sdk/go/common/resource/config/crypt.go"""


def walk(data: Any, path: Path = ()) -> Iterator[Text | Mark]:
    """Goes through data without recursion."""
    todo: list[tuple[Path, Any, bool]] = [(path, data, False)]
    while todo:
        at, item, marked = todo.pop()
        if isinstance(item, str):
            yield Text(at, item, marked)
        elif isinstance(item, list):
            parts = enumerate(cast("list[Any]", item))
            todo.extend(reversed([((*at, number), part, marked) for number, part in parts]))
        elif isinstance(item, dict):
            pairs = cast("dict[str, Any]", item)
            if pairs.get(SIGNATURE) == SECRET:
                yield Mark(at, _content(pairs))
                yield from (Text(at, name, key=True) for name in pairs)
                todo.extend((at, _opened(part), True) for name, part in pairs.items() if name != SIGNATURE)
                continue
            yield from (Text((*at, name), name, marked, key=True) for name in pairs)
            todo.extend(reversed([((*at, name), part, marked) for name, part in pairs.items()]))
        elif isinstance(item, int | float) and not isinstance(item, bool):
            yield Text(at, str(item), marked)


def shown(path: Path, clean: Callable[[str], bool]) -> str:
    """`outputs.data["a.b"][0]`; a name that holds a secret is left out."""
    made = ""
    for part in path:
        if isinstance(part, int):
            made += f"[{part}]"
        elif not clean(part):
            made += "[a name that holds a secret]"
        elif _PLAIN_NAME.fullmatch(part):
            made += f".{part}" if made else part
        else:
            made += f"[{json.dumps(part)}]"
    return made


def _content(mark: dict[str, Any]) -> Content:
    if "plaintext" not in mark or "ciphertext" in mark:
        return "masked" if mark.get("ciphertext") == _MASK and "plaintext" not in mark else "encrypted"
    return "a value" if any(map(_says, walk(_opened(mark["plaintext"])))) else "empty"


def _says(part: Text | Mark) -> bool:
    return isinstance(part, Text) and not part.key and part.text != ""


def _opened(plaintext: Any) -> Any:
    """Plaintext is JSON as text: https://github.com/pulumi/pulumi/blob/master/pkg/resource/stack/deployment.go"""
    if not isinstance(plaintext, str):
        return plaintext
    try:
        return parse(plaintext)
    except ValueError:
        return plaintext
