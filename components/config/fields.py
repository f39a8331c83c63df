"""The kinds of text and number a stack file holds, each with what is allowed and the remedy."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator

from components import limits
from components.config.problem import refuse, refuse_unseen
from components.config.rules import between as _between
from components.config.rules import pattern as _pattern
from components.config.rules import text as _text

_HYPHEN_SIX: Final = re.compile(r".*-.{6}", re.DOTALL)
_PATH: Final = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")
_REQUESTS: Final = ("data", "metadata")
_RESERVED_MOUNTS: Final = ("sys", "auth", "identity", "cubbyhole", "audit")


def _secret_name(value: str) -> str:
    if not re.fullmatch(rf"[A-Za-z0-9/_+=.@-]{{1,{limits.SECRET_NAME_MAX}}}", value):
        refuse(
            value,
            f"1 to {limits.SECRET_NAME_MAX} letters, digits and /_+=.@-",
            "rename the secret; names hold no spaces",
        )
    if _HYPHEN_SIX.fullmatch(value):
        refuse(
            value,
            "a name that doesn't end in a hyphen and six characters",
            "lengthen or shorten the last part: AWS can't tell it from the six it adds itself",
        )
    return value


def _kv_path(value: str) -> str:
    if value == "data" or value.startswith("data/"):
        refuse(
            value, "a path without data/", f"write {value[5:] or 'the path itself'}: data/ is added for you"
        )
    return _slashed(value, "billing/api")


def _kv_mount(value: str) -> str:
    before, _, last = value.rpartition("/")
    if before and last in _REQUESTS:
        refuse(
            value,
            f"a path that doesn't end in {' or '.join(_REQUESTS)}",
            f"choose another name: clients read it as a request to the mount {before}",
        )
    first = value.split("/", 1)[0]
    if first in _RESERVED_MOUNTS:
        refuse(value, f"a path outside {', '.join(_RESERVED_MOUNTS)}", "choose another mount path")
    return _slashed(value, "pmp-dev")


def _auth_mount(value: str) -> str:
    if value.startswith("auth/"):
        refuse(value, "a path without auth/", f"write {value[5:]}")
    if value.split("/", 1)[0] == "token":
        refuse(value, "a path outside token, where every server keeps its tokens", "choose another path")
    return _slashed(value, "kubernetes")


def _slashed(value: str, example: str) -> str:
    segments = value.split("/")
    fits = len(value) <= limits.VAULT_PATH_MAX and _PATH.fullmatch(value)
    if not fits or any(segment.strip(".") == "" for segment in segments):
        refuse(
            value,
            "names of letters, digits and _.- joined by single slashes, without *, + or ..",
            f"write it like {example}",
        )
    return value


def _url(loopback_http: bool) -> Callable[[str], str]:
    def check(value: str) -> str:
        if "@" in value:
            refuse_unseen("an address without user and password", "remove what stands before the @")
        ascii_only = re.fullmatch(r"[a-z]+://[A-Za-z0-9.:\[\]-]+", value)
        url = urlsplit(value) if ascii_only else None
        if url is None or not url.hostname or _port(url.netloc) is None:
            refuse(
                value,
                "https://HOST or https://HOST:PORT",
                "write the address without a path or slash after it",
            )
        local = loopback_http and url.scheme == "http" and url.hostname in ("127.0.0.1", "localhost", "::1")
        if url.scheme != "https" and not local:
            refuse(
                value, "an address that begins with https://", "use TLS: secrets would travel in clear text"
            )
        return value

    return check


def _port(netloc: str) -> int | None:
    """The port, 0 where none is given, None where it isn't a port."""
    tail = netloc.rsplit("]", 1)[-1]
    if ":" not in tail:
        return 0
    port = tail.rsplit(":", 1)[1]
    return int(port) if re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) < 65536 else None


_LABEL = rf"[a-z0-9]([a-z0-9-]{{0,{limits.DNS_LABEL_MAX - 2}}}[a-z0-9])?"
_SUBDOMAIN = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*"
_LABEL_ALLOWED = (
    f"1 to {limits.DNS_LABEL_MAX} lower-case letters, digits and hyphens, a letter or digit at both ends"
)

