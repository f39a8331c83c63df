"""What differs between kinds of Kubernetes cluster, in one table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from components.config.endpoints import ClusterEndpoint, ExecCommand
from components.config.facts import ClusterFacts, Flavour, Reviewer
from components.config.stack import StackConfig

_IN_CLUSTER: Final = "works: Vault runs in the cluster and reviews tokens with its own account"
_CLIENT: Final = "works with the API server's own audience: each workload is bound to system:auth-delegator"
_DEDICATED: Final = "works: a reviewer token is handed over out of band and renewed there"
_EKS_CAP_HOURS: Final = 24
"""The longest life of a ServiceAccount's token on EKS, whatever is asked for.
https://github.com/aws/containers-roadmap/issues/1836"""
_KEYS: Final = "works with publicKeyFiles; replace them when the cluster's signing keys change"


@dataclass(frozen=True, kw_only=True)
class FlavourRow:
    """One kind of cluster.

    `issuer` is the shape of its OIDC issuer. `audience` says what the API server's own
    audience is by default: a value, `issuer` for the issuer itself, or None where only a
    token tells. `reviewers` says of each mode whether it works and why. `exec_kind` is
    the login command that needs no more than the facts, or None.
    """

    title: str
    issuer: re.Pattern[str]
    issuer_shape: str
    audience: str | None
    reviewers: Mapping[Reviewer, str]
    exec_kind: str | None = None
    reviewer_token_cap_hours: int | None = None


ISSUER_ITSELF: Final = "issuer"

FLAVOURS: Final[Mapping[Flavour, FlavourRow]] = {
    # https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html
    "eks": FlavourRow(
        title="Amazon EKS",
        issuer=re.compile(
            r"https://oidc\.eks\.[a-z0-9-]+\.(amazonaws\.com(\.cn)?|amazonaws\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov)"
            r"/id/[0-9A-Z]{32}"
        ),
        issuer_shape="https://oidc.eks.REGION.amazonaws.com/id/ and 32 capital letters or digits",
        audience="https://kubernetes.default.svc",
        reviewers={
            "in-cluster": _IN_CLUSTER,
            "jwt": "works: the issuer is public, so Vault discovers the keys; no token is reviewed",
            "client": _CLIENT,
            "dedicated": f"{_DEDICATED}; EKS caps its lifetime at {_EKS_CAP_HOURS} hours",
        },
        exec_kind="aws",
        reviewer_token_cap_hours=_EKS_CAP_HOURS,
    ),
    # https://learn.microsoft.com/en-us/azure/aks/use-oidc-issuer (the trailing slash is part of it)
    "aks": FlavourRow(
        title="Azure AKS",
        issuer=re.compile(r"https://[a-z0-9]+\.oic\.prod-aks\.azure\.com/[0-9a-f-]{36}/[0-9a-f-]{36}/"),
        issuer_shape="https://REGION.oic.prod-aks.azure.com/TENANT/ID/ with a slash at its end",
        audience=None,
        reviewers={
            "in-cluster": _IN_CLUSTER,
            "jwt": "works: the issuer is public once the OIDC issuer feature is on",
            "client": _CLIENT,
            "dedicated": _DEDICATED,
        },
        exec_kind="kubelogin",
    ),
    # https://docs.redhat.com/en/documentation/openshift_container_platform (authentication)
    "openshift": FlavourRow(
        title="Red Hat OpenShift",
        issuer=re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~-]+)*"),
        issuer_shape="https://kubernetes.default.svc or the published https URL, no slash at its end",
        audience=ISSUER_ITSELF,
        reviewers={
            "in-cluster": _IN_CLUSTER,
            "jwt": f"{_KEYS}; discovery works only where the cluster publishes its issuer (ROSA, STS mode)",
            "client": _CLIENT,
            "dedicated": _DEDICATED,
        },
    ),
    # https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/ (--api-audiences)
    "generic": FlavourRow(
        title="any other Kubernetes",
        issuer=re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~-]+)*"),
        issuer_shape="an https URL, no slash at its end",
        audience=ISSUER_ITSELF,
        reviewers={
            "in-cluster": _IN_CLUSTER,
            "jwt": f"{_KEYS}; discovery works where the issuer is public and allows unauthenticated reads",
            "client": _CLIENT,
            "dedicated": _DEDICATED,
        },
    ),
}

_PRIVATE_HOST: Final = re.compile(
    r"(localhost|.*\.localhost|kubernetes|.*\.svc|.*\.svc\..*|.*\.local|.*\.internal"
    r"|127\..*|10\..*|192\.168\..*|172\.(1[6-9]|2[0-9]|3[01])\..*|169\.254\..*)"
)


def api_audience(cluster: ClusterFacts) -> str | None:
    """The API server's own audience: as declared, else the flavour's; None where unknown."""
    default = FLAVOURS[cluster.flavour].audience
    return cluster.api_audience or (cluster.oidc_issuer if default == ISSUER_ITSELF else default)


def private_issuer(cluster: ClusterFacts) -> bool:
    """Whether nothing outside the cluster's network can read the issuer's keys."""
    host = urlsplit(cluster.oidc_issuer).hostname or ""
    return cluster.private_issuer or "." not in host or bool(_PRIVATE_HOST.fullmatch(host))


def exec_command(config: StackConfig) -> ExecCommand | None:
    """The command that prints a Kubernetes credential: as declared, else the flavour's."""
    return exec_command_of(config.facts.cluster, config.endpoints.cluster)


def exec_command_of(cluster: ClusterFacts, endpoint: ClusterEndpoint) -> ExecCommand | None:
    """The same for every kind of stack."""
    if endpoint.exec is not None:
        return endpoint.exec
    kind = FLAVOURS[cluster.flavour].exec_kind
    if kind == "aws":
        region = cluster.oidc_issuer.split(".")[2]
        args = ("eks", "get-token", "--cluster-name", cluster.name, "--region", region, "--output", "json")
        return ExecCommand(command="aws", args=args)
    if kind == "kubelogin":
        # The server id of the Azure Kubernetes Service Entra application, the same everywhere.
        # https://azure.github.io/kubelogin/concepts/aks.html
        server_id = "6dae42f8-4368-4678-94ff-3960e28e3630"
        return ExecCommand(
            command="kubelogin", args=("get-token", "--login", "azurecli", "--server-id", server_id)
        )
    return None
