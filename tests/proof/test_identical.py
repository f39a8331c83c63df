"""What is rehearsed is what was reviewed: the deployed documents of `prod`, byte by byte."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest

from tests.deploying import placed
from tests.proof.scratch import ROOT
from workload_secrets.cli.site import spec
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import PLATFORM_TYPE, Graph, Resource
from workload_secrets.sandbox import down, up

pytestmark = pytest.mark.sandbox

STACK: Final = "prod"
MADE_BY_A_SERVER: Final = {
    "aws:kms/key:Key": ("arn", "keyId"),
    "aws:secretsmanager/secret:Secret": ("arn",),
}
"""Outputs that exist only once a server made them; the preview has a symbol for each. The
real one is replaced by its symbol before comparing."""
FROM_ENDPOINTS: Final = {
    "pulumi:providers:aws": None,
    "pulumi:providers:kubernetes": None,
    "pulumi:providers:vault": None,
    PLATFORM_TYPE: ("declaration",),
    "vault:kubernetes/authBackendConfig:AuthBackendConfig": ("kubernetesCaCert", "kubernetesHost"),
}
"""Inputs that say how to reach a server, the one thing a sandbox replaces; None: all."""
DOCUMENTS: Final = {
    "aws:iam/role:Role": "assumeRolePolicy",
    "aws:iam/rolePolicy:RolePolicy": "policy",
    "aws:kms/key:Key": "policy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
    "vault:index/policy:Policy": "policy",
}
ROLES: Final = "vault:kubernetes/authBackendRole:AuthBackendRole"
SUBSTITUTIONS: Final = ("product vault 1.20", "reviewer in-cluster")


@dataclass(frozen=True)
class Deployed:
    graph: Graph
    substitutions: tuple[str, ...]


@pytest.fixture(scope="module")
def previewed() -> Graph:
    return capture(ROOT, STACK)


@pytest.fixture(scope="module")
def deployed(previewed: Graph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    root = tmp_path_factory.mktemp("identical") / ".sandbox"
    sandbox = up([spec(previewed)], name="prod", root=root, owner="process", progress=lambda _: None)
    try:
        made = placed(sandbox, STACK, previewed)
        graph = made.up(reviewed=False)
        yield Deployed(graph, made.noted()["substitutions"])
    finally:
        down("prod", root)


def test_the_same_resources_are_deployed(previewed: Graph, deployed: Deployed) -> None:
    assert [r.urn for r in deployed.graph.resources] == [r.urn for r in previewed.resources]


def test_every_document_is_byte_identical(previewed: Graph, deployed: Deployed) -> None:
    compared = 0
    for type_, name in DOCUMENTS.items():
        for before in previewed.of(type_):
            after = deployed.graph.get(before.urn)
            text = _symbols(previewed, deployed.graph).replace(str(after.inputs[name]))
            assert text.encode() == str(before.inputs[name]).encode(), before.urn
            compared += 1
    assert compared == 19, "4 trusts, 8 role policies, 1 key's, 2 secrets', 4 of Vault"


def test_what_is_declared_is_the_same_but_for_endpoints_and_the_servers_kind(
    previewed: Graph, deployed: Deployed
) -> None:
    before, after = (dict(g.only(PLATFORM_TYPE).inputs["declaration"]) for g in (previewed, deployed.graph))
    differing = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert differing <= {"endpoints", "facts"}


def test_every_other_input_is_the_same(previewed: Graph, deployed: Deployed) -> None:
    symbols = _symbols(previewed, deployed.graph)
    for before in previewed.resources:
        after = deployed.graph.get(before.urn)
        allowed = FROM_ENDPOINTS.get(before.type, ())
        if allowed is None:
            continue
        assert symbols.replace(_inputs(after, allowed)) == _inputs(before, allowed), before.urn
        # A state keeps aliases as URNs, and those of a type alone not at all.
        assert after.options == replace(before.options, aliases=()), before.urn


def test_only_the_key_s_arn_stands_as_a_symbol_in_documents(previewed: Graph) -> None:
    """Everything else that a reviewer must judge is known before anything is made."""
    key = previewed.only("aws:kms/key:Key").outputs["arn"]
    for type_, name in DOCUMENTS.items():
        for resource in previewed.of(type_):
            text = str(resource.inputs[name]).replace(key, "")
            assert "symbol" not in text, resource.urn


def test_roles_are_bound_as_reviewed(previewed: Graph, deployed: Deployed) -> None:
    roles = previewed.of(ROLES)
    assert len(roles) == len(previewed.of("aws:iam/role:Role"))
    for role in roles:
        assert deployed.graph.get(role.urn).inputs == role.inputs


def test_the_rights_of_deployer_and_prover_and_the_declaration_are_the_same(
    previewed: Graph, deployed: Deployed
) -> None:
    for name in ("deployer", "prover"):
        assert _text(deployed.graph.platform_output(name)) == _text(previewed.platform_output(name))
    before = dict(previewed.platform_output("declaration"))
    after = dict(deployed.graph.platform_output("declaration"))
    declared, real = before.pop("endpoints"), after.pop("endpoints")
    assert _text(after) == _text(before)
    # What one types into a panel holds Vault's address, an endpoint.
    panel = _text(deployed.graph.platform_output("panel"))
    panel = panel.replace(real["vault"]["address"], declared["vault"]["address"])
    assert panel == _text(previewed.platform_output("panel"))


def test_what_stands_in_for_something_else_is_listed(deployed: Deployed) -> None:
    assert len(deployed.substitutions) == len(SUBSTITUTIONS), deployed.substitutions
    for start in SUBSTITUTIONS:
        assert any(text.startswith(start) for text in deployed.substitutions), start


class _Symbols:
    """Replaces what a server made by the preview's symbol for it."""

    def __init__(self, pairs: Mapping[str, str]) -> None:
        # The longest first: a key's id is a part of its ARN.
        self._pairs = sorted(pairs.items(), key=lambda pair: -len(pair[0]))

    def replace(self, text: str) -> str:
        for real, symbol in self._pairs:
            text = text.replace(real, symbol)
        return text


def _symbols(previewed: Graph, deployed: Graph) -> _Symbols:
    return _Symbols(
        {
            str(deployed.get(resource.urn).outputs[name]): str(resource.outputs[name])
            for type_, names in MADE_BY_A_SERVER.items()
            for resource in previewed.of(type_)
            for name in names
        }
    )


def _inputs(resource: Resource, without: tuple[str, ...]) -> str:
    return _text({name: value for name, value in resource.inputs.items() if name not in without})


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
