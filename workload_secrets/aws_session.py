"""Sessions of boto3: with the caller's own settings, or with none of them."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

import boto3
import botocore.session
from botocore import exceptions
from botocore.exceptions import BotoCoreError

from workload_secrets.errors import InputError
from workload_secrets.outside import learn_session

_BAD_SETTINGS: Final = (
    exceptions.InvalidConfigError,
    exceptions.InvalidDefaultsMode,
    exceptions.InvalidEndpointConfigurationError,
    exceptions.InvalidMaxRetryAttemptsError,
    exceptions.InvalidRegionError,
    exceptions.InvalidRetryConfigurationError,
    exceptions.InvalidRetryModeError,
    exceptions.InvalidSTSRegionalEndpointsConfigError,
    ValueError,
)
"""What botocore raises for a setting that it can't use; a bare ValueError for an endpoint's URL."""
_REMEDY: Final = "correct the AWS_… environment variables or the files ~/.aws/config and ~/.aws/credentials"


def own() -> Any:
    """A new session with the caller's settings, whose credentials no message shows from then on.

    The default session keeps the credentials that were used first. Raises what boto3 raises where
    there are none.
    """
    session: Any = boto3.Session()
    learn_session(session)
    return session


def apart(**settings: Any) -> Any:
    """A session that reads none of the caller's profiles and AWS files. `settings` are those of
    `boto3.Session`, such as `aws_access_key_id` and `region_name`."""
    nothing: dict[str, Any] = {
        "profile": (None, None, None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
    }
    return boto3.Session(botocore_session=botocore.session.Session(session_vars=nothing), **settings)


@contextmanager
def settings_checked() -> Generator[None]:
    """Turns what botocore raises for unusable settings into InputError: a profile that isn't there,
    a file that can't be parsed, half a key pair. Other errors, such as of a login, pass through."""
    try:
        yield
    except exceptions.ProfileNotFound as error:
        wanted = _named(error, "profile")
        known = ", ".join(_profiles()) or "none"
        raise InputError(
            f"AWS profile {wanted}: got a profile that isn't in ~/.aws/config or ~/.aws/credentials; "
            f"allowed: {known}; remedy: set AWS_PROFILE to one of them, or unset it"
        ) from None
    except exceptions.PartialCredentialsError as error:
        missing = _named(error, "cred_var")
        raise InputError(
            f"AWS credentials: got one half of a key pair; {missing} is missing; {_REMEDY}"
        ) from None
    except (exceptions.ConfigParseError, exceptions.ConfigNotFound) as error:
        file = _named(error, "path")
        raise InputError(f"{file}: can't be read as an AWS configuration file; {_REMEDY}") from None
    except _BAD_SETTINGS as error:
        raise InputError(f"AWS settings can't be used ({type(error).__name__}); {_REMEDY}") from None


def _named(error: BotoCoreError, field: str) -> str:
    """A field of botocore's own message: the name of a profile, variable or file, never a value."""
    fields: dict[str, Any] = getattr(error, "kwargs", {})
    return str(fields.get(field, ""))


def _profiles() -> list[str]:
    """The names of the profiles that there are; none where the files can't be read."""
    try:
        nobody: dict[str, Any] = {"profile": (None, None, None, None)}
        session: Any = botocore.session.Session(session_vars=nobody)
        return sorted(session.available_profiles)
    except BotoCoreError:
        return []
