"""A workload's ServiceAccount."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from components.kubernetes.service_account import TOKEN, ServiceAccount, ServiceAccountArgs
from tests.engine import declare, inside, names, only
from workload_secrets.graph.model import Graph, Mode

ACCOUNT = "kubernetes:core/v1:ServiceAccount"
PATCH = "kubernetes:core/v1:ServiceAccountPatch"
ROLE = "arn:aws:iam::111122223333:role/dev-pmp"
MODES: tuple[Mode, ...] = ("preview", "update")


def args(**changes: Any) -> ServiceAccountArgs:
    given: dict[str, Any] = {"namespace": "feature-test", "account": "mxplatform", "automount": False}
    return ServiceAccountArgs(**(given | changes))


def account(mode: Mode = "update", **changes: Any) -> Graph:
    return declare(lambda opts: ServiceAccount("pmp", args(**changes), opts), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_mendix_account_with_a_role_has_exactly_its_annotations(mode: Mode):
    made = account(mode, role_arn=ROLE, mendix=True, automount=True).only(ACCOUNT)
    assert made.name == "pmp-account"
    assert made.inputs == {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {
            "name": "mxplatform",
            "namespace": "feature-test",
            "annotations": {
                "eks.amazonaws.com/role-arn": ROLE,
                "eks.amazonaws.com/sts-regional-endpoints": "true",
                "privatecloud.mendix.com/environment-account": "true",
            },
        },
        "automountServiceAccountToken": True,
    }


def test_only_an_audience_that_differs_from_the_webhooks_is_annotated():
    default = args(role_arn=ROLE).annotations
    other = args(role_arn=ROLE, audience="sts.amazonaws.com.cn").annotations
    assert "eks.amazonaws.com/audience" not in default
    assert other["eks.amazonaws.com/audience"] == "sts.amazonaws.com.cn"


def test_without_a_role_nothing_of_aws_is_annotated():
    assert args().annotations == {}
    inputs = account().only(ACCOUNT).inputs
    assert inputs["automountServiceAccountToken"] is False
    assert set(inputs["metadata"]) == {"name", "namespace"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["mxplatform", "default"])
def test_an_existing_account_is_patched_and_never_owned(name: str, mode: Mode):
    graph = account(mode, account=name, manage="existing", role_arn=ROLE, automount=None)
    patch = graph.only(PATCH)
    assert graph.of(ACCOUNT) == ()
    assert patch.inputs["metadata"]["name"] == name
    assert patch.inputs["metadata"]["annotations"]["eks.amazonaws.com/role-arn"] == ROLE
    assert "automountServiceAccountToken" not in patch.inputs


def test_an_existing_account_without_anything_to_say_is_left_alone():
    graph = account(manage="existing", automount=None)
    assert inside(graph, TOKEN) == ()


def test_the_account_waits_for_its_namespace():
    def program(opts: pulumi.ResourceOptions) -> None:
        namespace = kubernetes.core.v1.Namespace(
            "ns", metadata={"name": "feature-test"}, opts=only(opts, "kubernetes")
        )
        ServiceAccount("pmp", args(after=(namespace,)), opts)

    graph = declare(program)
    assert names(graph, graph.only(ACCOUNT).options.depends_on) == {"ns"}


def test_the_outputs_are_namespace_and_account():
    assert account().only(TOKEN).outputs == {"namespace": "feature-test", "account": "mxplatform"}
