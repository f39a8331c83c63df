import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.documents.agent import (
    MEMBERS,
    PKI_FILES,
    File,
    Source,
    default_name,
    labels,
    rendered,
)

KV = Source(kind="kv", path="secret/data/production/api-service")


def _file(**fields: Any) -> File:
    given: dict[str, Any] = {"name": "config", "source": KV, "format": "env", "mode": "0400"} | fields
    given.setdefault("keys", ("api_key",))
    given.setdefault("names", {key: default_name("kv", given["format"], key) for key in given["keys"]})
    return File(**given)


def _template(**fields: Any) -> str:
    (only,) = rendered(_file(**fields))
    return only.template


def test_the_guides_file_in_full() -> None:
    assert _template() == (
        '{{ with secret "secret/data/production/api-service" -}}\n'
        '{{ if not (sprig_hasKey .Data.data "api_key") }}'
        '{{ sprig_fail "secret/data/production/api-service has no key api_key" }}{{ end }}'
        """API_KEY='{{ index .Data.data "api_key" | sprig_toString | replaceAll "'" "'\\\\''" }}'\n"""
        "{{ end -}}\n"
    )


@pytest.mark.parametrize("format_", ["env", "json", "keys"])
def test_every_key_that_must_be_there_is_demanded(format_: str) -> None:
    files = rendered(_file(format=format_, keys=("a", "VCS.X"), names={"a": "a", "VCS.X": "b"}))
    text = "".join(item.template for item in files)
    assert text.count("sprig_fail") == 2
    assert text.count("sprig_hasKey") == 2


@pytest.mark.parametrize("format_", ["env", "json", "keys"])
def test_an_optional_key_is_left_out_without_a_failure(format_: str) -> None:
    files = rendered(_file(format=format_, optional=frozenset({"api_key"})))
    text = "".join(item.template for item in files)
    assert "sprig_fail" not in text
    assert "{{ if sprig_hasKey" in text


def test_an_engines_secret_has_no_data_below_data() -> None:
    source = Source(kind="database", path="database/creds/api-role")
    text = _template(source=source, keys=MEMBERS["database"], names={"username": "U", "password": "P"})
    assert '{{ with secret "database/creds/api-role" -}}' in text
    assert 'index .Data "password"' in text
    assert ".Data.data" not in text


def test_a_certificate_is_asked_for_once_by_all_its_files() -> None:
    """The same call is the same dependency, so key and certificate belong together."""
    source = Source(kind="pki", path="pki/issue/api", arguments={"common_name": "api.example", "ttl": "60s"})
    files = rendered(_file(source=source, format="keys", keys=MEMBERS["pki"], names=PKI_FILES))
    assert [item.path for item in files] == ["config/tls.crt", "config/tls.key", "config/ca.crt"]
    calls = {item.template.splitlines()[0] for item in files}
    assert calls == {'{{ with secret "pki/issue/api" "common_name=api.example" "ttl=60s" -}}'}


def test_a_persons_template_stands_inside_the_secret_as_it_is() -> None:
    text = _template(format="template", template="  key = {{ .Data.data.api_key }}\n")
    assert text == f'{{{{ with secret "{KV.path}" }}}}  key = {{{{ .Data.data.api_key }}}}\n{{{{ end -}}}}\n'


def test_no_brace_stands_beside_a_delimiter() -> None:
    for optional in (frozenset[str](), frozenset({"a"}), frozenset({"a", "b"})):
        text = _template(format="json", keys=("a", "b"), optional=optional)
        assert "{{{" not in text
        assert not re.search(r"\}\}\}\}", text)


@pytest.mark.parametrize("path", ['a"b', "a{{b", "a\nb", "a\\b"])
def test_what_would_leave_its_quotes_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="not to be quoted"):
        _template(source=Source(kind="kv", path=path))


@pytest.mark.parametrize(
    ("key", "name"),
    [("api_key", "API_KEY"), ("VCS.GithubAdminPAT", "VCS_GITHUBADMINPAT"), ("9-x", "_9_X"), ("a-b", "A_B")],
)
def test_variables_are_capitals(key: str, name: str) -> None:
    assert default_name("kv", "env", key) == name


@given(st.from_regex(r"[A-Za-z0-9_-]{1,60}(\.[A-Za-z0-9_-]{1,60}){0,3}", fullmatch=True))
def test_every_keys_own_variable_is_one_that_a_shell_takes(key: str) -> None:
    assert re.fullmatch(r"[A-Z_][A-Z0-9_]*", default_name("kv", "env", key), re.ASCII)


@given(
    st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?", fullmatch=True),
    st.lists(
        st.from_regex(r"[A-Za-z0-9_-]{1,80}(\.[A-Za-z0-9_-]{1,80}){0,2}", fullmatch=True),
        unique=True,
        max_size=5,
    ),
)
def test_labels_are_names_of_annotations_and_differ(name: str, keys: list[str]) -> None:
    """https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/"""
    file = _file(name=name, format="keys", keys=tuple(keys), names={key: key for key in keys})
    found = list(labels((file,)))
    assert len(set(found)) == len(keys)
    for label in found:
        whole = f"agent-inject-template-{label}"
        assert re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?", whole, re.ASCII)
        assert label == label.lower()
