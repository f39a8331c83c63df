"""Follows the page to the letter, with both of its accounts and both ways to validate tokens.

What it reads from the reader's cluster (issuer, address, CA) is configuration and an example CA.
"""

import json
from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_vault as vault

ROOT = Path(__file__).parents[3]
NAMESPACE = "feature-test"
config = pulumi.Config()
# "http://<VAULT_ADDR>:8200"; the page's example of an address is in the cluster.
server = pulumi.ResourceOptions(
    provider=vault.Provider("vault", address="http://vault.hashicorptest.svc.cluster.local:8200")
)
cluster = pulumi.ResourceOptions(
    provider=kubernetes.Provider("kubernetes", kubeconfig=config.require("kubeconfig"))
)

# "requires the use of HashiCorp Vault's Key-Value (KV) Version 2 secrets engine", at the mount
# path `pmp-dev`
mount = vault.Mount("pmp-dev", path="pmp-dev", type="kv-v2", opts=server)

# All credentials in one secret, given to `kv put` with `data/` in the path, which the client
# adds by itself. Values are the page's own placeholders.
vault.kv.SecretV2(
    "admin",
    mount=mount.path,
    name="data/admin",
    data_json=json.dumps(
        {
            "VCS.BitbucketProjectAdminPAT": "YOUR_PAT_TOKEN",
            "VCS.BitbucketAdminPassword": "YOUR_PASSWORD",
            "CIAdmin.JenkinsConfigureAPIToken": "YOUR_JENKINS_TOKEN",
            "Marketplace.ImportCDNPassword": "YOUR_MARKETPLACE_PASSWORD",
            "Email.SMTPPassword": "YOUR_SMTP_PASSWORD",
        }
    ),
    opts=server,
)

# Issuer, host and CA alone, as for EKS
auth = vault.AuthBackend("kubernetes", type="kubernetes", opts=server)
vault.kubernetes.AuthBackendConfig(
    "config",
    backend=auth.path,
    issuer=config.require("issuer"),
    kubernetes_host=config.require("host"),
    kubernetes_ca_cert=(ROOT / "certs" / "dev-cluster.pem").read_text("utf-8"),
    opts=server,
)
# Method 2, for OpenShift and generic Kubernetes: a reviewer in namespace default, with a token
# from `create token --duration=8760h`
kubernetes.core.v1.ServiceAccount(
    "vault-reviewer", metadata={"name": "vault-reviewer", "namespace": "default"}, opts=cluster
)
kubernetes.rbac.v1.ClusterRoleBinding(
    "vault-reviewer-auth-delegator",
    metadata={"name": "vault-reviewer-auth-delegator"},
    role_ref={
        "api_group": "rbac.authorization.k8s.io",
        "kind": "ClusterRole",
        "name": "system:auth-delegator",
    },
    subjects=[{"kind": "ServiceAccount", "name": "vault-reviewer", "namespace": "default"}],
    opts=cluster,
)
vault.kubernetes.AuthBackendConfig(
    "config-by-reviewer",
    backend=auth.path,
    token_reviewer_jwt=pulumi.Output.secret("PLACEHOLDER_TOKEN"),
    kubernetes_host=config.require("host"),
    kubernetes_ca_cert=(ROOT / "certs" / "dev-cluster.pem").read_text("utf-8"),
    opts=server,
)
policy = vault.Policy(
    "pmp-secret-access",
    name="pmp-secret-access",
    policy='path "pmp-dev/data/admin" {\n  capabilities = ["read"]\n}\n',
    opts=server,
)

# Example A: the recommended account, with a ttl and nothing else
vault.kubernetes.AuthBackendRole(
    "role-of-custom-account",
    backend=auth.path,
    role_name="pmp-secret-accessor-role",
    bound_service_account_names=["pmp-secret-accessor"],
    bound_service_account_namespaces=[NAMESPACE],
    token_policies=[policy.name],
    token_ttl=24 * 3600,
    opts=server,
)

# Example B: "or the built-in default Service Account", the same role
vault.kubernetes.AuthBackendRole(
    "pmp-secret-accessor-role",
    backend=auth.path,
    role_name="pmp-secret-accessor-role",
    bound_service_account_names=["default"],
    bound_service_account_namespaces=[NAMESPACE],
    token_policies=[policy.name],
    token_ttl=24 * 3600,
    opts=server,
)

# Every pod of the operator's namespace gets a token of its account.
kubernetes.apiextensions.CustomResourcePatch(
    "operator",
    api_version="privatecloud.mendix.com/v1alpha1",
    kind="OperatorConfiguration",
    metadata={"name": "mendix-operator-configuration", "namespace": "mendix"},
    spec={"runtimeAutomountServiceAccountToken": True},
    opts=cluster,
)

# `kubectl create serviceaccount pmp-secret-accessor`, then the Runtime, which the operator owns
kubernetes.core.v1.ServiceAccount(
    "pmp-secret-accessor", metadata={"name": "pmp-secret-accessor", "namespace": NAMESPACE}, opts=cluster
)
kubernetes.apiextensions.CustomResourcePatch(
    "runtime",
    api_version="privatecloud.mendix.com/v1alpha1",
    kind="Runtime",
    metadata={"name": "mxplatform", "namespace": NAMESPACE},
    spec={"template": {"spec": {"serviceAccountName": "pmp-secret-accessor"}}},
    opts=cluster,
)
