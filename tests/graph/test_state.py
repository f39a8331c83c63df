"""A graph from `pulumi stack export`."""

import json

import pytest

from workload_secrets.errors import InputError
from workload_secrets.graph.model import UNKNOWN
from workload_secrets.graph.state import from_state

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:canary"}
ROOT = "urn:pulumi:dev::demo::pulumi:pulumi:Stack::demo-dev"
PROVIDER = "urn:pulumi:dev::demo::pulumi:providers:vault::vault"
POLICY = "urn:pulumi:dev::demo::vault:index/policy:Policy::one"
ENTRIES = [
    {"urn": ROOT, "type": "pulumi:pulumi:Stack", "outputs": {"x": 1}},
    {
        "urn": PROVIDER,
        "type": "pulumi:providers:vault",
        "custom": True,
        "id": "p",
        "inputs": {"skipChildToken": "true", "address": "https://v", "token": SECRET},
    },
    {
        "urn": POLICY,
        "type": "vault:index/policy:Policy",
        "custom": True,
        "id": "one",
        "parent": ROOT,
        "provider": f"{PROVIDER}::p",
        "inputs": {"name": "one", "policy": SECRET},
        "outputs": {"name": "one", "policy": SECRET},
        "protect": True,
        "dependencies": [PROVIDER],
        "resourceHooks": {"AfterCreate": ["filled"], "BeforeUpdate": []},
        "propertyDependencies": {"policy": [PROVIDER], "name": None},
        "sourcePosition": "project:///a/b.py#12,3",
    },
    {"urn": POLICY, "type": "vault:index/policy:Policy", "custom": True, "delete": True},
]


def export(folder, entries):
    file = folder / "state.json"
    file.write_text(json.dumps({"version": 3, "deployment": {"resources": entries}}))
    return file


def test_ciphertext_stays_marked_and_its_value_is_absent(tmp_path):
    policy = from_state(export(tmp_path, ENTRIES)).get(POLICY)
    assert policy.inputs == {"name": "one", "policy": UNKNOWN}
    assert policy.secrets == policy.output_secrets == {("policy",)}


def test_a_value_shown_by_the_export_is_dropped_too(tmp_path):
    entries = [
        {"urn": ROOT, "type": "pulumi:pulumi:Stack", "outputs": {"x": {**SECRET, "plaintext": "canary"}}}
    ]
    assert "canary" not in repr(from_state(export(tmp_path, entries)))


def test_the_rest_of_a_resource_is_read(tmp_path):
    graph = from_state(export(tmp_path, ENTRIES))
    policy = graph.get(POLICY)
    assert (graph.project, graph.stack, graph.mode) == ("demo", "dev", "update")
    assert graph.outputs == {"x": 1}
    assert policy.source == "a/b.py:12"
    assert policy.outputs["id"] == "one"
    assert policy.options.protect
    assert policy.options.property_dependencies == {"policy": (PROVIDER,)}
    assert policy.options.hooks == {"after_create": ("filled",)}
    assert policy.provider["skipChildToken"] is True
    assert len(graph.resources) == 3


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"deployment": null}', '{"deployment": {"resources": [{}]}}']
)
def test_another_file_is_refused(tmp_path, text):
    file = tmp_path / "state.json"
    file.write_text(text)
    with pytest.raises(InputError, match="pulumi stack export"):
        from_state(file)


def test_an_empty_stack_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no resource"):
        from_state(export(tmp_path, []))
