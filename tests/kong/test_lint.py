"""What the linter says of references, declared and in decK files."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kong.linted import NAME, PASSWORD, deck, declaration, kinds, linted, plugin
from workload_secrets.kong.lint import Place, lint
from workload_secrets.kong.reference import is_reference

STACK = Place("stack.yaml", (11, 12, 13))


def test_references_that_are_declared_and_used_are_all_right():
    text = plugin("rate-limiting-advanced", redis={"password": PASSWORD, "username": NAME})
    assert linted(text, PASSWORD, NAME) == ()


PLANTED = [
    ("{vault://hcv-edeg/customer/acme/name}", "violation", "unknown-prefix", "hcv-edge"),
    ("{vault://hcv/customer/acme/name}", "violation", "unknown-prefix", "environmentVault"),
    ("{vault://env/name}", "warning", "unknown-prefix", "hcv-edge"),
    ("{vault://hcv-edge/customer/acne/name}", "violation", "undeclared-secret", "declare the secret"),
    ("{vault://hcv-edge/data/customer/acme/name}", "violation", "undeclared-secret", "write customer/acme:"),
    ("{vault://hcv-edge/customer/acme/Plan/Tier}", "violation", "undeclared-secret", "acme/Plan.Tier: Vault"),
    ("{vault://hcv-edge/customer/acme/nme}", "violation", "undeclared-key", "one of name, Plan.Tier"),
    ("{vault://hcv-edge/customer%2Facme}", "violation", "no-key", "name, Plan.Tier"),
    ("{vault://hcv-edge/edge%2Floose}", "warning", "no-key", "end it with a key"),
    ("{vault://hcv-edge/customer/acme/name#3}", "warning", "pinned-version", "leave #"),
    ("{vault://hcv-edge/edge/redis/password#3}", "violation", "pinned-version", "leave #"),
    ("{vault://hcv-edge/customer/acme/name?mount=x}", "violation", "options", "fields of the vault"),
    ("{vault://hcv-edge/customer/acme//name}", "violation", "malformed-reference", "remove a slash"),
    ("{vault://hcv-edge/customer/acme/name+}", "violation", "malformed-reference", "%252B"),
]


@pytest.mark.parametrize(("text", "level", "kind", "remedy"), PLANTED)
def test_a_declared_reference_is_found_at_its_line(text: str, level: str, kind: str, remedy: str):
    (found,) = lint(declaration(NAME, text), "edge", STACK, [])
    assert (found.problem.level, found.problem.kind) == (level, kind)
    assert (found.file, found.line, found.entity, found.field) == (
        "stack.yaml",
        12,
        "gateway edge",
        "references[1]",
    )
    assert remedy in found.problem.remedy


@pytest.mark.parametrize(("text", "level", "kind", "remedy"), PLANTED)
def test_the_same_is_found_in_a_deck_file(text: str, level: str, kind: str, remedy: str):
    plain = {"{vault://hcv-edge/customer/acme/name}", "{vault://hcv-edge/edge/redis/password}"}
    found = [
        f
        for f in linted(plugin("session", secret=text), *plain, "{vault://hcv-edge/edge%2Floose}")
        if f.file == "kong.yaml"
    ]
    assert [(f.problem.level, f.problem.kind) for f in found] == [(level, kind)]
    assert (found[0].entity, found[0].field) == ("plugin session", "config.secret")
    assert remedy in found[0].problem.remedy


@pytest.mark.parametrize(
    ("value", "kind", "remedy"),
    [
        ('"Bearer {vault://hcv-edge/customer/acme/name}"', "embedded-reference", "write the reference alone"),
        ('"{vault://hcv-edge/customer/acme/name} "', "embedded-reference", "write the reference alone"),
        ("{vault://hcv-edge/customer/acme/name}", "malformed-reference", "put it in quotes"),
        ("vault://hcv-edge/customer/acme/name", "malformed-reference", "write {vault://…}"),
        ('"{VAULT://hcv-edge/customer/acme/name}"', "malformed-reference", "write {vault://…}"),
    ],
)
def test_what_only_looks_like_a_reference_is_found(value: str, kind: str, remedy: str):
    head = '_format_version: "3.0"\nservices:\n- name: a\n  plugins:\n  - name: session\n    config:'
    text = f"{head}\n      secret: {value}\n"
    (found,) = (f for f in linted(text) if f.file == "kong.yaml")
    assert (found.problem.level, found.problem.kind) == ("violation", kind)
    assert (found.line, found.entity, found.field) == (7, "service a / plugin session", "config.secret")
    assert remedy in found.problem.remedy


def test_a_reference_that_the_gateway_does_not_declare_has_no_policy():
    (found, _) = sorted(linted(plugin("session", secret=NAME), PASSWORD), key=lambda f: f.file)
    assert found.problem.kind == "undeclared-reference"
    assert f'add "{NAME}"' in found.problem.remedy


def test_a_declared_reference_that_no_file_uses_is_noted():
    (found,) = linted(plugin("session", secret=NAME), NAME, PASSWORD)
    assert (found.line, found.problem.level, found.problem.kind) == (12, "note", "unused-reference")


def test_files_with_nothing_but_vaults_say_nothing_of_what_is_used():
    assert linted(deck(_info={"select_tags": ["x"]}), NAME) == ()


def test_in_production_no_version_may_be_pinned():
    of = declaration(NAME).model_copy(update={"tier": "production"})
    assert kinds(linted(plugin("session", secret=NAME.replace("}", "#3}")), declared=of)) == [
        ("violation", "pinned-version")
    ]


def test_a_version_and_an_escape_are_no_other_reference():
    text = plugin("session", secret="{vault://hcv-edge/customer%2Facme/n%61me#3}")
    assert kinds(linted(text, NAME)) == [("warning", "pinned-version")]


def test_the_vault_of_kongs_environment_is_known_by_its_backends_name():
    of = declaration(NAME, environmentVault="hcv-edge")
    assert linted(plugin("session", secret=NAME.replace("hcv-edge", "hcv")), declared=of) == ()


def test_vaults_of_other_kinds_in_a_file_are_not_ours_to_check():
    text = deck(
        vaults=[{"name": "aws", "prefix": "my-aws", "config": {"region": "eu-west-1"}}],
        plugins=[{"name": "session", "config": {"secret": "{vault://my-aws/a/b}"}}],
    )
    assert kinds(linted(text)) == [("warning", "unknown-prefix")]


def test_a_field_that_kong_never_resolves_takes_no_reference():
    text = deck(consumers=[{"username": "u", "basicauth_credentials": [{"username": "u", "password": NAME}]}])
    assert kinds(linted(text, NAME)) == [("violation", "unresolved-reference")]
    assert kinds(linted(plugin("cors", origins=[NAME]), NAME)) == [("warning", "unresolved-reference")]
    assert kinds(linted(plugin("our-own", anything=NAME), NAME)) == []


def test_options_are_never_shown():
    text = plugin("session", secret="{vault://hcv-edge/customer/acme/name?token=canary-7f3a91c2}")
    assert "canary" not in "".join(f.text() for f in linted(text, NAME))


def test_findings_come_file_by_file_and_line_by_line():
    text = deck(
        services=[{"name": n, "plugins": [{"name": "session", "config": {"secret": n}}]} for n in "ba"]
    )
    lines = [f.line for f in linted(text)]
    assert lines == sorted(lines)


@settings(derandomize=True, max_examples=60)
@given(
    st.text(alphabet="abc-/%+#?= {}", max_size=12).map(lambda t: "{vault://" + t + "}") | st.text(max_size=20)
)
def test_what_kong_takes_for_a_reference_is_never_passed_over(value: str):
    assert bool(kinds(linted(plugin("our-own", anything=value)))) == is_reference(value)
