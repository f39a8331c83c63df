"""The one part of a stack's configuration that the sandbox replaces: how to reach things."""

from __future__ import annotations

from typing import Any

from workload_secrets.declaration import Declaration
from workload_secrets.sandbox import databases
from workload_secrets.sandbox.handle import Sandbox


def endpoints(sandbox: Sandbox, stack: str, declaration: Declaration) -> dict[str, Any]:
    """The value of `workload-secrets:endpoints` for this stack, in camelCase.

    Parts that the stack does not declare stay absent; the context's name stays.
    """
    access = sandbox.stacks[stack]
    cluster = sandbox.clusters[access.cluster]
    result: dict[str, Any] = {
        "cluster": {
            "apiServer": cluster.api_server,
            "caFile": str(cluster.ca_file),
            "exec": {"command": "cat", "args": [str(access.deployer_exec)]},
        }
    }
    if declaration.endpoints.cluster.context is not None:
        result["cluster"]["context"] = declaration.endpoints.cluster.context
    if declaration.facts.vault is not None and access.vault_address is not None:
        result["vault"] = {"address": access.vault_address, "caFile": str(sandbox.ca_file)}
    if declaration.facts.aws is not None and sandbox.aws_url is not None:
        result["aws"] = {"url": sandbox.aws_url}
    if declaration.endpoints.databases and sandbox.databases:
        result["databases"] = databases.endpoints(sandbox, stack, declaration)
    return result
