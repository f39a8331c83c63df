"""The Helm release of a server and its certificate."""

from __future__ import annotations

import pytest

from components.charts import CHARTS
from components.documents.server_certificate import certificate_objects
from components.documents.server_values import chart_values
from components.kubernetes.vault_server import TOKEN, VaultServer, VaultServerArgs
from tests.engine import declare, inside, names
from tests.stacks import server
from workload_secrets.graph.model import Graph, Mode

RELEASE = "kubernetes:helm.sh/v3:Release"
MODES: tuple[Mode, ...] = ("preview", "update")


def release(mode: Mode = "update", *, wait: bool = True, protect: bool = False) -> Graph:
    stack = server.stack()
    args = VaultServerArgs(
        release="openbao",
        namespace="vault",
        chart=CHARTS["openbao"],
        values=chart_values(stack),
        certificate=certificate_objects(stack),
        wait=wait,
        protect=protect,
    )
    return declare(lambda opts: VaultServer("openbao", args, opts), mode)


@pytest.mark.parametrize("mode", MODES)
def test_chart_version_and_repository_are_pinned(mode: Mode) -> None:
    made = release(mode).only(RELEASE)
    assert (made.inputs["chart"], made.inputs["version"]) == ("openbao", "0.29.2")
    assert made.inputs["repositoryOpts"] == {"repo": "https://openbao.github.io/openbao-helm"}
    assert (made.inputs["name"], made.inputs["namespace"]) == ("openbao", "vault")


def test_the_values_arrive_as_they_were_made() -> None:
    assert release().only(RELEASE).inputs["values"] == chart_values(server.stack()).values()


@pytest.mark.parametrize("wait", [True, False])
def test_a_release_waits_only_where_nodes_become_ready_by_themselves(wait: bool) -> None:
    assert release(wait=wait).only(RELEASE).inputs["skipAwait"] is not wait


def test_the_release_comes_after_its_certificate() -> None:
    graph = release()
    assert names(graph, graph.only(RELEASE).options.depends_on) == {
        "openbao-self-signed",
        "openbao-ca",
        "openbao-issuer",
        "openbao-certificate",
    }
    assert len(inside(graph, TOKEN)) == 5


def test_a_production_release_is_protected() -> None:
    assert release(protect=True).only(RELEASE).options.protect


def test_no_private_key_and_no_secret_is_registered() -> None:
    graph = release()
    assert graph.of("kubernetes:core/v1:Secret") == ()
    assert "PRIVATE KEY" not in str([resource.inputs for resource in graph.resources])
