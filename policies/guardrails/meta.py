"""Rules about what goes for every resource: protection, and how providers log in.

That a rule which meets an unknown, or fails itself, is a finding (META-03) is how rules are run:
`policies.guardrails.run`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any, Final, cast
from urllib.parse import urlsplit

from policies.guardrails.declaration import word
from policies.guardrails.injector import RELEASES, is_server_chart
from policies.guardrails.leaves import leaves
from policies.guardrails.resource import UNKNOWN, NotEvaluable, Path, Resource
from policies.guardrails.rule import AnyRule, Context, Rule, Violation
from policies.guardrails.secret_text import literal

_HOLD: Final = (
    "aws:dynamodb/table:Table",
    "aws:kms/externalKey:ExternalKey",
    "aws:kms/key:Key",
    "aws:kms/replicaExternalKey:ReplicaExternalKey",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:secretsmanager/secret:Secret",
    "aws:ssm/parameter:Parameter",
    "vault:database/secretBackendConnection:SecretBackendConnection",
    "vault:database/secretsMount:SecretsMount",
    "vault:generic/secret:Secret",
    "vault:index/mount:Mount",
    "vault:index/namespace:Namespace",
    "vault:kv/secret:Secret",
    "vault:kv/secretV2:SecretV2",
    "vault:pkiSecret/secretBackendIntermediateCertRequest:SecretBackendIntermediateCertRequest",
    "vault:pkiSecret/secretBackendRootCert:SecretBackendRootCert",
    "vault:pkiSecret/secretBackendRootSignIntermediate:SecretBackendRootSignIntermediate",
    "vault:transit/secretBackendKey:SecretBackendKey",
)
"""What is gone when it is deleted, values and all."""
_AWS: Final = "pulumi:providers:aws"
PROVIDERS: Final = (
    _AWS,
    "pulumi:providers:aws-native",
    "pulumi:providers:kubernetes",
    "pulumi:providers:vault",
)
_STATIC: Final = ("accessKey", "secretKey", "token")
_SKIPS: Final = (
    "insecure",
    "skipCredentialsValidation",
    "skipMetadataApiCheck",
    "skipRequestingAccountId",
)
"""Not `skipRegionValidation`: it only compares the region with a list of names, and the SDK sets
it wherever a program doesn't (pulumi_aws 7, provider.py)."""
_LOGINS: Final = frozenset({"token", "password", "secretid", "jwt", "role_jwt", "secretkey", "accesskey"})
_BLIND: Final = "insecure-skip-tls-verify"
_USERS: Final = frozenset({"token", "password", "client-key-data", "client-key", "auth-provider"})


def _protected(resource: Resource, context: Context) -> Iterator[Violation]:
    if context.tier != "production" or resource.protect:
        return
    if resource.type in RELEASES and not is_server_chart(resource):
        return
    yield Violation("it isn't protected: a change of its name deletes it with what it holds")


def _ambient(provider: Resource, context: Context) -> Iterator[Violation]:
    if provider.type.startswith(_AWS):
        yield from _aws(provider, context)
    elif provider.type == "pulumi:providers:vault":
        yield from _vault(provider, context)
    else:
        yield from _cluster(provider)


def _aws(provider: Resource, context: Context) -> Iterator[Violation]:
    for key in _STATIC:
        if _given(provider, key, context):
            yield Violation("a static credential in a provider", (key,))
    for key in ("assumeRoleWithWebIdentity",):
        for path, value in _leaves(provider, key):
            if path[-1] == "webIdentityToken" and isinstance(value, str) and literal(value):
                yield Violation("a static token in a provider", path)
    url = _emulator(context)
    for key in _SKIPS:
        if url is None and _on(provider, key):
            yield Violation("a check is skipped, and AWS isn't declared to be an emulator", (key,))
    for path, value in _leaves(provider, "endpoints"):
        if value is not None and value != "" and value != url:
            yield Violation("an address for AWS that endpoints.aws doesn't declare", path)
        elif value and context.tier == "production" and not _rehearsed(value, context):
            yield Violation("an emulator of AWS in production", path)