Environment = Annotated[
    str,
    _pattern(r"[a-z]([a-z0-9-]{0,29}[a-z0-9])?", "1 to 31 lower-case letters, digits, hyphens", "rename it"),
]
AccountId = Annotated[str, _pattern(r"[0-9]{12}", "12 digits", "write the AWS account number in quotes")]
Region = Annotated[
    str, _pattern(r"[a-z]{2,4}(-[a-z]+){1,2}-[0-9]{1,2}", "an AWS region such as eu-central-1", "correct it")
]
PolicyArn = Annotated[
    str,
    _pattern(
        r"arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[A-Za-z0-9+=,.@_/-]+",
        "the ARN of one IAM policy",
        "write arn:PARTITION:iam::ACCOUNT:policy/NAME",
    ),
]
RoleArn = Annotated[
    str,
    _pattern(
        r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+",
        "the ARN of one IAM role, without wildcards",
        "write arn:PARTITION:iam::ACCOUNT:role/NAME",
    ),
]
KeyArn = Annotated[
    str,
    _pattern(
        r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+",
        "the ARN of one KMS key, not of an alias",
        "write arn:PARTITION:kms:REGION:ACCOUNT:key/ID",
    ),
]
ClusterName = Annotated[
    str,
    _pattern(
        r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}", "1 to 63 letters, digits, hyphens and underscores", "rename it"
    ),
]
Name = Annotated[str, _pattern(_LABEL, _LABEL_ALLOWED, "rename it")]
Namespace = Annotated[str, _pattern(_LABEL, _LABEL_ALLOWED, "name one namespace exactly, without wildcards")]
AccountName = Annotated[
    str,
    _pattern(
        rf"(?=.{{1,{limits.DNS_SUBDOMAIN_MAX}}}$){_SUBDOMAIN}",
        "1 to 253 lower-case letters, digits, hyphens and dots",
        "name one ServiceAccount exactly, without wildcards",
    ),
]
AccountRef = Annotated[
    str,
    _pattern(
        rf"{_LABEL}/{_SUBDOMAIN}",
        "NAMESPACE/NAME of one ServiceAccount",
        "write it like vault/vault",
    ),
]
VaultRole = Annotated[
    str,
    _pattern(
        rf"(?=.{{1,{limits.VAULT_NAME_MAX}}}$)[a-z0-9]([a-z0-9_.-]*[a-z0-9])?",
        "1 to 128 lower-case letters, digits and _.- (Vault stores role names in lower case)",
        "rename the role",
    ),
]
VaultNamespacePath = Annotated[
    str, AfterValidator(lambda value: _slashed(value.removesuffix("/"), "team/billing"))
]
Version = Annotated[
    str,
    _pattern(
        r"[0-9]+\.[0-9]+(\.[0-9]+)?(\+ent)?", "a version such as 1.20, 1.20.3 or 1.20+ent", "correct it"
    ),
]
KeyName = Annotated[
    str,
    _pattern(
        r"[A-Za-z0-9_-]{1,100}(\.[A-Za-z0-9_-]{1,100}){0,4}",
        "letters, digits, _ and -, parts joined by single dots",
        "rename the key",
    ),
]
Audience = Annotated[
    str,
    _pattern(
        r"[A-Za-z0-9:/._-]{1,255}", "one audience of letters, digits and :/._-", "name one audience exactly"
    ),
]
AwsSecretName = Annotated[str, AfterValidator(_secret_name)]
KvPath = Annotated[str, AfterValidator(_kv_path)]
KvMountPath = Annotated[str, AfterValidator(_kv_mount)]
AuthMountPath = Annotated[str, AfterValidator(_auth_mount)]
HttpsAddress = Annotated[str, AfterValidator(_url(loopback_http=False))]
EmulatorAddress = Annotated[str, AfterValidator(_url(loopback_http=True))]
FilePath = Annotated[
    str, _pattern(r"[A-Za-z0-9_./ ~+@-]{1,1024}", "the path of a PEM file", "write a path below the project")
]
Line = Annotated[str, _text(256)]
Description = Annotated[str, _text(2048)]

# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html (MaxSessionDuration)
# A role's longest session is an hour at least; 900 is the least a single session may ask for.
SessionSeconds = Annotated[
    int, _between(3600, 43_200, "seconds", "choose a session within the limits of AWS")
]
TtlSeconds = Annotated[int, _between(60, 86_400, "seconds", "keep Vault tokens short")]
MaxVersions = Annotated[
    int, _between(1, limits.KV_VERSIONS_MAX, "versions", "keep at least the current version")
]
DeleteAfterSeconds = Annotated[
    int, _between(60, 315_360_000, "seconds", "leave the key out to keep versions")
]
MaxAgeDays = Annotated[int, _between(1, 3650, "days", "leave the key out where no age is required")]
