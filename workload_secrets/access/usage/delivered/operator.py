"""The steps of an operator: a token, a login, a read. Values are reduced to digests at once."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from botocore.exceptions import BotoCoreError, ClientError

from workload_secrets.access.aws_view import ROLE_ANNOTATION
from workload_secrets.access.observed.attempt import Attempt, digest
from workload_secrets.access.observed.aws import AwsLogin, AwsSite
from workload_secrets.access.observed.cluster import ClusterClient
from workload_secrets.access.observed.vault import VaultLogin, VaultSite
from workload_secrets.access.usage.delivered.reading import AwsWay, ObjectError, Reading, VaultWay
from workload_secrets.errors import ServerError
from workload_secrets.outside import SECRETS, aws_code

AUDIENCE_ANNOTATION: Final = "eks.amazonaws.com/audience"
DEFAULT_AUDIENCE: Final = "sts.amazonaws.com"
"""What ESO asks for without the annotation (providers/v1/aws/auth/auth.go)."""
_OK: Final = 200


@dataclass(frozen=True, kw_only=True)
class Servers:
    """What an operator reaches. `vault` is the only address an object may name; `ca_file` is
    what the CSI provider's and VSO's own trust stands for."""

    cluster: ClusterClient
    ca_file: str
    vault: str = ""
    aws_url: str | None = None


@dataclass
class Operator:
    """Does what readings say, each login once."""

    servers: Servers
    _logins: dict[VaultWay | AwsWay, VaultLogin | AwsLogin] = field(
        default_factory=dict[VaultWay | AwsWay, VaultLogin | AwsLogin]
    )

    @property
    def logins(self) -> int:
        """How many logins there were."""
        return len(self._logins)

    def deliver(self, reading: Reading) -> Mapping[str, str]:
        """The digests of what is delivered, by name. Raises ObjectError where it fails."""
        login = self._login(reading)
        data = _vault(reading, login) if isinstance(login, VaultLogin) else _aws(reading, login)
        return {name: digest(value) if value else "" for name, value in reading.deliver(data).items()}

    def close(self) -> None:
        """Ends every login in Vault, and with it the leases of what was read."""
        for login in self._logins.values():
            if isinstance(login, VaultLogin):
                login.http.call("POST", "auth/token/revoke-self")

    def _login(self, reading: Reading) -> VaultLogin | AwsLogin:
        way = reading.way
        if way not in self._logins:
            made = self._to_vault(reading, way) if isinstance(way, VaultWay) else self._to_aws(reading, way)
            self._logins[way] = made
        return self._logins[way]

    def _to_vault(self, reading: Reading, way: VaultWay) -> VaultLogin:
        if way.address != self.servers.vault:
            raise ObjectError(
                f"{reading.source}: Vault's address is {way.address}, declared is {self.servers.vault}"
            )
        token = self._token(reading, way.namespace, way.account, way.audience)
        with tempfile.TemporaryDirectory() as folder:
            file = self.servers.ca_file
            if way.authority is not None:
                own = Path(folder) / "ca.pem"
                own.write_text(way.authority, encoding="ascii")
                file = str(own)
            found = self._at_vault(reading, way, file, token)
        if isinstance(found, Attempt):
            where = f"as {way.namespace}/{way.account} for audience {way.audience}"
            raise ObjectError(f"{reading.source}: {where}: {found.reason}")
        # The object's CA has shown itself; what follows goes by the sandbox's own.
        site = VaultSite(way.address, self.servers.ca_file)
        return site.with_token(found.http.token, way.vault_namespace)

    @staticmethod
    def _at_vault(reading: Reading, way: VaultWay, file: str, token: str) -> VaultLogin | Attempt:
        try:
            return VaultSite(way.address, file).login(way.mount, way.role, token, way.vault_namespace)
        except (ServerError, OSError):
            raise ObjectError(f"{reading.source}: Vault's certificate doesn't verify by its CA") from None

    def _to_aws(self, reading: Reading, way: AwsWay) -> AwsLogin:
        try:
            account = self.servers.cluster.service_account(way.namespace, way.account)
        except ServerError as error:
            raise ObjectError(f"{reading.source}: {error}") from None
        metadata = cast("Mapping[str, Any]", account.get("metadata") or {})
        annotations = cast("Mapping[str, str]", metadata.get("annotations") or {})
        arn = annotations.get(ROLE_ANNOTATION)
        if arn is None:
            where = f"{way.namespace}/{way.account}"
            raise ObjectError(f"{reading.source}: ServiceAccount {where} has no {ROLE_ANNOTATION}")
        audience = way.audience or annotations.get(AUDIENCE_ANNOTATION, DEFAULT_AUDIENCE)
        token = self._token(reading, way.namespace, way.account, audience)
        site = AwsSite(way.region, self.servers.aws_url, self.servers.ca_file)
        found = site.assume(arn, token)
        if isinstance(found, Attempt):
            where = f"as {way.namespace}/{way.account} for audience {audience}"
            raise ObjectError(f"{reading.source}: {where}: {found.reason}")
        return found

    def _token(self, reading: Reading, namespace: str, account: str, audience: str) -> str:
        try:
            return self.servers.cluster.token(namespace, account, audience)
        except ServerError as error:
            raise ObjectError(f"{reading.source}: no token of {namespace}/{account}: {error}") from None


def _vault(reading: Reading, login: VaultLogin) -> Mapping[str, Any]:
    way = reading.way
    namespace = reading.vault_namespace or (way.vault_namespace if isinstance(way, VaultWay) else None)
    http = login.http.as_token(login.http.token, namespace)
    answer = http.call(reading.method, reading.path, reading.body)
    if answer.status != _OK:
        said = f"HTTP {answer.status} {answer.errors}".rstrip()
        raise ObjectError(f"{reading.source}: {reading.method} {reading.path}: {said}")
    data = cast("Mapping[str, Any]", answer.data.get("data") or {})
    return cast("Mapping[str, Any]", data.get("data") or {}) if reading.keyed else data


def _aws(reading: Reading, login: AwsLogin) -> Mapping[str, Any]:
    try:
        answer = cast("Mapping[str, Any]", login.client.get_secret_value(SecretId=reading.path))
    except (ClientError, BotoCoreError) as error:
        code = aws_code(error) if isinstance(error, ClientError) else "no answer"
        raise ObjectError(f"{reading.source}: GetSecretValue of {reading.path}: {code}") from None
    try:
        found = json.loads(str(answer.get("SecretString") or ""))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ObjectError(f"{reading.source}: {reading.path} holds no JSON object")
    SECRETS.learn_from({"secret": cast("object", found)})
    return cast("Mapping[str, Any]", found)
