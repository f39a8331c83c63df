"""What the platform hands out for delivery by objects, and what it declares of it."""

from __future__ import annotations

from typing import Any

import pytest

from components.config.load import parse
from components.config.resolve import principals
from components.declared import delivery as declared_delivery
from tests.stacks.read import ROOT, changed, data

CONFIG = parse(data("objects"), file="file.yaml", folder=ROOT)


def declared(workload: str) -> dict[str, Any]:
    found = declared_delivery.declared(CONFIG, principals(CONFIG)[workload])
    assert found is not None
    return found.model_dump(mode="json", by_alias=True, exclude_none=True)


def test_a_pod_of_csi_gets_a_read_only_volume_for_each_class():
    found = declared_delivery.handed_out(CONFIG)["mounted"]
    assert found["podTemplate"]["spec"]["volumes"] == [
        {
            "name": f"secrets-{system}",
            "csi": {
                "driver": "secrets-store.csi.k8s.io",
                "readOnly": True,
                "volumeAttributes": {"secretProviderClass": f"mounted-{system}"},
            },
        }
        for system in ("vault", "aws")
    ]
    assert "read-only" in found["note"]


@pytest.mark.parametrize("workload", ["synced", "operated"])
def test_a_pod_of_eso_and_vso_is_told_its_kubernetes_secrets(workload: str):
    found = declared_delivery.handed_out(CONFIG)[workload]
    assert found["kubernetesSecrets"] == declared(workload)["kubernetesSecrets"]
    assert "volumes" not in found["podTemplate"]["spec"]


def test_the_declaration_names_every_file_of_csi():
    files = {file["name"]: file for file in declared("mounted")["files"]}
    assert files["api"]["names"] == {"api_key": "API_KEY", "Tls.Client.pem": "api.Tls.Client.pem"}
    assert (files["api"]["mode"], files["shop"]["mode"]) == ("0440", "0644")
    assert files["classic"]["names"] == {}, "mounted as a whole"


def test_the_declaration_names_every_kubernetes_secret():
    assert declared("synced")["kubernetesSecrets"] == {
        "billing-api": "synced-billing-api",
        "partner": "partner-credentials",
        "shop-classic": "synced-shop-classic",
        "shop-api": "synced-shop-api",
    }
    assert not declared("synced").get("files")


def test_a_machine_gets_no_objects():
    identity = {"method": "approle", "boundCidrs": ["10.0.0.0/8"]}
    outside = {"identity": identity, "delivery": "vso", "reads": ["partner"]}
    with pytest.raises(Exception, match="direct for a workload that is no pod of the cluster"):
        parse(changed("objects", {"workloads/machine": outside}), file="file.yaml", folder=ROOT)
