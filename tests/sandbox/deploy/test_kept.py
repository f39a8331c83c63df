"""An input that a handler lost is found by its output, and so is one that changed on the server."""

from __future__ import annotations

from typing import Any

import pytest

from workload_secrets.sandbox.deploy.kept import as_found, require_kept
from workload_secrets.sandbox.deploy.outcome import HandlerError

SECRET = "aws:secretsmanager/secret:Secret"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"


def test_a_lost_property_is_named_without_its_value():
    with pytest.raises(HandlerError, match=r"in kmsKeyId$"):
        require_kept(SECRET, {"kmsKeyId": "arn:key", "name": "a"}, {"kmsKeyId": "", "name": "a"})


def test_documents_and_lists_are_compared_by_meaning():
    require_kept(
        SECRET,
        {"policy": '{"a": [1, 2]}', "ttl": 60.0, "names": ["b", "a"], "when": "60s"},
        {"policy": '{"a":[2,1]}', "ttl": 60, "names": ("a", "b"), "when": "60s"},
    )


def test_an_output_that_the_server_adds_is_no_loss():
    require_kept(SECRET, {"name": "a"}, {"name": "a", "arn": "arn:a"})


def test_kubernetes_objects_are_their_handlers_matter():
    require_kept("kubernetes:core/v1:Namespace", {"metadata": {}}, {"metadata": {"uid": "1"}})


def test_inputs_stay_as_given_but_where_the_server_means_something_else():
    given = {"policy": '{"a": [1, 2]}', "ttl": "60s", "name": "a", "absent": None, "unread": 1}
    found = {"policy": '{"a":[2,1]}', "ttl": 61, "name": "a", "absent": "x", "arn": "arn:a"}
    assert as_found(SECRET, given, found) == {**given, "ttl": 61}


def test_a_helm_release_is_no_object_that_a_server_has():
    given = {"name": "r", "atomic": False, "values": {"a": 1}}
    assert as_found("kubernetes:helm.sh/v3:Release", given, {"name": "r", "values": {"a": 1}}) == given


@pytest.mark.parametrize(
    ("live", "found"),
    [
        ({}, {}),
        ({"spec": {"replicas": 2}}, {"spec": {"replicas": 2}}),
        ({"spec": {"containers": [{"name": "a", "image": "y"}]}},) * 2,
        ({"metadata": {"labels": {"x": "2"}}},) * 2,
        ({"metadata": {"labels": None}}, {"metadata": {"labels": None}}),
        ({"spec": {"added": 1}, "status": {}}, {}),
    ],
)
def test_of_an_object_the_given_paths_are_compared_alone(live: dict[str, Any], found: dict[str, Any]):
    given: dict[str, Any] = {
        "metadata": {"name": "a", "labels": {"x": "1"}, "annotations": {"pulumi.com/patchForce": "true"}},
        "spec": {"replicas": 1, "containers": [{"name": "a", "image": "x"}]},
    }
    server: dict[str, Any] = {
        "metadata": {"name": "a", "labels": {"x": "1", "more": "2"}, "annotations": {}, "uid": "1"},
        "spec": {"replicas": 1, "containers": [{"name": "a", "image": "x", "imagePullPolicy": "Always"}]},
    }

    def over(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
        return {name: {**base.get(name, {}), **change.get(name, {})} for name in {*base, *change}}

    assert as_found(DEPLOYMENT, given, over(server, live)) == over(given, found)
