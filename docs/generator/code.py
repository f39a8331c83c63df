"""Components as they stand in the code: arguments, outputs, and the table of all."""

from __future__ import annotations

import importlib
import re
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pulumi
from pydantic_core import PydanticUndefined

from docs.generator.markdown import code, docstring, table

ROOT: Final = Path(__file__).parents[2]


def components() -> Iterator[tuple[str, type[pulumi.ComponentResource]]]:
    """Token and class of every component, sorted by token."""
    found: dict[str, type[pulumi.ComponentResource]] = {}
    for path in (ROOT / "components").rglob("*.py"):
        if re.search(r"^TOKEN = ", path.read_text("utf-8"), re.MULTILINE):
            module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
            found[module.TOKEN] = getattr(module, module.TOKEN.rpartition(":")[2])
    yield from sorted(found.items())


def page_of(token: str) -> str:
    """The page of a component, relative to `docs/`: `components/aws-workload-role.md`."""
    _, system, name = token.split(":")
    words = re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower().removeprefix(f"{system}-")
    if system == "platform":
        words = words.removesuffix("platform").removesuffix("-")
    return f"components/{'-'.join(filter(None, (system, words)))}.md"


def components_table(prefix: str = "") -> list[str]:
    """Every component with its page; `prefix` goes before the pages' paths."""
    rows = [
        (f"[`{token.removeprefix('workload-secrets:')}`]({prefix}{page_of(token)})", _purpose(page_of(token)))
        for token, _ in components()
    ]
    return table(("component", "what it is"), rows)


def _purpose(page: str) -> str:
    """The first paragraph of a page, up to its first sentence's end."""
    text = (ROOT / "docs" / page).read_text("utf-8").split("\n\n")[1]
    return text.split(". ")[0].rstrip(".")


def interface(token: str) -> list[str]:
    """What a component takes and gives, from the code."""
    cls = dict(components())[token]
    module = importlib.import_module(cls.__module__)
    source = str(Path(module.__file__ or "").relative_to(ROOT))
    args = getattr(module, f"{cls.__name__}Args")
    return [
        f"Token `{token}`, in `{source}`.",
        "",
        *docstring(cls),
        "",
        f"Arguments, `{args.__name__}`:",
        "",
        *table(("argument", "type", "default"), _arguments(args)),
        *_said(args),
        "",
        "Outputs:",
        "",
        *table(("output", "type"), ((code(n), code(t)) for n, t in _outputs(cls))),
    ]


def _said(args: Any) -> list[str]:
    return ["", *docstring(args)] if "__doc__" in vars(args) and args.__doc__ else []


def _arguments(args: Any) -> Iterator[tuple[str, str, str]]:
    for name, field in args.model_fields.items():
        given = field.default is PydanticUndefined
        default = "required" if given else code(repr(field.default))
        yield code(name), code(type_text(field.annotation)), default


def _outputs(cls: type[Any]) -> Iterator[tuple[str, str]]:
    for name, kind in vars(cls)["__annotations__"].items():
        yield name, re.sub(r"\b(?:[A-Za-z_]+\.)+(?=[A-Za-z_])", "", kind)


def type_text(kind: Any) -> str:
    """A type as it is written, without its modules."""
    if typing.get_origin(kind) is typing.Literal:
        return " | ".join(f'"{value}"' for value in typing.get_args(kind))
    if kind is type(None):
        return "None"
    if isinstance(kind, type) and not typing.get_args(kind):
        return kind.__name__
    text = re.sub(r"typing\.Union\[(.*)\]", lambda m: " | ".join(_split(m.group(1))), str(kind))
    return re.sub(r"\b(?:[A-Za-z_]+\.)+(?=[A-Za-z_])", "", text).replace("NoneType", "None")


def _split(text: str) -> list[str]:
    """The members of a union, split at its own commas."""
    parts, depth = [""], 0
    for char in text:
        depth += (char == "[") - (char == "]")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts]
