"""Clients for a stack's backends, with the credentials of whoever runs the command."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from workload_secrets.aws_session import own, settings_checked
from workload_secrets.declaration import Declaration, Secret
from workload_secrets.errors import InputError, ServerError
from workload_secrets.keys.aws_store import AwsStore
from workload_secrets.keys.store import Store
from workload_secrets.keys.vault_http import VaultHttp
from workload_secrets.keys.vault_store import VaultStore
from workload_secrets.outside import OutsideText, aws_code


class Clients:
    """Makes each client once. AWS takes the ambient credentials, Vault takes VAULT_TOKEN.

    `project` is the folder that `caFile` is relative to.
    """

    def __init__(self, declaration: Declaration, project: Path) -> None:
        self._declaration = declaration
        self._project = project
        self._aws: Any = None
        self._vault: VaultHttp | None = None

    def store(self, secret: Secret) -> Store:
        """Where a secret's values are. Raises InputError for a kind whose values an engine makes."""
        if not secret.is_store:
            raise InputError(f"{secret.path}: the {secret.backend} engine makes its values; nobody sets them")
        if secret.backend == "aws":
            return AwsStore(self.aws(), secret.name or "", secret.encoding)
        return VaultStore(self.vault(secret.vault_namespace), secret.mount or "", secret.path or "")

    def aws(self) -> Any:
        """A secretsmanager client of the declared account and region.

        Raises InputError where the credentials are of another account, so that a value
        never lands in the wrong one.
        """
        if self._aws is None:
            self._aws = self._checked_aws()
        return self._aws

    def vault(self, namespace: str | None) -> VaultHttp:
        """A Vault client. Raises InputError where VAULT_TOKEN is not set."""
        endpoint, token = self._declaration.endpoints.vault, os.environ.get("VAULT_TOKEN", "")
        if endpoint is None:
            raise InputError("endpoints.vault is missing in the stack file; add address and caFile")
        if not token:
            raise InputError("VAULT_TOKEN is not set; log in to Vault as a writer and set it")
        if self._vault is None:
            ca_file = str(self._project / endpoint.ca_file) if endpoint.ca_file else None
            self._vault = VaultHttp(endpoint.address, ca_file, token)
        return self._vault.as_token(token, namespace)

    def _checked_aws(self) -> Any:
        facts, endpoint = self._declaration.facts.aws, self._declaration.endpoints.aws
        if facts is None:
            raise InputError("facts.aws is missing in the stack file; add accountId and region")
        url = endpoint.url if endpoint else None
        config = Config(retries={"max_attempts": 3}, connect_timeout=10, read_timeout=30)
        try:
            with settings_checked():
                make = own().client
                # An emulator's certificate is trusted by AWS_CA_BUNDLE, as for every AWS tool.
                identity = make("sts", region_name=facts.region, endpoint_url=url, config=config)
                account = identity.get_caller_identity()["Account"]
        except (BotoCoreError, ClientError) as error:
            raise ServerError(f"AWS credentials can't be used ({aws_code(error)}); log in first") from None
        if account != facts.account_id:
            raise InputError(
                f"the AWS credentials are of account {OutsideText(account)}, the stack declares "
                f"{facts.account_id}; set AWS_PROFILE to one of the declared account"
            )
        return make("secretsmanager", region_name=facts.region, endpoint_url=url, config=config)
