"""Logins of one stack's actors, each made once and tried on every secret once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeAlias, TypeVar

from workload_secrets.access.observed.attempt import Attempt, refused
from workload_secrets.access.observed.attempts.registry import attempt
from workload_secrets.access.observed.aws import AwsLogin, AwsSite
from workload_secrets.access.observed.vault import Shown, VaultLogin, VaultSite
from workload_secrets.access.verbs import verbs_of
from workload_secrets.decide.approle import RoleId
from workload_secrets.declaration.secret import Secret, Verb

T = TypeVar("T")
Results: TypeAlias = dict[tuple[str, Verb], Attempt]


class Once(Generic[T]):
    """Remembers what was made, by key. Two threads may make the same; the first stays."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[Hashable, T] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        with self._lock:
            if key in self._made:
                return self._made[key]
        made = make()
        with self._lock:
            return self._made.setdefault(key, made)

    def __len__(self) -> int:
        return len(self._made)


class AwsLogins:
    """Logins to AWS roles, and what each can do with every AWS secret."""

    def __init__(self, site: AwsSite, secrets: dict[str, Secret]) -> None:
        self.site = site
        self.secrets = secrets
        self._logins: Once[AwsLogin | Attempt] = Once()
        self._tried: Once[Results] = Once()

    def login(self, role_arn: str, token: str) -> AwsLogin | Attempt:
        return self._logins.get((role_arn, token), lambda: self.site.assume(role_arn, token))

    def attempts(self, login: AwsLogin) -> Results:
        """Every verb on every secret, reads first."""
        return self._tried.get(id(login), lambda: self._all(login))

    def _all(self, login: AwsLogin) -> Results:
        listed, names = login.list()
        found: Results = {}
        for name, secret in self.secrets.items():
            found[(name, "read")] = login.read(secret)
            found[(name, "write")] = login.write(secret)
            seen = secret.name in names or listed.answer is not listed.answer.YES
            found[(name, "list")] = listed if seen else refused("ListSecrets doesn't show it")
        return found

    @property
    def count(self) -> int:
        """How many logins were attempted."""
        return len(self._logins)


class VaultLogins:
    """Logins to Vault roles, and what each can do with every Vault secret."""

    def __init__(self, site: VaultSite, secrets: dict[str, Secret]) -> None:
        self.site = site
        self.secrets = secrets
        self._logins: Once[VaultLogin | Attempt] = Once()
        self._tried: Once[Results] = Once()

    def login(self, mount: str, role: str, token: str, namespace: str | None) -> VaultLogin | Attempt:
        key = (namespace, mount, role, token)
        return self._logins.get(key, lambda: self.site.login(mount, role, token, namespace))

    def show(
        self, place: RoleId, claims: Hashable, make: Callable[[], Shown | Attempt]
    ) -> VaultLogin | Attempt:
        """Logs in to a role with what `make` gives, once for the same claims."""
        return self._logins.get((place, claims), lambda: self._show(place, make()))

    def _show(self, place: RoleId, shown: Shown | Attempt) -> VaultLogin | Attempt:
        namespace, mount, role = place
        if isinstance(shown, Attempt):
            return shown
        return self.site.show(mount, role, shown, namespace or None)

    def attempts(self, login: VaultLogin) -> Results:
        """Every verb on every secret."""
        return self._tried.get(id(login), lambda: self._all(login))

    def _all(self, login: VaultLogin) -> Results:
        return {
            (name, verb): attempt(login, secret, verb)
            for name, secret in self.secrets.items()
            for verb in verbs_of(secret)
        }

    @property
    def count(self) -> int:
        """How many logins were attempted."""
        return len(self._logins)
