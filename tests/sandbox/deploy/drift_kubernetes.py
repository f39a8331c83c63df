"""Every kind of Kubernetes object, and how an administrator changes it on the API server."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.sandbox.deploy.drifting import ANOTHER, Hand, Hands, Property, Subject, put
from workload_secrets.sandbox.deploy.kubernetes.kinds import find
from workload_secrets.sandbox.deploy.kubernetes.objects import manager_of

SPACE, NAME = "drift", "drift-it"
RBAC = "kubernetes:rbac.authorization.k8s.io/v1"
_MERGE = "application/merge-patch+json"
_PLACE = frozenset({"apiVersion", "kind", "metadata.name", "metadata.namespace"})
RULES = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
VIEW = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
ACCOUNTS = [{"kind": "ServiceAccount", "name": "a", "namespace": SPACE}]


def path_of(type_: str) -> str:
    kind, _ = find(type_)
    return kind.path(SPACE if kind.namespaced else None, NAME)


def _patch(type_: str, name: str, value: Any) -> Hand:
    def hand(hands: Hands) -> None:
        hands.kubernetes.send("PATCH", path_of(type_), put({}, name, value), content_type=_MERGE)

    return hand


def _gone(hands: Hands, path: str) -> None:
    options = {"gracePeriodSeconds": 0, "propagationPolicy": "Background"}
    until = time.monotonic() + 30
    while hands.kubernetes.send("DELETE", path, options, accept=(404, 409)).status != 404:
        assert time.monotonic() < until, f"{path} does not go"
        time.sleep(0.1)


def _space(hands: Hands) -> None:
    hands.kubernetes.send("POST", "/api/v1/namespaces", {"metadata": {"name": SPACE}}, accept=(409,))


def _bound(type_: str, name: str) -> Hand:
    """A binding's role can't be changed: made anew, in the name of the resource's own manager."""

    def hand(hands: Hands) -> None:
        _gone(hands, path_of(type_))
        body = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": type_.rpartition(":")[2],
            "metadata": {"name": NAME},
            "roleRef": {**VIEW, "name": name},
            "subjects": ACCOUNTS,
        }
        manager = manager_of(f"urn:pulumi:dev::unit::workload-secrets:platform:Platform${type_}::it")
        hands.kubernetes.send("POST", f"{path_of(type_).rpartition('/')[0]}?fieldManager={manager}", body)

    return hand