def _emulator(context: Context) -> str | None:
    return word(context.declared, "endpoints", "aws", "url") or None


def _rehearsed(url: str, context: Context) -> bool:
    """Whether it is the emulator of a rehearsal on this machine. No name is taken: it could be
    anybody's."""
    try:
        here = ip_address(urlsplit(url).hostname or "").is_loopback
    except ValueError:
        return False
    return here and url == context.rehearsed


def _vault(provider: Resource, context: Context) -> Iterator[Violation]:
    if _given(provider, "token", context):
        yield Violation("a static token in a provider", ("token",))
    for key in provider.inputs:
        if not key.startswith("authLogin"):
            continue
        for path, value in _leaves(provider, key):
            name = str(path[-1]).lower().replace("_", "")
            if name in _LOGINS and isinstance(value, str) and literal(value):
                yield Violation("a static credential in a provider", path)


def _cluster(provider: Resource) -> Iterator[Violation]:
    """A kubeconfig is JSON, YAML or a path; in all of them such a user's lines have these names."""
    text = provider.get("kubeconfig")
    if isinstance(text, Mapping):
        text = json.dumps(cast("Mapping[str, Any]", text), default=str)
    if not isinstance(text, str):
        return
    settings = list(_settings(text))
    for name in sorted({name for name, value in settings if name in _USERS and literal(value)}):
        yield Violation(f"a static credential in the kubeconfig: {name}", ("kubeconfig",))
    if any(name == _BLIND and value.lower() == "true" for name, value in settings):
        yield Violation("the API server's certificate isn't verified", ("kubeconfig",))


def _settings(text: str) -> Iterator[tuple[str, str]]:
    """The names in a kubeconfig with their values as text."""
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError):
        for line in text.splitlines():
            key, _, value = line.strip().lstrip("- ").partition(":")
            yield key.strip("\"'"), value.strip()
        return
    for path, value in leaves(data, ()):
        if path and isinstance(value, str | bool):
            yield str(path[-1]), str(value)


def _given(provider: Resource, key: str, context: Context) -> bool:
    """Whether a credential is set. In state nothing is still to come: what can't be seen there
    is encrypted, so it is set."""
    if context.way == "state" and provider.inputs.get(key) is UNKNOWN:
        return True
    value = provider.get(key)
    return value is not None and value != ""


def _on(provider: Resource, key: str) -> bool:
    """Providers have their flags as JSON text."""
    return str(provider.get(key)).strip().lower() == "true"


def _leaves(provider: Resource, key: str) -> Iterator[tuple[Path, Any]]:
    """The leaves of a setting, which a provider has as JSON text."""
    value = provider.get(key)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            yield (key,), value
            return
    for path, leaf in leaves(value, (key,)):
        if leaf is UNKNOWN:
            raise NotEvaluable(path)
        yield path, leaf


RULES: Final[tuple[AnyRule, ...]] = (
    Rule(
        id="META-02",
        severity="high",
        title="what holds values is protected in production",
        why="A new name or a changed path makes Pulumi delete the old one, with every value in it.",
        remedy="set protect on the resource; who means to delete it takes it away in a change of its own",
        reference="https://github.com/hashicorp/terraform-provider-aws/issues/10259",
        softened="`tier: development`, where nothing has to be protected.",
        types=(*_HOLD, *RELEASES),
        check=_protected,
    ),
    Rule(
        id="META-04",
        severity="critical",
        title="providers take their credentials from where they run, and check whom they talk to",
        why="A key in a provider stands in the state for years; without its checks a provider writes to an"
        " account or a server that nobody meant.",
        remedy="leave keys and tokens out; declare an emulator as endpoints.aws",
        reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
        softened="`endpoints.aws` in development: the emulator's address, and checks that it can't answer. In"
        " a rehearsal also in production, where `--policy-pack-config` names it on this machine.",
        types=PROVIDERS,
        check=_ambient,
    ),
)
