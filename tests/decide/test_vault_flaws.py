from __future__ import annotations

import pytest

from workload_secrets.decide.vault_flaws import flaws
from workload_secrets.decide.vault_hcl import HclError

READ = 'path "a" { capabilities = ["read"] }\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (READ + 'path "a" { capabilities = ["deny"] }\n', 'the path "a" stands there twice'),
        (READ + 'path "/a" { capabilities = ["list"] }\n', 'the path "a" stands there twice'),
        (
            'path "a" {\n  capabilities = ["read"]\n  capabilities = ["deny"]\n}\n',
            'path "a" has capabilities twice',
        ),
        ('path "a" { policy = "write" }\n', 'path "a" has the old attribute policy'),
        (
            '{"path": {"a": {"capabilities": ["read"]}, "a": {"capabilities": ["deny"]}}}',
            'the path "a" stands there twice',
        ),
        ("{}", "it is JSON without a path"),
        ("", "it is empty"),
        (" \n", "it is empty"),
    ],
)
def test_what_the_server_takes_without_a_word_is_said(text: str, said: str) -> None:
    (found,) = flaws(text, "p")
    assert said in found


@pytest.mark.parametrize(
    "text",
    [
        READ,
        READ + 'path "b" { capabilities = ["read"] }\n',
        "# grants nothing\n",
        '{"path": {"a": {"capabilities": ["read"]}}}',
    ],
)
def test_a_plain_policy_has_none(text: str) -> None:
    assert flaws(text, "p") == ()


@pytest.mark.parametrize(
    "text", ['path "a" {', '{"Statement": []}', "path a b {}", 'path "a" { capabilities = ["reed"] }']
)
def test_what_the_server_refuses_names_the_policy(text: str) -> None:
    with pytest.raises(HclError, match="Vault policy p: "):
        flaws(text, "p")
