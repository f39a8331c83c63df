"""Vault entities of every login method, for Hypothesis, and how decK and Kong read a form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from components.documents.kong import entity
from components.documents.kong.entity import Field, VaultEntity

LIMITS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""The machine is shared, so that no time is one of a test."""
_WORD = st.from_regex(r"[a-z][a-z0-9-]{0,14}[a-z0-9]", fullmatch=True)
_LINES = st.text(alphabet=st.characters(codec="utf-8"), max_size=60).filter(str.isprintable)
TEXTS = _LINES | st.lists(st.sampled_from(["${{", "}}", '"', "'", "$", " ", "# ", ": ", "x"])).map("".join)
"""One printable line, as descriptions and tags are; also with what decK and YAML read."""


def _base() -> st.SearchStrategy[dict[str, Field]]:
    seconds = st.integers(1, 604_800)
    return st.builds(
        entity.base_fields,
        address=st.sampled_from(["https://vault.example", "https://vault.example:8200"]),
        mount=_WORD,
        version=st.sampled_from(["3.4.3.20", "3.11", "3.13", "3.14", "3.15.0.2"]),
        namespace=st.none() | _WORD,
        times=st.fixed_dictionaries({"ttl": seconds, "neg_ttl": seconds, "resurrect_ttl": seconds}),
        base64_decode=st.booleans(),
    )


def _open_logins() -> list[st.SearchStrategy[dict[str, Field]]]:
    """Those that need nothing secret."""
    return [
        st.builds(entity.kubernetes_fields, role=_WORD, auth_mount=_WORD, token_file=st.just("/var/token")),
        st.builds(
            entity.approle_fields,
            auth_mount=_WORD,
            secret_id_file=st.just("/etc/kong/secret-id"),
            response_wrapping=st.booleans(),
        ),
    ]


def _secret_logins() -> list[st.SearchStrategy[dict[str, Field]]]:
    return [
        st.builds(entity.cert_fields, role=_WORD),
        st.builds(entity.token_fields),
        st.builds(
            entity.oauth2_fields,
            role=_WORD,
            token_endpoint=st.just("https://issuer.example/oauth2/token"),
            client_id=_WORD,
            audience=_WORD,
        ),
    ]


def entities(*, secret: bool | None = None) -> st.SearchStrategy[VaultEntity]:
    """Any entity that a checked configuration may have; `secret`: whether its login needs one."""
    logins = {None: [*_open_logins(), *_secret_logins()], False: _open_logins(), True: _secret_logins()}
    return st.builds(
        lambda base, login, **more: VaultEntity(fields={**base, **login}, **more),
        _base(),
        st.one_of(*logins[secret]),
        gateway=_WORD,
        prefix=_WORD,
        description=st.none() | TEXTS,
        tags=st.lists(TEXTS.filter(bool), max_size=3).map(tuple),
    )


_TEMPLATE = re.compile(
    r'\$\{\{ (?:env "(?P<name>DECK_\w+)"(?: \| indent (?P<by>\d+))?|"(?P<text>[^"]*)") \}\}'
)


def rendered(text: str, variables: Mapping[str, str]) -> Any:
    """What decK reads of a file: first its templates are worked out, then the YAML is read."""

    def value(found: re.Match[str]) -> str:
        if found["text"] is not None:
            return found["text"]
        return variables[found["name"]].replace("\n", "\n" + " " * int(found["by"] or 0))

    return yaml.safe_load(_TEMPLATE.sub(value, text))
