"""https://developer.hashicorp.com/vault/docs/deploy/kubernetes/injector/examples, with a mount of
another name, an auth mount of another path, and a token made for Vault alone."""

from pathlib import Path

import common
import pulumi_kubernetes as kubernetes
import pulumi_vault as vault

CA = (Path(__file__).parents[4] / "certs" / "dev-cluster.pem").read_text("utf-8")
cluster, server = common.in_cluster(), common.in_vault()
kv = vault.Mount(
    "team-kv", path="team-kv", type="kv", options={"version": "2"}, opts=common.protected(server)
)
auth = vault.AuthBackend("eu", type="kubernetes", path="kubernetes-eu", opts=server)
vault.kubernetes.AuthBackendConfig(
    "eu",
    backend=auth.path,
    kubernetes_host="https://cluster.example:6443",
    kubernetes_ca_cert=CA,
    disable_iss_validation=True,
    disable_local_ca_jwt=True,
    opts=server,
)
policy = vault.Policy(
    "invoices",
    name="invoices",
    policy=kv.path.apply(lambda path: f'path "{path}/data/invoices/app" {{ capabilities = ["read"] }}'),
    opts=server,
)
account = kubernetes.core.v1.ServiceAccount(
    "invoices",
    metadata={"name": "invoices", "namespace": "billing"},
    automount_service_account_token=False,
    opts=cluster,
)
vault.kubernetes.AuthBackendRole(
    "invoices",
    backend=auth.path,
    role_name="invoices",
    bound_service_account_names=[account.metadata.name],
    bound_service_account_namespaces=["billing"],
    audience="vault",
    token_ttl=1200,
    token_max_ttl=3600,
    token_no_default_policy=True,
    token_policies=[policy.name],
    opts=server,
)
NOTE = "vault.hashicorp.com/"
kubernetes.apps.v1.Deployment(
    "invoices",
    metadata={"name": "invoices", "namespace": "billing"},
    spec=common.spec(
        {
            "selector": {"match_labels": {"app": "invoices"}},
            "template": {
                "metadata": {
                    "labels": {"app": "invoices"},
                    "annotations": {
                        f"{NOTE}agent-inject": "true",
                        f"{NOTE}agent-service-account-token-volume-name": "vault-token",
                        f"{NOTE}auth-path": "auth/kubernetes-eu",
                        f"{NOTE}role": "invoices",
                        f"{NOTE}service": "https://vault.example.com:8200",
                        f"{NOTE}tls-secret": "vault-ca",
                        f"{NOTE}ca-cert": "/vault/tls/ca.crt",
                        f"{NOTE}error-on-missing-key-app.env": "true",
                        f"{NOTE}agent-inject-secret-app.env": "team-kv/data/invoices/app",
                        f"{NOTE}agent-inject-template-app.env": (
                            '{{ with secret "team-kv/data/invoices/app" }}'
                            "API_KEY={{ .Data.data.api_key }}{{ end }}"
                        ),
                    },
                },
                "spec": {
                    "service_account_name": account.metadata.name,
                    "volumes": [common.vault_token()],
                    "containers": [
                        common.container(
                            volume_mounts=[
                                {"name": "vault-token", "mount_path": "/var/run/vault", "read_only": True}
                            ]
                        )
                    ],
                },
            },
        }
    ),
    opts=cluster,
)
