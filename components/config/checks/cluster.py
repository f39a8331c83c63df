"""The cluster: its issuer, its own audience, and how to log in to it."""

from __future__ import annotations

from collections.abc import Iterator

from components import flavours
from components.config.problem import Problem, shown
from components.config.stack import StackConfig


def check(config: StackConfig) -> Iterator[Problem]:
    """Problems of facts.cluster and endpoints.cluster."""
    cluster = config.facts.cluster
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
    if flavours.exec_command(config) is None:
        yield Problem(
            key="endpoints.cluster.exec",
            got="nothing",
            allowed=f"a command that prints a Kubernetes ExecCredential, required for {cluster.flavour}",
            remedy="write exec: {command: ..., args: [...]}",
        )
