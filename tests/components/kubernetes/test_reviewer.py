"""Who may review tokens."""

from __future__ import annotations

import pytest

from components.kubernetes.reviewer import TOKEN, Account, Reviewer, ReviewerArgs
from tests.engine import declare, inside
from workload_secrets.graph.model import Graph, Mode

BINDING = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"
MODES: tuple[Mode, ...] = ("preview", "update")


def reviewer(mode: Mode, *accounts: Account, create: bool = False) -> Graph:
    args = ReviewerArgs(binding_name="reviewers", accounts=accounts, create_account=create)
    return declare(lambda opts: Reviewer("reviewer", args, opts), mode)


@pytest.mark.parametrize("mode", MODES)
def test_the_accounts_get_auth_delegator_and_nothing_else(mode: Mode):
    graph = reviewer(mode, Account(namespace="b", name="y"), Account(namespace="a", name="x"))
    (binding,) = inside(graph, TOKEN)
    assert (binding.type, binding.name) == (BINDING, "reviewer-binding")
    assert binding.inputs["metadata"] == {"name": "reviewers"}
    assert binding.inputs["roleRef"] == {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "ClusterRole",
        "name": "system:auth-delegator",
    }
    assert binding.inputs["subjects"] == [
        {"kind": "ServiceAccount", "namespace": "a", "name": "x"},
        {"kind": "ServiceAccount", "namespace": "b", "name": "y"},
    ]


@pytest.mark.parametrize("mode", MODES)
def test_a_dedicated_reviewer_is_an_account_without_a_mounted_token(mode: Mode):
    account = reviewer(mode, Account(namespace="vault", name="reviewer"), create=True).only(ACCOUNT)
    assert account.inputs["metadata"] == {"namespace": "vault", "name": "reviewer"}
    assert account.inputs["automountServiceAccountToken"] is False