def subject(
    type_: str, inputs: Mapping[str, Any], changes: Mapping[str, Any], *more: Property, bare: bool = False
) -> Subject:
    """`changes`: other values by path. Conflicts with who changed them by hand are forced."""
    kind, patch = find(type_)
    space = {"namespace": SPACE} if kind.namespaced else {}
    metadata: dict[str, Any] = {"name": NAME, **space}
    if not bare:
        metadata |= {
            "labels": {"a": "1"},
            "annotations": {
                "b.example/c": "1 ",
                "pulumi.com/patchForce": "true",
                "pulumi.com/skipAwait": "true",
            },
        }
    changed = {"metadata.labels": {"a": "2"}, **changes}
    annotation = {"b.example/c": "2"}

    def before(hands: Hands) -> None:
        _space(hands)
        _gone(hands, path_of(type_))
        if patch:
            body = {"metadata": {"name": NAME}, **_needed(inputs)}
            hands.kubernetes.send("POST", path_of(type_).rpartition("/")[0], body)

    def removed(hands: Hands) -> None:
        _gone(hands, path_of(type_))

    return Subject(
        type=type_,
        inputs={"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata, **inputs},
        properties=(
            *(
                Property(name=name, new=value, shown=ANOTHER, by_hand=_patch(type_, name, value))
                for name, value in changed.items()
            ),
            Property(
                name="metadata.annotations",
                new={**metadata["annotations"], **annotation},
                shown=ANOTHER,
                by_hand=_patch(type_, "metadata.annotations", annotation),
            ),
            Property(
                name="metadata.annotations",
                new={"b.example/c": "1 ", "pulumi.com/patchForce": "true"},
                shown=ANOTHER,
                by_hand=_patch(type_, "metadata.annotations", {"pulumi.com/skipAwait": None}),
            ),
            *more,
        ),
        place=_PLACE,
        least=frozenset(inputs),  # what a program doesn't set belongs to others
        before=before,
        removed=removed,
        name=type_.removeprefix("kubernetes:"),
    )


def _needed(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What the owner of a patched object has in it."""
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    if "jobTemplate" in inputs.get("spec", {}):
        pod = {**template, "spec": {**template["spec"], "restartPolicy": "Never"}}
        return {"spec": {"schedule": "@daily", "jobTemplate": {"spec": {"template": pod}}}}
    if "template" in inputs.get("spec", {}):
        return {"spec": {"selector": {"matchLabels": {"a": "b"}}, "serviceName": "s", "template": template}}
    return {}


def _no_secrets(type_: str) -> Property:
    """The server merges this list by name, so that what others put into it would stay."""
    hand = _patch(type_, "secrets", None)
    return Property(name="secrets", new=[{"name": "b"}], shown=None, by_hand=hand)


def objects() -> tuple[Subject, ...]:
    pod = {"serviceAccountName": "a", "containers": [{"name": "c", "image": "i"}], "restartPolicy": "Always"}
    template = {"metadata": {"labels": {"a": "b"}}, "spec": pod}
    workload = {"selector": {"matchLabels": {"a": "b"}}, "template": template, "replicas": 1}
    job = {"template": {"spec": {**pod, "restartPolicy": "Never"}}}
    account = "spec.template.spec.serviceAccountName"
    accounted = {"spec": {"template": {"spec": {"serviceAccountName": "a"}}}}
    secret = "kubernetes:external-secrets.io/v1:ExternalSecret"
    rebound = {
        kind: Property(name="roleRef.name", new="edit", by_hand=_bound(f"{RBAC}:{kind}", "edit"), anew=True)
        for kind in ("ClusterRoleBinding", "RoleBinding")
    }
    bound = {"roleRef": VIEW, "subjects": ACCOUNTS}
    subjects = {"subjects": [{**ACCOUNTS[0], "name": "b"}]}
    return (
        subject("kubernetes:core/v1:Namespace", {}, {}),
        subject(
            "kubernetes:core/v1:ServiceAccount",
            {
                "automountServiceAccountToken": False,
                "imagePullSecrets": [{"name": "a"}],
                "secrets": [{"name": "a"}],
            },
            {
                "automountServiceAccountToken": True,
                "imagePullSecrets": [{"name": "b"}],
            },
            _no_secrets("kubernetes:core/v1:ServiceAccount"),
        ),
        subject(
            f"{RBAC}:ClusterRole",
            {"rules": RULES},
            {"rules": [*RULES, {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]},
        ),
        replace(
            subject(
                f"{RBAC}:ClusterRole",
                {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "1"}}]}},
                {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "2"}}]}},
            ),
            name="ClusterRole that aggregates",
        ),
        subject(f"{RBAC}:Role", {"rules": RULES}, {"rules": [{**RULES[0], "verbs": ["get", "list"]}]}),
        subject(f"{RBAC}:ClusterRoleBinding", bound, subjects, rebound["ClusterRoleBinding"]),
        subject(f"{RBAC}:RoleBinding", bound, subjects, rebound["RoleBinding"]),
        subject("kubernetes:apps/v1:Deployment", {"spec": workload}, {account: "b", "spec.replicas": 2}),
        subject(
            "kubernetes:apps/v1:StatefulSet",
            {"spec": {**workload, "serviceName": "s"}},
            {account: "b", "spec.replicas": 2},
        ),
        subject(
            "kubernetes:batch/v1:CronJob",
            {"spec": {"schedule": "@daily", "jobTemplate": {"spec": job}}},
            {"spec.schedule": "@hourly"},
        ),
        subject(
            secret,
            {"spec": {"refreshInterval": "1h", "data": [{"secretKey": "a"}, {"secretKey": "b"}]}},
            {"spec.refreshInterval": "2h", "spec.data": [{"secretKey": "a"}]},
        ),
        subject(
            "kubernetes:configuration.konghq.com/v1alpha1:KongVault",
            {"spec": {"backend": "hcv", "prefix": "a", "config": {"host": "h", "port": 443}}},
            {"spec.config.host": "other"},
        ),
        subject(
            "kubernetes:core/v1:ServiceAccountPatch",
            {
                "automountServiceAccountToken": False,
                "imagePullSecrets": [{"name": "a"}],
                "secrets": [{"name": "a"}],
            },
            {"automountServiceAccountToken": True, "imagePullSecrets": [{"name": "b"}]},
            _no_secrets("kubernetes:core/v1:ServiceAccountPatch"),
        ),
        subject("kubernetes:apps/v1:DeploymentPatch", accounted, {account: "b"}),
        subject("kubernetes:apps/v1:StatefulSetPatch", accounted, {account: "b"}),
        subject(
            "kubernetes:batch/v1:CronJobPatch",
            {"spec": {"jobTemplate": {"spec": accounted["spec"]}}},
            {"spec.jobTemplate.spec.template.spec.serviceAccountName": "b"},
        ),
        Subject(
            type="kubernetes:helm.sh/v3:Release",
            inputs={
                "name": "r",
                "namespace": "n",
                "chart": "openbao",
                "version": "1.0.0",
                "repositoryOpts": {"repo": "https://charts.example"},
                "values": {"a": 1},
                "createNamespace": False,
                "skipAwait": True,
                "atomic": False,
                "timeout": 60,
                "maxHistory": 1,
                "compat": "true",
            },
            properties=(),
            place=frozenset(
                {
                    "name",
                    "namespace",
                    "chart",
                    "version",
                    "repositoryOpts.repo",
                    "values",
                    "createNamespace",
                    "skipAwait",
                    "atomic",
                    "timeout",
                    "maxHistory",
                    "compat",
                }
            ),
            removed=lambda _: None,
            declared=True,
        ),
    )
