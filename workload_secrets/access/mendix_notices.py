"""What a reader of a preview should know of the apps that Mendix's operator runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final, cast

from workload_secrets.access.notice import Notice, Rule
from workload_secrets.declaration import Declaration, Principal
from workload_secrets.graph.model import Graph

_VAULT_PAGE: Final = "https://docs.mendix.com/private-mendix-platform/configure-hashicorp-vault/"
_AWS_PAGE: Final = "https://docs.mendix.com/private-mendix-platform/configure-aws-secret-manager/"
_OPERATOR_PAGE: Final = "https://docs.mendix.com/developerportal/deploy/private-cloud-technical-appendix-01/"
_ACCOUNT_PAGE: Final = (
    "https://docs.mendix.com/developerportal/deploy/private-cloud-cluster/#customize-service-account"
)


def operator(graph: Graph, _: Declaration) -> Iterator[Notice]:
    """The operator's setting concerns more than the stack's own app."""
    for resource in graph.where(lambda r: "OperatorConfiguration" in r.type and r.custom):
        metadata = cast("dict[str, object]", resource.inputs.get("metadata") or {})
        yield Notice(
            "note",
            "runtimeAutomountServiceAccountToken in OperatorConfiguration of namespace "
            f"{metadata.get('namespace')} is true for every Mendix app there, not only for this one",
            resource.source,
        )


def account(_: Graph, declaration: Declaration) -> Iterator[Notice]:
    """Mendix's pages disagree on how an app gets an account that isn't named like it."""
    for name, principal in sorted(declaration.principals.items()):
        if principal.mendix_runtime is None:
            continue
        made = _of_default(principal) if principal.runs_as_default else _of_custom(principal)
        yield Notice("warning", f"{name}: {made}")


def _of_custom(principal: Principal) -> str:
    app, named = principal.mendix_runtime, principal.service_account
    patch = json.dumps({"spec": {"template": {"spec": {"serviceAccountName": named}}}})
    command = f"kubectl patch runtime {app} -n {principal.namespace} --type merge -p '{patch}'"
    aws = f"; {_AWS_PAGE} names it in a Deployment, which the operator owns as well" if principal.aws else ""
    return (
        f"the app {app} doesn't run as the account {named} by itself. Mendix's pages disagree: {_VAULT_PAGE} "
        f"has a person name the account in the app's Runtime ({command}){aws}; {_OPERATOR_PAGE} says that a "
        "Runtime should not be modified, and that the operator rolls back what it doesn't expect. Once that "
        "happens the app gets no secret; `prove` looks at the Runtime. What lasts is an account named like "
        f"the app ({_ACCOUNT_PAGE}): leave serviceAccount out, and the stack makes it"
    )


def _of_default(principal: Principal) -> str:
    app, space = principal.mendix_runtime, principal.namespace
    return (
        f"the app {app} runs as the account default only while its Runtime names no other and {space} has no "
        f"account {app} with the operator's annotation ({_ACCOUNT_PAGE}); {_VAULT_PAGE} allows default and "
        "recommends an account of its own"
    )


RULES: Final[tuple[Rule, ...]] = (operator, account)
