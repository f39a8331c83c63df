"""Delivery by objects, rehearsed: what holds, and that a wrong object is found."""

from __future__ import annotations

import base64
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.deploying import deployed
from tests.stacks.read import ROOT, path
from workload_secrets.access.observed.rehearsal import Rehearsal
from workload_secrets.access.usage import objects
from workload_secrets.access.usage.context import Usage, UsageContext
from workload_secrets.cli.site import site, spec, vault_admin
from workload_secrets.graph.capture import capture
from workload_secrets.sandbox import down, kubernetes, prerequisites, up
from workload_secrets.sandbox.rest import Rest

pytestmark = pytest.mark.sandbox

STACK: Final = path("objects")
_ESO: Final = "/apis/external-secrets.io/v1/namespaces/billing"
_VSO: Final = "/apis/secrets.hashicorp.com/v1beta1/namespaces/billing"
_CSI: Final = "/apis/secrets-store.csi.x-k8s.io/v1/namespaces/shop/secretproviderclasses"
PLACES: Final = {
    "store": f"{_ESO}/secretstores/synced-vault-apps-prod",
    "aws store": f"{_ESO}/secretstores/synced-aws",
    "external": f"{_ESO}/externalsecrets/synced-billing-api",
    "aws external": f"{_ESO}/externalsecrets/synced-shop-api",
    "connection": f"{_VSO}/vaultconnections/operated",
    "auth": f"{_VSO}/vaultauths/operated",
    "static": f"{_VSO}/vaultstaticsecrets/operated-billing-api",
    "class": f"{_CSI}/mounted-vault",
    "aws class": f"{_CSI}/mounted-aws",
}
FOREIGN_CA: Final = "certs/dev-vault.pem"
MISTAKES: Final[list[dict[str, Any]]] = yaml.safe_load(
    Path(__file__).with_name("object_mistakes.yaml").read_text("utf-8")
)


@dataclass(frozen=True)
class Rehearsed:
    context: UsageContext
    cluster: Rest

    def prove(self) -> Usage:
        return objects.prove(self.context)


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsed]:
    graph = capture(ROOT, str(STACK))
    root = tmp_path_factory.mktemp("objects") / ".sandbox"
    sandbox = up([spec(graph)], name="objects", root=root, owner="process", progress=lambda _: None)
    try:
        made = deployed(sandbox, str(STACK), graph)
        prerequisites.after_deploy(sandbox, graph.stack)
        rehearsal = Rehearsal(made, site(sandbox, graph.stack))
        rehearsal.write()
        context = rehearsal.usage(sandbox, vault_admin(sandbox, graph.stack))
        yield Rehearsed(context, kubernetes.admin(sandbox.clusters["objects"]))
    finally:
        down("objects", root)


def test_every_declared_key_is_delivered_by_the_objects(rehearsed: Rehearsed):
    used = rehearsed.prove()
    assert used.problems == ()
    assert used.lines[:5] == (
        "app: 1 object of csi read back; done as they say, 1 login as shop/storefront delivered 1 key as "
        "declared",
        "mounted: 2 objects of csi read back; done as they say, 2 logins as shop/mounted delivered 5 keys as "
        "declared",
        "operated: 4 objects of vso read back; done as they say, 1 login as billing/operated delivered 3 "
        "keys as declared",
        "portal: 1 object of csi read back; done as they say, 1 login as shop/portal delivered 2 keys as "
        "declared",
        "synced: 7 objects of eso read back; done as they say, 2 logins as billing/synced delivered 7 keys "
        "as declared",
    )
    assert all("was not run" in line or "were not run" in line for line in used.lines[5:])


@pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake["claim"] for mistake in MISTAKES])
def test_a_wrong_object_is_found(rehearsed: Rehearsed, mistake: dict[str, Any]):
    at = PLACES[mistake["object"]]
    good = rehearsed.cluster.call("GET", at)["spec"]
    _replace(rehearsed, at, _planted(good, mistake["place"], mistake["value"]))
    try:
        used = rehearsed.prove()
    finally:
        _replace(rehearsed, at, good)
    assert any(mistake["said"] in problem for problem in used.problems), used.problems
    assert "ws-canary-" not in str(used)


def test_an_object_that_was_deleted_is_found(rehearsed: Rehearsed):
    at = f"{_ESO}/externalsecrets/synced-shop-classic"
    live = rehearsed.cluster.call("GET", at)
    rehearsed.cluster.call("DELETE", at)
    try:
        problems = rehearsed.prove().problems
    finally:
        kept = {key: value for key, value in live.items() if key != "metadata"}
        metadata = {"name": "synced-shop-classic", "namespace": "billing"}
        rehearsed.cluster.call("POST", f"{_ESO}/externalsecrets", {**kept, "metadata": metadata})
    assert any("ExternalSecret billing/synced-shop-classic can't be read back" in text for text in problems)
    assert sum("isn't delivered" in text for text in problems) == 2


def test_after_all_that_the_objects_are_as_they_were(rehearsed: Rehearsed):
    assert rehearsed.prove().problems == ()


def _replace(rehearsed: Rehearsed, at: str, spec_: Any) -> None:
    patch = [{"op": "replace", "path": "/spec", "value": spec_}]
    rehearsed.cluster.call("PATCH", at, patch, "application/json-patch+json")


def _planted(good: Any, place: str, value: Any) -> Any:
    """A copy with one value replaced; `objects/…` reaches into the text of a class."""
    made = copy.deepcopy(good)
    if value == "FOREIGN CA":
        value = base64.b64encode((ROOT / FOREIGN_CA).read_bytes()).decode()
    if place.startswith("objects/"):
        files = yaml.safe_load(made["parameters"]["objects"])
        _set({"objects": files}, place, value)
        made["parameters"]["objects"] = yaml.safe_dump(files)
    else:
        _set(made, place, value)
    return made


def _set(target: Any, place: str, value: Any) -> None:
    *parents, last = (int(part) if part.isdigit() else part for part in place.split("/"))
    for part in parents:
        target = target[part]
    target[last] = value
