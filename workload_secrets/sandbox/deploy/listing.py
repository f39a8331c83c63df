"""Every object on the servers of one stack, by name, with its documents and no values.

Two listings are equal where nothing changed between them: what the servers count up on a
mere look (last used dates) is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from workload_secrets.sandbox.deploy import admin
from workload_secrets.sandbox.deploy.http import JsonClient
from workload_secrets.sandbox.deploy.kubernetes.kinds import KINDS
from workload_secrets.sandbox.handle import Sandbox
from workload_secrets.sandbox.openbao import ADMIN

_CRDS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
# In the root namespace and in those up to three levels below it.
_LOOK_POLICY: Final = "".join(
    f'path "{"+/" * depth}{path}" {{ capabilities = ["read", "list"] }}\n'
    for depth in range(4)
    for path in ("auth/+/role", "auth/+/role/*", "+/metadata/*")
)
_LOOKS: Final = frozenset({"LastAccessedDate", "RoleLastUsed", "ResponseMetadata"})


def listing(sandbox: Sandbox, stack: str) -> dict[str, Any]:
    """Objects by a path such as `vault/auth/kubernetes/role/billing`.

    KV paths and versions are listed, never values. Raises HandlerError.
    """
    found: dict[str, Any] = dict(_kubernetes(admin.kubernetes(sandbox, stack)))
    server = admin.vault(sandbox, stack)
    if server is not None:
        _may_look(server)
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


def _may_look(client: JsonClient) -> None:
    """Lets the administrator see roles and KV paths, for what it has no need otherwise."""
    path = f"/v1/sys/policies/acl/{ADMIN}"
    text = str(client.send("GET", path).body["data"]["policy"])
    if _LOOK_POLICY not in text:
        client.send("PUT", path, {"policy": text + _LOOK_POLICY})


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

    for path, data in read("sys/mounts").items():
        yield f"{place}sys/mounts/{path}", data
        if data["type"] == "kv":
            yield f"{place}{path}config", read(f"{path}config")
            yield from _versions(place, path, "", read, keys)
    for path, data in read("sys/auth").items():
        yield f"{place}sys/auth/{path}", data
        if data["type"] in ("kubernetes", "jwt"):
            yield f"{place}auth/{path}config", read(f"auth/{path}config")
            for role in keys(f"auth/{path}role"):
                yield f"{place}auth/{path}role/{role}", read(f"auth/{path}role/{role}")
    for name in keys("sys/policies/acl"):
        yield f"{place}sys/policies/acl/{name}", read(f"sys/policies/acl/{name}")
    for name in keys("sys/namespaces"):
        yield f"{place}sys/namespaces/{name}", True
        yield from _vault(client, namespace + name)


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
    for secret in _all(manager, "list_secrets", "SecretList"):
        name = secret["Name"]
        yield f"aws/secret/{name}", _plain(manager.describe_secret(SecretId=name))
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
