"""boto3 clients from a stack's credentials file."""

from __future__ import annotations

import configparser
from typing import Any, Literal

from workload_secrets.aws_session import apart
from workload_secrets.errors import ServerError
from workload_secrets.sandbox.handle import Sandbox

Profile = Literal["deployer", "admin"]


def admin_client(sandbox: Sandbox, stack: str, service: str, region: str | None = None) -> Any:
    """A client of the sandbox's AWS as the root of the stack's account."""
    return client(sandbox, stack, service, "admin", region)


def client(sandbox: Sandbox, stack: str, service: str, profile: Profile, region: str | None = None) -> Any:
    """A client of the sandbox's AWS with one of the stack's profiles.

    Raises ServerError where the stack has no AWS. Reads neither the user's own AWS
    configuration nor the environment's.
    """
    file, url = sandbox.stacks[stack].aws_credentials_file, sandbox.aws_url
    if file is None or url is None:
        raise ServerError(f"the sandbox has no AWS for stack {stack}: it declares no account")
    profiles = configparser.ConfigParser()
    profiles.read(file)
    own = profiles[profile]
    session = apart(
        aws_access_key_id=own["aws_access_key_id"],
        aws_secret_access_key=own["aws_secret_access_key"],
        region_name=region or own["region"],
    )
    make: Any = session.client  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return make(service, endpoint_url=url, verify=own["ca_bundle"])
