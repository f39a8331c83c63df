"""Which objects follow from a declaration."""

from __future__ import annotations

from typing import Any

import yaml

from components import delivery_objects
from components.config.load import parse
from components.config.resolve import principals
from components.config.stack import StackConfig
from components.documents.delivered import CustomObject
from tests.stacks.read import ROOT, changed


def config(stack: str = "objects", **changes: Any) -> StackConfig:
    places = {place.replace("__", "/"): value for place, value in changes.items()}
    return parse(changed(stack, places), file="file.yaml", folder=ROOT)


def made(found: StackConfig, workload: str, ca_pem: str | None = None) -> dict[str, CustomObject]:
    """Objects of one workload by kind and name."""
    objects = delivery_objects.objects(found, principals(found)[workload], ca_pem)
    return {f"{item.kind} {item.name}": item for item in objects}


def files(item: CustomObject) -> list[dict[str, Any]]:
    return yaml.safe_load(item.spec["parameters"]["objects"])


def test_csi_has_one_class_for_each_system():
    found = made(config(), "mounted")
    assert set(found) == {"SecretProviderClass mounted-vault", "SecretProviderClass mounted-aws"}
    assert [file["objectName"] for file in files(found["SecretProviderClass mounted-vault"])] == [
        "API_KEY",
        "api.Tls.Client.pem",
    ]


def test_without_files_every_key_is_mounted_by_its_secrets_name():
    found = made(config(workloads__mounted__files={}), "mounted")
    in_vault = files(found["SecretProviderClass mounted-vault"])
    assert [file["objectName"] for file in in_vault] == ["billing-api.api_key", "billing-api.Tls.Client.pem"]
    in_aws = files(found["SecretProviderClass mounted-aws"])
    assert [file["objectAlias"] for file in in_aws] == ["shop-classic.json", "shop-api.json"]
    assert [part["objectAlias"] for part in in_aws[0]["jmesPath"]] == [
        "shop-classic.VCS.GithubAdminPAT",
        "shop-classic.Email.SMTPPassword",
    ], "only the keys in use"


def test_a_mendix_app_has_one_class_of_its_name_and_files_of_the_keys_names():
    change = {
        "mendix": {"app": "portal", "operatorNamespace": "mendix"},
        "namespace": "shop",
        "delivery": "csi",
        "reads": ["shop-api"],
        "files": {"x": {"secret": "shop-api", "format": "keys", "names": {"plain": "mx-const-Plain"}}},
    }
    (item,) = made(config(workloads__portal=change), "portal").values()
    assert (item.kind, item.name) == ("SecretProviderClass", "portal")
    assert item.annotations == {"privatecloud.mendix.com/environment-class": "true"}
    (entry,) = files(item)
    assert [part["objectAlias"] for part in entry["jmesPath"]] == ["Http.Api.key", "mx-const-Plain"]


def test_eso_has_a_store_for_each_mount_and_one_for_aws_all_of_the_workload_alone():
    found = made(config(), "synced", "PEM")
    assert list(found) == [
        "SecretStore synced-vault-apps-prod",
        "ExternalSecret synced-billing-api",
        "SecretStore synced-vault-shared-kv",
        "ExternalSecret partner-credentials",
        "SecretStore synced-aws",
        "ExternalSecret synced-shop-classic",
        "ExternalSecret synced-shop-api",
    ]
    assert {item.namespace for item in found.values()} == {"billing"}
    vault = found["SecretStore synced-vault-apps-prod"].spec["provider"]["vault"]
    assert vault["auth"]["kubernetes"]["serviceAccountRef"] == {"name": "synced", "audiences": ["vault"]}
    assert vault["caBundle"] == "UEVN"


def test_vso_restarts_its_own_target_where_nothing_else_is_said():
    restart = made(config(), "operated")["VaultStaticSecret operated-partner"].spec
    assert restart["rolloutRestartTargets"] == [{"kind": "Deployment", "name": "operated"}]
    nothing = made(config(workloads__operated__vso__restart=[]), "operated")
    assert all("rolloutRestartTargets" not in item.spec for item in nothing.values())


def test_the_audience_is_the_one_the_role_takes_and_written_in_every_object():
    found = config(
        workloads__synced__vaultAudience="other.example",
        workloads__operated__vaultAudience="other.example",
    )
    stores = [item for item in made(found, "synced").values() if "vault" in item.spec.get("provider", {})]
    audiences = [
        store.spec["provider"]["vault"]["auth"]["kubernetes"]["serviceAccountRef"]["audiences"]
        for store in stores
    ]
    audiences.append(made(found, "operated")["VaultAuth operated"].spec["kubernetes"]["audiences"])
    assert audiences == [["other.example"]] * 3


def test_what_an_engine_makes_has_the_object_of_its_kind():
    found = config("objects-engines")
    kinds = {workload: [item.kind for item in made(found, workload).values()] for workload in found.workloads}
    assert kinds["mounted"] == ["SecretProviderClass"]
    assert kinds["operated"] == [
        "VaultConnection",
        "VaultAuth",
        "VaultStaticSecret",
        "VaultDynamicSecret",
        "VaultDynamicSecret",
        "VaultDynamicSecret",
    ]
    assert kinds["synced"] == [
        "SecretStore",
        "ExternalSecret",
        "VaultDynamicSecret",
        "ExternalSecret",
        "VaultDynamicSecret",
        "ExternalSecret",
    ]
    assert made(found, "operated")["VaultConnection operated"].spec["caCertSecretRef"] == "vault-ca"


def test_a_certificate_is_asked_for_as_the_product_takes_it():
    """VaultPKISecret always sends an empty not_after, which OpenBao refuses since 2.3."""
    name = "operated-web-cert"
    openbao = made(config("objects-engines"), "operated")[f"VaultDynamicSecret {name}"].spec
    assert openbao["path"] == "issue/shop"
    assert openbao["params"] == {
        "common_name": "shop.lab.example",
        "ttl": "3600s",
        "alt_names": "api.lab.example",
    }
    assert openbao["refreshAfter"] == "2400s"
    facts = {"product": "vault", "version": "1.20", "authMount": "e", "reviewer": "client"}
    own = config(
        "objects-engines",
        facts__vault=facts,
        facts__cluster__apiAudience="vault",
    )
    vault = made(own, "operated")[f"VaultPKISecret {name}"].spec
    assert (vault["commonName"], vault["altNames"]) == ("shop.lab.example", ["api.lab.example"])


def test_other_ways_and_writers_have_no_objects():
    found = config(workloads__app__delivery="direct", workloads__app__csi=...)
    assert made(found, "app") == {}
    assert made(found, "admin") == {}


def test_every_object_of_the_stack_is_counted_once():
    found = config()
    places = [(item.kind, item.namespace, item.name) for item in delivery_objects.every(found)]
    assert len(places) == len(set(places)) == 15
