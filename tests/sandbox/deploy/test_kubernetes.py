"""The Kubernetes handler on a real API server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workload_secrets.sandbox.deploy.kubernetes.kinds import find, plural_of
from workload_secrets.sandbox.deploy.kubernetes.objects import differences
from workload_secrets.sandbox.deploy.kubernetes.provider import Exec, KubernetesProvider
from workload_secrets.sandbox.deploy.outcome import HandlerError, Outcome

Make = Callable[..., Outcome]
NAMESPACE = "kubernetes:core/v1:Namespace"
ACCOUNT, ACCOUNT_PATCH = "kubernetes:core/v1:ServiceAccount", "kubernetes:core/v1:ServiceAccountPatch"
RBAC = "kubernetes:rbac.authorization.k8s.io/v1"
KONG = "kubernetes:configuration.konghq.com/v1alpha1:KongVault"
OPERATOR = "kubernetes:privatecloud.mendix.com/v1alpha1:OperatorConfiguration"
ROLE_REF = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
RULES = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
SUBJECTS = [{"kind": "ServiceAccount", "name": "a", "namespace": "deploy"}]

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        ACCOUNT,
        {"metadata": {"name": "a", "namespace": "deploy", "annotations": {"x": "1"}}},
        {"automountServiceAccountToken": False},
    ),
    (
        f"{RBAC}:Role",
        {"metadata": {"name": "a", "namespace": "deploy"}, "rules": RULES},
        {"rules": RULES * 2},
    ),
    (f"{RBAC}:ClusterRole", {"metadata": {"name": "deploy-a"}, "rules": RULES}, {"rules": RULES * 2}),
    (
        f"{RBAC}:ClusterRoleBinding",
        {"metadata": {"name": "deploy-a"}, "roleRef": ROLE_REF, "subjects": SUBJECTS},
        {"metadata": {"name": "deploy-a", "labels": {"x": "1"}}},
    ),
    (
        f"{RBAC}:RoleBinding",
        {"metadata": {"name": "a", "namespace": "deploy"}, "roleRef": ROLE_REF, "subjects": SUBJECTS},
        {"subjects": [SUBJECTS[0] | {"name": "b"}]},
    ),
]


@pytest.fixture
def namespace(make: Make) -> str:
    make(NAMESPACE, {"metadata": {"name": "deploy"}}, name="namespace")
    return "deploy"


@pytest.mark.sandbox
@pytest.mark.usefixtures("namespace")
@pytest.mark.parametrize(("type_", "inputs", "change"), CASES, ids=[case[0] for case in CASES])
def test_a_second_run_changes_nothing_and_a_difference_is_applied(
    make: Make, type_: str, inputs: dict[str, Any], change: dict[str, Any]
):
    states = [make(type_, values).state for values in (inputs, inputs, inputs | change, inputs | change)]
    assert states == ["created", "same", "updated", "same"]


@pytest.mark.sandbox
def test_a_bare_namespace_is_made_once(make: Make):
    assert [make(NAMESPACE, {"metadata": {"name": "bare"}}).state for _ in range(2)] == ["created", "same"]


@pytest.mark.sandbox
def test_a_field_that_is_no_longer_declared_is_removed(make: Make, namespace: str):
    metadata = {"name": "less", "namespace": namespace}
    make(ACCOUNT, {"metadata": metadata | {"annotations": {"x": "1"}}, "automountServiceAccountToken": True})
    outcome = make(ACCOUNT, {"metadata": metadata, "automountServiceAccountToken": True})
    assert outcome.state == "updated"
    assert "annotations" not in outcome.outputs["metadata"]


@pytest.mark.sandbox
def test_an_object_of_others_is_refused(make: Make, kubernetes_provider: KubernetesProvider):
    body = {"metadata": {"name": "theirs"}}
    kubernetes_provider.send("POST", "/api/v1/namespaces", body)
    with pytest.raises(
        HandlerError, match="Namespace theirs exists already and this resource did not make it"
    ):
        make(NAMESPACE, {"metadata": {"name": "theirs"}})


@pytest.mark.sandbox
def test_a_patch_changes_only_what_it_names(
    make: Make, namespace: str, kubernetes_provider: KubernetesProvider
):
    body = {"metadata": {"name": "elsewhere", "annotations": {"theirs": "1"}}}
    kubernetes_provider.send("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts", body)
    inputs = {"metadata": {"name": "elsewhere", "namespace": namespace, "annotations": {"ours": "1"}}}
    outcomes = [make(ACCOUNT_PATCH, inputs) for _ in range(2)]
    assert [outcome.state for outcome in outcomes] == ["created", "same"]
    assert outcomes[0].outputs["metadata"]["annotations"] == {"theirs": "1", "ours": "1"}


@pytest.mark.sandbox
def test_a_patch_of_an_absent_object_is_refused(make: Make, namespace: str):
    inputs = {"metadata": {"name": "absent", "namespace": namespace, "annotations": {"a": "1"}}}
    with pytest.raises(HandlerError, match="ServiceAccount deploy/absent does not exist, and a patch never"):
        make(ACCOUNT_PATCH, inputs)


@pytest.mark.sandbox
def test_a_conflict_with_another_manager_is_an_error_unless_forced(
    make: Make, namespace: str, kubernetes_provider: KubernetesProvider
):
    body = {"metadata": {"name": "held", "annotations": {"a": "theirs"}}}
    kubernetes_provider.send("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts", body)
    metadata = {"name": "held", "namespace": namespace, "annotations": {"a": "ours"}}
    with pytest.raises(HandlerError, match="409"):
        make(ACCOUNT_PATCH, {"metadata": metadata})
    metadata["annotations"] = {"a": "ours", "pulumi.com/patchForce": "true"}
    outcome = make(ACCOUNT_PATCH, {"metadata": metadata})
    assert outcome.outputs["metadata"]["annotations"] == {"a": "ours"}


@pytest.mark.sandbox
@pytest.mark.usefixtures("operator_kind")
def test_the_operators_configuration_is_patched_only_where_it_is(
    make: Make, namespace: str, kubernetes_provider: KubernetesProvider
):
    metadata = {"name": "mendix-operator-configuration", "namespace": namespace}
    spec = {"runtimeAutomountServiceAccountToken": True}
    with pytest.raises(HandlerError, match="does not exist, and a patch never creates one"):
        make(f"{OPERATOR}Patch", {"metadata": metadata, "spec": spec})
    path = f"/apis/privatecloud.mendix.com/v1alpha1/namespaces/{namespace}/operatorconfigurations"
    body = {"apiVersion": "privatecloud.mendix.com/v1alpha1", "kind": "OperatorConfiguration"}
    kubernetes_provider.send("POST", path, {**body, "metadata": metadata, "spec": {"endpoint": "theirs"}})
    outcome = make(f"{OPERATOR}Patch", {"metadata": metadata, "spec": spec})
    assert outcome.outputs["spec"] == {"endpoint": "theirs", **spec}


@pytest.mark.sandbox
def test_a_custom_kind_gets_a_definition_on_the_fly(make: Make, namespace: str):
    type_ = "kubernetes:secrets.example.com/v1:SecretStore"
    inputs = {"metadata": {"name": "s", "namespace": namespace}, "spec": {"provider": {"any": ["x"]}}}
    assert [make(type_, inputs).state for _ in range(2)] == ["created", "same"]


@pytest.mark.sandbox
def test_a_kind_of_kongs_lives_in_no_namespace(make: Make, kubernetes_provider: KubernetesProvider):
    metadata = {"name": "edge-apps", "annotations": {"kubernetes.io/ingress.class": "kong"}}
    spec = {"backend": "hcv", "prefix": "apps", "config": {"port": 8200, "approle_response_wrapping": False}}
    inputs = {"metadata": metadata, "spec": spec}
    states = [
        make(KONG, values).state for values in (inputs, inputs, inputs | {"spec": spec | {"tags": ["a"]}})
    ]
    assert states == ["created", "same", "updated"]
    found = kubernetes_provider.send(
        "GET", "/apis/configuration.konghq.com/v1alpha1/kongvaults/edge-apps"
    ).body
    assert found["spec"] == spec | {"tags": ["a"]}
    assert "namespace" not in found["metadata"]


@pytest.mark.sandbox
def test_an_input_without_handler_is_refused(make: Make):
    with pytest.raises(HandlerError, match="no handler for input colour"):
        make(NAMESPACE, {"metadata": {"name": "never"}, "colour": "red"})


@pytest.mark.sandbox
@pytest.mark.parametrize("type_", ["kubernetes:core/v1:ConfigMap", "kubernetes:batch/v1:Job"])
def test_a_built_in_kind_without_handler_is_refused(make: Make, type_: str):
    with pytest.raises(HandlerError, match=f"no handler for type {type_}"):
        make(type_, {"metadata": {"name": "x"}})


@pytest.mark.sandbox
def test_an_annotation_for_the_real_provider_is_refused(make: Make):
    metadata = {"name": "never", "annotations": {"pulumi.com/waitFor": "x"}}
    with pytest.raises(HandlerError, match=r"no handler for annotation pulumi\.com/waitFor"):
        make(NAMESPACE, {"metadata": metadata})


@pytest.mark.parametrize(
    ("wanted", "found", "paths"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}, []),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, ["a.b"]),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1, "c": 2}]}, []),
        ({"a": [1]}, {"a": [1, 2]}, ["a"]),
        ({"a": []}, {}, []),
        ({"a": {"b": 1}}, {}, ["a"]),
    ],
)
def test_the_server_may_add_but_not_change(wanted: Any, found: Any, paths: list[str]):
    assert differences(wanted, found) == paths


@pytest.mark.parametrize(
    ("kind", "plural"),
    [
        ("OperatorConfiguration", "operatorconfigurations"),
        ("Policy", "policies"),
        ("Ingress", "ingresses"),
        ("Gateway", "gateways"),
        ("SecretProviderClass", "secretproviderclasses"),
        ("VaultAuth", "vaultauths"),
        ("VaultPKISecret", "vaultpkisecrets"),
    ],
)
def test_plurals_are_those_of_operators(kind: str, plural: str):
    assert plural_of(kind) == plural


def test_a_kind_that_lives_in_no_namespace_is_known():
    kind, patch = find(KONG)
    assert (kind.namespaced, kind.custom, patch) == (False, True, False)
    assert kind.path("ignored", "a") == "/apis/configuration.konghq.com/v1alpha1/kongvaults/a"
    assert find(OPERATOR)[0].namespaced


def test_a_side_project_of_kubernetes_has_custom_kinds():
    kind, patch = find("kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass")
    assert (kind.group, kind.plural, kind.custom, patch) == (
        "secrets-store.csi.x-k8s.io",
        "secretproviderclasses",
        True,
        False,
    )
    with pytest.raises(HandlerError, match="no handler for type"):
        find("kubernetes:storage.k8s.io/v1:CSIDriver")


def _exec(command: str, *arguments: str) -> Exec:
    return Exec("kubernetes", {"apiVersion": "v1", "command": command, "args": list(arguments)})


def test_a_failing_exec_names_the_command_and_shows_nothing_it_printed(tmp_path: Path):
    file = tmp_path / "credential"
    file.write_text('{"status": {"secret": "hidden"}}')
    with pytest.raises(HandlerError, match=r"exec cat \(exit 0\) printed no token") as error:
        _exec("cat", str(file)).token()
    assert "hidden" not in str(error.value)
    with pytest.raises(HandlerError, match="exec no-such-command"):
        _exec("no-such-command").token()


def test_an_exec_token_is_kept_until_it_expires(tmp_path: Path):
    file = tmp_path / "credential"
    file.write_text('{"status": {"token": "one"}}')
    kept = _exec("cat", str(file))
    assert kept.token() == "one"
    file.write_text('{"status": {"token": "two", "expirationTimestamp": "2001-01-01T00:00:00Z"}}')
    assert kept.token() == "one"
    expired = _exec("cat", str(file))
    expired.token()
    file.write_text('{"status": {"token": "three"}}')
    assert expired.token() == "three"
