"""The three components of delivery by objects: what they register, and in which shape."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
import yaml

from components.documents.delivered import CustomObject
from components.kubernetes import external_secret, secret_provider_class, vault_secret
from components.kubernetes.external_secret import ExternalSecret, ExternalSecretArgs
from components.kubernetes.secret_provider_class import SecretProviderClass, SecretProviderClassArgs
from components.kubernetes.vault_secret import VaultSecret, VaultSecretArgs
from tests.components.kubernetes.shapes import AWS_FILES, SHAPES, VAULT_FILES, faults
from tests.engine import declare, inside, names, only
from tests.stacks.read import ROOT, path
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph, Mode, Resource

MODES: tuple[Mode, ...] = ("preview", "update")
COMPONENTS: dict[str, tuple[Any, Any, str, str]] = {
    secret_provider_class.TOKEN: (
        SecretProviderClass,
        SecretProviderClassArgs,
        "classes",
        "SecretProviderClass",
    ),
    external_secret.TOKEN: (ExternalSecret, ExternalSecretArgs, "secrets", "ExternalSecret"),
    vault_secret.TOKEN: (VaultSecret, VaultSecretArgs, "secrets", "VaultStaticSecret"),
}


def custom(kind: str, name: str, **more: Any) -> CustomObject:
    given: dict[str, Any] = {
        "role": name,
        "api_version": "example.com/v1",
        "kind": kind,
        "plural": f"{kind.lower()}s",
        "namespace": "shop",
        "name": f"billing-{name}",
        "spec": {"some": {"thing": 1}},
    }
    return CustomObject(**(given | more))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("token", COMPONENTS)
def test_a_component_registers_its_objects_and_names_those_that_clients_use(token: str, mode: Mode):
    component, arguments, output, kind = COMPONENTS[token]
    args = arguments(objects=(custom("Other", "store"), custom(kind, "api")))
    graph = declare(lambda opts: component("billing", args, opts), mode)
    made = {resource.name: resource for resource in inside(graph, token)}
    assert set(made) == {"billing-store", "billing-api"}
    assert made["billing-api"].type == f"kubernetes:example.com/v1:{kind}"
    assert made["billing-api"].inputs == {
        "apiVersion": "example.com/v1",
        "kind": kind,
        "metadata": {"name": "billing-api", "namespace": "shop"},
        "spec": {"some": {"thing": 1}},
    }
    assert graph.only(token).outputs == {output: ["billing-api"]}


def test_annotations_are_set_where_there_are_some():
    objects_ = (custom("SecretProviderClass", "vault", annotations={"a/b": "true"}),)
    args = SecretProviderClassArgs(objects=objects_)
    graph = declare(lambda opts: SecretProviderClass("billing", args, opts))
    (made,) = inside(graph, secret_provider_class.TOKEN)
    assert made.inputs["metadata"]["annotations"] == {"a/b": "true"}


def test_objects_wait_for_the_account_and_the_roles_they_name():
    def program(opts: pulumi.ResourceOptions) -> None:
        account = kubernetes.core.v1.ServiceAccount(
            "account", metadata={"name": "billing"}, opts=only(opts, "kubernetes")
        )
        args = VaultSecretArgs(objects=(custom("VaultStaticSecret", "api"),), after=(account,))
        VaultSecret("billing", args, opts)

    graph = declare(program)
    (made,) = inside(graph, vault_secret.TOKEN)
    assert names(graph, made.options.depends_on) == {"account"}


# --- the shape of what the platform declares, as the other projects publish it ---


@pytest.fixture(scope="module", params=["objects", "objects-engines"])
def declared(request: pytest.FixtureRequest) -> Graph:
    return capture(ROOT, str(path(request.param)), mode="update")


def objects(graph: Graph) -> tuple[Resource, ...]:
    owners = {resource.urn for token in COMPONENTS for resource in graph.of(token)}
    return graph.where(lambda resource: resource.parent in owners)


def test_every_object_has_a_shape_that_its_operator_knows(declared: Graph):
    found = objects(declared)
    assert len(found) >= 10
    for resource in found:
        shape = SHAPES[(resource.inputs["apiVersion"], resource.inputs["kind"])]
        assert list(faults(shape, resource.inputs["spec"])) == [], resource.name
        assert resource.type == f"kubernetes:{resource.inputs['apiVersion']}:{resource.inputs['kind']}"


def test_the_files_of_a_class_have_the_shape_its_provider_reads(declared: Graph):
    for resource in objects(declared):
        if resource.inputs["kind"] == "SecretProviderClass":
            spec = resource.inputs["spec"]
            shape = VAULT_FILES if spec["provider"] == "vault" else AWS_FILES
            found = yaml.safe_load(spec["parameters"]["objects"])
            assert list(faults(shape, found)) == [], resource.name


def test_a_field_that_no_operator_knows_is_a_fault():
    shape = SHAPES[("secrets.hashicorp.com/v1beta1", "VaultConnection")]
    good = {"address": "https://v.example", "skipTLSVerify": False}
    assert list(faults(shape, good)) == []
    assert list(faults(shape, {**good, "caCert": "x"})) == ["spec.caCert is not known"]
    assert list(faults(shape, {"address": "http://v.example"})) == [
        "spec.skipTLSVerify is missing",
        "spec.address is no text like https://[^/]+",
    ]
