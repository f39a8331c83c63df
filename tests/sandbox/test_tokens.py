"""Tokens the sandbox signs itself."""

from __future__ import annotations

from pathlib import Path

import jwt
import pytest

from workload_secrets.sandbox.certificates import signing_keys
from workload_secrets.sandbox.handle import Cluster
from workload_secrets.sandbox.tokens import foreign, sign


@pytest.fixture
def own(tmp_path: Path) -> Cluster:
    private, public = signing_keys(tmp_path)
    return Cluster(
        name="c",
        issuer="https://i",
        api_audience="a",
        api_server="https://127.0.0.1:1",
        ca_file=tmp_path,
        admin_token_file=tmp_path,
        reviewer_token_file=tmp_path,
        signing_key_file=private,
        public_key_file=public,
    )


def test_a_signed_token_says_exactly_what_was_asked_and_holds_under_the_clusters_key(own: Cluster) -> None:
    claims = {"iss": "https://i", "aud": ["x"], "exp": 1}
    options = {"verify_exp": False, "verify_aud": False}
    token = sign(own, claims)
    assert jwt.decode(token, own.public_key_file.read_text(), ["RS256"], options=options) == claims  # pyright: ignore


def test_a_foreign_token_does_not_hold_under_the_clusters_key(own: Cluster) -> None:
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(foreign({"iss": "https://i"}), own.public_key_file.read_text(), ["RS256"])
