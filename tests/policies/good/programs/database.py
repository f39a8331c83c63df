"""https://developer.hashicorp.com/vault/docs/secrets/databases/postgresql: short-lived users and
one whose password is rotated; Vault rotates its own admin's."""

from pathlib import Path

import common
import pulumi_kubernetes as kubernetes
import pulumi_vault as vault

CA = (Path(__file__).parents[4] / "certs" / "dev-cluster.pem").read_text("utf-8")
NOTE = "vault.hashicorp.com/"
cluster, server = common.in_cluster(), common.in_vault()
engine = vault.Mount("postgres", path="postgres", type="database", opts=common.protected(server))
connection = vault.database.SecretBackendConnection(
    "warehouse",
    backend=engine.path,
    name="warehouse",
    allowed_roles=["reports", "loader"],
    rotation_period=30 * 24 * 3600,
    postgresql={
        "connection_url": "postgresql://{{username}}:{{password}}@db.example.com:5432/warehouse"
        "?sslmode=verify-full&sslrootcert=/vault/tls/rds.pem",
        "username": "vault_root",
        "password_authentication": "scram-sha-256",
    },
    opts=common.protected(server),
)
vault.database.SecretBackendRole(
    "reports",
    backend=engine.path,
    name="reports",
    db_name=connection.name,
    creation_statements=[
        "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'",
        'GRANT SELECT ON warehouse.sales TO "{{name}}"',
    ],
    revocation_statements=[
        'REVOKE ALL PRIVILEGES ON warehouse.sales FROM "{{name}}"',
        'DROP ROLE IF EXISTS "{{name}}"',
    ],
    default_ttl=1800,
    max_ttl=7200,
    opts=server,
)
vault.database.SecretBackendStaticRole(
    "loader",
    backend=engine.path,
    name="loader",
    db_name=connection.name,
    username="loader",
    rotation_period=86400,
    opts=server,
)
auth = vault.AuthBackend("kubernetes", type="kubernetes", opts=server)
vault.kubernetes.AuthBackendConfig(
    "kubernetes",
    backend=auth.path,
    kubernetes_host="https://cluster.example:6443",
    kubernetes_ca_cert=CA,
    disable_iss_validation=True,
    disable_local_ca_jwt=True,
    opts=server,
)
for name, path in (("reports", "postgres/creds/reports"), ("loader", "postgres/static-creds/loader")):
    policy = vault.Policy(
        name, name=name, policy=f'path "{path}" {{\n  capabilities = ["read"]\n}}\n', opts=server
    )
    kubernetes.core.v1.ServiceAccount(
        name,
        metadata={"name": name, "namespace": "warehouse"},
        automount_service_account_token=False,
        opts=cluster,
    )
    vault.kubernetes.AuthBackendRole(
        name,
        backend=auth.path,
        role_name=name,
        bound_service_account_names=[name],
        bound_service_account_namespaces=["warehouse"],
        audience="vault",
        token_ttl=900,
        token_max_ttl=7200,
        token_no_default_policy=True,
        token_policies=[policy.name],
        opts=server,
    )
    kubernetes.batch.v1.CronJob(
        name,
        metadata={"name": name, "namespace": "warehouse"},
        spec=common.spec(
            {
                "schedule": "17 * * * *",
                "concurrency_policy": "Forbid",
                "job_template": {
                    "spec": {
                        "template": {
                            "metadata": {
                                "annotations": {
                                    f"{NOTE}agent-inject": "true",
                                    f"{NOTE}agent-pre-populate-only": "true",
                                    f"{NOTE}agent-service-account-token-volume-name": "vault-token",
                                    f"{NOTE}role": name,
                                    f"{NOTE}error-on-missing-key-db": "true",
                                    f"{NOTE}agent-inject-secret-db": path,
                                }
                            },
                            "spec": {
                                "service_account_name": name,
                                "restart_policy": "OnFailure",
                                "volumes": [common.vault_token()],
                                "containers": [
                                    common.container(
                                        volume_mounts=[
                                            {"name": "vault-token", "mount_path": "/var/run/vault"}
                                        ]
                                    )
                                ],
                            },
                        }
                    }
                },
            }
        ),
        opts=cluster,
    )
