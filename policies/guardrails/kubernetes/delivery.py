"""The rule about whose namespace a value goes into."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guardrails.declaration import entries, part, word
from policies.guardrails.each import Found, each
from policies.guardrails.kubernetes.declared import principals
from policies.guardrails.resource import NotEvaluable, Resource, Unreadable
from policies.guardrails.rule import AnyRule, Context, StackRule, Violation
from policies.guardrails.stack import Stack
from workload_secrets.decide.delivery.model import Login
from workload_secrets.decide.delivery.node import Unclear
from workload_secrets.decide.delivery.routes import Delivery

_VERBS: Final = frozenset({"write", "list"})
"""What gives no value."""


def _own(stack: Stack, context: Context) -> Iterator[Found]:
    delivery = Delivery.of((r.urn, r.type, r.inputs, r.provider) for r in stack.resources)
    objects = {item.key: item for item in delivery.objects}

    def judge(resource: Resource) -> Iterator[Violation]:
        try:
            for route in delivery.routes(objects[resource.urn]):
                unseen = route.login.by.kind == "unknown"  # what it names may be registered later
                yield Violation(route.sentence(_reads(route.login, context)), route.at, unseen)
        except Unclear as unclear:
            if unclear.wanted:
                raise Unreadable(unclear.path, unclear.wanted) from None
            raise NotEvaluable(unclear.path) from None

    yield from each((r for r in stack.resources if r.urn in objects), judge)


def _reads(login: Login, context: Context) -> str:
    """The declared secrets of a system that an account reads, by name."""
    secrets = part(context.declared, "secrets")
    found = {
        word(grant, "secret")
        for account, principal in principals(context)
        if login.by.kind == "account" and account == (login.by.namespace, login.by.name)
        for grant in entries(principal, "grants")
        if word(grant, "verb") not in _VERBS
        and (word(secrets, word(grant, "secret"), "backend") == "aws") is (login.system == "aws")
    }
    return ", ".join(sorted(found))


RULES: Final[tuple[AnyRule, ...]] = (
    StackRule(
        id="K8S-10",
        severity="critical",
        title="a value goes only into the namespace whose account reads it",
        why="A ClusterSecretStore logs in as one account for every namespace that it admits: everybody who"
        " can make an ExternalSecret there gets what that account reads.",
        remedy="use a SecretStore in the account's own namespace, or admit that namespace alone by"
        " conditions: [{namespaces: [NAME]}]; name a ServiceAccount where the operator itself logs in",
        reference="https://external-secrets.io/latest/api/clustersecretstore/",
        check=_own,
        at=(
            "kubernetes:external-secrets.io/",
            "kubernetes:generators.external-secrets.io/",
            "kubernetes:secrets.hashicorp.com/",
        ),
        late="a store that the stack doesn't make, or that is chosen by labels",
    ),
)
