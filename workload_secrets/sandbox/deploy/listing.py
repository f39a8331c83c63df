"""Every object on the servers of one stack, by name, with its documents and no values.

Two listings are equal where nothing changed between them: what the servers count up on a
mere look (last used dates) is left out.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from workload_secrets.sandbox.deploy import admin
from workload_secrets.sandbox.deploy.http import JsonClient
from workload_secrets.sandbox.deploy.kubernetes.kinds import KINDS
from workload_secrets.sandbox.handle import Sandbox
from workload_secrets.sandbox.openbao import ADMIN

_CRDS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_POLICY: Final = f"/v1/sys/policies/acl/{ADMIN}"
_ROLES: Final[Mapping[str, str]] = {
    "kubernetes": "role",
    "jwt": "role",
    "oidc": "role",
    "approle": "role",
    "cert": "certs",
    "token": "roles",
}
"""Where an auth mount lists its roles, by its type."""
_CONFIGURED: Final = frozenset({"kubernetes", "jwt"})
"""Types of auth mounts whose configuration and roles are listed with what they say."""
_INSIDE: Final[Mapping[str, tuple[str, ...]]] = {
    "kv": ("metadata",),
    "database": ("config", "roles", "static-roles"),
    "pki": ("roles",),
    "transit": ("keys",),
}
"""What a mount lists of what is in it, by its type."""
_LOOKS: Final = frozenset({"LastAccessedDate", "RoleLastUsed", "ResponseMetadata"})


def listing(sandbox: Sandbox, stack: str) -> dict[str, Any]:
    """Objects by a path such as `vault/auth/kubernetes/role/billing`.

    KV paths and versions are listed, never values. Raises HandlerError.
    """
    found: dict[str, Any] = dict(_kubernetes(admin.kubernetes(sandbox, stack)))
    server = admin.vault(sandbox, stack)
    if server is not None:
        with _own_rights_kept(server):
            found.update(_vault(server))
    client = admin.aws(sandbox, stack)
    if client is not None:
        found.update(_aws(client))
    return dict(sorted(found.items()))


def _kubernetes(client: JsonClient) -> Iterator[tuple[str, Any]]:
    collections = [(kind.kind, kind.collection(None)) for kind in KINDS]
    for definition in client.send("GET", _CRDS).body["items"]:
        spec = definition["spec"]
        yield f"kubernetes/CustomResourceDefinition/{definition['metadata']['name']}", spec
        version = next(entry["name"] for entry in spec["versions"] if entry["storage"])
        collections.append(
            (spec["names"]["kind"], f"/apis/{spec['group']}/{version}/{spec['names']['plural']}")
        )
    for kind, path in collections:
        for item in client.send("GET", path).body["items"]:
            metadata = item["metadata"]
            yield f"kubernetes/{kind}/{metadata.get('namespace', '')}/{metadata['name']}", item


def _vault(client: JsonClient, namespace: str = "") -> Iterator[tuple[str, Any]]:
    place = f"vault/{namespace}"

    def read(path: str) -> dict[str, Any]:
        answer = client.send(
            "GET",
            f"/v1/{path}",
            headers={"x-vault-namespace": namespace} if namespace else {},
            accept=(404, 405),
        )
        return answer.body["data"] if answer.status == 200 else {}

    def keys(path: str) -> list[str]:
        return list(read(f"{path}?list=true").get("keys", ()))

    mounts, auth = read("sys/mounts"), read("sys/auth")
    _may_look(client, sorted(f"{namespace}{path}" for path in _collections(mounts, auth)))
    for path, data in mounts.items():
        yield f"{place}sys/mounts/{path}", data
        if data["type"] == "kv":
            yield f"{place}{path}config", read(f"{path}config")
            yield from _versions(place, path, "", read, keys)
        else:
            for inside in _INSIDE.get(data["type"], ()):
                yield from ((f"{place}{path}{inside}/{name}", True) for name in keys(f"{path}{inside}"))
    for path, data in auth.items():
        yield f"{place}sys/auth/{path}", data
        if data["type"] in _CONFIGURED:
            yield f"{place}auth/{path}config", read(f"auth/{path}config")
        if data["type"] in _ROLES:
            roles = f"auth/{path}{_ROLES[data['type']]}"
            for role in keys(roles):
                known = data["type"] in _CONFIGURED
                yield f"{place}{roles}/{role}", read(f"{roles}/{role}") if known else True
    for name in keys("sys/policies/acl"):
        if name == ADMIN:
            continue  # the sandbox's own, which a listing itself changes
        yield f"{place}sys/policies/acl/{name}", read(f"sys/policies/acl/{name}")
    for name in keys("sys/namespaces"):
        yield f"{place}sys/namespaces/{name}", True
        yield from _vault(client, namespace + name)


def _collections(mounts: Mapping[str, Any], auth: Mapping[str, Any]) -> Iterator[str]:
    """What is listed of all mounts, whose paths may have several parts."""
    for path, data in mounts.items():
        yield from (f"{path}{inside}" for inside in _INSIDE.get(data["type"], ()))
    yield from (f"auth/{path}{_ROLES[data['type']]}" for path, data in auth.items() if data["type"] in _ROLES)


@contextmanager
def _own_rights_kept(client: JsonClient) -> Generator[None]:
    """The administrator's policy is afterwards as before. A path that is named exactly takes away what a
    more general one grants: https://openbao.org/docs/concepts/policies/#priority-matching"""
    text = client.send("GET", _POLICY).body["data"]["policy"]
    try:
        yield
    finally:
        client.send("PUT", _POLICY, {"policy": text})


