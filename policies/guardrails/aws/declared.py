"""What the declaration says about AWS: which principal reads and writes which secret."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from policies.guardrails.aws import walk
from policies.guardrails.aws.trusts import SUBJECT
from policies.guardrails.declaration import entries, part, parts, word
from policies.guardrails.resource import Resource
from policies.guardrails.rule import Context
from policies.guardrails.stack import Declared

EVERY_SECRET: Final = "arn:*:secretsmanager:*:*:secret:*"  # noqa: S105 a pattern
_SUFFIX: Final = "-??????"
_MADE: Final = "-AbCdEf"
_WORDS: Final = ("Staging-Credentials", "Staging", "x", "")
_FIELDS: Final = 7
"""Of a secret's ARN: the resource is two, `secret` and the name."""
Verb = Literal["read", "write"]


@dataclass(frozen=True, kw_only=True)
class Home:
    """Where the stack's AWS things are; empty where nothing says so."""

    partition: str = ""
    region: str = ""
    account: str = ""


def home(context: Context) -> Home:
    """The declared account and region."""
    facts = part(context.declared, "facts", "aws")
    return Home(
        partition=word(facts, "partition"),
        region=word(facts, "region"),
        account=word(facts, "accountId"),
    )


def account_of(resource: Resource, context: Context) -> str | None:
    """The account a resource is made in: the declared one, or the only one its provider allows."""
    declared = home(context).account
    if declared:
        return declared
    given: Any = resource.provider.get("allowedAccountIds")
    allowed = cast("Sequence[Any]", given) if isinstance(given, list | tuple) else ()
    return allowed[0] if len(allowed) == 1 and isinstance(allowed[0], str) else None


def principals(context: Context, subject: str) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """Every declared principal whose AWS login shows this subject, with its name."""
    return _index(context).by_subject.get(subject, ())


def audience(principal: Mapping[str, Any]) -> str:
    """The audience of the token that a principal shows AWS; empty where it shows none."""
    return word(principal, "aws", "audience") or word(principal, "identity", "audience")


def server_subject(context: Context) -> str | None:
    """The subject of the Vault server's pods, where the stack runs one that KMS unseals."""
    server = part(context.declared, "vaultServer")
    if server.get("seal") != "awskms":
        return None
    return f"{SUBJECT}{word(server, 'namespace')}:{word(server, 'release')}"


def secrets(context: Context) -> Mapping[str, Mapping[str, Any]]:
    """The declared secrets of Secrets Manager, by their key in the stack."""
    return _index(context).secrets


def named(context: Context, name: str) -> Mapping[str, Any] | None:
    """The declared secret of this name in AWS."""
    return secrets(context).get(key_of(context, name) or "")


def key_of(context: Context, name: str) -> str | None:
    """The key in the stack of the declared secret of this name in AWS."""
    return _index(context).keys.get(name)


def readers(context: Context, key: str) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """Every declared principal with a grant on the secret of this key."""
    return _index(context).holders.get(key, ())


class _Index:
    """A declaration, looked up instead of searched."""

    def __init__(self, declared: Mapping[str, Any]) -> None:
        self.declared = declared
        found = parts(declared, "secrets")
        self.secrets = {key: secret for key, secret in found if secret.get("backend") == "aws"}
        self.keys = {word(secret, "name"): key for key, secret in self.secrets.items()}
        self.by_subject: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
        self.holders: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
        for name, principal in sorted(parts(declared, "principals"), key=lambda found: found[0]):
            self.by_subject.setdefault(_subject(principal), []).append((name, principal))
            for key in {word(grant, "secret") for grant in entries(principal, "grants")}:
                self.holders.setdefault(key, []).append((name, principal))


def _index(context: Context) -> _Index:
    return context.index(_indexed)


def _indexed(declared: Declared | None) -> _Index:
    return _Index(declared or {})


def _subject(principal: Mapping[str, Any]) -> str:
    if principal.get("identity"):
        return word(principal, "identity", "subject")
    return f"{SUBJECT}{word(principal, 'namespace')}:{word(principal, 'serviceAccount')}"


def pattern(context: Context, secret: Mapping[str, Any]) -> str:
    """Exactly one secret by its name."""
    where = (home(context).partition or "aws", word(secret, "region"), word(secret, "accountId"))
    return "arn:{}:secretsmanager:{}:{}:secret:".format(*where) + f"{word(secret, 'name')}{_SUFFIX}"


def granted(context: Context, subjects: Iterable[str], verb: Verb) -> tuple[str, ...]:
    """The secrets that everyone who shows one of these subjects may read, or write, as patterns.

    Where several take one role, only what all of them have.
    """
    each = [_granted(context, subject, verb) for subject in subjects]
    return tuple(sorted(each[0].intersection(*each[1:]))) if each else ()


def granted_to_any(context: Context, verb: Verb) -> tuple[str, ...]:
    """The secrets that anybody may read, or write, as patterns."""
    known = secrets(context)
    return tuple(
        pattern(context, known[key])
        for key in known
        if any(
            grant.get("verb") == verb and word(grant, "secret") == key
            for _, principal in readers(context, key)
            for grant in entries(principal, "grants")
        )
    )


def _granted(context: Context, subject: str, verb: Verb) -> set[str]:
    known = secrets(context)
    return {
        pattern(context, known[key])
        for _, principal in principals(context, subject)
        for grant in entries(principal, "grants")
        if grant.get("verb") == verb and (key := word(grant, "secret")) in known
    }


def secret_name(arn: str) -> str | None:
    """The name in a secret's ARN, without the six characters; None for no such ARN."""
    fields = arn.split(":", _FIELDS - 1)
    if len(fields) != _FIELDS or fields[2] != "secretsmanager" or fields[5] != "secret":
        return None
    name = fields[6]
    return name[: -len(_SUFFIX)] if len(name) > len(_SUFFIX) and name[-len(_SUFFIX)] == "-" else name


def likely(where: Home) -> Callable[[str], Iterator[str]]:
    """Makes readable examples of secrets for a pattern."""
    here = ("arn", where.partition or "aws", "secretsmanager", where.region or "eu-central-1")
    base = [*here, where.account or "111122223333", "secret"]

    def made(text: str) -> Iterator[str]:
        fields = text.split(":", _FIELDS - 1)
        if len(fields) != _FIELDS:
            fields = [*base, "*"]
        start = [
            made if "*" in field or "?" in field else field for field, made in zip(fields, base, strict=False)
        ]
        for name in _names(fields[_FIELDS - 1]):
            yield ":".join([*start, name])
        for place, other in ((3, "eu-north-1"), (4, "999999999999")):
            if "*" in fields[place] or "?" in fields[place]:
                elsewhere = [*start[:place], other, *start[place + 1 :]]
                yield from (":".join([*elsewhere, name]) for name in _names(fields[_FIELDS - 1]))

    return made


def _names(text: str) -> Iterator[str]:
    bare, suffix = (text[: -len(_SUFFIX)], _MADE) if text.endswith(_SUFFIX) else (text, "")
    for inside in _WORDS:
        name = bare.replace("*", inside, 1).replace("*", "").replace("?", "x")
        yield name + (suffix or (_MADE if bare.endswith("*") else ""))


def spoken(arn: str, where: Home) -> str:
    """A secret in words: its name, and where it is unless that is where everything is."""
    name = secret_name(arn)
    if not name:
        return walk.named(arn)
    _, partition, _, region, account = arn.split(":", 6)[:5]
    known = (where.region or region, where.account or account, where.partition or partition)
    name = walk.named(name)
    return name if known == (region, account, partition) else f"{name} in {region} of account {account}"
