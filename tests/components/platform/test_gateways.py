"""What the platform declares for Kong gateways, and what it says of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from components import gateway_forms, gateways
from components.config.load import parse
from components.config.stack import StackConfig
from components.documents.deployer import deployer, prover
from tests.engine import names
from tests.stacks.read import ROOT, changed, path
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import UNKNOWN, Graph, Mode, Resource

COMPONENT = "workload-secrets:kong:KongVault"
OBJECT = "kubernetes:configuration.konghq.com/v1alpha1:KongVault"
GROUP = "configuration.konghq.com"


@pytest.fixture(scope="module", params=["preview", "update"])
def graph(request: pytest.FixtureRequest) -> Graph:
    mode: Mode = request.param
    return capture(ROOT, str(path("gateways")), mode=mode)


def config(**changes: Any) -> StackConfig:
    places = {place.replace("__", "/"): value for place, value in changes.items()}
    return parse(changed("gateways", places), file="file.yaml", folder=ROOT)


def objects(graph: Graph) -> dict[str, Resource]:
    return {resource.inputs["metadata"]["name"]: resource for resource in graph.of(OBJECT)}


def before(graph: Graph, resource: Resource) -> set[str]:
    """The names of all that this resource waits for, step by step."""
    found: set[str] = set()
    todo = [resource.urn]
    while todo:
        for urn in graph.get(todo.pop()).options.depends_on:
            if urn not in found:
                found.add(urn)
                todo.append(urn)
    return names(graph, tuple(found))


def test_every_vault_without_a_secret_is_an_object(graph: Graph):
    assert set(objects(graph)) == {"edge-pods", "edge-machine"}
    assert {r.name for r in graph.of(COMPONENT)} == {"edge-pods", "edge-machine"}
    assert gateway_forms.object_names(config()) == ("edge-machine", "edge-pods")
    (declared,) = graph.platform_output("declaration")["gateways"].values()
    found = {vault.get("kongVault") for vault in declared["vaults"].values()} - {None}
    assert found == set(objects(graph))


def test_an_object_says_what_the_deck_file_says(graph: Graph):
    deck = {vault["prefix"]: vault for vault in graph.platform_output("gateways")["edge"]["deck"]["vaults"]}
    for resource in objects(graph).values():
        spec = resource.inputs["spec"]
        vault = deck[spec["prefix"]]
        assert spec.get("tags") == vault.get("tags")
        assert spec["config"].keys() == vault["config"].keys()
        for field, value in spec["config"].items():
            assert value == vault["config"][field] or field == "approle_role_id"


def test_a_role_id_comes_from_its_role(graph: Graph):
    config = objects(graph)["edge-machine"].inputs["spec"]["config"]
    (role,) = graph.of("vault:appRole/authBackendRole:AuthBackendRole")
    expected = UNKNOWN if graph.mode == "preview" else role.outputs["roleId"]
    assert config["approle_role_id"] == expected
    assert config["approle_role_id"]


def test_role_policy_and_account_come_first_and_go_last(graph: Graph):
    assert {"kong-dp-role", "kong-dp-policy", "kong-dp-account"} <= before(graph, objects(graph)["edge-pods"])
    machine = before(graph, objects(graph)["edge-machine"])
    assert {"edge-machine-role", "edge-machine-policy", "kong-dp-account"} <= machine


def test_another_prefix_is_another_object():
    vaults = {"apps": changed("gateways", {})["gateways"]["edge"]["vaults"]["pods"]}
    found = config(
        gateways__edge__vaults=vaults,
        gateways__edge__environmentVault=...,
        gateways__edge__references=["{vault://apps/customer/acme/name}"],
    )
    assert gateway_forms.object_names(found) == ("edge-apps",)


def test_without_an_ingress_class_there_is_no_object():
    found = config(gateways__edge__ingressClass=...)
    assert gateway_forms.object_names(found) == ()
    assert "kongvaults" not in json.dumps(deployer(found))


def test_the_deployer_may_change_exactly_these_objects():
    assert list(_rules(deployer(config())["rbac"])) == [
        {"apiGroups": [GROUP], "resources": ["kongvaults"], "verbs": ["create", "list", "watch"]},
        {
            "apiGroups": [GROUP],
            "resources": ["kongvaults"],
            "verbs": ["delete", "get", "patch"],
            "resourceNames": ["edge-machine", "edge-pods"],
        },
    ]


def test_the_prover_may_read_exactly_these_objects():
    assert list(_rules(prover(config())["rbac"])) == [
        {
            "apiGroups": [GROUP],
            "resources": ["kongvaults"],
            "verbs": ["get"],
            "resourceNames": ["edge-machine", "edge-pods"],
        }
    ]


def _rules(objects: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for item in objects:
        for rule in item.get("rules", ()):
            if rule["apiGroups"] == [GROUP]:
                assert item["kind"] == "ClusterRole"
                yield rule


def test_the_environment_has_the_early_vault_and_the_keyring(graph: Graph):
    found = graph.platform_output("gateways")["edge"]
    assert found["environment"]["KONG_VAULT_HCV_KUBE_ROLE"] == "kong-dp"
    assert found["environment"]["KONG_KEYRING_VAULT_PATH"] == "edge/keyring"
    assert found["secretEnvironment"] == {}


def test_the_early_vault_of_a_machine_names_what_is_brought_along():
    found = gateway_forms.forms(config(gateways__edge__environmentVault="partner"))["edge"]
    assert set(found["secretEnvironment"]) == {
        "KONG_VAULT_HCV_CERT_AUTH_CERT",
        "KONG_VAULT_HCV_CERT_AUTH_CERT_KEY",
    }
    assert not found["secretEnvironment"].keys() & found["environment"].keys()


def test_no_secret_ever_gets_a_value(graph: Graph):
    """Every place that could hold one holds the name of a variable, or isn't there."""
    secret = {
        (prefix, field)
        for prefix, entity in gateways.entities(config(), "edge").items()
        for field, given in entity.given.items()
        if given.secret
    }
    assert secret == {("partner", "cert_auth_cert_key")}
    fields = {field for _, field in secret}
    for resource in graph.resources:
        for where, key, value in _leaves({"inputs": resource.inputs, "outputs": resource.outputs}):
            if key in fields:
                told = where.endswith("given.cert_auth_cert_key")
                template = value == '${{ env "DECK_EDGE_PARTNER_CERT_AUTH_CERT_KEY" }}'
                assert told or template, f"{resource.name}: {where}"


def _leaves(value: Any, where: str = "") -> Iterator[tuple[str, str, Any]]:
    entries = (
        value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, item in entries:
        yield f"{where}.{key}", str(key), item
        yield from _leaves(item, f"{where}.{key}")


@pytest.mark.parametrize("stack", ["dev", "identities"])
def test_a_stack_without_gateways_says_nothing_of_them(stack: str):
    assert capture(ROOT, str(path(stack))).platform_output("gateways") == {}
