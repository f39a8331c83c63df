"""https://developer.konghq.com/how-to/configure-hashicorp-vault-with-cert-auth/: a gateway that logs
in with a certificate. Kong reads it from the environment, so that no key stands in the object."""

from pathlib import Path

import common
import pulumi_kubernetes as kubernetes
import pulumi_vault as vault

CLIENT_CA = (Path(__file__).parents[4] / "certs" / "bank-clients.pem").read_text("utf-8")
cluster, server = common.in_cluster(), common.in_vault()
vault.Mount("gateway", path="gateway", type="kv-v2", opts=common.protected(server))
auth = vault.AuthBackend("cert", type="cert", path="cert", opts=server)
policy = vault.Policy(
    "kong", name="kong", policy='path "gateway/data/partners/acme" { capabilities = ["read"] }', opts=server
)
vault.CertAuthBackendRole(
    "kong",
    backend=auth.path,
    name="kong",
    certificate=CLIENT_CA,
    allowed_common_names=["kong.gateway.example.com"],
    token_ttl=1800,
    token_max_ttl=3600,
    token_no_default_policy=True,
    token_policies=[policy.name],
    opts=server,
)
kubernetes.apiextensions.CustomResource(
    "vault",
    api_version="configuration.konghq.com/v1alpha1",
    kind="KongVault",
    metadata={"name": "hcv", "annotations": {"kubernetes.io/ingress.class": "kong"}},
    spec={
        "backend": "hcv",
        "prefix": "hcv",
        "config": {
            "protocol": "https",
            "host": "vault.example.com",
            "port": 8200,
            "mount": "gateway",
            "kv": "v2",
            "auth_method": "cert",
            "cert_auth_role_name": "kong",
            "cert_auth_cert": "{vault://env/vault-client-cert}",
            "cert_auth_cert_key": "{vault://env/vault-client-key}",
            "ttl": 600,
            "neg_ttl": 60,
            "resurrect_ttl": 900,
        },
    },
    opts=cluster,
)
kubernetes.core.v1.Secret(
    "partner",
    metadata={
        "name": "partner",
        "namespace": "gateway",
        "labels": {"konghq.com/credential": "key-auth"},
        "annotations": {"kubernetes.io/ingress.class": "kong"},
    },
    string_data={"key": "{vault://hcv/partners/acme/key}"},
    opts=cluster,
)
