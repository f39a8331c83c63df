"""The Kubernetes API: what its tokens say and what its users may."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest

from workload_secrets.sandbox import kubernetes, objects
from workload_secrets.sandbox.handle import Cluster, Sandbox
from workload_secrets.sandbox.rest import Rest
from workload_secrets.sandbox.tokens import sign

pytestmark = pytest.mark.sandbox
REVIEWS = "/apis/authentication.k8s.io/v1/tokenreviews"


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def user(cluster: Cluster, file: Path) -> Rest:
    token = json.loads(file.read_text())["status"]["token"]
    return Rest(cluster.api_server, cluster.ca_file, {"Authorization": f"Bearer {token}"})


def test_a_default_token_carries_exactly_the_declared_audience_and_issuer(
    cluster: Cluster, token: Callable[..., str]
) -> None:
    said = claims(token("billing"))
    assert said["aud"] == [cluster.api_audience]
    assert said["iss"] == cluster.issuer


def test_tokens_we_sign_carry_the_servers_own_key_id(cluster: Cluster, token: Callable[..., str]) -> None:
    theirs = jwt.get_unverified_header(token("billing"))["kid"]
    assert jwt.get_unverified_header(sign(cluster, {}))["kid"] == theirs


def test_the_reviewer_reviews_tokens_and_does_nothing_else(
    cluster: Cluster, token: Callable[..., str]
) -> None:
    bearer = {"Authorization": f"Bearer {cluster.reviewer_token_file.read_text()}"}
    reviewer = Rest(cluster.api_server, cluster.ca_file, bearer)
    review = {"spec": {"token": token("billing", "vault"), "audiences": ["vault"]}}
    status = reviewer.call("POST", REVIEWS, review)["status"]
    assert status["user"]["username"] == "system:serviceaccount:billing:billing"
    assert reviewer.ask("GET", "/api/v1/namespaces")[0] == 403


def test_deployer_and_prover_are_who_the_documents_bind(sandbox: Sandbox, cluster: Cluster) -> None:
    for file, name in (
        (sandbox.stacks["dev"].deployer_exec, objects.DEPLOYER),
        (sandbox.stacks["dev"].prover_exec, objects.PROVER),
    ):
        who = user(cluster, file).call(
            "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {"kind": "SelfSubjectReview"}
        )
        assert who["status"]["userInfo"]["username"] == name
        assert user(cluster, file).ask("GET", "/api/v1/namespaces")[0] == 403


def test_rights_of_two_stacks_of_one_cluster_do_not_overwrite_each_other(
    sandbox: Sandbox, cluster: Cluster
) -> None:
    rest = kubernetes.admin(cluster)
    for stack, resource in (("one", "namespaces"), ("two", "nodes")):
        rule = {"apiGroups": [""], "resources": [resource], "verbs": ["list"]}
        objects.apply(rest, _rights(rule), suffix=stack)
    prover = user(cluster, sandbox.stacks["dev"].prover_exec)
    assert prover.ask("GET", "/api/v1/namespaces")[0] == 200
    assert prover.ask("GET", "/api/v1/nodes")[0] == 200
    assert prover.ask("GET", "/api/v1/secrets")[0] == 403
    for stack in ("one", "two"):
        rest.call(
            "DELETE",
            f"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/{objects.PROVER}:{stack}",
        )


def _rights(rule: dict[str, Any]) -> list[dict[str, Any]]:
    api, name = "rbac.authorization.k8s.io", objects.PROVER
    return [
        {"apiVersion": f"{api}/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": [rule]},
        {
            "apiVersion": f"{api}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": name},
            "subjects": [{"apiGroup": api, "kind": "User", "name": name}],
        },
    ]


def until(answers: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not answers():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_namespace_gets_its_default_account_and_goes_when_it_is_deleted(cluster: Cluster) -> None:
    rest = kubernetes.admin(cluster)
    place = "/api/v1/namespaces/passing"
    rest.call("POST", "/api/v1/namespaces", {"metadata": {"name": "passing"}})
    until(lambda: rest.answers(f"{place}/serviceaccounts/default"))
    rest.call("POST", f"{place}/configmaps", {"metadata": {"name": "inside"}})
    rest.call("DELETE", place, {"propagationPolicy": "Foreground"})
    until(lambda: rest.answers(place, 404))


def test_an_aggregated_role_gets_the_rules_of_its_parts(cluster: Cluster) -> None:
    rest = kubernetes.admin(cluster)
    roles = f"/apis/{objects.RBAC}/v1/clusterroles"
    rule = {"apiGroups": ["example.org"], "resources": ["parts"], "verbs": ["get"]}
    selector = {"matchLabels": {"tests/into": "whole"}}
    whole = {
        "metadata": {"name": "whole"},
        "aggregationRule": {"clusterRoleSelectors": [selector]},
        "rules": [],
    }
    rest.call("POST", roles, whole)
    rest.call(
        "POST", roles, {"metadata": {"name": "part", "labels": {"tests/into": "whole"}}, "rules": [rule]}
    )
    until(lambda: rest.call("GET", f"{roles}/whole").get("rules") == [rule])
    for name in ("whole", "part"):
        rest.call("DELETE", f"{roles}/{name}")
