"""The cluster: its issuer, its own audience, and how to log in to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from components import flavours
from components.config.endpoints import ClusterEndpoint
from components.config.facts import ClusterFacts
from components.config.problem import Problem, shown
from components.config.stack import StackConfig

# What the environment of a login command is called when it holds a credential.
_CREDENTIAL: Final = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|PRIVATE|_KEY", re.IGNORECASE)


def check(config: StackConfig) -> Iterator[Problem]:
    """Problems of facts.cluster and endpoints.cluster."""
    yield from check_cluster(config.facts.cluster, config.endpoints.cluster)


def check_cluster(cluster: ClusterFacts, endpoint: ClusterEndpoint) -> Iterator[Problem]:
    """The same for every kind of stack."""
    yield from _environment(endpoint)
    row = flavours.FLAVOURS[cluster.flavour]
    if not row.issuer.fullmatch(cluster.oidc_issuer):
        yield Problem(
            key="facts.cluster.oidcIssuer",
            got=None if "@" in cluster.oidc_issuer else shown(cluster.oidc_issuer),
            allowed=f"for {cluster.flavour}: {row.issuer_shape}",
            remedy="copy the iss claim of a ServiceAccount's token, exactly",
        )
        return
    if flavours.api_audience(cluster) is None:
        yield Problem(
            key="facts.cluster.apiAudience",
            got="nothing",
            allowed=f"the API server's own audience; {cluster.flavour} has no common one",
            remedy="copy the aud claim of a token made by: kubectl create token default",
        )
    if flavours.exec_command_of(cluster, endpoint) is None:
        yield Problem(
            key="endpoints.cluster.exec",
            got="nothing",
            allowed=f"a command that prints a Kubernetes ExecCredential, required for {cluster.flavour}",
            remedy="write exec: {command: ..., args: [...]}",
        )


def _environment(endpoint: ClusterEndpoint) -> Iterator[Problem]:
    declared = endpoint.exec
    for name in declared.env if declared else ():
        if _CREDENTIAL.search(name) and not name.upper().endswith(("_FILE", "_PATH")):
            yield Problem(
                key=f"endpoints.cluster.exec.env.{name}",
                allowed="variables that hold no credential: what stands here gets into Pulumi's state",
                remedy="let the command read the credential from a file or from its own environment",
            )
