"""The rule that no secret stands where it isn't kept as one.

A value under a path that is marked secret is encrypted in state, so it isn't judged here. The
engine shows a pack all values in clear and tells of no marks: there, what the providers' own
SDKs mark (`MARKED`) is left out, and everything else is judged as if it had no mark. A program
that wraps another property in `pulumi.Output.secret` gets a finding in the engine that the other
ways don't give; the design keeps values out of Pulumi altogether, marked or not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from policies.guardrails.leaves import leaves
from policies.guardrails.resource import UNKNOWN, NotEvaluable, Path, Resource
from policies.guardrails.rule import AnyRule, Context, Rule, Violation
from policies.guardrails.secret_text import exactly, literal, looks, sounds

MARKED: Final = frozenset(
    {
        "dataJson",
        "dataJsonWo",
        "password",
        "passwordWo",
        "privateKey",
        "secretBinary",
        "secretString",
        "secretStringWo",
        "token",
        "tokenReviewerJwt",
        "tokenReviewerJwtWo",
    }
)
"""Properties at the top of a resource that the SDKs of AWS and Vault mark by themselves."""
_SECRET: Final = "kubernetes:core/v1:Secret"  # noqa: S105 a type token
_SECRET_DATA: Final = frozenset({"data", "stringData"})
_REFERS: Final = frozenset({"secretkey", "secretname", "secretref", "tokentype"})
"""Names that end like a secret's and say where one is."""
_SEALED: Final = "kubernetes:bitnami.com/v1alpha1:SealedSecret"
_SEALED_DATA: Final = ("spec", "encryptedData")
"""Encrypted for the cluster's controller: https://github.com/bitnami-labs/sealed-secrets."""
_SECRETS_MANAGER: Final = "aws:secretsmanager/"
_JSON_MOST: Final = 1_000_000
_LEAST: Final = 8
_DECLARATION: Final = "declaration"


def _plain(resource: Resource, context: Context) -> Iterator[Violation]:
    del context
    doubt: NotEvaluable | None = None
    for path, value in leaves(resource.inputs, ()):
        if _kept(resource, path):
            continue
        refers = _reference(resource, path)
        if value is UNKNOWN:
            # Most outputs aren't known yet, and few can be secrets: those whose name says so.
            if not refers and _holds(path):
                doubt = doubt or NotEvaluable(path)
        elif isinstance(value, str):
            found = looks(value) if refers else _found(path, value)
            if found:
                yield Violation(f"{found} that isn't kept secret", path)
    if doubt:
        raise doubt


def _holds(path: Path) -> bool:
    """Whether nothing but a secret stands there."""
    return isinstance(path[-1], str) and exactly(path[-1]) and path[0] != _DECLARATION


def _reference(resource: Resource, path: Path) -> bool:
    """`secretId` is an AppRole's credential; to Secrets Manager it says which secret."""
    return path == ("secretId",) and resource.type.startswith(_SECRETS_MANAGER)


def _kept(resource: Resource, path: Path) -> bool:
    if resource.type == _SEALED and path[:2] == _SEALED_DATA:
        return True
    if resource.secrets is not None:
        return any(path[:end] in resource.secrets for end in range(len(path) + 1))
    if resource.type in (_SECRET, f"{_SECRET}Patch") and path[0] in _SECRET_DATA:
        return True
    return path[0] in MARKED and not resource.type.startswith(("kubernetes:", "pulumi:providers:"))


def _found(path: Path, text: str) -> str | None:
    found = looks(text)
    if found:
        return found
    if path[0] != _DECLARATION and _named(path, text):
        return "a value under a name that says it is a secret"
    start = text[:64].lstrip()[:1]
    if start in ("{", "[") and len(text) <= _JSON_MOST:
        return _inside(text)
    return None


def _named(path: Path, text: str) -> bool:
    """Names are what the property is called, and what a list's entry is called next to it."""
    name = path[-1]
    if not isinstance(name, str) or not literal(text):
        return False
    plain = name.rpartition("/")[2]
    if plain.lower() in _REFERS:
        return False
    return exactly(plain) or (sounds(plain) and _mixed(text))


def _mixed(text: str) -> bool:
    """Whether it is more than a word: names of things are often called like this too."""
    kinds = (any(c.isdigit() for c in text[:200]), any(c.isalpha() for c in text[:200]))
    spaced = any(c.isspace() for c in text[:200])
    return len(text) >= _LEAST and all(kinds) and not spaced


def _inside(text: str) -> str | None:
    """What stands in JSON that is given as text, such as a kubeconfig."""
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, Mapping | list):
        return None
    for path, value in leaves(data, ()):
        if path and isinstance(value, str) and _named(path, value):
            return f"{_spoken(path)}, a value under a name that says it is a secret, in JSON"
    return None


def _spoken(path: Path) -> str:
    names = [str(part) for part in path if isinstance(part, str)]
    return names[-1][:40]


RULES: Final[tuple[AnyRule, ...]] = (
    Rule(
        id="META-01",
        severity="critical",
        title="no secret stands in a property that isn't secret",
        why="Such a value stands in the state, in every preview and in the history of the repository.",
        remedy="take it out of the program and write it out of band; change it, since it has been shown",
        reference="https://www.pulumi.com/docs/iac/concepts/secrets/",
        seed='password="admin_password"',
        needs=frozenset({"secrets"}),
        types=("*",),
        check=_plain,
    ),
)
