"""What objects tell their operators, without a server."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from workload_secrets.access.usage.delivered import csi, eso, vso
from workload_secrets.access.usage.delivered.reading import (
    AwsWay,
    Custom,
    ObjectError,
    Objects,
    Reading,
    VaultWay,
    path_of,
)

NESTED = {"VCS": {"Pat": "p", "a.b": "q"}, "plain": "r", "VCS.Literal": "s"}


def custom(kind: str, spec: dict[str, Any], name: str = "x", api: str = "example/v1") -> Custom:
    return Custom(api_version=api, kind=kind, namespace="shop", name=name, spec=spec)


# --- csi ---


def vault_class(files: list[dict[str, Any]], **parameters: str) -> Custom:
    given = {
        "vaultAddress": "https://v",
        "vaultAuthMountPath": "eks",
        "roleName": "r",
        "objects": yaml.safe_dump(files),
        **parameters,
    }
    return custom("SecretProviderClass", {"provider": "vault", "parameters": given})


def file(name: str, key: str, path: str = "apps/data/api", **more: Any) -> dict[str, Any]:
    return {"objectName": name, "secretPath": path, "secretKey": key, **more}


def test_csi_logs_in_as_the_pod_with_its_own_default_audience():
    (reading,) = csi.readings(vault_class([file("f", "k")]), "storefront")
    assert reading.way == VaultWay(
        namespace="shop", account="storefront", audience="vault", address="https://v", mount="eks", role="r"
    )


def test_csi_reads_each_path_once_and_takes_what_is_inside_data():
    item = vault_class([file("f", "a"), file("g", "b"), file("h", "c", "apps/data/other")])
    first, second = csi.readings(item, "x")
    assert (first.path, second.path) == ("apps/data/api", "apps/data/other")
    assert first.deliver({"data": {"a": "1", "b": "2"}, "metadata": {}}) == {"f": "1", "g": "2"}
    assert second.deliver({"c": "3"}) == {"h": "3"}, "an engine's answer has no data"


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (vault_class([file("f", "a"), file("f", "b")]), "file f is there twice"),
        (vault_class([], objects=":"), "objects is not the text of a list"),
        (vault_class([file("f", "a")], vaultSkipTLSVerify="true"), "TLS is not verified"),
        (vault_class([file("f", "a")], roleName=""), "roleName is missing"),
        (
            custom("SecretProviderClass", {"provider": "gcp", "parameters": {"objects": "- {a: b}"}}),
            "gcp is not",
        ),
    ],
)
def test_a_class_that_its_provider_refuses_is_an_error(item: Custom, said: str):
    with pytest.raises(ObjectError, match=said):
        list(csi.readings(item, "x"))


def aws_class(entry: dict[str, Any], **parameters: str) -> Custom:
    given = {"region": "eu-west-1", "objects": yaml.safe_dump([entry]), **parameters}
    return custom("SecretProviderClass", {"provider": "aws", "parameters": given})


AWS = {"objectName": "Shop", "objectType": "secretsmanager", "objectAlias": "shop.json"}


def test_csi_picks_aws_json_apart_and_keeps_the_whole():
    parts = [{"path": '"VCS"."a.b"', "objectAlias": "q"}, {"path": '"plain"', "objectAlias": "r"}]
    (reading,) = csi.readings(aws_class({**AWS, "jmesPath": parts}), "storefront")
    assert reading.way == AwsWay(
        namespace="shop", account="storefront", region="eu-west-1", audience="sts.amazonaws.com"
    )
    found = reading.deliver(NESTED)
    assert (found["q"], found["r"]) == ("q", "r")
    assert set(found) == {"q", "r", "shop.json"}


@pytest.mark.parametrize(
    ("path", "said"), [('"VCS"', "gives no text"), ('"none"', "gives no text"), ("][", "is not a JMESPath")]
)
def test_a_path_that_gives_no_text_is_an_error(path: str, said: str):
    entry = {**AWS, "jmesPath": [{"path": path, "objectAlias": "x"}]}
    (reading,) = csi.readings(aws_class(entry), "s")
    with pytest.raises(ObjectError, match=said):
        reading.deliver(NESTED)


def test_a_pod_identity_is_nobody_here():
    assert list(csi.readings(aws_class(AWS, usePodIdentity="true"), "s")) == []


# --- eso ---

STORE = custom(
    "SecretStore",
    {
        "provider": {
            "vault": {
                "server": "https://v",
                "path": "apps",
                "caBundle": "UEVN",
                "auth": {
                    "kubernetes": {
                        "mountPath": "eks",
                        "role": "r",
                        "serviceAccountRef": {"name": "a", "audiences": ["vault"]},
                    }
                },
            }
        }
    },
    "store",
)
AWS_STORE = custom(
    "SecretStore",
    {
        "provider": {
            "aws": {
                "service": "SecretsManager",
                "region": "eu-west-1",
                "auth": {"jwt": {"serviceAccountRef": {"name": "a"}}},
            }
        }
    },
    "store",
)


def external(properties: dict[str, str], key: str = "apps/api") -> Custom:
    data = [
        {"secretKey": name, "remoteRef": {"key": key, "property": property_}}
        for name, property_ in properties.items()
    ]
    spec = {"secretStoreRef": {"kind": "SecretStore", "name": "store"}, "target": {"name": "t"}, "data": data}
    return custom("ExternalSecret", spec)


def one(item: Custom, *others: Custom) -> Reading:
    objects: Objects = {(other.kind, other.name): other for other in others}
    (reading,) = eso.readings(item, objects)
    return reading


def test_eso_reads_below_data_with_the_ca_of_the_store():
    reading = one(external({"K": "k"}), STORE)
    assert (reading.path, reading.target) == ("apps/data/api", "t")
    assert isinstance(reading.way, VaultWay)
    assert (reading.way.authority, reading.way.audience) == ("PEM", "vault")
    assert reading.deliver({"k": "1"}) == {"K": "1"}


@pytest.mark.parametrize(
    ("mount", "key", "path"),
    [
        ("apps", "api", "apps/data/api"),
        ("apps", "apps/api", "apps/data/api"),
        ("apps", "apps/apps/api", "apps/data/apps/api"),
        ("shared/kv", "shared/kv/x", "shared/kv/data/x"),
        ("apps", "apps/data/api", "apps/data/api"),
    ],
)
def test_eso_cuts_the_mount_off_a_path_that_begins_like_it(mount: str, key: str, path: str):
    assert eso.data_path(mount, key) == path


def test_eso_takes_a_literal_key_before_a_path():
    reading = one(external({"A": "VCS.Pat", "B": "VCS.a\\.b", "C": "VCS.Literal"}), AWS_STORE)
    assert reading.deliver(NESTED) == {"A": "p", "B": "q", "C": "s"}


@pytest.mark.parametrize("path", ["VCS.None", "plain.x", "VCS.a.b"])
def test_a_path_through_nothing_is_an_error(path: str):
    with pytest.raises(ObjectError, match="there is nothing at"):
        path_of(NESTED, path, "x")


def test_eso_without_its_store_or_its_key_is_an_error():
    with pytest.raises(ObjectError, match="refers to SecretStore store"):
        one(external({"K": "k"}))
    with pytest.raises(ObjectError, match="there is no key k"):
        one(external({"K": "k"}), STORE).deliver({})


def test_a_generator_asks_with_its_own_parameters_and_gives_every_member():
    generator = custom(
        "VaultDynamicSecret",
        {
            "path": "pki/issue/r",
            "method": "POST",
            "parameters": {"ttl": "1h"},
            "provider": STORE.spec["provider"]["vault"],
        },
        "g",
    )
    source = {"sourceRef": {"generatorRef": {"name": "g"}}}
    reading = one(custom("ExternalSecret", {"target": {"name": "t"}, "dataFrom": [source]}), generator)
    assert (reading.path, reading.method, reading.body, reading.keyed) == (
        "pki/issue/r",
        "POST",
        {"ttl": "1h"},
        False,
    )
    assert reading.deliver({"a": "1", "chain": ["x"]}) == {"a": "1", "chain": '["x"]'}


# --- vso ---

CONNECTION = custom("VaultConnection", {"address": "https://v", "skipTLSVerify": False}, "w")
AUTH = custom(
    "VaultAuth",
    {
        "vaultConnectionRef": "w",
        "method": "kubernetes",
        "mount": "eks",
        "namespace": "team",
        "kubernetes": {"role": "r", "serviceAccount": "a", "audiences": ["vault"]},
    },
    "w",
)
VSO: Objects = {(item.kind, item.name): item for item in (CONNECTION, AUTH)}


def secret(kind: str, **more: Any) -> Custom:
    includes = more.pop("includes", ["^k$"])
    destination = {"name": "t", "transformation": {"includes": includes}}
    return custom(kind, {"vaultAuthRef": "w", "mount": "m", "destination": destination, **more})


def test_vso_logs_in_by_its_auth_and_connection():
    (reading,) = vso.readings(secret("VaultStaticSecret", type="kv-v2", path="p"), VSO)
    assert reading.way == VaultWay(
        namespace="shop",
        account="a",
        audience="vault",
        address="https://v",
        mount="eks",
        role="r",
        vault_namespace="team",
    )
    assert (reading.path, reading.method, reading.keyed) == ("m/data/p", "GET", True)
    assert reading.deliver({"k": "1", "other": "2"}) == {"k": "1"}


def test_vso_without_a_key_it_includes_is_an_error():
    (reading,) = vso.readings(secret("VaultStaticSecret", type="kv-v2", path="p"), VSO)
    with pytest.raises(ObjectError, match="no key fits"):
        reading.deliver({"other": "2"})


def test_vso_sends_the_empty_fields_that_its_operator_sends():
    item = secret("VaultPKISecret", role="r", commonName="a.example", ttl="1h", altNames=["b.example"])
    (reading,) = vso.readings(item, VSO)
    assert reading.path == "m/issue/r"
    assert reading.body is not None
    assert (reading.body["not_after"], reading.body["alt_names"]) == ("", "b.example")
    (stood_in,) = vso.readings(item, VSO, empty_dates=False)
    assert stood_in.body is not None
    assert "not_after" not in stood_in.body


@pytest.mark.parametrize(("more", "method"), [({}, "GET"), ({"params": {"ttl": "1h"}}, "PUT")])
def test_vso_writes_where_there_are_parameters(more: dict[str, Any], method: str):
    (reading,) = vso.readings(secret("VaultDynamicSecret", path="creds/r", **more), VSO)
    assert (reading.path, reading.method, reading.keyed) == ("m/creds/r", method, False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"type": "kv-v1", "path": "p"}, "type is not kv-v2"),
        ({"type": "kv-v2", "path": ""}, "path is missing"),
        ({"type": "kv-v2", "path": "p", "vaultAuthRef": "z"}, "refers to VaultAuth z"),
    ],
)
def test_a_secret_that_vso_refuses_is_an_error(change: dict[str, Any], said: str):
    with pytest.raises(ObjectError, match=said):
        list(vso.readings(secret("VaultStaticSecret", **change), VSO))


def test_no_reading_shows_a_value():
    (reading,) = vso.readings(secret("VaultStaticSecret", type="kv-v2", path="p"), VSO)
    assert "k" not in str(reading.source)
    with pytest.raises(ObjectError) as caught:
        reading.deliver({"other": "ws-canary-1"})
    assert "ws-canary" not in str(caught.value)
