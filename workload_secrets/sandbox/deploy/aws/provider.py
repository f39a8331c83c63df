"""The AWS provider's settings as boto3 clients."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from workload_secrets.outside import SECRETS, OutsideText, aws_code, learn_session
from workload_secrets.sandbox.deploy.guard import require_loopback
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.outcome import HandlerError

SERVICES: Final = ("secretsmanager", "iam", "kms", "sts", "eks")
_SKIPS: Final = (
    "skipCredentialsValidation",
    "skipMetadataApiCheck",
    "skipRegionValidation",
    "skipRequestingAccountId",
)


class AwsProvider:
    """Clients of one provider, made when first used. boto3 clients may be shared by threads.

    Credentials are the ambient ones of the process; a provider with keys is refused.
    """

    def __init__(self, name: str, config: Mapping[str, Any]) -> None:
        inputs = Inputs(config)
        self.region = inputs.text("region")
        self.default_tags = inputs.nested("defaultTags").mapping("tags") if "defaultTags" in config else {}
        self._accounts = tuple(str(account) for account in inputs.take("allowedAccountIds", ()))
        for skip in _SKIPS:
            inputs.flag(skip)
        self._endpoints = _endpoints(name, inputs)
        inputs.take("version")
        inputs.finish()
        self._name = name
        self._lock = threading.Lock()
        self._session: Any = None
        self._clients: dict[str, Any] = {}
        self._checked = False

    def client(self, service: str) -> Any:
        """The client of one service. The first call checks the account."""
        with self._lock:
            if not self._checked:
                self._check_account()
                self._checked = True
            return self._client(service)

    @property
    def account(self) -> str:
        """The account the credentials belong to."""
        self.client("sts")
        return self._account

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            if self._session is None:
                self._session = cast("Any", boto3).Session(region_name=self.region)
                learn_session(self._session)
            self._clients[service] = self._session.client(
                service,
                endpoint_url=self._endpoints[service],
                config=Config(
                    proxies={},
                    max_pool_connections=8,
                    connect_timeout=5,
                    read_timeout=30,
                    retries={"total_max_attempts": 2, "mode": "standard"},
                ),
            )
        return self._clients[service]

    def _check_account(self) -> None:
        """`allowedAccountIds`, as the real provider checks them: by asking STS who we are."""
        identity = ask(self._client("sts"), "get_caller_identity")
        self._account = str(identity["Account"])
        if self._accounts and self._account not in self._accounts:
            raise HandlerError(
                f"provider {self._name}: the credentials belong to account {OutsideText(self._account)}, "
                f"allowedAccountIds has {', '.join(self._accounts)}"
            )


def _endpoints(name: str, inputs: Inputs) -> dict[str, str]:
    """Every service needs its own address: without one boto3 would go to the real AWS."""
    found: dict[str, str] = {}
    for block in inputs.take("endpoints", ()):
        found.update({service: url for service, url in block.items() if url is not None})
    missing = [service for service in SERVICES if service not in found]
    if missing:
        raise HandlerError(
            f"provider {name} has no endpoint for {', '.join(missing)}: it would reach the real AWS; "
            "deploy with the sandbox's endpoints"
        )
    unknown = sorted(set(found) - set(SERVICES))
    if unknown:
        raise HandlerError(
            f"provider {name} has an endpoint that the deploy doesn't know: {', '.join(unknown)}"
        )
    return {service: require_loopback(name, url) for service, url in found.items()}


def ask(client: Any, operation: str, /, *, absent: Sequence[str] = (), **arguments: Any) -> Any:
    """One call. Answers None for an error code in `absent`; other errors become HandlerError."""
    SECRETS.learn_from(arguments)
    try:
        return getattr(client, operation)(**arguments)
    except ClientError as error:
        code = aws_code(error)
        if code in absent:
            return None
        said = OutsideText.of_answer(cast("Any", error.response).get("Error"))
        raise HandlerError(f"{_service(client)}: {operation}: {code}: {said}") from None
    except BotoCoreError as error:
        raise HandlerError(f"{_service(client)}: {operation}: {OutsideText(error)}") from None


def _service(client: Any) -> str:
    return str(client.meta.service_model.service_name)


def tag_list(tags: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Tags in the list form most AWS calls take."""
    return [{key: name, value: text} for name, text in sorted(tags.items())]


def tag_map(tags: Any, key: str = "Key", value: str = "Value") -> dict[str, str]:
    """Tags as a mapping, from the list form."""
    return {tag[key]: tag[value] for tag in tags or ()}


def wanted_tags(provider: AwsProvider, inputs: Inputs) -> dict[str, str]:
    """The resource's tags over the provider's default ones, as the real provider merges them."""
    return {**provider.default_tags, **inputs.mapping("tags")}


def same_region(provider: AwsProvider, inputs: Inputs) -> None:
    """A resource's own region is supported only where it is the provider's."""
    inputs.only("region", provider.region)
