from __future__ import annotations

from dataclasses import replace
from typing import Any

from components.config.load import parse
from components.declared.declaration import declaration
from tests.stacks.read import ROOT, changed
from workload_secrets.access.change import change
from workload_secrets.access.gateway_change import refused
from workload_secrets.declaration import Declaration
from workload_secrets.graph.model import Graph

VAULTS = "gateways/edge/vaults"
REFERENCES = "gateways/edge/references"
POD, HCV, MACHINE, PARTNER = changed("gateways", {})["gateways"]["edge"]["references"]


def data(change: dict[str, Any]) -> Declaration:
    return declaration(parse(changed("gateways", change), file="stack.yaml", folder=ROOT), ROOT)


def sentences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return list(refused(data(before), data(after)))


def test_a_vault_that_goes_with_its_references_is_refused_with_the_way() -> None:
    (found,) = sentences({}, {f"{VAULTS}/partner": ..., REFERENCES: [POD, HCV, MACHINE]})
    assert found.startswith("gateways.edge.vaults.partner goes or gets another name")
    assert f"still name it ({PARTNER})" in found
    assert "remove them first, from references and from Kong's own configuration" in found
    assert "the vault in a later change" in found


def test_first_the_references_then_the_vault_passes_in_two_changes() -> None:
    without = {REFERENCES: [POD, HCV, MACHINE]}
    assert sentences({}, without) == []
    assert sentences(without, {**without, f"{VAULTS}/partner": ...}) == []


def test_another_prefix_is_refused_as_the_vault_goes() -> None:
    vaults = changed("gateways", {})["gateways"]["edge"]["vaults"]
    renamed = {("friend" if name == "partner" else name): vault for name, vault in vaults.items()}
    references = [POD, HCV, MACHINE, PARTNER.replace("partner", "friend")]
    (found,) = sentences({}, {VAULTS: renamed, REFERENCES: references})
    assert found.startswith("gateways.edge.vaults.partner goes or gets another name")


def test_a_gateway_that_goes_takes_no_named_vault_with_it() -> None:
    gone = {"gateways": {}, "workloads/kong-dp/reads": ["acme"]}
    assert [text.split(" ")[0] for text in sentences({}, gone)] == [
        f"gateways.edge.vaults.{prefix}" for prefix in ("machine", "partner", "pods")
    ]


def test_references_with_hcv_count_for_the_vault_that_they_mean() -> None:
    only = {REFERENCES: [HCV, MACHINE, PARTNER]}
    gone = {f"{VAULTS}/pods": ..., "gateways/edge/environmentVault": ..., REFERENCES: [MACHINE, PARTNER]}
    (found,) = sentences(only, gone)
    assert f"({HCV})" in found


def test_references_with_hcv_may_not_get_another_vault_meanwhile() -> None:
    other = {"gateways/edge/environmentVault": "machine", REFERENCES: [POD, MACHINE, PARTNER]}
    (found,) = sentences({}, other)
    assert found.startswith("gateways.edge.environmentVault goes or gets another name")
    assert sentences({REFERENCES: [POD, MACHINE, PARTNER]}, other) == []


def test_a_new_vault_and_other_times_pass() -> None:
    vault = {"mount": "apps", "auth": "kubernetes", "ttl": 60, "negTtl": 60, "resurrectTtl": 60}
    assert sentences({}, {f"{VAULTS}/more": vault, f"{VAULTS}/pods/ttl": 600}) == []


def test_the_refusal_stands_in_the_change_of_a_preview(dev_graph: Graph) -> None:
    declared = {**dev_graph.platform_output("declaration"), "gateways": data({}).written()["gateways"]}
    resources = tuple(
        replace(r, outputs={**r.outputs, "declaration": declared}) if "declaration" in r.outputs else r
        for r in dev_graph.resources
    )
    base = replace(dev_graph, resources=resources)
    assert change(base, base).refused == ()
    assert [text.split(" ")[0] for text in change(base, dev_graph).refused] == [
        f"gateways.edge.vaults.{prefix}" for prefix in ("machine", "partner", "pods")
    ]
