from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workload_secrets.decide.vault_hcl import CAPABILITIES, HclError, rules

BLOCKS = st.lists(
    st.tuples(
        st.text(alphabet="ab/+-_{. é", max_size=8).filter(lambda path: "{{" not in path),
        st.lists(st.sampled_from(sorted(CAPABILITIES)), max_size=3),
    ),
    min_size=1,
    max_size=4,
)


@settings(derandomize=True, deadline=None)
@given(BLOCKS)
def test_the_plain_form_reads_as_the_parser_reads_it(blocks: list[tuple[str, list[str]]]) -> None:
    """A comment at the top sends the same text through python-hcl2."""
    text = ""
    for path, granted in blocks:
        listed = ", ".join(f'"{c}"' for c in granted)
        text += f'path "{path}" {{\n  capabilities = [{listed}]\n}}\n'
    assert rules(text, "p") == rules("# read by the parser\n" + text, "p")


@pytest.mark.parametrize("around", ["", "# a comment\n"], ids=["plain", "parser"])
def test_a_limited_date_limits_no_verb(around: str) -> None:
    """The text that the program writes, read by the short way and by the parser."""
    limit = '  allowed_parameters = {\n    "*" = []\n    "not_after" = [""]\n    "not_before" = [""]\n  }\n'
    text = f'{around}path "pki/issue/api" {{\n  capabilities = ["update"]\n{limit}}}\n'
    (rule,) = rules(text, "p")
    assert (rule.path, rule.capabilities, rule.limits) == ("pki/issue/api", {"update"}, frozenset())


def test_in_json_a_denied_date_limits_no_verb_and_any_other_parameter_does() -> None:
    body = '{"capabilities": ["update"], "denied_parameters": {"%s": []}}'
    found = [rules('{"path": {"a": %s}}' % (body % name), "p") for name in ("not_after", "ttl")]
    assert [rule.limits for (rule,) in found] == [frozenset(), {"denied_parameters"}]


def test_duplicate_attributes_are_united_as_the_server_does() -> None:
    text = 'path "a" {\n  capabilities = ["read"]\n  capabilities = ["deny"]\n}\n'
    assert rules(text, "p")[0].capabilities == {"deny"}


def test_the_legacy_attribute_stands_for_its_capabilities() -> None:
    (rule,) = rules('path "/a/*" {\n  policy = "read"\n}\n', "p")
    assert rule.path == "a/*"
    assert rule.capabilities == {"read", "list"}


def test_json_is_read_and_its_duplicates_too() -> None:
    text = '{"path": {"a": {"capabilities": ["read"]}, "a": {"capabilities": ["deny"]}}}'
    assert [r.capabilities for r in rules(text, "p")] == [{"read"}, {"deny"}]


@pytest.mark.parametrize("text", ["", "# grants nothing\n", 'name = "x"\n'])
def test_a_policy_may_grant_nothing(text: str) -> None:
    assert rules(text, "p") == ()


@pytest.mark.parametrize(
    "text",
    [
        'path "a" { capabilities = ["read"',
        'path "a" { capabilities = ["reed"] }',
        'path "a" {\n  capabilities = ["reed"]\n}\n',
        'path "a" { capabilities = "read" }',
        'path "a" { capability = ["read"] }',
        'path "a/+*" {\n  capabilities = ["read"]\n}\n',
        'path "a" { policy = "all" }',
        'path "a/{{b" { policy = "read" }',
        'path "a}}" { policy = "read" }',
        'role "a" { capabilities = ["read"] }',
        'token = "a"',
        '{"path": ["a"]}',
        '{"path"',
        '{"role": {}}',
    ],
)
def test_what_a_server_would_refuse_is_an_error_that_names_the_policy(text: str) -> None:
    with pytest.raises(HclError, match="Vault policy dev-pmp: "):
        rules(text, "dev-pmp")
