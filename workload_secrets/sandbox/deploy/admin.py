"""What the sandbox's own administrators make for a deploy, and read for a listing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from workload_secrets.errors import ServerError
from workload_secrets.sandbox.aws import profile
from workload_secrets.sandbox.deploy.aws.provider import ask
from workload_secrets.sandbox.deploy.http import JsonClient
from workload_secrets.sandbox.deploy.kubernetes.kinds import namespaced, plural_of
from workload_secrets.sandbox.handle import Sandbox

_CRDS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_ESTABLISH_SECONDS: Final = 10.0
CLUSTER_ROLE: Final = "sandbox-cluster"


def kubernetes(sandbox: Sandbox, stack: str) -> JsonClient:
    """The stack's cluster, as its administrator."""
    cluster = sandbox.clusters[sandbox.stacks[stack].cluster]
    token = cluster.admin_token_file.read_text().strip()
    headers = {"authorization": f"Bearer {token}"}
    return JsonClient("Kubernetes", cluster.api_server, cluster.ca_file.read_text(), headers)


def vault(sandbox: Sandbox, stack: str) -> JsonClient | None:
    """The stack's Vault, as the sandbox's administrator; None where there is none."""
    access = sandbox.stacks[stack]
    if access.vault_address is None or access.vault_admin_token_file is None:
        return None
    token = access.vault_admin_token_file.read_text().strip()
    return JsonClient("Vault", access.vault_address, sandbox.ca_file.read_text(), {"x-vault-token": token})


def aws(sandbox: Sandbox, stack: str) -> Callable[[str], Any] | None:
    """Makes clients of the stack's account as its root; None where there is no AWS."""
    if sandbox.aws_url is None or sandbox.stacks[stack].aws_credentials_file is None:
        return None
    return lambda service: profile.admin_client(sandbox, stack, service)


def maker(sandbox: Sandbox, stack: str) -> Callable[[Mapping[str, Any]], Mapping[str, str] | None]:
    """Answers the needs of a deploy (`call.Ask`). Raises HandlerError or ServerError."""

    def make(need: Mapping[str, Any]) -> Mapping[str, str] | None:
        if need["need"] == "customKind":
            custom_kind(kubernetes(sandbox, stack), need["group"], need["version"], need["kind"])
        elif need["need"] == "eksCluster":
            _eks_cluster(sandbox, stack, need["name"])
        elif need["need"] == "association":
            return _association(sandbox, stack, need["cluster"], need["namespace"], need["account"])
        elif need["need"] == "transitVersion":
            _transit_version(vault(sandbox, stack), need["path"], need["version"], need["namespace"])
        else:
            raise ServerError(f"the deploy asks for an unknown thing: {need['need']}")
        return None

    return make


def custom_kind(client: JsonClient, group: str, version: str, kind: str) -> None:
    """A definition that accepts any fields, where there is none yet; waits until it serves."""
    plural = plural_of(kind)
    name = f"{plural}.{group}"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    body = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": name},
        "spec": {
            "group": group,
            "scope": "Namespaced" if namespaced(group, kind) else "Cluster",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [
                {"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
            ],
        },
    }
    client.send("POST", _CRDS, body, accept=(409,))
    until = time.monotonic() + _ESTABLISH_SECONDS
    # 404: not yet known; 429 and 503: its storage is still made.
    path, not_yet = f"/apis/{group}/{version}/{plural}", (404, 429, 503)
    while client.send("GET", path, accept=not_yet).status in not_yet:
        if time.monotonic() > until:
            raise ServerError(f"the definition {name} is not served after {_ESTABLISH_SECONDS:.0f} s")
        time.sleep(0.05)


def _transit_version(client: JsonClient | None, path: str, version: int, namespace: str) -> None:
    """Rotations, each making one more version, up to the wanted one."""
    if client is None:
        raise ServerError("the sandbox has no Vault: no stack of it uses one")
    headers = {"x-vault-namespace": namespace} if namespace else {}
    while int(client.send("GET", f"/v1/{path}", headers=headers).body["data"]["latest_version"]) < version:
        client.send("POST", f"/v1/{path}/rotate", headers=headers)


def _eks_cluster(sandbox: Sandbox, stack: str, name: str) -> None:
    eks = profile.admin_client(sandbox, stack, "eks")
    if ask(eks, "describe_cluster", absent=("ResourceNotFoundException",), name=name) is None:
        role = _cluster_role(profile.admin_client(sandbox, stack, "iam"))
        ask(eks, "create_cluster", name=name, roleArn=role, resourcesVpcConfig={})


def _association(
    sandbox: Sandbox, stack: str, cluster: str, namespace: str, account: str
) -> Mapping[str, str]:
    listed = ask(
        profile.admin_client(sandbox, stack, "eks"),
        "list_pod_identity_associations",
        clusterName=cluster,
        namespace=namespace,
        serviceAccount=account,
    )
    found = [str(entry["associationId"]) for entry in listed["associations"]]
    return {"id": found[0]} if found else {}


def _cluster_role(iam: Any) -> str:
    """The emulator makes a cluster only with a role that is there."""
    trust = {"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    found = ask(iam, "get_role", absent=("NoSuchEntity",), RoleName=CLUSTER_ROLE)
    if found is None:
        found = ask(iam, "create_role", RoleName=CLUSTER_ROLE, AssumeRolePolicyDocument=document)
    return str(found["Role"]["Arn"])
