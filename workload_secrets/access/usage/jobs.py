"""The jobs that deploy the stack: each logs in everywhere, and may do what it is for, and no more.

What a job may do in Vault is asked of the server path by path, against the policies of whoever
stands behind the job. In AWS it looks at, and tries to change, what the jobs themselves are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from workload_secrets.access.observed.attempt import Attempt
from workload_secrets.access.observed.aws import AwsLogin
from workload_secrets.access.observed.vault import OK, VaultLogin
from workload_secrets.access.usage.context import Usage, UsageContext
from workload_secrets.decide.answer import Answer
from workload_secrets.decide.vault_acl import Policy
from workload_secrets.declaration import Principal

_WRITES: Final = frozenset({"create", "delete", "patch", "root", "update"})
_NOTHING: Final = frozenset({"deny"})
_LOOKS: Final = "looks at what the deployer makes, and changes nothing"
_LOOKING: Final = frozenset({"preview", "drift"})
_WHAT: Final = {
    "preview": _LOOKS,
    "drift": _LOOKS,
    "deploy": "has exactly the deployer's rights",
    "prove": "has the prover's rights",
}
_HARMLESS: Final = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"sts:TagSession","Resource":"*"}]}'
)
Rights = Mapping[str, frozenset[str]]


def prove(context: UsageContext) -> Usage:
    """Every job of the stack."""
    lines: list[str] = []
    problems: list[str] = []
    jobs = {n: p for n, p in sorted(context.declaration.principals.items()) if p.kind == "job"}
    for name, principal in jobs.items():
        wrong = [*_in_vault(context, name, principal), *_in_aws(context, name, principal)]
        problems += [f"{name}: {text}" for text in wrong]
        if not wrong:
            places = [w for w, there in (("AWS", principal.aws), ("Vault", principal.vault)) if there]
            lines.append(f"{name}: logs in to {' and '.join(places)}, {_WHAT[principal.job or 'preview']}")
    return Usage(tuple(lines), tuple(problems))


def _in_vault(context: UsageContext, name: str, principal: Principal) -> Iterator[str]:
    if principal.vault is None:
        return
    login = context.vault_login(name)
    if isinstance(login, Attempt):
        yield login.reason
        return
    made, own = (_rights(context, who) for who in ("administrator", "deployer"))
    held = _capabilities(login, sorted(made))
    if held is None:
        yield "the server doesn't say what the job may do"
        return
    for path in sorted(made):
        if principal.job == "deploy" and held[path] != own.get(path, _NOTHING):
            yield f"path {path}: {_listed(held[path])}; the deployer has {_listed(own.get(path, _NOTHING))}"
        if principal.job in _LOOKING and held[path] & _WRITES:
            yield f"path {path}: {_listed(held[path])}, though the job only looks"


def _rights(context: UsageContext, who: str) -> Rights:
    """The paths in the stack's namespace, with their capabilities."""
    facts = context.declaration.facts.vault
    inside = f"{facts.namespace.strip('/')}/" if facts and facts.namespace else ""
    text = cast("Mapping[str, Any]", context.graph.platform_output(who)).get("vault")
    rules = Policy.parse(text, who).rules if isinstance(text, str) else ()
    return {rule.path.removeprefix(inside): frozenset(rule.capabilities) for rule in rules}


def _capabilities(login: VaultLogin, paths: list[str]) -> Rights | None:
    answer = login.http.call("POST", "sys/capabilities-self", {"paths": paths})
    if answer.status != OK:
        return None
    found = cast("Mapping[str, list[str]]", answer.data.get("data") or answer.data)
    return {path: frozenset(found.get(path, ())) for path in paths}


def _listed(capabilities: frozenset[str]) -> str:
    return ", ".join(sorted(capabilities)) or "nothing"


def _in_aws(context: UsageContext, name: str, principal: Principal) -> Iterator[str]:
    if principal.aws is None:
        return
    login = context.aws_login(name)
    if isinstance(login, Attempt):
        yield login.reason
        return
    others = [
        p.aws.role_arn or "" for p in context.declaration.principals.values() if p.kind == "job" and p.aws
    ]
    for role in sorted(arn.rpartition("/")[2] for arn in others):
        yield from _on_role(login, principal, role)
    for secret in context.of("aws").values():
        seen = login.attempt("secretsmanager", "describe_secret", SecretId=secret.name)
        if (seen.answer is Answer.YES) != (principal.job != "prove"):
            yield f"{seen.reason} on {secret.name}: {seen.answer.value}"


def _on_role(login: AwsLogin, principal: Principal, role: str) -> Iterator[str]:
    """A job that changed a job's role would give itself any right; only who looks sees it."""
    seen = login.attempt("iam", "get_role", RoleName=role)
    if (seen.answer is Answer.YES) != (principal.job in _LOOKING):
        yield f"{seen.reason} on {role}: {seen.answer.value}"
    changed = login.attempt(
        "iam", "put_role_policy", RoleName=role, PolicyName="intruder", PolicyDocument=_HARMLESS
    )
    if changed.answer is not Answer.NO:
        yield f"{changed.reason} on {role}: {changed.answer.value}, so the job gives itself any right"