def _may_look(client: JsonClient, collections: Sequence[str]) -> None:
    """Lets the administrator see what mounts hold, for what it has no need otherwise."""
    text = str(client.send("GET", _POLICY).body["data"]["policy"])
    lines = (
        f'path "{collection}{below}" {{ capabilities = ["read", "list"] }}\n'
        for collection in collections
        for below in ("", "/*")
    )
    missing = "".join(line for line in lines if line not in text)
    if missing:
        client.send("PUT", _POLICY, {"policy": text + missing})


def _versions(place: str, mount: str, folder: str, read: Any, keys: Any) -> Iterator[tuple[str, Any]]:
    for name in keys(f"{mount}metadata/{folder}"):
        if name.endswith("/"):
            yield from _versions(place, mount, folder + name, read, keys)
        else:
            yield f"{place}{mount}metadata/{folder}{name}", read(f"{mount}metadata/{folder}{name}")


def _aws(client: Any) -> Iterator[tuple[str, Any]]:
    yield from _iam(client("iam"))
    yield from _kms(client("kms"))
    manager = client("secretsmanager")
    for secret in _all(manager, "list_secrets", "SecretList", IncludePlannedDeletion=True):
        name = secret["Name"]
        yield f"aws/secret/{name}", _plain(manager.describe_secret(SecretId=name))
        if "DeletedDate" in secret:
            continue  # AWS answers no more of it
        policy = manager.get_resource_policy(SecretId=name).get("ResourcePolicy")
        yield f"aws/secret/{name}/policy", policy
    eks = client("eks")
    for cluster in _all(eks, "list_clusters", "clusters"):
        for item in _all(eks, "list_pod_identity_associations", "associations", clusterName=cluster):
            yield f"aws/podIdentity/{cluster}/{item['namespace']}/{item['serviceAccount']}", _plain(item)


def _iam(iam: Any) -> Iterator[tuple[str, Any]]:
    for role in _all(iam, "list_roles", "Roles"):
        name = role["RoleName"]
        yield f"aws/role/{name}", _plain(iam.get_role(RoleName=name)["Role"])
        for policy in _all(iam, "list_role_policies", "PolicyNames", RoleName=name):
            document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            yield f"aws/role/{name}/policy/{policy}", document
    for provider in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        arn = provider["Arn"]
        found = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
        yield f"aws/openIdConnectProvider/{arn}", _plain(found)


def _kms(kms: Any) -> Iterator[tuple[str, Any]]:
    for key in _all(kms, "list_keys", "Keys"):
        identifier = key["KeyId"]
        yield f"aws/key/{identifier}", _plain(kms.describe_key(KeyId=identifier)["KeyMetadata"])
        policy = kms.get_key_policy(KeyId=identifier, PolicyName="default")["Policy"]
        yield f"aws/key/{identifier}/policy", policy
    for alias in _all(kms, "list_aliases", "Aliases"):
        yield f"aws/{alias['AliasName']}", _plain(alias)


def _all(client: Any, operation: str, result: str, **arguments: Any) -> Iterator[Any]:
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page[result]


def _plain(data: Mapping[str, Any]) -> Any:
    """JSON values only; dates become text."""
    kept = {name: value for name, value in data.items() if name not in _LOOKS}
    return json.loads(json.dumps(kept, default=str))
