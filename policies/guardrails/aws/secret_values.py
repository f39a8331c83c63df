"""Rules about what stands in a secret: no value, and the keys that are declared for it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from policies.guardrails.aws import declared, shared_secrets, template
from policies.guardrails.aws.types import SECRET_VERSION, TEMPLATE
from policies.guardrails.aws.walk import counted
from policies.guardrails.declaration import entries, parts, word
from policies.guardrails.resource import Path, Resource
from policies.guardrails.rule import AnyRule, Context, Rule, StackRule, Violation

_KV: Final = ("vault:kv/secretV2:SecretV2", "vault:kv/secret:Secret", "vault:generic/secret:Secret")
_TEXTS: Final = ("secretString", "secretStringWo", "secretBinary", "dataJson", "dataJsonWo", "template")
"""Inputs whose values end in the state, those called write-only too."""
_OF_AWS: Final = (SECRET_VERSION, TEMPLATE)


def _texts(resource: Resource) -> Iterator[tuple[str, str]]:
    for key in _TEXTS:
        text = resource.text(key)
        if text is not None:
            yield key, text


def _no_value(resource: Resource, _: Context) -> Iterator[Violation]:
    for key, text in _texts(resource):
        values = _filled(text)
        if values:
            text = f"the program and its state hold {counted(values, 'value')} of it"
            yield Violation(text, (key,))


def _filled(text: str) -> int:
    """How many values a text holds; one where it is no JSON."""
    if not text.strip():
        return 0
    try:
        return _leaves(json.loads(text))
    except (ValueError, RecursionError):
        return 1


def _leaves(data: Any) -> int:
    if isinstance(data, dict):
        return sum(_leaves(item) for item in cast("dict[str, Any]", data).values())
    if isinstance(data, list):
        return sum(_leaves(item) for item in cast("list[Any]", data))
    return 0 if data == "" else 1


def _keys(resource: Resource, context: Context) -> Iterator[Violation]:
    for key, text in _texts(resource):
        if key == "secretBinary" or not text.strip():
            continue
        found = template.read(text)
        if isinstance(found, str):
            yield Violation(found, (key,))
        elif context.declared is None:
            yield from _by_catalogue(resource, found, (key,))
        else:
            yield from _by_declaration(resource, context, found, (key,))


def _by_catalogue(resource: Resource, found: template.Template, path: Path) -> Iterator[Violation]:
    """Keys of a catalogue's groups come as one of its profiles has them; in Vault, where only
    keys with a value are written, some of them do."""
    wanted = template.nearest(found.keys)
    if wanted is None:
        return
    missing = wanted if resource.type in _OF_AWS else found.keys & wanted
    if found.keys - wanted or missing - found.keys:
        yield Violation(_differs(found.keys, wanted), path)


def _by_declaration(
    resource: Resource, context: Context, found: template.Template, path: Path
) -> Iterator[Violation]:
    secret = _declared(resource, context)
    if secret is None:
        if resource.type in _OF_AWS:
            yield Violation("the value of a secret that isn't declared", path)
        return
    wanted = frozenset(word(key, "name") for key in entries(secret, "keys"))
    nested = secret.get("encoding") == "nested"
    keys = found.keys if nested else found.flat
    dotted = sum("." in name for name in found.flat) if nested else 0
    if dotted:
        yield Violation(f"{counted(dotted, 'key')} at the top that belong into groups", path)
    # People leave unused keys out of a flat secret; a nested one keeps all of them.
    missing = wanted if nested else keys & wanted
    if keys - wanted or missing - keys:
        yield Violation(_differs(keys, wanted), path)


def _declared(resource: Resource, context: Context) -> Mapping[str, Any] | None:
    if resource.type in _OF_AWS:
        of = resource.text("secretId") or resource.text("secretName") or ""
        return declared.named(context, declared.secret_name(of) or of)
    mount, name = resource.text("mount"), resource.text("name") or resource.text("path") or ""
    for _, secret in parts(context.declared, "secrets"):
        where = (secret.get("mount"), secret.get("path"))
        if secret.get("backend") == "vault" and ((mount, name) == where or name == "{}/{}".format(*where)):
            return secret
    return None


def _differs(keys: frozenset[str], wanted: frozenset[str]) -> str:
    """Only names that are wanted are shown: what else stands there may be anything."""
    missing = sorted(wanted - keys)
    shown = f", such as {missing[0]}" if missing else ""
    return f"{len(missing)} of {counted(len(wanted), 'key')} missing{shown}, and {len(keys - wanted)} unknown"


RULES: Final[tuple[AnyRule, ...]] = (
    Rule(
        id="SM-05",
        severity="critical",
        title="no value of a secret stands in the program",
        why="What Pulumi writes is in its state and its plans; a value there is read by whoever reads those.",
        remedy="leave the value out and write it with `workload-secrets keys set`",
        reference="https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html",
        seed="vault kv put secret/production/api-service",
        needs=frozenset({"values"}),
        types=(*_OF_AWS, *_KV),
        check=_no_value,
    ),
    Rule(
        id="SM-06",
        severity="high",
        title="a secret has exactly the keys that are declared for it",
        why="Its reader looks for fixed names; a comment or a wrong name is an empty credential at run time.",
        remedy="write plain JSON with the declared keys, each a text, in one level of groups",
        reference="https://docs.mendix.com/private-mendix-platform/configure-aws-secret-manager/",
        seed="{  //...other keys",
        softened="The `keys` or the `template` of the secret: exactly those names.",
        needs=frozenset({"values"}),
        types=(*_OF_AWS, *_KV),
        check=_keys,
    ),
    StackRule(
        id="SM-07",
        severity="low",
        title="who reads a secret needs all of it",
        why="IAM gives a whole secret or nothing: credentials that only another reader needs leak with it.",
        remedy="split the secret, so that each reader has its own groups of keys",
        reference="https://external-secrets.io/latest/guides/threat-model/",
        seed="The following is a JSON template. Copy this template into your secret",
        softened="`reads`: who gets the whole secret needs it; whose files name keys needs those.",
        needs=frozenset({"values"}),
        check=shared_secrets.needed,
        at=("aws:secretsmanager/",),
        late="without a declaration, that several read a secret",
    ),
)
