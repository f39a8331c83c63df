"""The types of Vault resources, and how single values of them are read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, cast

from policies.guardrails.declaration import word
from policies.guardrails.resource import UNKNOWN, NotEvaluable, Path, Resource, Unreadable
from policies.guardrails.rule import Context
from workload_secrets.decide.vault_hcl import HclError, Rule, rules

PROVIDER: Final = "pulumi:providers:vault"
POLICY: Final = "vault:index/policy:Policy"
MOUNT: Final = "vault:index/mount:Mount"
TOKEN: Final = "vault:index/token:Token"  # noqa: S105 a type token
ENDPOINT: Final = "vault:generic/endpoint:Endpoint"
AUDIT: Final = "vault:index/audit:Audit"
KUBERNETES_CONFIG: Final = "vault:kubernetes/authBackendConfig:AuthBackendConfig"
JWT_MOUNT: Final = "vault:jwt/authBackend:AuthBackend"
KUBERNETES_ROLE: Final = "vault:kubernetes/authBackendRole:AuthBackendRole"
JWT_ROLE: Final = "vault:jwt/authBackendRole:AuthBackendRole"
APPROLE: Final = "vault:appRole/authBackendRole:AuthBackendRole"
CERT_ROLE: Final = "vault:index/certAuthBackendRole:CertAuthBackendRole"
TOKEN_ROLE: Final = "vault:tokenauth/authBackendRole:AuthBackendRole"  # noqa: S105 a type token
CONNECTION: Final = "vault:database/secretBackendConnection:SecretBackendConnection"
DATABASE_ROLE: Final = "vault:database/secretBackendRole:SecretBackendRole"
STATIC_ROLE: Final = "vault:database/secretBackendStaticRole:SecretBackendStaticRole"
DATABASE_MOUNT: Final = "vault:database/secretsMount:SecretsMount"

ROLES: Final[Mapping[str, str]] = {
    KUBERNETES_ROLE: "kubernetes",
    JWT_ROLE: "jwt",
    APPROLE: "approle",
    CERT_ROLE: "cert",
    TOKEN_ROLE: "token",
}
"""The auth mount's usual path by type of role, which holds where a role names none."""


def known(values: Mapping[str, Any], key: str) -> Any:
    """A value of a part that was read already, or of a provider's settings."""
    value = values.get(key)
    if value is UNKNOWN:
        raise NotEvaluable((key,))
    return value


def is_on(value: Any) -> bool:
    """Whether a flag is set; providers and charts spell it as text too."""
    return value is True or str(value).strip().lower() in {"true", "1", "yes"}


def seconds(resource: Resource, *path: str | int) -> float:
    """A time; zero where there is none. Some properties hold numbers as text."""
    value = resource.get(*path)
    if value is None or value == "":
        return 0
    if isinstance(value, str) and re.fullmatch(r"-?\d+", value.strip()):
        return int(value)
    return resource.number(*path) or 0


def space(resource: Resource, context: Context) -> str:
    """The full Vault namespace that a resource lies in."""
    declared = word(context.declared, "facts", "vault", "namespace")
    base = str(declared or known(resource.provider, "namespace") or "")
    return "/".join(part.strip("/") for part in (base, resource.text("namespace")) if part)


def mount_of(role: Resource) -> str:
    """The auth mount of a role."""
    return (role.text("backend") or ROLES.get(role.type, "")).strip("/")


def role_name(role: Resource) -> str:
    """A role's name in Vault. Raises NotEvaluable where it has none yet."""
    key = "name" if role.type == CERT_ROLE else "roleName"
    return _named(role, key)


def policy_name(policy: Resource) -> str:
    """A policy's name. Servers keep it in lower case."""
    return _named(policy, "name").strip().lower()


def policy_names(resource: Resource, *path: str | int) -> tuple[str, ...]:
    """Names of attached policies, as the server keeps them."""
    return tuple(name.strip().lower() for name in resource.texts(*path))


def _named(resource: Resource, key: str) -> str:
    name = resource.text(key)
    if not name:
        raise NotEvaluable((key,))
    return name


def rules_of(policy: Resource) -> tuple[Rule, ...]:
    """The rules of a policy; none where the server would refuse it, which VLT-05 says."""
    try:
        return parsed(policy.text("policy") or "")
    except HclError:
        return ()


@lru_cache(maxsize=20_000)
def parsed(text: str) -> tuple[Rule, ...]:
    """The rules of a policy's text: several of the pack's rules ask for the same."""
    return rules(text, "policy")


def among(value: Any, path: Path, wanted: str = "object") -> Mapping[str, Any]:
    """A part of a list as an object. Raises NotEvaluable or Unreadable."""
    if value is UNKNOWN:
        raise NotEvaluable(path)
    if not isinstance(value, Mapping):
        raise Unreadable(path, wanted)
    return cast("Mapping[str, Any]", value)


def segments(path: str) -> Iterator[str]:
    """Every leading part of a path, the longest first: a/b/c, a/b, a."""
    while path:
        yield path
        path = path.rpartition("/")[0]
