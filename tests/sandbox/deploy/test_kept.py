"""An input that a handler lost is found by its output."""

import pytest

from workload_secrets.graph.model import Resource
from workload_secrets.sandbox.deploy.kept import require_kept
from workload_secrets.sandbox.deploy.outcome import HandlerError


def resource(inputs, type_="aws:secretsmanager/secret:Secret"):
    return Resource(urn="u", type=type_, name="s", parent=None, custom=True, inputs=inputs, outputs={})


def test_a_lost_property_is_named_without_its_value():
    with pytest.raises(HandlerError, match=r"in kmsKeyId$"):
        require_kept(resource({"kmsKeyId": "arn:key", "name": "a"}), {"kmsKeyId": "", "name": "a"})


def test_documents_and_lists_are_compared_by_meaning():
    require_kept(
        resource({"policy": '{"a": [1, 2]}', "ttl": 60.0, "names": ["b", "a"], "expiry": "60s"}),
        {"policy": '{"a":[2,1]}', "ttl": 60, "names": ("a", "b"), "expiry": 60},
    )


def test_an_output_that_the_server_adds_is_no_loss():
    require_kept(resource({"name": "a"}), {"name": "a", "arn": "arn:a"})


def test_kubernetes_objects_are_their_handlers_matter():
    require_kept(resource({"metadata": {}}, "kubernetes:core/v1:Namespace"), {"metadata": {"uid": "1"}})
