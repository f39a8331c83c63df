import json
from pathlib import Path

import pytest

from components.catalogues import keys, templates
from workload_secrets.keys import encoding

PAGE = Path(__file__).parents[1] / "data" / "pmp-aws-template.json"


def test_classic_is_the_template_of_the_aws_page() -> None:
    text = encoding.template([key.name for key in keys("pmp/classic")], "nested")
    assert json.loads(text) == json.loads(PAGE.read_text("utf-8"))


def test_classic_has_thirty_keys_in_eleven_groups() -> None:
    names = [key.name for key in keys("pmp/classic")]
    assert len(names) == 30
    assert len({name.split(".")[0] for name in names}) == 11


def test_cluster_manager_v2_replaces_the_cluster_settings() -> None:
    classic = {key.name for key in keys("pmp/classic")}
    newer = {key.name for key in keys("pmp/clusterManagerV2")}
    assert classic - newer == {
        "ClusterSettings.KubernetesAdminPassword",
        "ClusterSettings.GrafanaAPIKey",
        "ClusterSettings.MDAAWSS3AccessKey",
        "ClusterSettings.OCIRegistryPassword",
    }
    assert newer - classic == {
        "ClusterManager.OCIRegistryAWSSK",
        "ClusterManager.OCIBasicAuthPassword",
        "ClusterManager.MDAAWSSK",
        "ClusterManager.MDAFileBasicAuthPassword",
        "ClusterManager.GrafanaAPIKey",
    }


def test_maia_adds_four_keys_to_cluster_manager_v2() -> None:
    added = [key.name for key in keys("pmp/maia")][31:]
    assert len(keys("pmp/maia")) == 35
    assert all(name.startswith("Maia.") for name in added)


@pytest.mark.parametrize("template", templates())
def test_every_key_has_its_own_description_and_a_panel_page(template: str) -> None:
    found = keys(template)
    assert len({(key.name, key.description) for key in found}) == len({key.name for key in found})
    assert all(key.description and key.panel for key in found)


def test_an_unknown_template_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        keys("pmp/modern")
