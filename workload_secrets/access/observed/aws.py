"""Attempts at AWS: assume a role with a token, then read, write and list."""

from __future__ import annotations

import configparser
import json
import threading
import uuid
from collections.abc import Callable
from typing import Any, Final, cast

from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from workload_secrets import aws_session
from workload_secrets.access.observed.attempt import Attempt, allowed, read_values, refused, unclear
from workload_secrets.declaration import Secret
from workload_secrets.errors import InputError, ServerError
from workload_secrets.keys.encoding import flat
from workload_secrets.outside import SECRETS, OutsideText, aws_code, listed

PROOF_STAGE: Final = "workload-secrets-proof"
"""Staging label of a write attempt: it never moves AWSCURRENT, so even a write that should
have been refused destroys nothing."""
_ON_KEY: Final = ", the key refused"
"""Ends the reason of a refusal that came from the key and not from the secret."""
_NO_VALUE: Final = "GetSecretValue: there is no value"
_CONFIG: Final[dict[str, Any]] = {
    "max_pool_connections": 16,
    "retries": {"max_attempts": 3},
    "connect_timeout": 10,
    "read_timeout": 30,
}
_REFUSALS: Final = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredTokenException",
        "IDPRejectedClaim",
        "InvalidIdentityToken",
        "InvalidIdentityTokenException",
        "NotAuthorized",
        "UnauthorizedOperation",
    }
)


class AwsSite:
    """Where AWS is: a region, and for an emulator its URL and CA file."""

    def __init__(self, region: str, url: str | None = None, ca_file: str | None = None) -> None:
        self._region = region
        self._url = url
        self._ca_file = ca_file
        self._session = aws_session.apart()
        self._lock = threading.Lock()
        self._sts = self._client("sts", Config(signature_version=UNSIGNED, **_CONFIG))

    def assume(self, role_arn: str, token: str) -> AwsLogin | Attempt:
        """AssumeRoleWithWebIdentity; a login, or the refusal."""
        try:
            SECRETS.learn(token)
            answer = self._sts.assume_role_with_web_identity(
                RoleArn=role_arn, RoleSessionName="workload-secrets-proof", WebIdentityToken=token
            )
        except ClientError as error:
            return _failed(f"assume {_name(role_arn)}", error)
        except BotoCoreError as error:
            name = type(error).__name__
            raise ServerError(f"AWS STS at {self._url or self._region} can't be used: {name}") from None
        return self.login(cast("dict[str, str]", answer["Credentials"]))

    def login(self, credentials: dict[str, str]) -> AwsLogin:
        """A login with credentials in the shape STS gives them."""
        SECRETS.learn_from(credentials)
        keys = {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials.get("SessionToken"),
        }

        def other(service: str) -> Any:
            return self._client(service, Config(**_CONFIG), **keys)

        return AwsLogin(other("secretsmanager"), other)

    def profile(self, credentials_file: str, profile: str) -> AwsLogin:
        """A login with a profile of a shared credentials file."""
        parser = configparser.ConfigParser(interpolation=None)
        parser.read(credentials_file)
        section = parser[profile]
        return self.login(
            {"AccessKeyId": section["aws_access_key_id"], "SecretAccessKey": section["aws_secret_access_key"]}
        )

    def _client(self, service: str, config: Config, **keys: str | None) -> Any:
        with self._lock:  # a session makes clients one at a time
            return self._session.client(
                service,
                region_name=self._region,
                endpoint_url=self._url,
                verify=self._ca_file,  # None: AWS_CA_BUNDLE, else the usual authorities
                config=config,
                **keys,
            )


class AwsLogin:
    """A session that tries things. `client` is its secretsmanager client; `other` makes one of
    another service."""

    def __init__(self, client: Any, other: Callable[[str], Any] | None = None) -> None:
        self.client = client
        self._other = other

    def attempt(self, service: str, operation: str, **arguments: Any) -> Attempt:
        """One call of any service. Raises LookupError where the login has no other clients."""
        if self._other is None:
            raise LookupError("this login makes no client of another service")
        try:
            getattr(self._other(service), operation)(**arguments)
        except ClientError as error:
            return _failed(operation, error)
        except BotoCoreError as error:
            return unclear(f"{operation}: {type(error).__name__}")
        return allowed(operation)

    def read(self, secret: Secret) -> Attempt:
        """GetSecretValue."""
        try:
            answer = self.client.get_secret_value(SecretId=secret.name)
        except ClientError as error:
            if aws_code(error) == "ResourceNotFoundException" and "staging label" in OutsideText(error):
                return allowed(_NO_VALUE)
            return _failed("GetSecretValue", error)
        except BotoCoreError as error:
            return unclear(f"GetSecretValue: {type(error).__name__}")
        if answer.get("SecretString") is None and answer.get("SecretBinary") is None:
            # An emulator's version that nobody wrote. No template can come before it.
            return read_values({}, _NO_VALUE)
        return read_values(_values(answer.get("SecretString"), secret), "GetSecretValue")

    def write(self, secret: Secret) -> Attempt:
        """PutSecretValue beside the current version, which stays."""
        try:
            self.client.put_secret_value(
                SecretId=secret.name,
                SecretString="{}",
                ClientRequestToken=str(uuid.uuid4()),
                VersionStages=[PROOF_STAGE],
            )
        except ClientError as error:
            return _failed("PutSecretValue", error)
        except BotoCoreError as error:
            return unclear(f"PutSecretValue: {type(error).__name__}")
        return allowed("PutSecretValue")

    def list(self) -> tuple[Attempt, frozenset[str]]:
        """ListSecrets, and the names it shows."""
        try:
            answer = self.client.list_secrets()
        except ClientError as error:
            return _failed("ListSecrets", error), frozenset()
        except BotoCoreError as error:
            return unclear(f"ListSecrets: {type(error).__name__}"), frozenset()
        names = frozenset(cast("str", entry["Name"]) for entry in answer["SecretList"])
        return allowed("ListSecrets"), names


def _values(text: str | None, secret: Secret) -> dict[str, str]:
    try:
        data: object = json.loads(text or "{}")
    except ValueError:
        return {}
    if not isinstance(data, dict):
        return {}
    values = cast("dict[str, object]", data)
    SECRETS.learn_from({"secret": values})
    try:
        return flat(values) if secret.encoding == "nested" else {k: str(v) for k, v in values.items() if v}
    except InputError:
        return {}


def _failed(what: str, error: ClientError) -> Attempt:
    code = aws_code(error)
    on_key = _ON_KEY if "KMS" in OutsideText(error) else ""
    return (refused if code in _REFUSALS else unclear)(f"{what}: {code}{on_key}")


def _name(arn: str) -> str:
    return listed([arn.rpartition("/")[2]])
