"""https://developer.hashicorp.com/vault/docs/auth/jwt/oidc-providers/kubernetes, on AKS, used by
the Vault Secrets Operator."""

import common
import pulumi_kubernetes as kubernetes
import pulumi_vault as vault

ISSUER = "https://westeurope.oic.prod-aks.azure.com/00000000-0000-0000-0000-000000000001/00000000-0000-0000-0000-000000000002/"
cluster, server = common.in_cluster(), common.in_vault()
mount = vault.Mount("secrets", path="secrets", type="kv-v2", opts=common.protected(server))
backend = vault.jwt.AuthBackend(
    "aks", path="jwt-aks", oidc_discovery_url=ISSUER, bound_issuer=ISSUER, opts=server
)
policy = vault.Policy(
    "search",
    name="search",
    policy='path "secrets/data/search/index" {\n  capabilities = ["read"]\n}\n',
    opts=server,
)
vault.jwt.AuthBackendRole(
    "search",
    backend=backend.path,
    role_name="search",
    role_type="jwt",
    user_claim="sub",
    bound_audiences=["vault"],
    bound_subject="system:serviceaccount:search:search",
    clock_skew_leeway=-1,
    expiration_leeway=-1,
    not_before_leeway=-1,
    token_ttl=600,
    token_max_ttl=1800,
    token_no_default_policy=True,
    token_policies=[policy.name],
    opts=server,
)
kubernetes.core.v1.ServiceAccount(
    "search",
    metadata={"name": "search", "namespace": "search"},
    automount_service_account_token=False,
    opts=cluster,
)
kubernetes.apiextensions.CustomResource(
    "connection",
    api_version="secrets.hashicorp.com/v1beta1",
    kind="VaultConnection",
    metadata={"name": "vault", "namespace": "search"},
    spec={"address": "https://vault.example.com:8200", "caCertSecretRef": "vault-ca", "skipTLSVerify": False},
    opts=cluster,
)
kubernetes.apiextensions.CustomResource(
    "login",
    api_version="secrets.hashicorp.com/v1beta1",
    kind="VaultAuth",
    metadata={"name": "search", "namespace": "search"},
    spec={
        "method": "jwt",
        "mount": "jwt-aks",
        "vaultConnectionRef": "vault",
        "jwt": {"role": "search", "serviceAccount": "search", "audiences": ["vault"]},
    },
    opts=cluster,
)
kubernetes.apiextensions.CustomResource(
    "index",
    api_version="secrets.hashicorp.com/v1beta1",
    kind="VaultStaticSecret",
    metadata={"name": "index", "namespace": "search"},
    spec={
        "type": "kv-v2",
        "mount": "secrets",
        "path": "search/index",
        "vaultAuthRef": "search",
        "refreshAfter": "60s",
        "destination": {"name": "index", "create": True},
    },
    opts=cluster,
)
kubernetes.apps.v1.Deployment(
    "search",
    metadata={"name": "search", "namespace": "search"},
    spec=common.spec(
        {
            "selector": {"match_labels": {"app": "search"}},
            "template": {
                "metadata": {"labels": {"app": "search"}},
                "spec": {
                    "service_account_name": "search",
                    "volumes": [{"name": "index", "secret": {"secret_name": "index", "default_mode": 256}}],
                    "containers": [
                        common.container(
                            volume_mounts=[{"name": "index", "mount_path": "/secrets", "read_only": True}]
                        )
                    ],
                },
            },
        }
    ),
    opts=cluster,
)
