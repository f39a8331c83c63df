from typing import Any

import pulumi
import pytest

from components.kubernetes.service_account import ServiceAccount, ServiceAccountArgs
from components.kubernetes.workload_patch import TOKEN, TokenVolume, WorkloadPatch, WorkloadPatchArgs
from tests.engine import declare, inside, names
from workload_secrets.graph.model import Mode, Resource

VOLUME = TokenVolume(name="workload-secrets-token", audience="vault", seconds=900, path="token")
POD = {
    "metadata": {"annotations": {"vault.hashicorp.com/agent-inject": "true"}},
    "spec": {
        "serviceAccountName": "api-service-sa",
        "volumes": [
            {
                "name": "workload-secrets-token",
                "projected": {
                    "sources": [
                        {
                            "serviceAccountToken": {
                                "audience": "vault",
                                "expirationSeconds": 900,
                                "path": "token",
                            }
                        }
                    ]
                },
            }
        ],
    },
}


def _patch(kind: Any = "Deployment", mode: Mode = "update", **given: Any) -> Resource:
    fields: dict[str, Any] = {
        "annotations": {"vault.hashicorp.com/agent-inject": "true"},
        "token_volume": VOLUME,
    } | given

    def program(opts: pulumi.ResourceOptions) -> None:
        account = ServiceAccount(
            "api", ServiceAccountArgs(namespace="production", account="api-service-sa"), opts
        )
        args = WorkloadPatchArgs(
            namespace="production",
            kind=kind,
            target="api-service",
            service_account="api-service-sa",
            after=(account,),
            **fields,
        )
        WorkloadPatch("api", args, opts)

    (made,) = inside(declare(program, mode), TOKEN)
    return made


@pytest.mark.parametrize("mode", ["preview", "update"])
@pytest.mark.parametrize(
    ("kind", "token"),
    [
        ("Deployment", "kubernetes:apps/v1:DeploymentPatch"),
        ("StatefulSet", "kubernetes:apps/v1:StatefulSetPatch"),
    ],
)
def test_a_pod_template_gets_account_token_and_annotations_and_nothing_else(
    kind: str, token: str, mode: Mode
) -> None:
    made = _patch(kind, mode)
    assert made.type == token
    assert made.inputs["metadata"] == {
        "name": "api-service",
        "namespace": "production",
        "annotations": {"pulumi.com/skipAwait": "true"},
    }
    assert made.inputs["spec"] == {"template": POD}


@pytest.mark.parametrize("mode", ["preview", "update"])
def test_a_cron_jobs_pod_template_lies_deeper(mode: Mode) -> None:
    made = _patch("CronJob", mode)
    assert made.type == "kubernetes:batch/v1:CronJobPatch"
    assert "annotations" not in made.inputs["metadata"], "the provider waits for no CronJob"
    assert made.inputs["spec"] == {"jobTemplate": {"spec": {"template": POD}}}


def test_what_is_not_asked_for_is_not_sent() -> None:
    made = _patch(annotations={}, token_volume=None)
    assert made.inputs["spec"] == {"template": {"spec": {"serviceAccountName": "api-service-sa"}}}


def test_pods_are_replaced_only_when_their_account_is_there() -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        args = ServiceAccountArgs(namespace="production", account="api-service-sa")
        account = ServiceAccount("api", args, opts)
        patch = WorkloadPatchArgs(
            namespace="production",
            kind="Deployment",
            target="api-service",
            service_account="api-service-sa",
            after=(account,),
        )
        WorkloadPatch("api", patch, opts)

    graph = declare(program)
    (made,) = inside(graph, TOKEN)
    assert "api-account" in names(graph, made.options.depends_on)


def test_a_job_is_no_kind_of_a_patch() -> None:
    with pytest.raises(ValueError, match="kind"):
        WorkloadPatchArgs(namespace="n", kind="Job", target="t", service_account="a")  # pyright: ignore[reportArgumentType]
