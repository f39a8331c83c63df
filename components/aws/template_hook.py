"""Writing a secret's empty template once, right after the secret was created.

Outside Pulumi's state: the template isn't a resource, so no later update can put it over
live values. The engine doesn't repeat a failed hook; `keys seed` does the same again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pulumi

from workload_secrets.outside import OutsideText, aws_code


class TemplateError(RuntimeError):
    """The template could not be written. The message holds names and codes, never values."""


@dataclass(frozen=True, kw_only=True)
class TemplateTarget:
    """Where the template goes. `text` holds key names with empty values.

    `endpoint_url` is set where AWS is an emulator; else the region's own endpoints are used.
    """

    account_id: str
    region: str
    secret_name: str
    text: str
    endpoint_url: str | None = None


def template_hook(name: str, target: TemplateTarget) -> pulumi.ResourceHook:
    """A hook, unique by `name`, that writes the template when its secret was created."""

    def write(_: pulumi.ResourceHookArgs) -> None:
        try:
            write_template(target)
        except TemplateError:
            raise
        except Exception as error:  # the engine logs the text of any error
            raise TemplateError(_failed(target, type(error).__name__)) from None

    return pulumi.ResourceHook(name, write)


def write_template(target: TemplateTarget, client: Callable[[str], Any] | None = None) -> bool:
    """Writes the template where the secret has no current version; tells whether it wrote.

    `client` gives the AWS client of a service and is replaced in tests; by default boto3
    takes ambient credentials, as the provider does. Raises TemplateError when the
    credentials belong to another account, or when AWS refuses.
    """
    # Imported here: the hook runs in few programs, boto3 costs every one of them.
    from botocore.exceptions import BotoCoreError, ClientError

    from workload_secrets.keys.template import write_if_absent

    make = client or _boto3_client(target)
    try:
        account = str(make("sts").get_caller_identity()["Account"])
        if account != target.account_id:
            raise TemplateError(
                f"secret {target.secret_name}: the credentials belong to account {OutsideText(account)}, the "
                f"stack to {target.account_id}; use credentials of the stack's account, then run `keys seed`"
            )
        return write_if_absent(make("secretsmanager"), target.secret_name, target.text)
    except (BotoCoreError, ClientError) as error:
        raise TemplateError(_failed(target, aws_code(error))) from None  # it may quote the request


def _failed(target: TemplateTarget, why: str) -> str:
    return (
        f"secret {target.secret_name}: its template could not be written ({why}); "
        "the secret exists without a value, run `keys seed`"
    )


def _boto3_client(target: TemplateTarget) -> Callable[[str], Any]:
    return lambda service: _kept_client(service, target.region, target.endpoint_url)


@cache
def _kept_client(service: str, region: str, endpoint_url: str | None) -> Any:
    """One client for all secrets of a program: making one reads megabytes of AWS's models."""
    import boto3

    # boto3's stub of `client` has an overload for each service; a name at run time fits none.
    session: Any = boto3.Session(region_name=region)
    return session.client(service, endpoint_url=endpoint_url)
