"""Resources as a scanner of files reads them: a Terraform plan, and Kubernetes manifests.

The providers of Pulumi for AWS and Vault are made from Terraform's, so a type and a property have
the same name there in other letters. What stands for nothing in those files isn't written:
components, and Helm releases, which a scanner would need the chart for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import yaml

from policies.guardrails.resource import UNKNOWN, Resource

Ids = Mapping[str, Sequence[str]]
"""What else a resource is called by others, by its URN: its ARN, its id."""

_TYPES: Final[Mapping[str, str]] = {
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "aws_iam_openid_connect_provider",
    "vault:appRole/authBackendRole:AuthBackendRole": "vault_approle_auth_backend_role",
    "vault:appRole/authBackendRoleSecretId:AuthBackendRoleSecretId": (
        "vault_approle_auth_backend_role_secret_id"
    ),
    "vault:kv/secret:Secret": "vault_kv_secret",
    "vault:kv/secretV2:SecretV2": "vault_kv_secret_v2",
    "vault:tokenauth/authBackendRole:AuthBackendRole": "vault_token_auth_backend_role",
}
"""Where the name isn't that of module and resource."""
_SINGULAR: Final[Mapping[str, str]] = {
    "clientIdLists": "client_id_list",
    "inlinePolicies": "inline_policy",
    "thumbprintLists": "thumbprint_list",
}
"""Lists that Terraform names by one item."""
_ARN: Final = re.compile(r"arn:[\w-]+:[\w-]+:[\w-]*:\d*:(?:secret:|role/|policy/|key/)(.+)")
_DOCUMENTS: Final = frozenset({"assumeRolePolicy", "policy"})
_MAPS: Final = frozenset({"boundClaims", "data", "metadata", "options", "tags"})
"""Whose keys are somebody's own."""


def plan(resources: Sequence[Resource], ids: Ids | None = None, prefix: str = "r") -> dict[str, Any]:
    """What `terraform show -json` prints of a plan that makes these resources of AWS and Vault.
    Plans that are scanned together need names of their own: `prefix` begins them."""
    made = [(r, kind) for r in resources if (kind := terraform_type(r.type))]
    named = [(resource, kind, f"{prefix}{number}") for number, (resource, kind) in enumerate(made)]
    called = _called(named, ids or {})
    values = [
        {"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name, "values": _values(r)}
        for r, kind, name in named
    ]
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": values}},
        "resource_changes": [_created(value) for value in values],
        "configuration": {
            "provider_config": _providers(resources),
            "root_module": {"resources": [_configured(r, kind, name, called) for r, kind, name in named]},
        },
    }


def manifests(resources: Iterable[Resource]) -> Iterator[dict[str, Any]]:
    """The objects of Kubernetes. A patch is written as what it is a part of."""
    for resource in resources:
        if not resource.type.startswith("kubernetes:") or "helm.sh" in resource.type:
            continue
        group, _, kind = resource.type.removeprefix("kubernetes:").rpartition(":")
        version = {"core/v1": "v1", "core": "v1", "apps": "apps/v1"}.get(group, group)
        given = cast("dict[str, Any]", _plain(resource.inputs))
        metadata = {"name": resource.name, **cast("dict[str, Any]", given.get("metadata") or {})}
        yield {
            "apiVersion": version,
            "kind": kind.removesuffix("Patch"),
            **{key: _with_names(value) for key, value in given.items() if key not in ("apiVersion", "kind")},
            "metadata": metadata,
        }


def terraform_type(type_: str) -> str | None:
    """`aws:iam/role:Role` as `aws_iam_role`; None for what Terraform's two providers don't have."""
    if type_ in _TYPES:
        return _TYPES[type_]
    provider, _, rest = type_.partition(":")
    module, _, name = rest.partition("/")
    if provider not in ("aws", "vault") or not name:
        return None
    words = snake(name.partition(":")[0])
    return f"{provider}_{words}" if module == "index" else f"{provider}_{snake(module)}_{words}"


