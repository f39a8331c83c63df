"""decK files are read strictly, entity by entity, each field with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workload_secrets.errors import InputError
from workload_secrets.graph import yamlfile
from workload_secrets.kong import deckfile

HEAD = '_format_version: "3.0"\n'
NESTED = """_format_version: "3.0"
services:
- name: billing
  host: billing.example
  routes:
  - name: all
    paths: [/a, /b]
    plugins:
    - name: session
      instance_name: second
      config:
        secret: x
consumers:
- username: alice
  keyauth_credentials:
  - key: the-key
"""


def test_entities_are_called_by_kind_and_name_below_those_they_stand_in():
    found = deckfile.parse(NESTED.encode(), "kong.yaml")
    assert [(e.label, e.line) for e in found.entities] == [
        ("file", 1),
        ("service billing", 3),
        ("service billing / route all", 6),
        ("service billing / route all / plugin session second", 9),
        ("consumer alice", 14),
        ("consumer alice / keyauth_credential 1", 16),
    ]


def test_a_field_has_its_path_its_line_and_its_shape():
    route = deckfile.parse(NESTED.encode(), "kong.yaml").entities[2]
    assert [(f.path, f.shape, f.line) for f in route.fields][1:] == [
        ("paths[0]", "paths", 7),
        ("paths[1]", "paths", 7),
    ]


def test_no_value_shows():
    assert "the-key" not in repr(deckfile.parse(NESTED.encode(), "kong.yaml"))


def test_names_are_one_line_and_fields_plain_words():
    text = HEAD + 'plugins:\n- name: "a\\nb\\e[0m"\n  config: {"x y": 1}'
    entity = deckfile.parse(text.encode(), "k").entities[1]
    assert (entity.label, entity.fields[1].path) == ("plugin a?b?[0m", "config.?")


def test_a_file_without_a_format_version_is_known_by_its_lists():
    assert deckfile.parse(b"plugins: [{name: cors}]", "k").entities[0].named == "cors"


def test_json_is_read_too():
    found = deckfile.parse(b'{"_format_version": "3.0", "plugins": [{"name": "cors", "enabled": true}]}', "k")
    assert found.entities[1].fields[1].value is True


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no decK file"),
        ("- a", "no decK file"),
        ("apiVersion: v1\nkind: KongPlugin\nplugins: []", "no decK file"),
        (HEAD + "services: {a: 1}", "k:2: services is no list"),
        (HEAD + "services:\n- name: a\n  plugins: {name: b}", "k:4: plugins is no list"),
        (HEAD + "a: &a [1]\nb: *a", "k:2: a YAML alias"),
        (HEAD + "a: &a {x: 1}\nb: {<<: *a}", "k:3: `<<` is not supported"),
        (HEAD + "password: *canary", "k:2: found undefined alias"),
        (HEAD + "plugins: []\nplugins: []", "k:3: key `plugins` stands twice"),
        (HEAD + "password: {123456}", "k:2: a key without value is not text"),
        (HEAD + "a: [1", "k:"),
        (HEAD + "---\na: 1", "k:2:"),
        (HEAD + "a: " + "[" * 70 + "]" * 70, "nested deeper"),
        ("\x00", "not valid YAML"),
    ],
)
def test_any_other_file_is_refused_without_showing_a_value(text: str, said: str):
    with pytest.raises(InputError) as refused:
        deckfile.parse(text.encode(), "k")
    assert said in str(refused.value)
    assert "canary" not in str(refused.value)
    assert "123456" not in str(refused.value)


def test_a_bomb_of_aliases_is_refused():
    text = HEAD + "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
    with pytest.raises(InputError, match="alias"):
        deckfile.parse(text.encode(), "k")


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(yamlfile, "MAX_BYTES", 64)
    file = tmp_path / "kong.yaml"
    file.write_text(HEAD + "a: " + "x" * 64, encoding="utf-8")
    with pytest.raises(InputError, match="larger than 64 bytes"):
        deckfile.read(file)


@settings(derandomize=True, max_examples=100)
@given(st.text(alphabet="ab:-[]{}&*!'\" \n#_0", max_size=40) | st.binary(max_size=20).map(repr))
def test_whatever_a_file_holds_it_is_read_or_refused(text: str):
    try:
        found = deckfile.parse(f"{HEAD}plugins:\n- name: x\n  config: {text}\n".encode(), "k")
    except InputError:
        return
    assert found.entities[1].kind == "plugin"
