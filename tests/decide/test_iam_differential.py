"""The IAM evaluator against MiniStack's own, in process, on 10,000 generated pairs.

Left out of the generator, because MiniStack departs from what AWS documents:

- policy variables, which it does not replace;
- wildcards that span fields of an ARN (it matches the text as a whole; AWS compares the
  fields of ArnLike one by one, and our answer for a Resource is unknown);
- a multi-valued key under an operator without ForAnyValue or ForAllValues (it compares
  the text of a list);
- operators it doesn't know and values it can't read, which it takes for no match;
- wildcards in a Principal (AWS takes none but `*` alone) and NotPrincipal (it never
  matches);
- the session's ARN in a Principal or in aws:PrincipalArn (it has the session's ARN
  there, AWS the role's; a session's name is not known before the login).
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from workload_secrets.decide.answer import Answer
from workload_secrets.decide.claims import TokenClaims
from workload_secrets.decide.iam import Request, identity, web_identity

pytestmark = pytest.mark.sandbox

# The reasons for which an unknown answer would be accepted: none.
LISTED_REASONS: frozenset[str] = frozenset()

ACCOUNT, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/dev-pmp"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/dev-pmp/session"
REGION = "eu-central-1"
NAMES = ("PMP-Dev-Credentials", "PMP-Dev", "PMP-Prod-Credentials", "dev/billing/payments")
ACTIONS = (
    "secretsmanager:GetSecretValue",
    "secretsmanager:DescribeSecret",
    "secretsmanager:PutSecretValue",
    "kms:Decrypt",
    "kms:GenerateDataKey",
)
ACTION_PATTERNS = (
    *ACTIONS,
    "secretsmanager:getsecretvalue",
    "secretsmanager:Get*",
    "secretsmanager:*",
    "kms:*",
    "*",
    "*:De*",
    "kms:Decryp?",
)
ISSUER = "https://oidc.eks.eu-central-1.amazonaws.com/id/ABC"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER.removeprefix('https://')}"


def _secret(name: str, account: str = ACCOUNT, region: str = REGION) -> str:
    return f"arn:aws:secretsmanager:{region}:{account}:secret:{name}"


RESOURCES = (
    *(_secret(f"{name}-a1b2c3") for name in NAMES),
    _secret("PMP-Dev-Credentials-a1b2c3", OTHER),
    f"arn:aws:kms:{REGION}:{ACCOUNT}:key/symbol-0123456789ab",
    f"arn:aws:kms:{REGION}:{OTHER}:key/symbol-0123456789ab",
)
RESOURCE_PATTERNS = (
    *RESOURCES,
    "*",
    *(_secret(f"{name}-??????") for name in NAMES),
    *(_secret(f"{name}-*") for name in NAMES),
    _secret("PMP-*", "*", "*"),
    _secret("*"),
    f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*",
    "arn:aws:kms:*:*:key/*",
)
TEXTS: dict[str, tuple[str, ...]] = {
    "kms:ViaService": (f"secretsmanager.{REGION}.amazonaws.com", f"s3.{REGION}.amazonaws.com"),
    "kms:EncryptionContext:SecretARN": RESOURCES[:4],
    "secretsmanager:VersionStage": ("AWSCURRENT", "AWSPREVIOUS"),
    "aws:PrincipalTag/team": ("pmp", "billing", "PMP"),
}
MANY: dict[str, tuple[str, ...]] = {"kms:EncryptionContextKeys": ("SecretARN", "SecretVersionId", "other")}
NUMBERS: dict[str, tuple[str, ...]] = {"secretsmanager:RecoveryWindowInDays": ("7", "14", "30", "7.0")}
DATES: dict[str, tuple[str, ...]] = {
    "aws:TokenIssueTime": ("2026-01-01T00:00:00Z", "2026-06-01T12:00:00+02:00", "1780000000")
}
ADDRESSES: dict[str, tuple[str, ...]] = {"aws:VpcSourceIp": ("10.0.0.1", "10.0.9.9", "192.168.1.1")}
FLAGS: dict[str, tuple[str, ...]] = {"aws:ViaAWSService": ("true", "false")}
ARNS: dict[str, tuple[str, ...]] = {"aws:SourceArn": RESOURCES}
STRING = ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")
LIKE = ("StringLike", "StringNotLike")
COMPARED = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")


def _context(chance: random.Random) -> dict[str, Any]:
    """Each key is there or absent; the first group is the one that real requests have."""
    found: dict[str, Any] = {}
    for group in (TEXTS, NUMBERS, DATES, ADDRESSES, FLAGS, ARNS):
        for key, values in group.items():
            if chance.random() < 0.7:
                found[key] = chance.choice(values)
    for key, values in MANY.items():
        if chance.random() < 0.7:
            found[key] = chance.sample(values, k=chance.randint(1, 3))
    return found


def _test(chance: random.Random) -> tuple[str, str, Any]:
    """An operator, a key that suits it, and one or several values."""
    kind = chance.choice(("text", "text", "like", "many", "number", "date", "ip", "bool", "arn", "null"))
    if kind == "null":
        key = chance.choice((*TEXTS, *MANY, *NUMBERS))
        return "Null", key, chance.choice(("true", "false", True, False))
    operator, group = {
        "text": (chance.choice(STRING), TEXTS),
        "like": (chance.choice(LIKE), TEXTS),
        "many": (chance.choice(("ForAnyValue:", "ForAllValues:")) + chance.choice((*STRING, *LIKE)), MANY),
        "number": ("Numeric" + chance.choice(COMPARED), NUMBERS),
        "date": ("Date" + chance.choice(COMPARED), DATES),
        "ip": (chance.choice(("IpAddress", "NotIpAddress")), ADDRESSES),
        "bool": ("Bool", FLAGS),
        "arn": (chance.choice(("ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals")), ARNS),
    }[kind]
    key = chance.choice(tuple(group))
    pool: tuple[str, ...] = group[key]
    if kind == "like":
        pool = (*pool, "*", "AWS*", "?mp", "secretsmanager.*", _secret("PMP-Dev-Credentials-??????"))
    elif kind == "arn":
        pool = RESOURCE_PATTERNS
    elif kind == "ip":
        pool = ("10.0.0.0/16", "10.0.0.1", "192.168.0.0/24", "::1/128")
    values = chance.sample(pool, k=min(len(pool), chance.choice((1, 1, 2))))
    suffix = "IfExists" if chance.random() < 0.2 else ""
    spelled = key.upper() if chance.random() < 0.1 else key
    return operator + suffix, spelled, values[0] if len(values) == 1 and chance.random() < 0.5 else values


def _condition(chance: random.Random, tests: int) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for _ in range(tests):
        operator, key, value = _test(chance)
        found.setdefault(operator, {})[key] = value
    return found


def _statement(chance: random.Random, deny: float) -> dict[str, Any]:
    actions = chance.sample(ACTION_PATTERNS, k=chance.randint(1, 3))
    resources = chance.sample(RESOURCE_PATTERNS, k=chance.randint(1, 3))
    statement: dict[str, Any] = {
        "Effect": "Deny" if chance.random() < deny else "Allow",
        "NotAction" if chance.random() < 0.12 else "Action": actions[0] if len(actions) == 1 else actions,
        "NotResource" if chance.random() < 0.12 else "Resource": resources,
    }
    tests = chance.choice((0, 0, 1, 2))
    if tests:
        statement["Condition"] = _condition(chance, tests)
    return statement


def _document(chance: random.Random, deny: float = 0.2) -> dict[str, Any]:
    statements = [_statement(chance, deny) for _ in range(chance.randint(1, 4))]
    return {"Version": "2012-10-17", "Statement": statements[0] if len(statements) == 1 else statements}


def _resource_document(chance: random.Random) -> dict[str, Any]:
    principals: tuple[Any, ...] = (
        "*",
        {"AWS": "*"},
        {"AWS": ROLE},
        {"AWS": ACCOUNT},
        {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        {"AWS": f"arn:aws:iam::{OTHER}:root"},
        {"AWS": [f"arn:aws:iam::{ACCOUNT}:role/other", ROLE]},
        {"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"},
        {"Service": "secretsmanager.amazonaws.com"},
    )
    document: dict[str, Any] = _document(chance)
    raw: Any = document["Statement"]
    statements: list[Any] = [raw] if "Effect" in raw else raw
    return document | {"Statement": [s | {"Principal": chance.choice(principals)} for s in statements]}


def _peer() -> Any:
    from ministack.core import iam_evaluator

    return iam_evaluator


def _ministack(request: Request, policies: list[Any], boundary: Any, resource: Any, enabling: bool) -> bool:
    peer = _peer()

    context = peer.EvalContext(
        principal_arn=SESSION,
        principal_type="AssumedRole",
        principal_account=ACCOUNT,
        action=request.action,
        resource_arn=request.resource,
        region=REGION,
        service_context={k.lower(): v for k, v in request.context.items()},
    )
    parsed = [peer.parse_policy_document(p) for p in policies]
    limits = () if boundary is None else ([peer.parse_policy_document(boundary)],)
    result = peer.evaluate(context, parsed, *limits)
    owner = request.resource.split(":")[4]
    if resource is not None or owner != ACCOUNT:
        result = peer.combine_resource_policy(result, context, resource, owner, enabling, limits)
    return bool(result.decision == "Allow")


def _disagreement(ours: Any, theirs: bool) -> bool:
    if ours.answer is Answer.UNKNOWN:
        return not set(ours.reasons) & LISTED_REASONS
    return ours.allowed != theirs


def test_eight_thousand_requests_agree_with_ministack() -> None:
    chance = random.Random(20261121)
    allowed = 0
    for number in range(8_000):
        policies = [_document(chance) for _ in range(chance.randint(1, 3))]
        boundary = _document(chance, deny=0.1) if chance.random() < 0.3 else None
        resource = _resource_document(chance) if chance.random() < 0.5 else None
        enabling = resource is not None and chance.random() < 0.4
        request = Request(
            action=chance.choice(ACTIONS),
            resource=chance.choice(RESOURCES),
            principal=ROLE,
            context=_context(chance),
            complete=True,
        )
        theirs = _ministack(request, policies, boundary, resource, enabling)
        ours = identity(policies, request, boundary, resource, enabling=enabling)
        allowed += theirs
        case = {"policies": policies, "boundary": boundary, "resource": resource, "enabling": enabling}
        assert not _disagreement(ours, theirs), f"{number}: {theirs} but {ours} for {request} under {case}"
    assert allowed > 1_000, "the generator must allow often enough to mean something"


SUBJECTS = (
    "system:serviceaccount:feature-test:pmp",
    "system:serviceaccount:feature-test:pmp-evil",
    "system:serviceaccount:other:pmp",
)
AUDIENCES = ("sts.amazonaws.com", "vault")


def _trust_statement(chance: random.Random) -> dict[str, Any]:
    prefix = chance.choice(
        (ISSUER.removeprefix("https://"), ISSUER.removeprefix("https://"), "other.example/id")
    )
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{prefix}"
    principals: tuple[Any, ...] = ({"Federated": PROVIDER}, {"Federated": [provider, PROVIDER]}, "*")
    other: tuple[Any, ...] = ({"Federated": provider}, {"AWS": "*"}, {"Service": "pods.eks.amazonaws.com"})
    actions = ("sts:AssumeRoleWithWebIdentity", "sts:AssumeRole*", "sts:*", "sts:AssumeRole", "*")
    statement: dict[str, Any] = {
        "Effect": "Deny" if chance.random() < 0.15 else "Allow",
        "Principal": chance.choice(principals if chance.random() < 0.8 else other),
        "Action": chance.choice(actions),
    }
    condition: dict[str, dict[str, Any]] = {}
    for claim, values in (("sub", SUBJECTS), ("aud", AUDIENCES)):
        if chance.random() < 0.7:
            operator, pool = _trust_operator(chance, values)
            condition.setdefault(operator, {})[f"{prefix}:{claim}"] = chance.sample(
                pool, k=chance.choice((1, 2))
            )
    return statement | ({"Condition": condition} if condition else {})


def _trust_operator(chance: random.Random, values: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    stars = ("*", "system:serviceaccount:feature-test:*", "system:serviceaccount:*:pmp", "sts*")
    name = chance.choice(("StringEquals", "StringEquals", "StringLike", "StringNotEquals", "StringNotLike"))
    name += "IfExists" if chance.random() < 0.2 else ""
    return name, (*values, *stars) if "Like" in name else values


def _ministack_trusts(document: dict[str, Any], token: TokenClaims) -> bool:
    peer = _peer()

    prefix = ISSUER.removeprefix("https://").lower()
    context = peer.EvalContext(
        principal_arn=PROVIDER,
        principal_type="FederatedUser",
        principal_account=ACCOUNT,
        action="sts:AssumeRoleWithWebIdentity",
        resource_arn="*",
        region=REGION,
        service_context={f"{prefix}:sub": token.subject, f"{prefix}:aud": token.audience[0]},
    )
    return bool(peer.evaluate_trust_policy(document, PROVIDER, context))


def test_two_thousand_web_identity_logins_agree_with_ministack() -> None:
    chance = random.Random(20261122)
    trusted = 0
    for number in range(2_000):
        statements = [_trust_statement(chance) for _ in range(chance.randint(1, 3))]
        document = {"Version": "2012-10-17", "Statement": statements}
        audience = (chance.choice(AUDIENCES),)
        token = TokenClaims(issuer=ISSUER, subject=chance.choice(SUBJECTS), audience=audience)
        theirs = _ministack_trusts(document, token)
        ours = web_identity(document, provider_arn=PROVIDER, issuer=ISSUER, token=token)
        trusted += theirs
        assert not _disagreement(ours, theirs), f"{number}: {theirs} but {ours} for {token} under {document}"
    assert trusted > 400, "the generator must trust often enough to mean something"
