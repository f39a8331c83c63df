"""What the Secrets Store CSI driver's providers do with a SecretProviderClass.

hashicorp/vault-csi-provider 1.7.4 (internal/config, internal/provider) and
aws/secrets-store-csi-driver-provider-aws 2.1.1 (provider, server).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

import jmespath
import yaml
from jmespath.exceptions import JMESPathError

from workload_secrets.access.usage.delivered.reading import (
    AwsWay,
    Custom,
    Deliver,
    ObjectError,
    Reading,
    VaultWay,
    literal,
    need,
)

DEFAULT_AUDIENCE: Final = "vault"
IRSA_AUDIENCE: Final = "sts.amazonaws.com"
_Entry = Mapping[str, Any]


def readings(item: Custom, account: str) -> Iterator[Reading]:
    """The requests of one class, mounted by a pod that runs as `account`."""
    parameters = cast("Mapping[str, str]", need(item.spec, "parameters", item.label))
    entries = _entries(item, need(parameters, "objects", item.label))
    match item.spec.get("provider"):
        case "vault":
            yield from _vault(item, account, parameters, entries)
        case "aws":
            yield from _aws(item, account, parameters, entries)
        case other:
            raise ObjectError(f"{item.label}: provider {other} is not known")


def _entries(item: Custom, written: str) -> list[_Entry]:
    try:
        found = yaml.safe_load(written)
    except yaml.YAMLError:
        found = None
    if not isinstance(found, list) or not found:
        raise ObjectError(f"{item.label}: objects is not the text of a list")
    return cast("list[_Entry]", found)


def _vault(
    item: Custom, account: str, parameters: Mapping[str, str], entries: Sequence[_Entry]
) -> Iterator[Reading]:
    if parameters.get("vaultSkipTLSVerify") not in (None, "false"):
        raise ObjectError(f"{item.label}: TLS is not verified")
    way = VaultWay(
        namespace=item.namespace,
        account=account,
        audience=parameters.get("audience") or DEFAULT_AUDIENCE,
        address=need(parameters, "vaultAddress", item.label),
        mount=parameters.get("vaultAuthMountPath")
        or parameters.get("vaultKubernetesMountPath")
        or "kubernetes",
        role=need(parameters, "roleName", item.label),
        vault_namespace=parameters.get("vaultNamespace"),
    )
    _unique(item, [str(entry.get("objectName")) for entry in entries])
    groups: dict[tuple[str, str], list[_Entry]] = {}
    for entry in entries:
        place = (str(need(entry, "secretPath", item.label)), str(entry.get("method") or "GET"))
        groups.setdefault(place, []).append(entry)  # one request for all keys of a path, as there
    for (path, method), group in groups.items():
        yield Reading(
            source=item.label,
            way=way,
            path=path,
            method=method,
            body=group[0].get("secretArgs"),
            keyed=False,
            deliver=_keys(item, group),
        )


def _keys(item: Custom, group: Sequence[_Entry]) -> Deliver:
    """Each file is one key; what is inside `data` wins, as with a KV version."""

    def deliver(answer: Mapping[str, Any]) -> Mapping[str, str]:
        inner = answer.get("data")
        data = cast("Mapping[str, Any]", inner) if isinstance(inner, Mapping) else answer
        return {
            str(need(entry, "objectName", item.label)): literal(
                data, str(need(entry, "secretKey", item.label)), item.label
            )
            for entry in group
        }

    return deliver


def _aws(
    item: Custom, account: str, parameters: Mapping[str, str], entries: Sequence[_Entry]
) -> Iterator[Reading]:
    if parameters.get("usePodIdentity") == "true":
        return  # nothing here is a Pod Identity agent
    way = AwsWay(
        namespace=item.namespace,
        account=account,
        region=need(parameters, "region", item.label),
        audience=IRSA_AUDIENCE,
    )
    files = [name for entry in entries for name in _names(item, entry)]
    _unique(item, files)
    slashes = [name for name in files if "/" in name]
    if slashes:
        raise ObjectError(f"{item.label}: file {slashes[0]} has a slash, which the provider replaces")
    for entry in entries:
        if need(entry, "objectType", item.label) != "secretsmanager":
            raise ObjectError(f"{item.label}: objectType is not secretsmanager")
        name = str(need(entry, "objectName", item.label))
        yield Reading(source=item.label, way=way, path=name, deliver=_parts(item, entry))


def _names(item: Custom, entry: _Entry) -> Iterator[str]:
    yield str(entry.get("objectAlias") or need(entry, "objectName", item.label))
    for part in entry.get("jmesPath") or ():
        yield str(need(part, "objectAlias", item.label))


def _parts(item: Custom, entry: _Entry) -> Deliver:
    """The whole secret, and one file for each path."""

    def deliver(data: Mapping[str, Any]) -> Mapping[str, str]:
        whole, *aliases = _names(item, entry)
        paths = [str(need(part, "path", item.label)) for part in entry.get("jmesPath") or ()]
        parts = {alias: _searched(item, path, data) for alias, path in zip(aliases, paths, strict=True)}
        return {whole: json.dumps(data), **parts}

    return deliver


def _searched(item: Custom, path: str, data: Mapping[str, Any]) -> str:
    try:
        found: Any = cast("Any", jmespath).search(path, data)
    except JMESPathError:
        raise ObjectError(f"{item.label}: {path} is not a JMESPath") from None
    if not isinstance(found, str):
        raise ObjectError(f"{item.label}: JMESPath {path} gives no text")
    return found


def _unique(item: Custom, names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ObjectError(f"{item.label}: file {twice[0]} is there twice")
