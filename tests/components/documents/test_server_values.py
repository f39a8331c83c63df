"""The chart's values: only keys that the pinned charts have, and everything closed that they
leave open."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

from components import charts
from components.config.vault_server import Product
from components.documents.server_texts import first_start, running
from components.documents.server_values import chart_values, role_arn
from tests.stacks import server

FIRST = {"vaultServer/phase": "firstStart"}
TOKEN = {"vaultServer/telemetry": {"namespace": "monitoring", "token": {"name": "scrape", "key": "token"}}}
TRANSIT = {
    "vaultServer/seal": {
        "type": "transit",
        "secret": {"name": "other", "key": "token"},
        "address": "https://other.example:8200",
        "mount": "transit",
        "keyName": "unseal",
    }
}
BAO: dict[str, dict[str, Any]] = {
    "running": {},
    "first start": FIRST,
    "static": {"vaultServer/seal": server.STATIC},
    "transit": TRANSIT,
    "five, scraped, pinned by digest": {
        **TOKEN,
        "vaultServer/replicas": 5,
        "vaultServer/imageDigest": f"sha256:{'a' * 64}",
    },
    "nobody outside": {"vaultServer/ingress": ..., "vaultServer/telemetry": ..., "vaultServer/trust": ...},
}
EVERY = [("openbao", changes) for changes in BAO.values()] + [
    ("vault", {**changes, **server.VAULT}) for name, changes in BAO.items() if name != "static"
]


def values(changes: dict[str, Any] | None = None) -> dict[str, Any]:
    return chart_values(server.stack(changes)).values()


@cache
def known(product: Product) -> dict[str, bool]:
    """The keys of a chart; True where what stands below is passed on as it is."""
    chart = charts.CHARTS[product]
    file = Path(__file__).parent / "charts" / f"{chart.name}-{chart.version}.txt"
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]
    return {line.removesuffix(" *"): line.endswith(" *") for line in lines}


def leaves(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict) and value:
        for name, inner in cast("dict[str, Any]", value).items():
            yield from leaves(inner, f"{path}.{name}" if path else name)
    else:
        yield path


@pytest.mark.parametrize(("product", "changes"), EVERY)
def test_every_value_is_a_key_of_the_pinned_chart(product: Product, changes: dict[str, Any]) -> None:
    keys = known(product)
    free = tuple(f"{key}." for key, passed in keys.items() if passed)
    unknown = [leaf for leaf in leaves(values(changes)) if leaf not in keys and not leaf.startswith(free)]
    assert unknown == []


@pytest.mark.parametrize("changes", [{}, server.VAULT])
def test_what_the_charts_leave_open_is_closed(changes: dict[str, Any]) -> None:
    made = values(changes)
    assert made["global"] == {"tlsDisable": False}
    own = made["server"]
    assert own["standalone"] == {"enabled": False}
    assert (own["ha"]["enabled"], own["ha"]["raft"]["enabled"], own["ha"]["raft"]["setNodeId"]) == (True,) * 3
    assert own["auditStorage"] == {"enabled": True, "size": "20Gi", "storageClass": "gp3"}
    assert own["networkPolicy"]["enabled"]
    assert own["resources"]["limits"] == {"memory": "1Gi"}
    assert own["authDelegator"] == {"enabled": True}
    assert own["readinessProbe"]["path"].startswith("/v1/sys/health?standbyok=true")
    assert own["service"] == {"publishNotReadyAddresses": False}
    assert own["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}
    assert own["ha"]["disruptionBudget"] == {"enabled": True, "maxUnavailable": 1}


def test_a_pod_that_asks_for_secrets_never_starts_without_the_injector() -> None:
    injector = values()["injector"]
    assert injector["replicas"] == 2
    assert injector["podDisruptionBudget"] == {"maxUnavailable": 1}
    assert injector["webhook"]["failurePolicy"] == "Fail"


def test_the_webhook_stays_out_of_namespaces_that_nobody_declared() -> None:
    """With Fail it could otherwise keep the cluster's own pods from starting."""
    selector = values()["injector"]["webhook"]["namespaceSelector"]
    one = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["production"]}
    assert selector == {"matchExpressions": [one]}
    none = values(BAO["nobody outside"])["injector"]["webhook"]["namespaceSelector"]
    assert none["matchExpressions"][0]["operator"] == "DoesNotExist"


