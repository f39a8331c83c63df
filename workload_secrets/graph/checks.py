"""What no registration may do: default providers, secrets without mark, remote parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, cast

import yaml

from workload_secrets.graph.errors import ProgramError, RuleError
from workload_secrets.graph.model import PLATFORM_TYPE, UNKNOWN, Path, Resource
from workload_secrets.graph.providers import missing
from workload_secrets.graph.requests import PROVIDER_PREFIX

# Property names that hold a credential, in any resource. Compared without case, `-`, `_`.
SECRET_NAMES: Final = frozenset(
    {
        "password",
        "passwordwo",
        "token",
        "tokenreviewerjwt",
        "tokenreviewerjwtwo",
        "oidcclientsecret",
        "oidcclientsecretwo",
        "clientsecret",
        "secretid",
        "secretstring",
        "secretstringwo",
        "secretbinary",
        "datajson",
        "datajsonwo",
        "privatekey",
        "clientkeydata",
        "accesskey",
        "secretkey",
    }
)
# Names that say where a credential stands, and hold none.
REFERENCES: Final[Mapping[str, frozenset[str]]] = {
    "aws:secretsmanager/secretRotation:SecretRotation": frozenset({"secretid"}),
    "aws:secretsmanager/secretVersion:SecretVersion": frozenset({"secretid"}),
    "kubernetes:external-secrets.io/v1:ExternalSecret": frozenset({"secretkey"}),
    # The charts' extraSecretEnvironmentVars: a variable, a Secret and the key in it.
    "kubernetes:helm.sh/v3:Release": frozenset({"secretkey"}),
    # What is declared has names that people chose, such as a secret's key `password`.
    PLATFORM_TYPE: SECRET_NAMES,
}
# Of these a rule of its own speaks; META-01 of all others.
_RULES: Final = (
    (f"{PROVIDER_PREFIX}vault", "VLT-02, META-04"),
    (PROVIDER_PREFIX, "META-04"),
    ("aws:secretsmanager/secretVersion:", "SM-05"),
    ("vault:database/", "DB-01"),
    ("vault:generic/", "SM-05"),
    ("vault:kubernetes/authBackendConfig:", "VKA-04"),
    ("vault:kv/", "SM-05"),
    ("kubernetes:configuration.konghq.com/v1alpha1:KongVault", "KNG-01"),
    ("kubernetes:configuration.konghq.com/", "KNG-03"),
)
# The SDK marks neither of these (tried with pulumi-vault 7.11, pulumi-kubernetes 4.32).
AUTH_LOGINS: Final = "authlogin"
# A run can't tell beforehand whether a resource will be created or updated.
REFUSED_HOOKS: Final = ("before_create", "before_update", "on_error")


def refuse(request: Any) -> None:
    """Refuses by the request alone. Raises ProgramError."""
    what = f"{request.type} `{request.name}`"
    if request.remote:
        raise ProgramError(f"{what}: a remote component can't be run without an engine. Write it in Python.")
    if request.transforms:
        raise ProgramError(
            f"{what}: transforms aren't run without an engine. Set the property at its resource."
        )
    hooks = [kind for kind in REFUSED_HOOKS if getattr(request.hooks, kind)]
    if hooks:
        raise ProgramError(
            f"{what}: hooks {', '.join(hooks)} aren't run without an engine. Use after_create."
        )
    is_provider = request.type.startswith(PROVIDER_PREFIX)
    if request.custom and not is_provider and not request.provider:
        package = request.type.partition(":")[0]
        raise ProgramError(
            f"{what}: would use the default provider of `{package}`, which reads its surroundings. "
            f"Pass an explicit one: opts.provider or the parent's opts.providers."
        )


def refuse_resource(resource: Resource) -> None:
    """Refuses by the decoded inputs. Raises RuleError; never shows a value."""
    if resource.type.startswith(PROVIDER_PREFIX):
        package = resource.type.removeprefix(PROVIDER_PREFIX)
        lacks = missing(package, resource.inputs)
        if lacks:
            raise RuleError(
                f"{_at(resource)}META-04: provider `{resource.name}` of `{package}` doesn't set "
                f"{', '.join(lacks)} and would take it from its surroundings. "
                "Set it from the stack's facts or endpoints."
            )
    for path in unmarked(resource):
        shown = ".".join(str(part) for part in path)
        rule = next((rule for start, rule in _RULES if resource.type.startswith(start)), "META-01")
        raise RuleError(
            f"{_at(resource)}{rule}: {resource.type} `{resource.name}`: {shown} holds a credential without "
            "secret mark and would stand in state as plain text. Leave it out (ambient credentials), or wrap "
            "it in pulumi.Output.secret."
        )


def _at(resource: Resource) -> str:
    return f"{resource.source}: " if resource.source else ""


def unmarked(resource: Resource) -> Iterator[Path]:
    """The paths of credentials that have no secret mark at or above them."""
    is_provider = resource.type.startswith(PROVIDER_PREFIX)
    names = SECRET_NAMES - REFERENCES.get(resource.type, frozenset())
    for path, value in _leaves(resource.inputs, ()):
        if resource.secrets and any(path[:n] in resource.secrets for n in range(1, len(path) + 1)):
            continue
        if _plain(str(path[-1])) in names or (is_provider and _provider_secret(path, value)):
            yield path


def _provider_secret(path: Path, value: Any) -> bool:
    name = _plain(str(path[0]))
    if name.startswith(AUTH_LOGINS):
        return True
    return name == "kubeconfig" and isinstance(value, str) and _has_credential(value)


def _has_credential(kubeconfig: str) -> bool:
    try:
        document = yaml.safe_load(kubeconfig)
    except yaml.YAMLError:
        return True  # unreadable: better marked
    return any(_plain(str(path[-1])) in SECRET_NAMES for path, _ in _leaves(document, ()))


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping):
        for key, item in cast(Mapping[str, Any], value).items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(cast(list[Any], value)):
            yield from _leaves(item, (*path, index))
    elif path and value not in (None, "", False) and value is not UNKNOWN and not _reference(value):
        yield path, value


def _reference(value: Any) -> bool:
    """Whether it says where Kong finds a credential, and holds none."""
    return isinstance(value, str) and value.startswith("{vault://") and value.endswith("}")


@lru_cache(maxsize=1024)
def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
