"""The patch of Mendix's operator configuration."""

from __future__ import annotations

import pytest

from components.kubernetes.operator_configuration import (
    TOKEN,
    OperatorConfiguration,
    OperatorConfigurationArgs,
)
from tests.engine import declare, inside
from workload_secrets.graph.model import Mode

PATCH = "kubernetes:privatecloud.mendix.com/v1alpha1:OperatorConfigurationPatch"


@pytest.mark.parametrize("mode", ["preview", "update"])
def test_one_patch_sets_one_field_of_the_operators_object(mode: Mode):
    args = OperatorConfigurationArgs(namespace="mendix")
    graph = declare(lambda opts: OperatorConfiguration("mendix", args, opts), mode)
    (patch,) = inside(graph, TOKEN)
    assert (patch.type, patch.name) == (PATCH, "mendix-patch")
    assert patch.inputs == {
        "apiVersion": "privatecloud.mendix.com/v1alpha1",
        "kind": "OperatorConfiguration",
        "metadata": {"name": "mendix-operator-configuration", "namespace": "mendix"},
        "spec": {"runtimeAutomountServiceAccountToken": True},
    }
    assert graph.only(TOKEN).outputs == {"namespace": "mendix"}
