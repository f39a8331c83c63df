"""Turns the errors of the models into problems that name key, allowed values and remedy."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from components.config import shape
from components.config.engines.database import MISPLACED
from components.config.gateways import wording
from components.config.identity import METHODS
from components.config.problem import REFUSED, Problem, shown
from components.config.secrets import BACKENDS
from components.config.stack import StackConfig

# Under these a person may have put a secret by mistake: the value got is never shown.
_UNSEEN: Final = frozenset(
    {"keys", "description", "tags", "env", "args", "command", "adminPassword", "statements"}
)
# Union tags stand in pydantic's locations but not in the file.
_TAGS: Final = frozenset(BACKENDS)
_QUOTE: Final = "put the value in quotes, so that YAML keeps it as text"


def problem_of(error: ErrorDetails, data: Mapping[str, Any], root: type[BaseModel] = StackConfig) -> Problem:
    """The problem behind one pydantic error. `data` is what was validated as `root`."""
    path = _file_path(error["loc"])
    key = ".".join(str(part) for part in path)
    context: Mapping[str, Any] = error.get("ctx", {})
    if error["type"] == REFUSED:
        got = None if _unseen(path) else context.get("got")
        return Problem(key=key, got=got, allowed=context["allowed"], remedy=context["remedy"])
    kind = error["type"]
    if kind == "missing":
        allowed, remedy = wording.missing(path) or ("a value, this key is required", "add the key")
        return Problem(key=key, got="nothing", allowed=allowed, remedy=remedy)
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        if wording.of_auth(path):
            by_word = _got(path, data) != "an object"
            return wording.unknown_method(key if by_word else f"{key}.method", context.get("tag"))
        return _method(kind, key, context) if _of_identity(path) else _backend(kind, key, context)
    if kind == "extra_forbidden":
        return _extra(path, key, data, root)
    allowed, remedy = _allowed(kind, context)
    if _key_spec(path):
        remedy = (
            "describe the key with description, required, maxAgeDays; its value never stands in this file"
        )
    if kind in ("literal_error", "mapping_type", "dict_type"):
        remedy = wording.fixed(path) or remedy
    if path[-1] == "adminPassword":
        remedy = "name where the deployer's machine has it, {env: NAME} or {file: PATH}, never the password"
    return Problem(key=key, got=_got(path, data), allowed=allowed, remedy=remedy)


def _file_path(loc: Sequence[int | str]) -> tuple[int | str, ...]:
    """pydantic's location without the union's tag, which stands third below `secrets`, fourth
    in an identity and sixth in a gateway's vault."""
    path = tuple(part for part in loc if part != "[key]")
    if len(path) > 2 and path[0] == "secrets" and path[2] in _TAGS:
        return (*path[:2], *path[3:])
    if len(path) > 3 and _of_identity(path) and path[3] in METHODS:
        return (*path[:3], *path[4:])
    return wording.without_tag(path)


def _of_identity(path: Sequence[int | str]) -> bool:
    return len(path) > 2 and path[0] in ("workloads", "writers") and path[2] == "identity"


def _backend(kind: str, key: str, context: Mapping[str, Any]) -> Problem:
    got = "nothing" if kind == "union_tag_not_found" else shown(context["tag"])
    allowed = ", ".join(sorted(_TAGS))
    return Problem(key=f"{key}.backend", got=got, allowed=allowed, remedy="say where the secret is kept")


def _method(kind: str, key: str, context: Mapping[str, Any]) -> Problem:
    got = "nothing" if kind == "union_tag_not_found" else shown(context["tag"])
    return Problem(
        key=f"{key}.method", got=got, allowed=", ".join(METHODS), remedy="say how the workload logs in"
    )


def _key_spec(path: Sequence[int | str]) -> bool:
    """Whether the path is below `secrets.NAME.keys`, where a value may have been written."""
    return len(path) > 3 and path[0] == "secrets" and path[2] == "keys"


def _of_database(path: Sequence[int | str], data: Mapping[str, Any]) -> bool:
    """Whether the path is below a secret of a database."""
    if len(path) < 3 or path[0] != "secrets":
        return False
    secret: Any = data["secrets"][path[1]]
    return isinstance(secret, Mapping) and cast("Mapping[str, Any]", secret).get("backend") == "database"


def _extra(path: Sequence[int | str], key: str, data: Mapping[str, Any], root: type[BaseModel]) -> Problem:
    known = shape.keys_at(path[:-1], data, root)
    close = difflib.get_close_matches(str(path[-1]), known, n=1)
    remedy = f"did you mean {close[0]}?" if close else "remove the key"
    if _key_spec(path):
        remedy = "remove the key; a value never stands in this file"
    if "databases" in path or _of_database(path, data):
        remedy = MISPLACED.get(str(path[-1]), remedy)
    remedy = wording.unknown_key(path) or remedy
    return Problem(key=key, got="a key that is not known", allowed=", ".join(known), remedy=remedy)


def _allowed(kind: str, context: Mapping[str, Any]) -> tuple[str, str]:
    texts: dict[str, tuple[str, str]] = {
        "string_type": ("text", _QUOTE),
        "int_type": ("a whole number", "write a number"),
        "int_parsing": ("a whole number", "write a number"),
        "int_from_float": ("a whole number", "write a number without a fraction"),
        "bool_type": ("true or false", "write true or false"),
        "bool_parsing": ("true or false", "write true or false"),
        "model_type": ("an object", "write nested keys"),
        "model_attributes_type": ("an object", "write nested keys"),
        "mapping_type": ("an object", "write nested keys"),
        "dict_type": ("an object", "write nested keys"),
        "tuple_type": ("a list", "write a list"),
    }
    if kind in texts:
        return texts[kind]
    if kind == "literal_error":
        return str(context["expected"]), "use one of these"
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = context.get("ge", context.get("le"))
        return ("at least" if "ge" in context else "at most") + f" {bound}", "change the number"
    return f"a value of the right kind ({kind})", "see the description of this key in docs"


def _got(path: Sequence[int | str], data: Mapping[str, Any]) -> str | None:
    if _unseen(path):
        return None
    value: Any = data
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    if isinstance(value, Mapping):
        return "an object"
    return "a list" if isinstance(value, list | tuple) else shown(value)


def _unseen(path: Sequence[int | str]) -> bool:
    return any(part in _UNSEEN for part in path)
