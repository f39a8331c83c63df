"""What AWS's client library holds and says. It is not imported: it costs seconds, and hooks run here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from workload_secrets.outside.secrets import SECRETS, Secrets

_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9.]{0,63}")


def aws_code(error: BaseException, secrets: Secrets = SECRETS) -> str:
    """The code of an error that AWS answered, such as AccessDeniedException; `error` where what
    stands there is no code, and the class of an error that isn't an answer of AWS.
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html"""
    response: object = getattr(error, "response", None)
    if not isinstance(response, Mapping):
        return type(error).__name__
    detail = cast("Mapping[str, object]", response).get("Error")
    code = cast("Mapping[str, object]", detail).get("Code") if isinstance(detail, Mapping) else None
    plain = isinstance(code, str) and _CODE.fullmatch(code) and not secrets.show_in(code)
    return str(code) if plain else "error"


def learn_session(session: Any, secrets: Secrets = SECRETS) -> None:
    """Learns the credentials of a boto3 session. Raises what boto3 raises where it can't get any."""
    credentials = session.get_credentials()
    if credentials is not None:
        frozen = credentials.get_frozen_credentials()
        secrets.learn(frozen.secret_key, frozen.token)
