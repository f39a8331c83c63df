"""Where objects of the stack configure a vault of Kong, and the references to it.

Fields: app/gateway/vault/hashicorp.md of Kong/developer.konghq.com. The same fields stand in a
KongVault object, in the variables KONG_VAULT_HCV_* of a container, and in a chart's values,
which spell a variable without its KONG_ in small letters.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from policies.guardrails.declaration import parts
from policies.guardrails.injector import RELEASES
from policies.guardrails.kubernetes.pod_spec import pod
from policies.guardrails.kubernetes.tokens import SECRETS
from policies.guardrails.leaves import leaves
from policies.guardrails.resource import UNKNOWN, NotEvaluable, Path, Resource, Unreadable
from policies.guardrails.rule import Context

DOCS: Final = "https://developer.konghq.com/gateway/entities/vault/"
GROUP: Final = "kubernetes:configuration.konghq.com/"
_VARIABLE: Final = re.compile(r"(?:KONG_)?VAULT_HCV_([A-Z0-9_]+)", re.IGNORECASE | re.ASCII)
_NUMBER: Final = re.compile(r"-?\d{1,20}(\.\d{1,20})?", re.ASCII)
_REFERENCE: Final = re.compile(r"\{vault://([^{}]{0,2000})\}")
BUILT_IN: Final = frozenset({"aws", "azure", "conjur", "env", "gcp"})
"""Backends whose name is a prefix by itself; `hcv` is one where the environment configures it."""
DEPTH: Final = 64


@dataclass(frozen=True)
class Vault:
    """One configured vault. `fields` say where each stands; `prefix` None: of the environment."""

    resource: Resource
    at: Path
    fields: Mapping[str, Path]
    prefix: str | None = None

    def text(self, name: str) -> str | None:
        """A field as text, numbers and flags too."""
        path = self.fields.get(name)
        value = self.resource.get(*path) if path else None
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, Mapping | Sequence):
            raise Unreadable(path or self.at, "text")
        return str(value).lower() if isinstance(value, bool) else str(value)

    def seconds(self, name: str) -> float | None:
        """A time; None where there is none, or what is there is no number."""
        value = (self.text(name) or "").strip()
        return float(value) if _NUMBER.fullmatch(value) else None

    def path(self, name: str) -> Path:
        """Where a field stands, or would."""
        return self.fields.get(name, (*self.at, name))


def is_kong_vault(resource: Resource) -> bool:
    """Whether it is a KongVault object."""
    return resource.type.startswith(GROUP) and resource.type.endswith((":KongVault", ":KongVaultPatch"))


def vaults(resource: Resource) -> Iterator[Vault]:
    """Every vault of HashiCorp's kind that a resource configures."""
    if is_kong_vault(resource):
        if resource.text("spec", "backend") == "hcv":
            at: Path = ("spec", "config")
            fields = {key: (*at, key) for key in resource.object(*at)}
            yield Vault(resource, at, fields, resource.text("spec", "prefix") or "")
    elif resource.type in RELEASES:
        yield from _of_values(resource, resource.object("values"), ("values",))
    else:
        template = pod(resource)
        for container in template.containers() if template else ():
            yield from _of_variables(resource, container)


def _of_values(resource: Resource, value: Mapping[str, Any], at: Path) -> Iterator[Vault]:
    fields = {
        match[1].lower(): (*at, key) for key in value if (match := _VARIABLE.fullmatch(key)) is not None
    }
    if fields:
        yield Vault(resource, at, fields)
    for key, part in value.items():
        if part is UNKNOWN:
            raise NotEvaluable((*at, key))
        if isinstance(part, Mapping) and len(at) < DEPTH:
            yield from _of_values(resource, cast("Mapping[str, Any]", part), (*at, key))


def _of_variables(resource: Resource, container: Path) -> Iterator[Vault]:
    fields: dict[str, Path] = {}
    for index, _ in enumerate(resource.items(*container, "env")):
        path = (*container, "env", index)
        resource.object(*path)
        match = _VARIABLE.fullmatch(resource.text(*path, "name") or "")
        if match:
            fields[match[1].lower()] = (*path, "value")
    if fields:
        yield Vault(resource, (*container, "env"), fields)


@dataclass(frozen=True)
class Reference:
    """`{vault://PREFIX/PATH/KEY}`. `path` is the secret's, without the key."""

    resource: Resource
    at: Path
    prefix: str
    path: str


def references(resource: Resource) -> Iterator[Reference]:
    """Every reference of an object that may hold one."""
    for path, text in texts(resource):
        for match in _REFERENCE.finditer(text):
            prefix, _, rest = match[1].partition("/")
            rest = rest.partition("#")[0].partition("?")[0]
            yield Reference(resource, path, prefix, rest.rpartition("/")[0])


def may_refer(resource: Resource) -> bool:
    """Whether Kong reads it: its own objects, Secrets, pods and charts."""
    kong = resource.type.startswith(GROUP) and not is_kong_vault(resource)
    return kong or resource.type in SECRETS or resource.type in RELEASES or pod(resource) is not None


def texts(resource: Resource) -> Iterator[tuple[Path, str]]:
    """Every known text of an object that Kong may read; a Secret's data decoded."""
    if not may_refer(resource):
        return
    for path, value in leaves(resource.inputs, ()):
        if isinstance(value, str):
            is_data = resource.type in SECRETS and path[0] == "data"
            yield path, _decoded(value) if is_data else value


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return value


def gateways(context: Context) -> Iterator[Mapping[str, Any]]:
    """Every declared vault of a gateway, with its prefix as `prefix`."""
    for _, gateway in parts(context.declared, "gateways"):
        for prefix, vault in parts(gateway, "vaults"):
            alone = gateway.get("environmentVault") == prefix
            yield {"prefix": prefix, "environment": alone, **vault}
