"""Rules about AWS Secrets Manager secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guardrails.aws import declared, rotation
from policies.guardrails.aws.actions import services
from policies.guardrails.aws.documents import document
from policies.guardrails.aws.types import SECRET, SECRET_POLICY
from policies.guardrails.aws.walk import counted
from policies.guardrails.resource import NotEvaluable, Resource
from policies.guardrails.rule import AnyRule, Context, Rule, StackRule, Violation
from workload_secrets.decide.outsiders import outsiders
from workload_secrets.decide.principals import account_of
from workload_secrets.decide.statements import Document, Principals

_WINDOW: Final = (7, 30)


def _customer_key(resource: Resource, _: Context) -> Iterator[Violation]:
    key = resource.text("kmsKeyId")
    if not key or key.endswith("alias/aws/secretsmanager"):
        yield Violation("no customer KMS key: the account's own decrypts for every reader", ("kmsKeyId",))


def _recovery_window(resource: Resource, context: Context) -> Iterator[Violation]:
    days = resource.number("recoveryWindowInDays")
    least, most = _WINDOW
    if days is None or least <= days <= most or (days == 0 and context.tier == "development"):
        return
    yield Violation(
        f"a deleted secret is kept {days} days; allowed: {least} to {most}, and 0 in development",
        ("recoveryWindowInDays",),
    )


def _own_policy(resource: Resource, context: Context) -> Iterator[Violation]:
    if resource.type == SECRET_POLICY and resource.flag("blockPublicPolicy") is not True:
        yield Violation("public policies aren't blocked", ("blockPublicPolicy",))
    policy = document(resource, "policy")
    if policy is None:
        return
    account = declared.account_of(resource, context) or _account(resource)
    told = {
        who for statement in policy.statements if statement.allow for who in _accounts(statement.principal)
    }
    if account is None and told:
        if resource.type == SECRET_POLICY:
            resource.get("secretArn")
        yield Violation(
            f"lets in {counted(len(told), 'named account')}, and nothing says which is the secret's own: "
            "set allowedAccountIds on the provider",
            ("policy",),
        )
    seen: set[str] = set()
    for arn in _things(resource, policy, account):
        for outsider in outsiders(policy, account=account, resource=arn, actions=_actions()):
            if outsider.who not in seen:
                seen.add(outsider.who)
                yield Violation(_let_in(outsider.who, outsider.action, sure=outsider.sure), ("policy",))


def _let_in(who: str, action: str, *, sure: bool) -> str:
    tail = "" if sure else "; its condition isn't known to keep them out"
    return f"lets in {who}, for example with {action}{tail}"


def _account(resource: Resource) -> str | None:
    """The account in the ARN of the secret that a policy belongs to."""
    if resource.type != SECRET_POLICY:
        return None
    try:
        return account_of(resource.text("secretArn") or "")
    except NotEvaluable:
        return None


def _accounts(principal: Principals | None) -> Iterator[str]:
    for value in principal.kinds.get("AWS", ()) if principal is not None and not principal.inverted else ():
        owner = account_of(value or "") or (value if value and value.isdigit() else None)
        if owner is not None:
            yield owner


def _things(resource: Resource, policy: Document, account: str | None) -> Iterator[str]:
    """What to ask for: the secret, and whatever else the policy names as its resource."""
    try:
        arn = resource.text("secretArn") if resource.type == SECRET_POLICY else None
    except NotEvaluable:
        arn = None
    base = f"arn:aws:secretsmanager:eu-central-1:{account or '000000000000'}:secret:it-AbCdEf"
    named = {
        value.replace("*", "x").replace("?", "x")
        for statement in policy.statements
        if statement.allow and statement.resource is not None
        for value in statement.resource.values
        if value is not None and value != "*"
    }
    yield from sorted({arn or base} | named)


def _actions() -> frozenset[str]:
    return frozenset(action.name for action in services()["secretsmanager"].values() if action.arns)


RULES: Final[tuple[AnyRule, ...]] = (
    Rule(
        id="SM-01",
        severity="medium",
        title="a customer key encrypts the secret",
        why="The account's own key decrypts for every reader of the secret; no key policy can say no.",
        remedy="set kmsKeyId to a key of the stack",
        reference="CKV_AWS_149; docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html",
        seed="Choose the type of secret as **Other type of secret**",
        types=(SECRET,),
        check=_customer_key,
    ),
    Rule(
        id="SM-03",
        severity="high",
        title="a deleted secret can be restored for a week at least",
        why="A deletion without a recovery window is final.",
        remedy="set recoveryWindowInDays to 7 to 30; 0 is for development",
        reference="https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html",
        softened="`tier: development`, where a recovery window of 0 is fine.",
        types=(SECRET,),
        check=_recovery_window,
    ),
    StackRule(
        id="SM-02",
        severity="medium",
        title="a secret's value doesn't get old",
        why="A value that leaked works for as long as nobody replaces it.",
        remedy="rotate it every 90 days at most, or declare maxAgeDays for its keys",
        reference="Security Hub SecretsManager.1, SecretsManager.4; CKV2_AWS_57; CKV_AWS_304",
        seed="click **Store** to create the secret",
        softened="A key in use with `maxAgeDays` of at most 365; `keys status` and `prove` say who is late.",
        check=rotation.replaced,
        at=("aws:secretsmanager/",),
        late="that nothing rotates a secret",
    ),
    Rule(
        id="SM-04",
        severity="critical",
        title="a secret's own policy lets nobody in from outside its account",
        why="A resource policy grants alone: whoever it lets in needs no role of ours.",
        remedy="name roles of the own account, and set blockPublicPolicy",
        reference="KICS fa00ce45; Prowler secretsmanager_not_publicly_accessible",
        types=(SECRET_POLICY, SECRET),
        check=_own_policy,
    ),
)
