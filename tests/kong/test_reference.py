"""References as Kong reads them. `kongs` is a second reading, written from kong/pdk/vault.lua."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workload_secrets.kong.reference import (
    BadReference,
    Reference,
    is_reference,
    parse,
    parse_argument,
)

NAMES = st.text(alphabet="abzAZ059_.-", min_size=1, max_size=8).filter(lambda name: name.strip("."))
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PRINTED = st.text(alphabet='aZ05%+/ {}?#&=;:@ä€.-_~"', min_size=1, max_size=10)
REFERENCES = st.builds(
    Reference,
    prefix=st.from_regex(r"[a-z][a-z0-9-]{0,6}[a-z0-9]", fullmatch=True),
    path=PATHS,
    key=st.one_of(st.none(), PRINTED),
    version=st.one_of(st.none(), st.integers(1, 999_999_999)),
    options=st.dictionaries(PRINTED, st.one_of(PRINTED, st.just("")), max_size=3),
)
PIECES = (
    "a|b-c|my-vault|/|//|%2F|%25|%2525|%252B|%2b|+|#|#3|?|a=b|&|;|.|..|{|}|{vault://|@|:80|ä|%C3%A4"
    "|%E4|%zz|%00| |\n|\ud800"
)
NEARLY = st.lists(st.sampled_from(PIECES.split("|")), max_size=9).map(
    lambda pieces: "{vault://my-vault/" + "".join(pieces) + "}"
)


def unescaped(text: str, *, plus: bool) -> str:
    data = text.replace("+", " ").encode() if plus else text.encode()
    return re.sub(rb"%([0-9a-fA-F]{2})", lambda found: bytes([int(found[1], 16)]), data).decode()


def kongs(text: str) -> tuple[str, str, str | None, str | None]:
    """Host, resource, key and fragment of `parse_reference`, for texts that it accepts."""
    rest, _, fragment = text[1:-1].removeprefix("vault://").partition("#")
    authority, _, rest = rest.partition("/")
    host = authority.rpartition("@")[2].partition(":")[0]
    path = rest.partition("?")[0].partition(";")[0]
    parts = [unescaped(part, plus=False) for part in path.split("/") if part]
    if len(parts) == 1 or path.endswith("/"):
        return host, unescaped("/".join(parts), plus=True), None, fragment or None
    return (
        host,
        unescaped("/".join(parts[:-1]), plus=True),
        unescaped(parts[-1], plus=True),
        fragment or None,
    )


@settings(derandomize=True)
@given(REFERENCES)
def test_what_is_written_is_read_again(reference: Reference):
    assert parse(reference.text()) == reference


@settings(derandomize=True)
@given(REFERENCES)
def test_kong_reads_what_is_meant(reference: Reference):
    host, resource, key, fragment = kongs(reference.text())
    assert (host, resource, key) == (reference.prefix, reference.path, reference.key)
    assert fragment == (None if reference.version is None else str(reference.version))


@settings(derandomize=True, max_examples=500)
@given(st.one_of(NEARLY, st.text(max_size=40)))
def test_any_text_is_read_as_kong_does_or_refused(text: str):
    try:
        reference = parse(text)
    except BadReference:
        return
    host, resource, key, _ = kongs(text)
    assert (host, resource, key) == (reference.prefix, reference.path, reference.key)
    assert parse(reference.text()) == reference


@settings(derandomize=True)
@given(PATHS, PRINTED.filter(lambda key: not set(key) & set("%+")))
def test_a_name_quoted_in_full_is_decoded_to_what_it_was(path: str, key: str):
    quoted = "".join(f"%{byte:02x}" for byte in path.encode())
    assert parse(f"{{vault://my-vault/{quoted}}}").path == path
    assert parse(f"{{vault://my-vault/{quoted}/{quote(key, safe='')}}}").key == key


@settings(derandomize=True)
@given(REFERENCES, st.text(max_size=5), st.text(max_size=5))
def test_nothing_embedded_passes(reference: Reference, before: str, after: str):
    if before or after:
        with pytest.raises(BadReference):
            parse(before + reference.text() + after)


@settings(derandomize=True)
@given(REFERENCES)
def test_the_form_of_kong_vault_get_means_the_same(reference: Reference):
    bare = reference.text().removeprefix("{vault://").removesuffix("}")
    assert parse_argument(bare) == parse_argument(reference.text()) == reference


@pytest.mark.parametrize(
    ("text", "path", "key"),
    [  # of spec/01-unit/23-vaults_spec.lua and app/_gateway_entities/vault.md
        ("{vault://env/test}", "test", None),
        ("{vault://env/test-secret/test-key}", "test-secret", "test-key"),
        ("{vault://hcv/pg/username}", "pg", "username"),
        ("{vault://env/customer/acme/name}", "customer/acme", "name"),
        ("{vault://env/test%2Dsecret/test%3Akey}", "test-secret", "test:key"),
        ("{vault://env/test%2Fsecret}", "test/secret", None),
        ("{vault://env/test/100%2525}", "test", "100%"),
        ("{vault://env/test/a%252Bb}", "test", "a+b"),
        ("{vault://env/Test/KEY}", "Test", "KEY"),
    ],
)
def test_the_last_segment_is_the_key(text: str, path: str, key: str | None):
    assert (parse(text).path, parse(text).key) == (path, key)


def test_a_version_and_options_stand_at_the_end():
    found = parse("{vault://env/test/key?opt1=val1&opt2=a%20b#12}")
    assert (found.version, found.options) == (12, {"opt1": "val1", "opt2": "a b"})


@pytest.mark.parametrize(
    "text",
    [
        *("", "{}", "{vault://}", "{vault://env}", "{vault://env/}", "{vault://env/////}"),
        *(
            "vault://env/a/b",
            "{vault:/env/a}",
            "{Vault://env/a}",
            "{vault://env/a/b",
            "Bearer {vault://env/a/b}",
        ),
        *("{vault://env/a/b} ", "{vault://env/a/b}{vault://env/a/b}", "{vault://env/a/b}\n"),
        *("{vault://ENV/a/b}", "{vault://e/a/b}", "{vault://-env/a}", "{vault://env-/a}", "{vault://;/a/b}"),
        *("{vault://u:p@env/a/b}", "{vault://env:80/a/b}", "{vault://env#1/a}", "{vault://env?a=b/c}"),
        *("{vault://env/a//b}", "{vault://env//a/b}", "{vault://env/a/b/}", "{vault://env/%2Fa/b}"),
        *("{vault://env/a/../b}", "{vault://env/%2e%2e/b}", "{vault://env/a;b/c}", "{vault://env/a b/c}"),
        *("{vault://env/a/b+c}", "{vault://env/a/b%2Bc}", "{vault://env/a/b%252Fc}", "{vault://env/a/b%25}"),
        *("{vault://env/a/b%}", "{vault://env/a/b%zz}", "{vault://env/a/%E4}", "{vault://env/a/%00}"),
        *(
            "{vault://env/a#}",
            "{vault://env/a#0}",
            "{vault://env/a#1.5}",
            "{vault://env/a#0x10}",
            "{vault://env/a#1#2}",
        ),
        *("{vault://env/a?}", "{vault://env/a?b}", "{vault://env/a?=b}", "{vault://env/a?b=1&b=2}"),
        *("{vault://env/a#1?b=c}", "{vault://env/a?b=%E4}", "{vault://env/a?b=%0A}"),
    ],
)
def test_what_kong_reads_in_another_way_or_not_at_all_is_refused(text: str):
    with pytest.raises(BadReference) as refused:
        parse(text)
    assert refused.value.allowed
    assert refused.value.remedy


def test_a_refusal_never_shows_the_text():
    for text in ("canary-7f3a", "{vault://canary-7f3a;/x}", "{vault://my-vault/canary-7f3a/}"):
        with pytest.raises(BadReference) as refused:
            parse(text)
        assert "canary" not in f"{refused.value}{refused.value.allowed}{refused.value.remedy}"


def test_what_kong_takes_for_a_reference_is_told_by_its_ends():
    assert is_reference("{vault://;/xx-x}")
    assert not is_reference("{vault://env/a")
    assert not is_reference(" {vault://env/a}")
