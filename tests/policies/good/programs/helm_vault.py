"""https://developer.hashicorp.com/vault/docs/deploy/kubernetes/helm/examples/ha-tls: three nodes
with TLS, Raft and an audit device in the configuration of the server."""

import common
import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_vault as vault

CONFIG = """
ui = true
listener "tcp" {
  address         = "[::]:8200"
  cluster_address = "[::]:8201"
  tls_cert_file   = "/vault/userconfig/vault-ha-tls/vault.crt"
  tls_key_file    = "/vault/userconfig/vault-ha-tls/vault.key"
  tls_client_ca_file = "/vault/userconfig/vault-ha-tls/vault.ca"
}
storage "raft" {
  path = "/vault/data"
  retry_join {
    leader_api_addr     = "https://vault-0.vault-internal:8200"
    leader_ca_cert_file = "/vault/userconfig/vault-ha-tls/vault.ca"
  }
}
service_registration "kubernetes" {}
"""
cluster = common.in_cluster()
release = kubernetes.helm.v3.Release(
    "vault",
    name="vault",
    chart="vault",
    version="0.30.0",
    namespace="vault",
    repository_opts={"repo": "https://helm.releases.hashicorp.com"},
    skip_await=True,
    values={
        "global": {"enabled": True, "tlsDisable": False},
        "injector": {"enabled": True, "webhook": {"failurePolicy": "Fail"}, "replicas": 2},
        "server": {
            "extraEnvironmentVars": {
                "VAULT_CACERT": "/vault/userconfig/vault-ha-tls/vault.ca",
                "VAULT_TLSCERT": "/vault/userconfig/vault-ha-tls/vault.crt",
            },
            "volumes": [{"name": "userconfig", "secret": {"secretName": "vault-ha-tls", "defaultMode": 420}}],
            "volumeMounts": [
                {"name": "userconfig", "mountPath": "/vault/userconfig/vault-ha-tls", "readOnly": True}
            ],
            "auditStorage": {"enabled": True},
            "standalone": {"enabled": False},
            "ha": {"enabled": True, "replicas": 3, "raft": {"enabled": True, "config": CONFIG}},
        },
    },
    opts=common.protected(cluster),
)
vault.Audit(
    "file",
    type="file",
    path="file",
    options={"file_path": "/vault/audit/audit.log"},
    opts=pulumi.ResourceOptions.merge(common.in_vault(), pulumi.ResourceOptions(depends_on=[release])),
)
