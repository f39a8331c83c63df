"""Trust documents: whose tokens they admit, and by which conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from workload_secrets.decide.statements import Document, Statement, Test

WEB_IDENTITY: Final = "sts:AssumeRoleWithWebIdentity"
PODS: Final = "pods.eks.amazonaws.com"
SUBJECT: Final = "system:serviceaccount:"
POD_TAGS: Final = (
    "aws:RequestTag/eks-cluster-arn",
    "aws:RequestTag/kubernetes-namespace",
    "aws:RequestTag/kubernetes-service-account",
)
"""What EKS's agent says of a pod.
https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html"""
GITHUB: Final = "token.actions.githubusercontent.com"
_WILD: Final = ("*", "?")


@dataclass(frozen=True, kw_only=True)
class Trust:
    """One Allow statement of a trust document, at `index`. `providers` are the federated ARNs or names
    of those it names, `pods` whether it admits EKS Pod Identity."""

    index: int
    statement: Statement
    providers: tuple[str, ...]
    pods: bool

    @property
    def kinds(self) -> Mapping[str, tuple[str | None, ...]]:
        """Whom it names, by kind; nobody where that can't be read as a list."""
        return self.statement.principal.kinds if self.statement.principal is not None else {}

    def tests(self, claim: str) -> tuple[Test, ...]:
        """The tests of a token's claim (`sub`, `aud`), whichever provider they name."""
        return tuple(t for t in self.statement.tests if t.key.lower().endswith(f":{claim}"))

    def exact(self, key: str) -> tuple[str, ...] | None:
        """The texts that a key must equal one of, None where no plain StringEquals says so."""
        found = [
            t.values
            for t in self.statement.tests
            if t.operator.lower() == "stringequals" and t.key.lower() == key.lower()
        ]
        if len(found) != 1 or not found[0] or None in found[0]:
            return None
        return tuple(value for value in found[0] if value is not None)

    def claim(self, claim: str) -> tuple[str, ...] | None:
        """Like `exact`, of a claim under the one provider that the statement names."""
        host = issuer_of(self.providers[0]) if len(self.providers) == 1 else None
        return None if host is None else self.exact(f"{host}:{claim}")


def trusts(document: Document) -> Iterator[Trust]:
    """The statements that admit a web identity or a pod, or might; not people by SAML."""
    for index, statement in enumerate(document.statements):
        if not statement.allow:
            continue
        kinds: Mapping[str, tuple[str | None, ...]] = statement.principal.kinds if statement.principal else {}
        inverted = statement.principal is not None and statement.principal.inverted
        providers = tuple(v or "" for v in kinds.get("Federated", ()))
        pods = PODS in kinds.get("Service", ()) and not inverted
        everyone = inverted or "*" in kinds or "*" in kinds.get("AWS", ())
        web = statement.action.admits(WEB_IDENTITY.lower()) and everyone
        people = providers and all(":saml-provider/" in provider for provider in providers)
        if pods or web or (providers and not people):
            yield Trust(index=index, statement=statement, providers=providers, pods=pods)


def issuer_of(provider_arn: str) -> str | None:
    """Host and path of an OIDC provider's ARN; None for something else."""
    before, found, host = provider_arn.partition(":oidc-provider/")
    return host if found and before.startswith("arn:") else None


def subjects(document: Document) -> tuple[tuple[str, ...], bool]:
    """The exact subjects that a trust admits, and whether that is all it admits.

    Pods are system:serviceaccount:NAMESPACE:NAME too. False: somebody else may take the role.
    """
    found: list[str] = []
    complete = True
    for trust in trusts(document):
        values = pod_subjects(trust) if trust.pods else trust.claim("sub")
        if not values or any(wild in value for value in values for wild in _WILD):
            complete = False
        else:
            found += values
    return tuple(dict.fromkeys(found)), complete


def pod_subjects(trust: Trust) -> tuple[str, ...] | None:
    """Whom the tags of EKS Pod Identity admit; None where they leave it open."""
    spaces, accounts = trust.exact(POD_TAGS[1]), trust.exact(POD_TAGS[2])
    if spaces is None or accounts is None:
        return None
    return tuple(f"{SUBJECT}{space}:{account}" for space in spaces for account in accounts)
