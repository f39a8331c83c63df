"""A workload's ServiceAccount, with the annotations that bind it to its IAM role."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from components.kubernetes.service_account import ServiceAccount, ServiceAccountArgs
from tests.components.mocks.mocks import ACCOUNT, Cloud, deployed

OBJECT = ("kubernetes:core/v1:ServiceAccount", "pmp-account")
PATCH = ("kubernetes:core/v1:ServiceAccountPatch", "pmp-patch")
COMPONENT = ("workload-secrets:kubernetes:ServiceAccount", "pmp")
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/dev-pmp"


def account(**changes: Any) -> ServiceAccount:
    given: dict[str, Any] = {
        "namespace": "feature-test",
        "account": "mxplatform",
        "role_arn": ROLE_ARN,
        "mendix": True,
        "automount": True,
    }
    return ServiceAccount("pmp", ServiceAccountArgs(**(given | changes)))


def test_the_account_is_annotated_with_its_role(preview: bool) -> None:
    assert deployed(account, preview=preview)[OBJECT].inputs == {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {
            "name": "mxplatform",
            "namespace": "feature-test",
            "annotations": {
                "eks.amazonaws.com/role-arn": ROLE_ARN,
                "eks.amazonaws.com/sts-regional-endpoints": "true",
                "privatecloud.mendix.com/environment-account": "true",
            },
        },
        "automountServiceAccountToken": True,
    }


def test_without_a_role_nothing_of_aws_is_annotated() -> None:
    made = deployed(lambda: account(role_arn=None, mendix=False))[OBJECT]
    assert made.inputs["metadata"] == {"name": "mxplatform", "namespace": "feature-test"}


@pytest.mark.parametrize("name", ["mxplatform", "default"])
def test_an_existing_account_is_patched_and_never_owned(name: str, preview: bool) -> None:
    cloud = deployed(lambda: account(account=name, manage="existing", automount=None), preview=preview)
    assert cloud.registered == {COMPONENT, PATCH}
    inputs = cloud[PATCH].inputs
    assert inputs["metadata"]["name"] == name
    assert inputs["metadata"]["annotations"]["eks.amazonaws.com/role-arn"] == ROLE_ARN
    assert "automountServiceAccountToken" not in inputs


def test_it_is_a_child_of_the_component_and_waits_for_its_namespace(preview: bool) -> None:
    def program() -> None:
        account(after=(kubernetes.core.v1.Namespace("ns", metadata={"name": "feature-test"}),))

    made = deployed(program, preview=preview)[OBJECT]
    assert made.parent == "::".join(COMPONENT)
    assert made.waits_for == {"kubernetes:core/v1:Namespace::ns"}


def test_no_input_is_secret(preview: bool) -> None:
    assert deployed(account, preview=preview).marked == set()


@pulumi.runtime.test
def test_the_outputs_are_namespace_and_name(preview: bool) -> Coroutine[None, None, None]:
    Cloud(preview=preview).begin()
    made = account()

    async def check() -> None:
        assert await made.namespace.future() == "feature-test"
        assert await made.account.future() == "mxplatform"

    return check()
