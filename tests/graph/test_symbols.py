"""Symbols for what only a server computes."""

import re

import pytest

from workload_secrets.graph import symbols
from workload_secrets.graph.errors import RealizeError
from workload_secrets.graph.model import UNKNOWN, Resource


def resource(type_, region="eu-central-1", **inputs):
    return Resource(
        urn=f"urn:pulumi:dev::p::{type_}::r",
        type=type_,
        name="r",
        parent=None,
        custom=True,
        inputs=inputs,
        outputs={},
        provider={"region": region, "allowedAccountIds": ["111122223333"]},
    )


@pytest.mark.parametrize(
    ("type_", "inputs", "output", "pattern"),
    [
        ("aws:kms/key:Key", {}, "arn", r"arn:aws:kms:eu-central-1:111122223333:key/symbol-[0-9a-f]{12}"),
        (
            "aws:kms/alias:Alias",
            {"name": "alias/a", "targetKeyId": "k"},
            "targetKeyArn",
            r"arn:aws:kms:.*:key/k",
        ),
        ("aws:secretsmanager/secret:Secret", {"name": "a/b"}, "arn", r"arn:.*:secret:a/b-sy[0-9a-f]{4}"),
        ("aws:iam/role:Role", {"name": "dev-pmp"}, "arn", r"arn:aws:iam::111122223333:role/dev-pmp"),
        ("aws:iam/role:Role", {"name": "x", "path": "/a/"}, "arn", r"arn:aws:iam::111122223333:role/a/x"),
        ("aws:iam/rolePolicy:RolePolicy", {"role": "x", "name": "kms"}, "id", r"x:kms"),
        (
            "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
            {"url": "https://oidc.example/id/A"},
            "arn",
            r"arn:aws:iam::111122223333:oidc-provider/oidc.example/id/A",
        ),
        (
            "aws:eks/podIdentityAssociation:PodIdentityAssociation",
            {"clusterName": "dev"},
            "associationArn",
            r"arn:aws:eks:.*:podidentityassociation/dev/a-symbol.*",
        ),
        ("vault:index/mount:Mount", {"path": "p", "type": "kv"}, "accessor", r"kv_symbol[0-9a-f]{8}"),
        ("vault:index/mount:Mount", {"path": "p", "type": "kv-v2"}, "accessor", r"kv_symbol[0-9a-f]{8}"),
        (
            "vault:pkiSecret/secretBackendRole:SecretBackendRole",
            {"backend": "pki", "name": "api"},
            "id",
            r"pki/roles/api",
        ),
        (
            "vault:pkiSecret/secretBackendIntermediateCertRequest:SecretBackendIntermediateCertRequest",
            {"backend": "pki"},
            "csr",
            r"symbol-[0-9a-f]{12}-csr",
        ),
        (
            "vault:transit/secretBackendKey:SecretBackendKey",
            {"backend": "transit", "name": "pii"},
            "id",
            r"transit/keys/pii",
        ),
        (
            "vault:index/authBackend:AuthBackend",
            {"type": "kubernetes"},
            "accessor",
            r"auth_kubernetes_symbol.{8}",
        ),
        ("vault:jwt/authBackend:AuthBackend", {"path": "k"}, "accessor", r"auth_jwt_symbol.{8}"),
        ("vault:kubernetes/authBackendConfig:AuthBackendConfig", {"backend": "k"}, "id", r"auth/k/config"),
        (
            "vault:kubernetes/authBackendRole:AuthBackendRole",
            {"roleName": "x"},
            "id",
            r"auth/kubernetes/role/x",
        ),
        (
            "vault:jwt/authBackendRole:AuthBackendRole",
            {"backend": "k", "roleName": "x"},
            "id",
            r"auth/k/role/x",
        ),
        ("vault:index/policy:Policy", {"name": "x"}, "id", r"x"),
        ("vault:kv/secretBackendV2:SecretBackendV2", {"mount": "x"}, "id", r"x/config"),
        ("vault:index/namespace:Namespace", {"path": "x"}, "namespaceId", r"symbol.{5}"),
        ("kubernetes:core/v1:Namespace", {"metadata": {"name": "n"}}, "id", r"n"),
        ("kubernetes:core/v1:ServiceAccount", {"metadata": {"name": "n", "namespace": "s"}}, "id", r"s/n"),
        ("kubernetes:example.com/v1:ThingPatch", {"metadata": {"name": "n", "namespace": "s"}}, "id", r"s/n"),
    ],
)
def test_a_symbol_is_well_formed_and_the_same_twice(type_, inputs, output, pattern):
    first, second = (symbols.realize(resource(type_, **inputs)) for _ in range(2))
    assert first == second
    assert re.fullmatch(pattern, first[output])
    assert first["id"]


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")]
)
def test_the_partition_follows_the_region(region, partition):
    assert symbols.realize(resource("aws:kms/key:Key", region))["arn"].startswith(
        f"arn:{partition}:kms:{region}:"
    )


def test_an_input_that_a_symbol_needs_is_named():
    with pytest.raises(RealizeError, match="path is missing"):
        symbols.realize(resource("vault:index/mount:Mount", type="kv"))


def test_every_listed_output_has_a_symbol():
    for type_, names in symbols.COMPUTED.items():
        given = {"url": "https://x", "path": "p", "type": "kv", "clusterName": "c", "name": "n"}
        given |= {"backend": "b", "roleName": "r"}
        assert set(names) <= symbols.realize(resource(type_, **given)).keys()


def test_at_preview_inputs_are_known_and_the_rest_is_not():
    found = symbols.unknown(resource("aws:iam/role:Role", name="x"))
    assert found["name"] == "x"
    assert found["arn"] is UNKNOWN
    assert found["id"] is UNKNOWN
