"""What an object tells its operator to do, without anything of the declaration."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

Deliver = Callable[[Mapping[str, Any]], Mapping[str, str]]
"""From what was read to what is delivered, by name. Raises ObjectError where a key is missing."""


class ObjectError(Exception):
    """An object that its operator could not follow. The message holds no value."""


@dataclass(frozen=True, kw_only=True)
class Custom:
    """One custom resource as the API server has it."""

    api_version: str
    kind: str
    namespace: str
    name: str
    spec: Mapping[str, Any] = field(repr=False)

    @property
    def label(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


Objects = Mapping[tuple[str, str], Custom]
"""The objects of one workload, by kind and name."""


@dataclass(frozen=True, kw_only=True)
class VaultWay:
    """How the operator logs in to Vault: as `account`, with a token for `audience`.

    `authority` is the PEM text of the CA that the object carries, None where the operator's
    own file or setting counts.
    """

    namespace: str
    account: str
    audience: str
    address: str
    mount: str
    role: str
    vault_namespace: str | None = None
    authority: str | None = None


@dataclass(frozen=True, kw_only=True)
class AwsWay:
    """How the operator gets AWS credentials: the role annotated on `account`. `audience` None:
    the annotated one, else the webhook's default."""

    namespace: str
    account: str
    region: str
    audience: str | None = None


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One request, and what becomes of its answer.

    `path` is below /v1/, for AWS the secret's name. `target` is the Kubernetes Secret that is
    made, empty where files are mounted. `keyed`: the answer is a KV version.
    """

    source: str
    way: VaultWay | AwsWay
    path: str
    deliver: Deliver
    target: str = ""
    keyed: bool = True
    method: str = "GET"
    body: Mapping[str, Any] | None = None
    vault_namespace: str | None = None


def need(spec: Mapping[str, Any], path: str, where: str) -> Any:
    """The value at a dotted path. Raises ObjectError where it isn't there."""
    value: Any = spec
    for part in path.split("."):
        if not isinstance(value, Mapping) or not cast("Mapping[str, Any]", value).get(part):
            raise ObjectError(f"{where}: {path} is missing")
        value = cast("Mapping[str, Any]", value)[part]
    return value


def one(values: Any, what: str, where: str) -> str:
    """The only entry of a list."""
    found = cast("list[Any]", values) if isinstance(values, list) else []
    if len(found) != 1:
        raise ObjectError(f"{where}: {what} has {len(found)} entries, one is needed")
    return str(found[0])


def literal(data: Mapping[str, Any], key: str, where: str) -> str:
    """The member of exactly this name."""
    if key not in data:
        raise ObjectError(f"{where}: there is no key {key}")
    return text(data[key])


def text(value: Any) -> str:
    """A value as text; anything but text in the JSON form that operators give it."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def path_of(data: Mapping[str, Any], path: str, where: str) -> str:
    """The member at a path of gjson: names joined by dots, a dot of a name escaped by \\.
    https://github.com/tidwall/gjson/blob/master/SYNTAX.md"""
    value: Any = data
    for part in path.replace("\\.", "\0").split("."):
        name = part.replace("\0", ".")
        if not isinstance(value, Mapping) or name not in value:
            raise ObjectError(f"{where}: there is nothing at {path}")
        value = cast("Mapping[str, Any]", value)[name]
    return text(value)
