"""Follows the page to the letter. `commands.txt` and `entities.yaml` are what it prints. Its vault
is made as the object that Kong's ingress controller takes: no other resource holds one.
"""

import json
from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_vault as vault
import yaml

# The request of `commands.txt`, with the token of a server in development mode
server = vault.Provider("vault", address="http://localhost:8200", token="root")
vault.kv.SecretV2(
    "acme",
    mount="secret",
    name="customer/acme",
    data_json=json.dumps({"name": "ACME Inc."}),
    opts=pulumi.ResourceOptions(provider=server),
)

cluster = kubernetes.Provider("kubernetes", kubeconfig=pulumi.Config().require("kubeconfig"))
VARIABLES = {"${hcv_host}": "host.docker.internal", "${hcv_token}": "root"}
text = (Path(__file__).parent / "entities.yaml").read_text("utf-8")
for name, value in VARIABLES.items():
    text = text.replace(name, value)

# "You'll also want to configure the `ttl` settings", says the FAQ; the entity has none.
for entity in yaml.safe_load(text)["entities"]["vaults"]:
    kubernetes.apiextensions.CustomResource(
        entity["prefix"],
        api_version="configuration.konghq.com/v1alpha1",
        kind="KongVault",
        metadata={"name": entity["prefix"], "annotations": {"kubernetes.io/ingress.class": "kong"}},
        spec={
            "backend": entity["name"],
            "prefix": entity["prefix"],
            "description": entity["description"],
            "config": entity["config"],
        },
        opts=pulumi.ResourceOptions(provider=cluster),
    )
