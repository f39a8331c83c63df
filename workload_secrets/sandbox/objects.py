"""Objects in a cluster of the sandbox, made by its administrator."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

from workload_secrets.errors import ServerError
from workload_secrets.sandbox.rest import Refused, Rest

DEPLOYER: Final = "workload-secrets:deployer"
PROVER: Final = "workload-secrets:prover"
RBAC: Final = "rbac.authorization.k8s.io"
_APPLY: Final = "application/apply-patch+yaml"
_CONFLICT: Final = 409
_CRD_SECONDS: Final = 20.0


def apply(rest: Rest, objects: Iterable[Mapping[str, Any]], *, suffix: str | None = None) -> None:
    """Server-side applies objects as the administrator, each in its namespace, which is made.

    With `suffix` RBAC objects get it in their names: two stacks of one cluster have objects
    of the same names, and one must not overwrite the other's.
    """
    for given in objects:
        item = given if suffix is None else _suffixed(given, suffix)
        metadata = item["metadata"]
        if "namespace" in metadata:
            ensure_namespace(rest, metadata["namespace"])
        path = object_path(item)
        rest.call("PATCH", f"{path}?fieldManager=sandbox&force=true", item, _APPLY)


def _suffixed(item: Mapping[str, Any], suffix: str) -> Mapping[str, Any]:
    if not str(item["apiVersion"]).startswith(RBAC):
        return item
    named = {**item, "metadata": {**item["metadata"], "name": f"{item['metadata']['name']}:{suffix}"}}
    role = item.get("roleRef")
    if role is not None and str(role["name"]) in {DEPLOYER, PROVER}:
        named["roleRef"] = {**role, "name": f"{role['name']}:{suffix}"}
    return named


def object_path(item: Mapping[str, Any]) -> str:
    """The API path of a built-in or RBAC object, or of a custom one in its plural form."""
    version, kind, metadata = str(item["apiVersion"]), str(item["kind"]), item["metadata"]
    base = f"/apis/{version}" if "/" in version else f"/api/{version}"
    plural = {"NetworkPolicy": "networkpolicies"}.get(kind, f"{kind.lower()}s")
    space = f"/namespaces/{metadata['namespace']}" if "namespace" in metadata else ""
    return f"{base}{space}/{plural}/{metadata['name']}"


def ensure_namespace(rest: Rest, name: str) -> None:
    """Makes a namespace where it is absent, with the `default` account a controller would make."""
    ensure(rest, "/api/v1/namespaces", {"metadata": {"name": name}})
    ensure(rest, f"/api/v1/namespaces/{name}/serviceaccounts", {"metadata": {"name": "default"}})


def ensure_service_account(rest: Rest, namespace: str, name: str) -> None:
    """Makes a ServiceAccount where it is absent, in a namespace that is made too."""
    ensure_namespace(rest, namespace)
    if name != "default":
        ensure(rest, f"/api/v1/namespaces/{namespace}/serviceaccounts", {"metadata": {"name": name}})


def ensure_custom_resource(rest: Rest, *, group: str, version: str, kind: str) -> None:
    """Makes a namespaced CRD that takes any content, and waits until it is served."""
    plural = f"{kind.lower()}s"
    served = {
        "name": version,
        "served": True,
        "storage": True,
        "schema": {
            "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        },
    }
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List"},
            "versions": [served],
        },
    }
    ensure(rest, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)
    end = time.monotonic() + _CRD_SECONDS
    while not rest.answers(f"/apis/{group}/{version}/{plural}"):
        if time.monotonic() > end:
            raise ServerError(f"the API server does not serve {plural}.{group} after {_CRD_SECONDS:.0f} s")
        time.sleep(0.05)


def ensure(rest: Rest, collection: str, item: Mapping[str, Any]) -> None:
    """Creates an object unless one of its name is there."""
    try:
        rest.call("POST", collection, item)
    except Refused as refused:
        if refused.status != _CONFLICT:
            raise
