"""The least rights of the two who act on a server's stack.

The release makes objects whose names follow from its own. In its namespace, which nothing
else shares, the deployer has the kinds that the charts hold; outside of it, exactly the named
objects. Helm keeps each revision in a Secret, so Secrets are among them: who deploys the
server could read its certificate's key. Nobody else should deploy into that namespace.
"""

from __future__ import annotations

from typing import Any

from components.config import server_names
from components.config.vault_server import ServerStack
from components.documents.arn import AwsScope
from components.documents.deployer_iam import DeployerIam, deployer_iam
from components.documents.deployer_rbac import DEPLOYER, StackObjects, prover_rbac

_RBAC = "rbac.authorization.k8s.io"
_OWN = ("create", "delete", "get", "list", "patch", "update", "watch")
_KINDS: dict[str, tuple[str, ...]] = {
    "": ("configmaps", "secrets", "serviceaccounts", "services"),
    "apps": ("deployments", "statefulsets"),
    "cert-manager.io": ("certificates", "issuers"),
    "monitoring.coreos.com": ("servicemonitors",),
    "networking.k8s.io": ("networkpolicies",),
    "policy": ("poddisruptionbudgets",),
    _RBAC: ("rolebindings", "roles"),
}
_LOOK: dict[str, tuple[str, ...]] = {
    "": ("events", "persistentvolumeclaims", "pods"),
    "apps": ("controllerrevisions", "replicasets"),
}


def stack_tag(stack: ServerStack) -> str:
    """The value of STACK_TAG: apart from the stack that configures the server."""
    release = server_names.release(stack.vault_server)
    return f"{stack.environment}/{stack.facts.cluster.name}/{release}"


def deployer(stack: ServerStack) -> dict[str, Any]:
    """`iam` (JSON text, None where unused), `vault` (always None) and `rbac` (objects)."""
    return {"iam": _iam(stack), "vault": None, "rbac": _rbac(stack)}


def prover(stack: ServerStack) -> dict[str, Any]:
    """The prover looks at the server from outside: it asks its health and its TLS."""
    namespace = StackObjects(existing_namespaces=(stack.vault_server.namespace,))
    return {"iam": None, "rbac": prover_rbac(namespace)}


def _iam(stack: ServerStack) -> str | None:
    facts, seal = stack.facts.aws, stack.vault_server.seal
    if facts is None or seal.type != "awskms":
        return None
    creates = seal.key == "create"
    return deployer_iam(
        DeployerIam(
            scope=AwsScope(account_id=facts.account_id, region=facts.region),
            stack_tag=stack_tag(stack),
            cluster=stack.facts.cluster.name,
            secret_names=(),
            role_names=(server_names.unseal_role(stack),),
            key_alias=server_names.unseal_alias(stack) if creates else None,
            key_arn=None if creates else seal.key_arn,
            created_issuer=stack.facts.cluster.oidc_issuer if seal.oidc_provider == "create" else None,
            permissions_boundary=facts.permissions_boundary,
            may_delete=stack.tier == "development",
        )
    )


def _rbac(stack: ServerStack) -> list[dict[str, Any]]:
    server = stack.vault_server
    release = server_names.release(server)
    injector = f"{release}-agent-injector"
    names = {
        "clusterroles": [f"{injector}-clusterrole"],
        "clusterrolebindings": [f"{injector}-binding", f"{release}-server-binding"],
    }
    cluster = [
        *(_rule(_RBAC, (kind,), ("create",)) for kind in sorted(names)),
        *(
            _rule(_RBAC, (kind,), ("delete", "get", "patch", "update"), named)
            for kind, named in names.items()
        ),
        # The charts give exactly these: reviewing tokens, and the injector its own webhook.
        _rule(_RBAC, ("clusterroles",), ("bind",), ["system:auth-delegator"]),
        _rule(_RBAC, ("clusterroles",), ("bind", "escalate"), names["clusterroles"]),
        _rule("admissionregistration.k8s.io", ("mutatingwebhookconfigurations",), ("create",)),
        _rule(
            "admissionregistration.k8s.io",
            ("mutatingwebhookconfigurations",),
            ("delete", "get", "patch", "update"),
            [f"{injector}-cfg"],
        ),
    ]
    inside = [
        *(_rule(group, kinds, _OWN) for group, kinds in _KINDS.items()),
        *(_rule(group, kinds, ("get", "list", "watch")) for group, kinds in _LOOK.items()),
        _rule(_RBAC, ("roles",), ("bind", "escalate")),
    ]
    return [
        _object("ClusterRole", None, rules=cluster),
        _object("ClusterRoleBinding", None, **_binding("ClusterRole")),
        _object("Role", server.namespace, rules=inside),
        _object("RoleBinding", server.namespace, **_binding("Role")),
    ]


def _rule(
    group: str, kinds: tuple[str, ...], verbs: tuple[str, ...], names: list[str] | None = None
) -> dict[str, Any]:
    rule: dict[str, Any] = {"apiGroups": [group], "resources": sorted(kinds), "verbs": sorted(verbs)}
    return {**rule, "resourceNames": sorted(names)} if names else rule


def _object(kind: str, namespace: str | None, **body: Any) -> dict[str, Any]:
    metadata = {"name": DEPLOYER, "namespace": namespace} if namespace else {"name": DEPLOYER}
    return {"apiVersion": f"{_RBAC}/v1", "kind": kind, "metadata": metadata, **body}


def _binding(kind: str) -> dict[str, Any]:
    return {
        "roleRef": {"apiGroup": _RBAC, "kind": kind, "name": DEPLOYER},
        "subjects": [{"apiGroup": _RBAC, "kind": "User", "name": DEPLOYER}],
    }
