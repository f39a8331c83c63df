"""What looks like a secret: values of known forms, and names that say what they hold.

Every search is linear: each form is looked for only where a fixed part of it stands, begins only
at the start of a word, and is bounded. So a value of many megabytes costs as long as it takes to
read it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Form:
    """`markers`: a text without any of them has none of the form. `check` decides what a pattern
    can't."""

    what: str
    markers: tuple[str, ...]
    pattern: re.Pattern[str]
    check: Callable[[str], bool] = bool


_START: Final = r"(?<![A-Za-z0-9_])"
_END: Final = r"(?![A-Za-z0-9])"


def _form(what: str, pattern: str, *markers: str, check: Callable[[str], bool] = bool) -> Form:
    return Form(what, markers, re.compile(pattern, re.ASCII), check)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text[: len(text) // 4 * 4])
    except binascii.Error:
        return b""


def _name_and_password(text: str) -> bool:
    """Words follow Basic too."""
    return b":" in _decoded(text.partition(" ")[2].rstrip("="))


FORMS: Final = (
    _form("an AWS access key", rf"{_START}(?:AKIA|ASIA)[A-Z2-7]{{16}}{_END}", "AKIA", "ASIA"),
    _form("a Vault token", rf"{_START}hv[sbr]\.[A-Za-z0-9_-]{{20,512}}", "hvs.", "hvb.", "hvr."),
    _form(
        "a Vault token", r"(?<![A-Za-z0-9_./-])[sbr]\.[A-Za-z0-9]{24,512}(?![A-Za-z0-9.])", "s.", "b.", "r."
    ),
    _form(
        "a GitHub token",
        rf"{_START}(?:gh[opusr]_[A-Za-z0-9]{{36,255}}|github_pat_[A-Za-z0-9_]{{22,255}})",
        "gho_",
        "ghp_",
        "ghu_",
        "ghs_",
        "ghr_",
        "github_pat_",
    ),
    _form("a GitLab token", rf"{_START}gl(?:pat|ptt|rt|dt|soat)-[A-Za-z0-9_.-]{{20,255}}", "gl"),
    _form(
        "a Stripe key",
        rf"{_START}(?:[sr]k_(?:live|test)_[A-Za-z0-9]{{16,255}}|whsec_[A-Za-z0-9+/=]{{24,255}})",
        "k_live_",
        "k_test_",
        "whsec_",
    ),
    _form("a Slack token", rf"{_START}xox[abeoprs]-[A-Za-z0-9-]{{10,255}}", "xox"),
    _form("a Slack webhook", r"//hooks\.slack\.com/services/[A-Za-z0-9/]{20,255}", "hooks.slack.com"),
    _form("a Google API key", rf"{_START}AIza[A-Za-z0-9_-]{{35}}{_END}", "AIza"),
    _form("a SendGrid key", rf"{_START}SG\.[A-Za-z0-9_-]{{16,64}}\.[A-Za-z0-9_-]{{16,128}}", "SG."),
    _form("an npm token", rf"{_START}npm_[A-Za-z0-9]{{36}}{_END}", "npm_"),
    _form("an Azure account key", r"AccountKey=[A-Za-z0-9+/]{40,100}={0,2}", "AccountKey="),
    _form("a private key", r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----", "PRIVATE KEY"),
    _form(
        "a JSON web token",
        r"(?<![A-Za-z0-9_.-])eyJ[A-Za-z0-9_-]{8,4096}\.eyJ[A-Za-z0-9_-]{8,8192}\.[A-Za-z0-9_-]{16,2048}",
        "eyJ",
    ),
    _form(
        "a basic authorization",
        r"(?<![A-Za-z])[Bb]asic [A-Za-z0-9+/]{12,512}={0,2}(?![A-Za-z0-9+/])",
        "asic ",
        check=_name_and_password,
    ),
    _form("a bearer token", r"(?<![A-Za-z])[Bb]earer (?=\S{0,512}\d)[A-Za-z0-9._~+/-]{20,512}", "earer "),
)
_USERINFO: Final = re.compile(r"://([^\s:/@?#\"'<>]{0,256}):([^\s/@?#\"'<>]{1,256})@")
_ENCODED: Final = re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/]{20,80}")
"""PEM in base64, as a kubeconfig has it."""
_HOLDER: Final = re.compile(
    r"\{\{.*\}\}|\$\{.*\}|\$\(.*\)|\$[A-Za-z_]\w*|%[sd(].*|<.*>|\*+|x{3,}|\{vault://.*\}",
    re.ASCII | re.IGNORECASE | re.DOTALL,
)
"""What stands for a value that comes later."""
_NAMES: Final = frozenset(
    {
        "accesskeysecret",
        "adminpassword",
        "apikey",
        "apisecret",
        "authtoken",
        "bearertoken",
        "bindpass",
        "clientkeydata",
        "clientsecret",
        "credentialsecret",
        "keytabbase64",
        "masterpassword",
        "passphrase",
        "passwd",
        "password",
        "privatekey",
        "privatekeypem",
        "pwd",
        "rootpassword",
        "secretaccesskey",
        "secretid",
        "secretstring",
        "token",
        "tokenreviewerjwt",
        "vaulttoken",
        "webidentitytoken",
    }
)
_TAILS: Final = ("password", "passwd", "passphrase", "token", "secret", "apikey", "privatekey", "accesskey")
_SPLIT: Final = re.compile(r"[\s_.-]")
_WORDS: Final = frozenset({"true", "false", "none", "null", "yes", "no", "on", "off", "default", "never"})
_PLAIN: Final = re.compile(
    r"/.*|\.{1,2}/.*|[a-z][a-z0-9+.-]*://[^\s@]*|arn:aws.*|[0-9.:]*|[0-9]+[smhd]", re.ASCII | re.DOTALL
)
"""A path, an address, an ARN, a number, a time."""


def looks(text: str) -> str | None:
    """What a text holds that looks like a secret, in words; None for nothing."""
    found = next(spans(text), None)
    return found[0] if found else None


def spans(text: str) -> Iterator[tuple[str, int, int]]:
    """Every secret in a text: what it is, where it begins and ends."""
    for form in FORMS:
        if any(marker in text for marker in form.markers):
            for match in filter(lambda m, f=form: f.check(m[0]), form.pattern.finditer(text)):
                yield form.what, match.start(), match.end()
    if "://" in text:
        for match in _USERINFO.finditer(text):
            if not stands_for(match[2]):
                yield "an address with a password", match.start(2), match.end(2)
    if "LS0tLS1CRUdJTi" in text:
        for match in _ENCODED.finditer(text):
            if b"PRIVATE KEY" in _decoded(match[0]):
                yield "a private key in base64", match.start(), match.end()


def stands_for(text: str) -> bool:
    """Whether a text is a template or a reference to a value, and none itself."""
    return len(text) <= 1000 and _HOLDER.fullmatch(text.strip()) is not None


def hidden(text: str) -> str:
    """The text without what looks like a secret."""
    found = sorted(((start, end) for _, start, end in spans(text)), reverse=True)
    for start, end in found:
        text = f"{text[:start]}…{text[end:]}"
    return text


def sounds(name: str) -> bool:
    """Whether a property or variable of this name holds a secret itself."""
    if len(name) > 200:
        return False
    plain = _SPLIT.sub("", name).lower()
    return plain in _NAMES or plain.endswith(_TAILS)


def exactly(name: str) -> bool:
    """Whether nothing else goes by this name."""
    return len(name) <= 200 and _SPLIT.sub("", name).lower() in _NAMES


def literal(text: str) -> bool:
    """Whether a text under such a name is the value itself: no reference, path or switch."""
    text = text.strip()
    if not text or text.lower() in _WORDS or stands_for(text):
        return False
    return len(text) > 4096 or _PLAIN.fullmatch(text) is None
