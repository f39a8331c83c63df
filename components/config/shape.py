"""Which keys the models allow at a place of the stack file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from components.config.gateways.auth import AUTHS, KubernetesAuth
from components.config.identity import IDENTITIES, KubernetesIdentity
from components.config.secrets import BACKENDS, AwsSecret
from components.config.stack import StackConfig


def keys_at(
    path: Sequence[int | str], data: Mapping[str, Any], root: type[BaseModel] = StackConfig
) -> list[str]:
    """The allowed keys of the object at `path`, sorted; empty where keys are free."""
    kind: Any = root
    value: Any = data
    for part in path:
        kind = _step(kind, part, value)
        value = _inner(value, part)
    model = _model(kind, value)
    return sorted(_key(*field) for field in model.model_fields.items()) if model else []


def _inner(value: Any, part: int | str) -> Any:
    if isinstance(value, Mapping):
        return cast("Mapping[Any, Any]", value).get(part)
    if isinstance(value, list | tuple) and isinstance(part, int):
        return cast("Sequence[Any]", value)[part]
    return None


def _step(kind: Any, part: int | str, value: Any) -> Any:
    if model := _model(kind, value):
        names = {_key(name, info): info.annotation for name, info in model.model_fields.items()}
        return names.get(str(part))
    arguments = get_args(kind)
    return arguments[1] if len(arguments) == 2 and arguments[1] is not Ellipsis else _first(arguments)


def _key(name: str, info: FieldInfo) -> str:
    """How a field is written in the file."""
    return info.alias or to_camel(name)


def _first(arguments: tuple[Any, ...]) -> Any:
    return arguments[0] if arguments else None


def _model(kind: Any, value: Any) -> type[BaseModel] | None:
    """The model behind an annotation, with Annotated, optional and the secret union undone."""
    if get_origin(kind) is Annotated:
        return _model(get_args(kind)[0], value)
    if get_origin(kind) in (Union, UnionType):
        if AwsSecret in get_args(kind):
            return BACKENDS.get(str(_inner(value, "backend")), AwsSecret)
        if KubernetesIdentity in get_args(kind):
            return IDENTITIES.get(str(_inner(value, "method")), KubernetesIdentity)
        if KubernetesAuth in get_args(kind):
            return AUTHS.get(str(_inner(value, "method")), KubernetesAuth)
        return next((found for part in get_args(kind) if (found := _model(part, value))), None)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None
