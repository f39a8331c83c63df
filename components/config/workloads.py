"""Who reads and who writes: ServiceAccounts and others, with the secrets they are given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, cast

from pydantic import model_validator

from components.config.base import Manage, Model
from components.config.delivery import Delivery
from components.config.fields import (
    AccountName,
    Audience,
    Line,
    Namespace,
    SessionSeconds,
    TtlSeconds,
    VaultRole,
)
from components.config.identity import AnyIdentity, KubernetesIdentity
from components.config.problem import refuse

DEFAULT_ACCOUNT: Final = "default"
"""The ServiceAccount that Kubernetes makes in every namespace, of each pod that names none.
https://kubernetes.io/docs/concepts/security/service-accounts/#default-service-accounts"""


class ServiceAccountRef(Model):
    """Written as a name, or as {name, manage}. `name` defaults to the workload's name, for
    `mendix` to the app's name. `manage` defaults to `existing` for the account `default`."""

    name: AccountName | None = None
    manage: Manage = "create"

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, value: Any) -> Any:
        if isinstance(value, cls):
            return value
        given = {"name": value} if isinstance(value, str) else value
        if not isinstance(given, Mapping):
            refuse(value, "one account: its name, or {name, manage}", "name one ServiceAccount")
        keys = cast("Mapping[str, Any]", given)
        return {"manage": "existing", **keys} if keys.get("name") == DEFAULT_ACCOUNT else keys


class Mendix(Model):
    app: AccountName
    operator_namespace: Namespace


Verb = Literal["read", "issue", "encrypt", "decrypt", "rewrap"]


class Grant(Model):
    """Written as a secret's name, or as {secret, verb}. Which verbs a kind has: `secrets.VERBS`."""

    secret: Line
    verb: Verb | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, value: Any) -> Any:
        return {"secret": value} if isinstance(value, str) else value


class Identity(Model):
    """What a workload and a writer have in common. Times are seconds.

    `namespace` is required of a pod, and what follows it belongs to pods; `checks.identities`
    refuses it with any other identity.
    """

    identity: AnyIdentity = KubernetesIdentity()
    namespace: Namespace | None = None
    service_account: ServiceAccountRef = ServiceAccountRef()
    aws_identity: Literal["irsa", "podIdentity"] = "irsa"
    aws_audience: Audience = "sts.amazonaws.com"
    session_seconds: SessionSeconds = 3600
    vault_role: VaultRole | None = None
    vault_audience: Audience | None = None
    token_ttl_seconds: TtlSeconds = 1200
    token_max_ttl_seconds: TtlSeconds = 3600
    automount: bool | None = None


class Workload(Identity, Delivery):
    """`reads` may be left out only where a gateway runs as this workload (`checks.access`)."""

    mendix: Mendix | None = None
    reads: tuple[Grant, ...] = ()


class Writer(Identity):
    """May set values of exactly these secrets; reads them too, since a set merges."""

    writes: tuple[Line, ...]
