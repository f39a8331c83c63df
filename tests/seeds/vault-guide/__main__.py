"""Follows the guide command by command: `commands.txt`, `policy.hcl` and `deployment.yaml` are what
it prints.
"""

import json
from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_vault as vault
import yaml

HERE = Path(__file__).parent
config = pulumi.Config()
cluster = pulumi.ResourceOptions(
    provider=kubernetes.Provider("kubernetes", kubeconfig=config.require("kubeconfig"))
)
# The guide gives no address; as it installs the chart, the service of the chart has no TLS.
server = pulumi.ResourceOptions(provider=vault.Provider("vault", address="http://vault.vault.svc:8200"))

kubernetes.helm.v3.Release(
    "vault",
    name="vault",
    chart="vault",
    repository_opts={"repo": "https://helm.releases.hashicorp.com"},
    namespace="vault",
    create_namespace=True,
    values={
        "server": {"ha": {"enabled": True, "replicas": 3, "raft": {"enabled": True}}},
        "injector": {"enabled": True},
    },
    opts=cluster,
)

auth = vault.AuthBackend("kubernetes", type="kubernetes", opts=server)
vault.kubernetes.AuthBackendConfig(
    "kubernetes-config",
    backend=auth.path,
    kubernetes_host="https://kubernetes.default.svc:443",
    opts=server,
)
vault.kubernetes.AuthBackendRole(
    "api-service",
    backend=auth.path,
    role_name="api-service",
    bound_service_account_names=["api-service-sa"],
    bound_service_account_namespaces=["production"],
    token_policies=["api-secrets"],
    token_ttl=3600,
    opts=server,
)

vault.kv.SecretV2(
    "api-service",
    mount="secret",
    name="production/api-service",
    data_json=json.dumps({"database_url": "postgresql://user:pass@db:5432/app", "api_key": "sk_live_xxxxx"}),
    opts=server,
)
vault.Policy("api-secrets", name="api-secrets", policy=(HERE / "policy.hcl").read_text("utf-8"), opts=server)

database = vault.Mount("database", path="database", type="database", opts=server)
connection = vault.database.SecretBackendConnection(
    "postgres",
    backend=database.path,
    name="postgres",
    plugin_name="postgresql-database-plugin",
    postgresql={
        "connection_url": "postgresql://{{username}}:{{password}}@postgres:5432/app",
        "username": "vault_admin",
        "password": "admin_password",
    },
    allowed_roles=["api-role"],
    opts=server,
)
vault.database.SecretBackendRole(
    "api-role",
    backend=database.path,
    name="api-role",
    db_name=connection.name,
    creation_statements=[
        "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';"
        ' GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO "{{name}}";'
    ],
    default_ttl=3600,
    max_ttl=24 * 3600,
    opts=server,
)

manifest = yaml.safe_load((HERE / "deployment.yaml").read_text("utf-8"))
kubernetes.apps.v1.Deployment(
    "api-service", metadata=manifest["metadata"], spec=manifest["spec"], opts=cluster
)
