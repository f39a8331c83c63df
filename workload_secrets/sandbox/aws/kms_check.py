"""The check that Secrets Manager makes and the emulator does not: may the caller use the key?

Secrets Manager calls KMS as the caller (https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html):
reading needs kms:Decrypt, writing kms:GenerateDataKey and kms:Decrypt, with the secret's ARN
in the encryption context. The policies are read back from the server and put to the
emulator's own evaluator. What was read holds until a request changes something: every
request comes through the front, which then calls `forget`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from ministack.core.iam_evaluator import (
    EvalContext,
    combine_resource_policy,  # pyright: ignore[reportUnknownVariableType]
    evaluate,
)

from workload_secrets.sandbox.aws.policies import Statements, attached_policies, pages
from workload_secrets.sandbox.aws.request import RootClient
from workload_secrets.sandbox.aws.server import substitute_alias
from workload_secrets.sandbox.aws.web_identity import Denied

_T = TypeVar("_T")

_READ: Final = ("kms:Decrypt",)
_WRITE: Final = ("kms:GenerateDataKey", "kms:Decrypt")
_ACTIONS: Final = {
    "GetSecretValue": _READ,
    "PutSecretValue": _WRITE,
    "CreateSecret": _WRITE,
    "UpdateSecret": _WRITE,
}
_OWN_KEY: Final = "alias/aws/secretsmanager"
_UNCHECKED: Final = frozenset({"BatchGetSecretValue", "ReplicateSecretToRegions"})


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who signed a request."""

    arn: str
    kind: str
    account: str
    name: str


