"""Rules about AWS Secrets Manager secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guardrails.resource import Resource
from policies.guardrails.rule import AnyRule, Context, Rule, Violation

SECRET: Final = "aws:secretsmanager/secret:Secret"  # noqa: S105 a type token
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


RULES: Final[tuple[AnyRule, ...]] = (
    Rule(
        id="SM-01",
        severity="medium",
        title="a customer key encrypts the secret",
        why="The account's own key decrypts for every reader of the secret; no key policy can say no.",
        remedy="set kmsKeyId to a key of the stack",
        reference="CKV_AWS_149; docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html",
        seed="Choose the encryption key aws/secretsmanager",
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
        types=(SECRET,),
        check=_recovery_window,
    ),
)