def snake(text: str) -> str:
    """`kmsKeyId` as `kms_key_id`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", text).lower()


def write(folder: Path, resources: Sequence[Resource], ids: Ids | None = None) -> bool:
    """Writes both into a folder that it makes, whose name begins the names of resources. False
    where nothing of these resources stands in such files."""
    folder.mkdir()
    made = plan(resources, ids, prefix=re.sub(r"\W", "_", folder.name) + "_")
    if made["planned_values"]["root_module"]["resources"] or made["configuration"]["provider_config"]:
        (folder / "plan.json").write_text(json.dumps(made, indent=1), "utf-8")
    objects = list(manifests(resources))
    if objects:
        (folder / "objects.yaml").write_text(yaml.safe_dump_all(objects), "utf-8")
    return any(folder.iterdir())


def _values(resource: Resource) -> dict[str, Any]:
    return {_SINGULAR.get(key, snake(key)): _value(key, value) for key, value in _known(resource.inputs)}


def _value(key: str, value: Any) -> Any:
    """Documents as text, blocks as lists of one, and names in Terraform's letters."""
    if key in _DOCUMENTS and not isinstance(value, str):
        return json.dumps(_plain(value))
    if key in _MAPS:
        return _plain(value)
    if isinstance(value, Mapping):
        return [_block(cast("Mapping[str, Any]", value))]
    if isinstance(value, list):
        items = [item for item in cast("list[Any]", value) if item is not UNKNOWN]
        return [_block(cast("Any", item)) if isinstance(item, Mapping) else item for item in items]
    return value


def _block(value: Mapping[str, Any]) -> dict[str, Any]:
    return {snake(key): _value(key, item) for key, item in _known(value)}


def _known(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((key, item) for key, item in value.items() if item is not UNKNOWN and item is not None)


def _plain(value: Any) -> Any:
    """Without what isn't known, as a file would hold it."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in _known(cast("Mapping[str, Any]", value))}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast("Sequence[Any]", value) if item is not UNKNOWN]
    return value


def _created(value: Mapping[str, Any]) -> dict[str, Any]:
    change: dict[str, Any] = {"actions": ["create"], "before": None}
    change |= {"after": value["values"], "after_unknown": {}}
    return {**{key: value[key] for key in ("address", "mode", "type", "name")}, "change": change}


_Named = tuple[Resource, str, str]


def _called(named: Iterable[_Named], ids: Ids) -> dict[str, str]:
    """The address of each resource by all that others may call it."""
    found: dict[str, str] = {}
    for resource, kind, name in named:
        for call in (resource.inputs.get("name"), *ids.get(resource.urn, ())):
            if isinstance(call, str) and call:
                found.setdefault(call, f"{kind}.{name}")
    return found


def _configured(resource: Resource, kind: str, name: str, called: Mapping[str, str]) -> dict[str, Any]:
    """Which properties refer to which other resource."""
    own, expressions = f"{kind}.{name}", dict[str, Any]()
    for key, value in resource.inputs.items():
        target = _target(value, called) if isinstance(value, str) and key != "name" else None
        if target and target != own:
            expressions[snake(key)] = {"references": [f"{target}.id", target]}
    return {"address": own, "mode": "managed", "type": kind, "name": name, "expressions": expressions}


def _target(value: str, called: Mapping[str, str]) -> str | None:
    """What a text refers to: a name, an id, or an ARN with a name in it."""
    arn = _ARN.fullmatch(value)
    name = arn[1] if arn else value
    return called.get(value) or called.get(name) or (called.get(name[: -len("-AbCdEf")]) if arn else None)


def _providers(resources: Iterable[Resource]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for resource in resources:
        name = resource.type.removeprefix("pulumi:providers:")
        if name in ("aws", "vault", "kubernetes") and resource.type != name:
            constants = {key: {"constant_value": value} for key, value in _values(resource).items()}
            found[name] = {"name": name, "expressions": constants}
    return found


def _with_names(value: Any) -> Any:
    """Every container has a name, as the API server asks."""
    if isinstance(value, list):
        return [_with_names(item) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    found = {key: _with_names(item) for key, item in cast("dict[str, Any]", value).items()}
    for key in ("containers", "initContainers"):
        if isinstance(found.get(key), list):
            found[key] = [_named(number, one) for number, one in enumerate(found[key])]
    return found


def _named(number: int, container: Any) -> Any:
    if not isinstance(container, dict):
        return container
    return {"name": f"c{number}", **cast("dict[str, Any]", container)}