class KmsCheck:
    """Checks calls of Secrets Manager; knows callers by access key."""

    def __init__(self, client: RootClient, accounts: Sequence[str]) -> None:
        self._client = client
        self._accounts = tuple(accounts)
        self._callers: dict[str, Caller] = {}
        self._read: dict[tuple[str, ...], Any] = {}
        self._generation = 0
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Drops everything read from the server. For before and after a change."""
        with self._lock:
            self._generation += 1
            self._read.clear()

    def _once(self, key: tuple[str, ...], read: Callable[[], _T]) -> _T:
        with self._lock:
            generation = self._generation
            if key in self._read:
                return self._read[key]
        value = read()
        with self._lock:
            # Else something changed meanwhile, and the value may be older than that.
            if generation == self._generation:
                self._read[key] = value
        return value

    def learn(self, access_key: str, role_session_arn: str) -> None:
        """Remembers whose session an access key is (arn:…:sts::ACCOUNT:assumed-role/ROLE/SESSION)."""
        account, path = role_session_arn.split(":")[4], role_session_arn.rpartition(":")[2]
        with self._lock:
            self._callers[access_key] = Caller(
                arn=role_session_arn, kind="AssumedRole", account=account, name=path.split("/")[1]
            )

    def check(self, operation: str, body: Mapping[str, Any], access_key: str, region: str) -> None:
        """Raises Denied where real Secrets Manager would for want of a right on the key."""
        if operation in _UNCHECKED:
            raise Denied(
                "NotImplemented", f"{operation} is not offered by the sandbox: its KMS use is unchecked"
            )
        actions = _ACTIONS.get(operation)
        writes_value = "SecretString" in body or "SecretBinary" in body
        if actions is None or (actions is _WRITE and not writes_value):
            return
        caller = self._caller(access_key, region)
        if caller is None:
            return  # The emulator refuses a key it does not know.
        found = self._key_of(operation, body, caller, region)
        if found is None:
            return
        secret, key = found
        for action in actions:
            arn = self._allowed(caller, region, action, key, _through_secrets_manager(secret, region))
            if arn is not None:
                raise Denied(
                    "AccessDeniedException",
                    f"Access to KMS is not allowed: {caller.arn} may not {action} on {arn} for {secret}",
                )

    def _allowed(
        self, caller: Caller, region: str, action: str, key: str, context: Mapping[str, Any]
    ) -> str | None:
        """The key's ARN where the caller may not do the action on it, else None. Raises Denied where
        there is no such key."""
        kms = self._client("kms", caller.account, region)
        arn, key_policy, tags = self._once(("key", caller.account, region, key), lambda: _key(kms, key))
        policies, limits = self._once(("policies", caller.arn), lambda: self._policies(caller, region))
        own = {
            **{f"aws:resourcetag/{name}".lower(): value for name, value in tags.items()},
            "kms:calleraccount": caller.account,
            **context,
        }
        asked = _asked(caller, action, arn, region, own)
        result = combine_resource_policy(
            evaluate(asked, policies, *limits),
            asked,
            key_policy,
            arn.split(":")[4],
            required=True,
            limits=tuple(limits),
        )
        return None if result.decision == "Allow" else arn

    def may(
        self, access_key: str, region: str, action: str, resource: str, context: Mapping[str, Any]
    ) -> str | None:
        """The caller's account where its identity policies allow an action that the emulator
        knows nothing of; `context` has lower-case keys. None where they don't."""
        caller = self._caller(access_key, region)
        if caller is None:
            return access_key if access_key in self._accounts else None
        policies, limits = self._once(("policies", caller.arn), lambda: self._policies(caller, region))
        asked = _asked(caller, action, resource, region, context)
        return caller.account if evaluate(asked, policies, *limits).decision == "Allow" else None

    def may_with_key(self, access_key: str, region: str, action: str, key: str) -> bool:
        """Whether a caller may do an action on a key, by its own policies and the key's. `key` may be
        an alias; one that stands for nothing is the emulator's to refuse."""
        caller = self._caller(access_key, region)
        if caller is None:
            return access_key in self._accounts
        try:
            return self._allowed(caller, region, action, key, {}) is None
        except Denied:
            return True

    def account_of(self, access_key: str, region: str) -> str | None:
        """The account of a user or session; None for a root key and for a key that isn't known."""
        caller = self._caller(access_key, region)
        return caller.account if caller else None

    def _caller(self, access_key: str, region: str) -> Caller | None:
        with self._lock:
            known = self._callers.get(access_key)
        return known or self._user(access_key, region)

    def _user(self, access_key: str, region: str) -> Caller | None:
        if not access_key.startswith("AKIA"):
            return None
        for account in self._accounts:
            iam = self._client("iam", account, region)
            for user in pages(iam, "list_users", "Users"):
                keys = iam.list_access_keys(UserName=user["UserName"])["AccessKeyMetadata"]
                if any(key["AccessKeyId"] == access_key for key in keys):
                    caller = Caller(arn=user["Arn"], kind="User", account=account, name=user["UserName"])
                    with self._lock:
                        self._callers[access_key] = caller
                    return caller
        return None

    def _key_of(
        self, operation: str, body: Mapping[str, Any], caller: Caller, region: str
    ) -> tuple[str, str] | None:
        """The secret's ARN and its customer key, or None where it has none."""
        if operation == "CreateSecret":
            partition = caller.arn.split(":")[1]
            name = f"{body.get('Name')}-000000"
            secret = f"arn:{partition}:secretsmanager:{region}:{caller.account}:secret:{name}"
            key = body.get("KmsKeyId")
        else:
            name = str(body.get("SecretId"))
            described = self._once(
                ("secret", caller.account, region, name), lambda: self._secret(caller, region, name)
            )
            if described is None:
                return None  # The emulator says what is wrong with the secret.
            secret, key = described[0], body.get("KmsKeyId") or described[1]
        return None if not key or str(key).endswith(_OWN_KEY) else (secret, str(key))

    def _secret(self, caller: Caller, region: str, name: str) -> tuple[str, str | None] | None:
        manager = self._client("secretsmanager", caller.account, region)
        try:
            described = manager.describe_secret(SecretId=name)
        except manager.exceptions.ClientError:
            return None
        return described["ARN"], described.get("KmsKeyId")

    def _policies(self, caller: Caller, region: str) -> tuple[list[Statements], list[list[Statements]]]:
        """The caller's identity policies and what limits them (a permissions boundary)."""
        iam = self._client("iam", caller.account, region)
        return attached_policies(iam, "user" if caller.kind == "User" else "role", caller.name)


def _key(kms: Any, key: str) -> tuple[str, str, Mapping[str, str]]:
    """A key's ARN, policy and tags; for a given key that another stands in for, the given ARN."""
    try:
        real = kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"]
        arn = real
    except kms.exceptions.NotFoundException:
        try:
            described = kms.describe_key(KeyId=substitute_alias(key))
        except kms.exceptions.NotFoundException:
            raise Denied("AccessDeniedException", f"Access to KMS is not allowed: no key {key}") from None
        real, arn = described["KeyMetadata"]["KeyId"], key
    tags = {tag["TagKey"]: tag["TagValue"] for tag in kms.list_resource_tags(KeyId=real).get("Tags", [])}
    return arn, kms.get_key_policy(KeyId=real, PolicyName="default")["Policy"], tags


def _asked(
    caller: Caller, action: str, resource: str, region: str, context: Mapping[str, Any]
) -> EvalContext:
    return EvalContext(
        principal_arn=caller.arn,
        principal_type=caller.kind,
        principal_account=caller.account,
        action=action,
        resource_arn=resource,
        region=region,
        secure_transport=True,
        service_context=dict(context),
    )


def _through_secrets_manager(secret: str, region: str) -> dict[str, Any]:
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return {
        "kms:viaservice": f"secretsmanager.{region}.{suffix}",
        "kms:encryptioncontext:secretarn": secret,
        "kms:encryptioncontextkeys": ["SecretARN", "SecretVersionId"],
    }
