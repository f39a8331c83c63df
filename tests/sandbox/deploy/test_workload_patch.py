"""Patches of pod templates on a real API server: what they keep, and what Kubernetes refuses."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from workload_secrets.sandbox.agent.config import pod_template
from workload_secrets.sandbox.deploy.outcome import HandlerError, Outcome
from workload_secrets.sandbox.handle import Cluster
from workload_secrets.sandbox.kubernetes import admin
from workload_secrets.sandbox.objects import ensure, ensure_namespace, object_path
from workload_secrets.sandbox.pods import workload_object
from workload_secrets.sandbox.rest import Refused, Rest

pytestmark = pytest.mark.sandbox
Make = Callable[..., Outcome]
SPACE = "patched"
TOKEN = {"serviceAccountToken": {"audience": "vault", "expirationSeconds": 600, "path": "token"}}
POD: dict[str, Any] = {
    "metadata": {"annotations": {"vault.hashicorp.com/agent-inject": "true"}},
    "spec": {
        "serviceAccountName": "api-sa",
        "volumes": [{"name": "workload-secrets-token", "projected": {"sources": [TOKEN]}}],
    },
}
TYPES = {
    "Deployment": "kubernetes:apps/v1:DeploymentPatch",
    "StatefulSet": "kubernetes:apps/v1:StatefulSetPatch",
    "CronJob": "kubernetes:batch/v1:CronJobPatch",
}


@pytest.fixture(scope="module")
def rest(cluster: Cluster) -> Rest:
    made = admin(cluster)
    ensure_namespace(made, SPACE)
    return made


def _patch(kind: str, name: str) -> dict[str, Any]:
    template = copy.deepcopy(POD)
    spec = {"jobTemplate": {"spec": {"template": template}}} if kind == "CronJob" else {"template": template}
    return {"metadata": {"name": name, "namespace": SPACE}, "spec": spec}


def _made(rest: Rest, kind: str, name: str) -> str:
    item = workload_object(kind, SPACE, name)
    path = object_path(item)
    ensure(rest, path.rpartition("/")[0], item)
    return path


@pytest.mark.parametrize("kind", TYPES)
def test_a_patch_adds_and_keeps_what_the_owner_has(make: Make, rest: Rest, kind: str) -> None:
    path = _made(rest, kind, "kept")
    assert make(TYPES[kind], _patch(kind, "kept")).state == "created"
    found = pod_template(rest.call("GET", path))
    assert found["spec"]["serviceAccountName"] == "api-sa"
    assert [container["name"] for container in found["spec"]["containers"]] == ["app"]
    assert found["metadata"]["labels"] == {"app": "kept"}
    assert found["metadata"]["annotations"] == POD["metadata"]["annotations"]
    (source,) = found["spec"]["volumes"][0]["projected"]["sources"]
    assert source == TOKEN
    assert make(TYPES[kind], _patch(kind, "kept")).state == "same"


def test_an_owners_other_account_is_a_conflict_and_stays(make: Make, rest: Rest) -> None:
    path = _made(rest, "Deployment", "owned")
    item = dict(workload_object("Deployment", SPACE, "owned"))
    item["spec"] = {**item["spec"], "template": copy.deepcopy(item["spec"]["template"])}
    item["spec"]["template"]["spec"]["serviceAccountName"] = "owners"
    rest.call("PATCH", f"{path}?fieldManager=helm&force=true", item, "application/apply-patch+yaml")
    with pytest.raises(HandlerError, match="conflict"):
        make(TYPES["Deployment"], _patch("Deployment", "owned"))
    assert pod_template(rest.call("GET", path))["spec"]["serviceAccountName"] == "owners"


def test_a_patch_never_makes_the_object(make: Make, rest: Rest) -> None:
    assert rest.ask("GET", f"/apis/apps/v1/namespaces/{SPACE}/deployments/absent")[0] == 404
    with pytest.raises(HandlerError, match="a patch never creates one"):
        make(TYPES["Deployment"], _patch("Deployment", "absent"))


@pytest.mark.parametrize("suspend", [False, True])
def test_kubernetes_refuses_a_jobs_pod_template(rest: Rest, suspend: bool) -> None:
    """So a target of kind Job gets no patch."""
    name = f"job-{suspend}".lower()
    pod = {"restartPolicy": "Never", "containers": [{"name": "app", "image": "example.invalid/app"}]}
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": SPACE},
        "spec": {"suspend": suspend, "template": {"spec": pod}},
    }
    jobs = f"/apis/batch/v1/namespaces/{SPACE}/jobs"
    ensure(rest, jobs, job)
    change = {**job, "spec": {"template": {"spec": {"serviceAccountName": "api-sa"}}}}
    with pytest.raises(Refused, match="field is immutable"):
        rest.call("PATCH", f"{jobs}/{name}?fieldManager=us", change, "application/apply-patch+yaml")
