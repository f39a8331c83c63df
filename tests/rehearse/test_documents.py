"""What the rehearsed stacks say in their documents, without a server."""

from __future__ import annotations

import pytest

from tests.stacks.read import ROOT, path
from workload_secrets.cli.site import spec
from workload_secrets.errors import InputError
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph
from workload_secrets.sandbox.start import Plan

OTHERS = {
    "kubernetes:core/v1:ServiceAccountPatch",
    "aws:iam/role:Role",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:secretsmanager/secret:Secret",
    "aws:secretsmanager/secretPolicy:SecretPolicy",
    "vault:index/policy:Policy",
    "vault:kubernetes/authBackendRole:AuthBackendRole",
}


def graph(stack: str) -> Graph:
    return capture(ROOT, str(path(stack)), mode="update")


def test_where_everything_exists_nothing_is_registered_that_could_delete_it() -> None:
    made = graph("existing")
    types = {r.type for r in made.resources if r.custom and not r.type.startswith("pulumi:")}
    assert types <= OTHERS
    kinds = {item["kind"] for item in made.platform_output("declaration")["prerequisites"]}
    assert kinds == {
        "authMount",
        "kmsKey",
        "kvMount",
        "namespace",
        "oidcProvider",
        "serviceAccount",
        "vaultNamespace",
    }


def test_with_reviewer_client_exactly_the_clients_of_vault_are_delegators() -> None:
    made = graph("aks")
    binding = made.only("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding")
    assert binding.inputs["roleRef"]["name"] == "system:auth-delegator"
    assert {(s["namespace"], s["name"]) for s in binding.inputs["subjects"]} == {
        ("feature-test", "mxplatform"),
        ("ops", "pmp-admin"),
    }


def test_a_pod_identity_has_no_annotation_that_irsa_would_take() -> None:
    accounts = graph("eks").of("kubernetes:core/v1:ServiceAccount")
    (ledger,) = (r for r in accounts if r.inputs["metadata"]["name"] == "ledger")
    assert "annotations" not in ledger.inputs["metadata"]


def test_an_sts_audience_of_ones_own_stands_in_provider_trust_and_account() -> None:
    made = graph("aws-only")
    provider = made.only("aws:iam/openIdConnectProvider:OpenIdConnectProvider")
    assert sorted(provider.inputs["clientIdLists"]) == ["sts.amazonaws.com", "sts.shop.example"]
    roles = {r.inputs["name"]: r.inputs["assumeRolePolicy"] for r in made.of("aws:iam/role:Role")}
    assert [name for name, trust in roles.items() if "sts.shop.example" in trust] == ["shop-orders"]


def test_a_stack_of_another_partition_is_refused_before_a_server_starts() -> None:
    with pytest.raises(InputError, match=r"stack govcloud: facts\.aws\.region is us-gov-west-1; allowed"):
        Plan.of([spec(graph("govcloud"))])