def test_only_nodes_and_the_declared_reach_the_server() -> None:
    nodes, others = values({"vaultServer/ingress/cidrs": ["10.1.0.0/24"]})["server"]["networkPolicy"][
        "ingress"
    ]
    assert [port["port"] for port in nodes["ports"]] == [8200, 8201]
    assert nodes["from"] == [
        {
            "podSelector": {
                "matchLabels": {
                    "app.kubernetes.io/name": "openbao",
                    "app.kubernetes.io/instance": "openbao",
                    "component": "server",
                }
            }
        }
    ]
    assert [port["port"] for port in others["ports"]] == [8200]
    selector = others["from"][0]["namespaceSelector"]["matchExpressions"][0]
    assert selector["values"] == ["monitoring", "production"]
    assert others["from"][1] == {"ipBlock": {"cidr": "10.1.0.0/24"}}
    assert len(values(BAO["nobody outside"])["server"]["networkPolicy"]["ingress"]) == 1


def test_nodes_stand_on_different_hosts_and_spread_over_zones() -> None:
    own = values()["server"]
    term = json.loads(own["affinity"])["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][0]
    assert term["topologyKey"] == "kubernetes.io/hostname"
    (spread,) = own["topologySpreadConstraints"]
    assert spread["topologyKey"] == "topology.kubernetes.io/zone"
    assert spread["labelSelector"] == term["labelSelector"]


def test_the_first_start_is_one_node_with_the_secret_id_by_reference() -> None:
    own = values(FIRST)["server"]
    assert own["ha"]["replicas"] == 1
    assert own["ha"]["raft"]["config"] == first_start(server.stack(FIRST))
    assert own["extraSecretEnvironmentVars"] == [
        {"envName": "BOOTSTRAP_SECRET_ID", "secretName": "bootstrap", "secretKey": "secret-id"}
    ]


def test_the_running_server_has_neither_stanza_nor_secret_id() -> None:
    own = values()["server"]
    assert own["ha"]["replicas"] == 3
    assert own["ha"]["raft"]["config"] == running(server.stack())
    assert own["extraSecretEnvironmentVars"] == []


def test_a_node_is_redirected_to_by_a_name_of_its_certificate() -> None:
    """The charts' own default is the pod's IP address, which no certificate holds."""
    assert values()["server"]["ha"]["apiAddr"] == (
        "https://$(BAO_K8S_POD_NAME).openbao-internal.vault.svc:8200"
    )
    assert values(server.VAULT)["server"]["ha"]["apiAddr"] == (
        "https://$(VAULT_K8S_POD_NAME).vault-internal.vault.svc:8200"
    )


def test_the_account_takes_the_role_of_the_key_that_unseals() -> None:
    arn = "arn:aws:iam::777788889999:role/guide-openbao-unseal"
    assert role_arn(server.stack()) == arn
    account = values()["server"]["serviceAccount"]
    assert account == {"create": True, "name": "openbao", "annotations": {"eks.amazonaws.com/role-arn": arn}}
    assert values(BAO["static"])["server"]["serviceAccount"]["annotations"] == {}


def test_keys_and_certificates_are_mounted_from_secrets_by_name() -> None:
    own = values(BAO["static"])["server"]
    assert [volume["name"] for volume in own["volumes"]] == ["tls", "seal", "trust"]
    assert own["volumes"][1]["secret"]["items"] == [{"key": "key", "path": "key"}]
    assert [mount["mountPath"] for mount in own["volumeMounts"]] == [
        "/openbao/tls",
        "/openbao/seal",
        "/openbao/trust",
    ]
    assert all(mount["readOnly"] for mount in own["volumeMounts"])
    assert own["extraEnvironmentVars"] == {"BAO_CACERT": "/openbao/tls/ca.crt"}


def test_a_transit_seal_has_its_token_by_reference() -> None:
    own = values(TRANSIT)["server"]
    assert own["extraSecretEnvironmentVars"] == [
        {"envName": "BAO_TOKEN", "secretName": "other", "secretKey": "token"}
    ]


def test_images_are_pinned_by_version_and_digest() -> None:
    own = values(BAO["five, scraped, pinned by digest"])
    assert own["server"]["image"] == {"tag": f"2.6.2@sha256:{'a' * 64}"}
    assert own["server"]["ha"]["replicas"] == 5
    assert own["injector"]["image"] == {"tag": "1.7.2"}


def test_prometheus_scrapes_with_a_token_and_a_verified_certificate() -> None:
    monitor = values(TOKEN)["serverTelemetry"]["serviceMonitor"]
    assert monitor["enabled"]
    assert monitor["tlsConfig"]["serverName"] == "openbao.vault.svc"
    assert monitor["authorization"] == {"credentials": {"name": "scrape", "key": "token"}}
    assert values()["serverTelemetry"] == {"serviceMonitor": {"enabled": False}}
