"""Everything a stack may call existing is made, and made again without harm."""

from __future__ import annotations

from typing import Any

import pytest

from workload_secrets.declaration import Declaration
from workload_secrets.sandbox import kubernetes
from workload_secrets.sandbox.aws.profile import admin_client
from workload_secrets.sandbox.handle import Cluster, Sandbox
from workload_secrets.sandbox.prerequisites import after_deploy, make

KEY = "arn:aws:kms:eu-central-1:111122223333:key/12345678-1234-1234-1234-123456789012"


def declaration(*prerequisites: dict[str, str], vault_namespace: str | None = None) -> Declaration:
    facts: dict[str, Any] = {
        "aws": {"accountId": "111122223333", "region": "eu-central-1", "partition": "aws"},
        "cluster": {"name": "dev", "flavour": "eks", "oidcIssuer": "https://i", "apiAudience": "a"},
        "vault": {"product": "openbao", "version": "2.7", "authMount": "kubernetes", "reviewer": "dedicated"},
    }
    if vault_namespace:
        facts["vault"]["namespace"] = vault_namespace
    cluster = {"apiServer": "https://dev.example", "caFile": "ca.pem", "context": "dev"}
    return Declaration.read(
        {
            "environment": "dev",
            "tier": "development",
            "facts": facts,
            "endpoints": {"cluster": cluster},
            "secrets": {},
            "principals": {
                "portal": {
                    "kind": "workload",
                    "namespace": "feature-test",
                    "serviceAccount": "portal-reader",
                    "mendixApp": "portal",
                }
            },
            "prerequisites": list(prerequisites),
        }
    )


@pytest.mark.sandbox
def test_every_kind_is_made_and_a_second_time_changes_nothing(sandbox: Sandbox, cluster: Cluster) -> None:
    wanted = declaration(
        {"kind": "namespace", "name": "feature-test"},
        {"kind": "serviceAccount", "namespace": "feature-test", "name": "mxplatform"},
        {"kind": "operatorConfiguration", "namespace": "mendix"},
        {"kind": "mendixRuntime", "namespace": "feature-test", "name": "portal"},
        {"kind": "vaultNamespace", "name": "team"},
        {"kind": "kvMount", "name": "apps-dev"},
        {"kind": "pkiMount", "name": "security/pki"},
        {"kind": "transitMount", "name": "keys"},
        {"kind": "authMount", "name": "cluster-dev", "type": "kubernetes"},
        {"kind": "authMount", "name": "cluster-jwt", "type": "jwt"},
        {"kind": "oidcProvider", "url": "https://oidc.example/id/X", "audience": "sts.amazonaws.com"},
        {"kind": "kmsKey", "arn": KEY},
        vault_namespace="team",
    )
    first = make(sandbox, "dev", wanted)
    assert make(sandbox, "dev", wanted) == first
    assert any(KEY in line for line in first)
    assert any("security/pki" in line for line in first)
    rest = kubernetes.admin(cluster)
    rest.call("GET", "/api/v1/namespaces/feature-test/serviceaccounts/mxplatform")
    rest.call("GET", "/api/v1/namespaces/feature-test/serviceaccounts/default")
    path = "/apis/privatecloud.mendix.com/v1alpha1/namespaces/mendix/operatorconfigurations"
    assert rest.call("GET", path)["items"][0]["metadata"]["name"] == "mendix-operator-configuration"
    path = "/apis/privatecloud.mendix.com/v1alpha1/namespaces/feature-test/runtimes/portal"
    pod = rest.call("GET", path)["spec"]["template"]["spec"]
    assert pod == {"serviceAccountName": "portal-reader"}
    assert any("Runtime feature-test/portal" in line for line in first)
    providers = admin_client(sandbox, "dev", "iam").list_open_id_connect_providers()
    arns = [p["Arn"] for p in providers["OpenIDConnectProviderList"]]
    assert arns.count("arn:aws:iam::111122223333:oidc-provider/oidc.example/id/X") == 1


@pytest.mark.sandbox
def test_intruders_get_their_namespaces(sandbox: Sandbox, cluster: Cluster) -> None:
    after_deploy(sandbox, "dev", [("intruders", "billing"), ("intruders", "default")])
    listed = kubernetes.admin(cluster).call("GET", "/api/v1/namespaces/intruders/serviceaccounts")
    assert {item["metadata"]["name"] for item in listed["items"]} == {"billing", "default"}
