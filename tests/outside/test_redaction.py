"""A secret is in no text that is shown, however it is quoted; other texts stay as they are."""

from __future__ import annotations

import json
import string

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.outside.echo import QUOTINGS
from tests.outside.leaks import leaks
from workload_secrets.outside import OutsideText, Secrets, aws_code, listed

UGLY = "\"'\\%+&<>/= \n\t$`äßé€😀{}[]#;:.-_"
SECRET = st.text(
    st.sampled_from(string.ascii_letters + string.digits + UGLY), min_size=12, max_size=80
).filter(lambda text: len("".join(text.split())) >= 12 and text == text.strip())
WHOLE = sorted(QUOTINGS.keys() - {"cut", "the end", "upper"})
"""The quotings that can be undone: less than 8 characters are no part of a secret."""
WORDS = st.lists(st.text(string.ascii_letters, min_size=1, max_size=12), min_size=1, max_size=12)


def shown(text: str, *known: str, lines: int = 1) -> str:
    secrets = Secrets()
    secrets.learn(*known)
    return str(OutsideText(text, secrets=secrets, lines=lines))


@pytest.mark.parametrize("quoting", QUOTINGS)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(secret=SECRET, words=WORDS)
def test_a_quoted_secret_is_not_shown(quoting: str, secret: str, words: list[str]) -> None:
    said = f"permission denied: {' '.join(words)} {QUOTINGS[quoting](secret)} {' '.join(words)}"
    found = shown(said, secret)
    assert leaks(found, secret) == []
    assert found.startswith(("permission denied", "(the text"))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(secret=SECRET, first=st.sampled_from(sorted(QUOTINGS)), second=st.sampled_from(WHOLE))
@example(secret="pa\"ss wörd/+%&'x", first="URL", second="base64")
@example(secret="0000000ß0000", first="JSON", second="HTML numbers")
@example(secret="0000000000ß😀", first="misread", second="base64")
@example(secret="0000000:0000", first="URL in URL", second="URL in URL")
def test_a_secret_that_is_quoted_twice_is_not_shown(secret: str, first: str, second: str) -> None:
    twice = QUOTINGS[second](QUOTINGS[first](secret))
    found = shown(f"failed to parse: {twice}", secret)
    assert leaks(found, secret) == []
    assert twice not in found
    assert "failed to parse" in found


@settings(max_examples=100, deadline=None, derandomize=True)
@given(secret=SECRET, words=WORDS, cut=st.integers(8, 80))
def test_a_secret_that_is_cut_is_not_shown(secret: str, words: list[str], cut: int) -> None:
    begin = secret[:cut]
    assume(len("".join(begin.split())) >= 8)
    assert leaks(shown(f"{' '.join(words)} {begin}", secret), secret) == []


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    words=st.lists(
        st.text(string.ascii_letters + string.digits + "._/:()\"'-", min_size=1, max_size=14),
        min_size=1,
        max_size=20,
    )
)
def test_a_text_without_secrets_stays_as_it_is(words: list[str]) -> None:
    said = " ".join(words)
    assert shown(said, "Zx9!kQ7#Zx9!kQ7#Zx9!kQ7#") == " ".join(said.split())[:600] + (
        " …" if len(said) > 600 else ""
    )


SAID = (
    "permission denied",
    'role "pmp" could not be found',
    'claim "sub" does not match any associated bound claim values',
    "path is already in use at pmp-dev/",
    "error verifying connection: failed to connect to `user=vault_admin database=app`: 127.0.0.1:5432: "
    "tls error: x509: certificate signed by unknown authority",
    'serviceaccounts "pmp" is forbidden: User "system:serviceaccount:x:y" cannot get resource '
    '"serviceaccounts" in API group "" in the namespace "x"',
    "https://vault.example:8200/v1/auth/kubernetes/login?x=%20y: 100 %",
)


@pytest.mark.parametrize("said", SAID)
def test_what_servers_say_every_day_is_shown(said: str) -> None:
    assert shown(said, "hvs.CAESIJmA8u1tTzFbBmzBrX9s3Gh4KHGh2cy5", "s3cr3t/with+signs") == said


@pytest.mark.parametrize("secret", ["a", "dev", "true", "root", "denied", "seven77"])
def test_a_short_secret_takes_the_whole_text_with_it(secret: str) -> None:
    found = shown(f"permission denied for role {secret} at place {secret}", secret)
    assert found == "permission denied (the rest is left out: it may hold a secret)"
    assert shown("nothing of it here: 5 x 5", "seven77") == "nothing of it here: 5 x 5"


def test_a_text_without_a_known_phrase_says_that_it_is_left_out() -> None:
    assert shown("quux dev quux", "dev") == "(the text is left out: it may hold a secret)"


def test_the_rest_of_a_text_stays_readable() -> None:
    secret = "pa\"ss wörd/+%&'x"
    assert shown(f"failed to parse: {json.dumps({'k': secret})} at 1", secret) == (
        'failed to parse: {"k": "[secret]"} at 1'
    )


KEY = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIHq4Lw8xD9\nf3R0oAcGBSuBBAAKoUQ\n-----END EC PRIVATE KEY-----"


@pytest.mark.parametrize(
    "said",
    [KEY, KEY.replace("\n", "\\n"), KEY.splitlines()[2], KEY.splitlines()[1][3:14], " ".join(KEY.split())],
)
def test_no_line_of_a_key_is_shown(said: str) -> None:
    assert leaks(shown(f"tls: {said}", KEY), KEY.splitlines()[1]) == []
    assert leaks(shown(f"tls: {said}", KEY), KEY.splitlines()[2]) == []


@pytest.mark.parametrize(
    "said",
    [
        "token hvs.CAESIJmA8u1tTzFbBmzBrX9s3Gh4KHGh2cy5 is bad",
        "s.Zm9vYmFyYmF6cXV4cXV1eA refused",
        "jwt eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl",
        "dial postgres://admin:hunter2hunter@db:5432/app",
        "Authorization: Bearer abcdefgh12345678",
        f"quoted {KEY}",
        "connect to host=db password=hunter2hunter user=x",
        "key AKIAIOSFODNN7EXAMPLE",
    ],
)
def test_a_secret_that_nobody_told_of_is_known_by_its_shape(said: str) -> None:
    found = shown(said)
    assert "[secret]" in found
    for part in ("CAESI", "Zm9v", "eyJ", "hunter2", "abcdefgh", "MHcC", "AKIA"):
        assert part not in found


def test_what_steers_a_terminal_is_written_out() -> None:
    assert shown("a\x1b[31mred\u202e") == "a\\u001b[31mred\\u202e"
    assert shown("first\nsecond\tthird\x07", lines=5) == "first\nsecond  third\\u0007"


def test_a_long_text_is_cut_and_a_value_at_the_cut_is_not_shown() -> None:
    secret = "Zx9!kQ7#" * 10
    assert len(shown("word " * 10_000, secret)) < 700
    assert shown(f"Job is invalid: {'x, ' * 400}: field is immutable").endswith(": field is immutable")
    for pad in range(15_900, 16_020, 7):
        assert leaks(shown("x " * (pad // 2) + secret, secret, lines=2), secret) == []


def test_blanks_around_a_value_and_values_of_blanks_change_nothing() -> None:
    assert shown("permission denied", "", " ", "\n\t") == "permission denied"
    assert shown("it was s3cr3t-value!", " s3cr3t-value!\n") == "it was [secret]"


def test_asking_about_the_text_asks_about_the_text_as_it_came() -> None:
    secrets = Secrets()
    secrets.learn("dev")
    text = OutsideText("check-and-set failed on dev", secrets=secrets)
    assert "check-and-set" in text
    assert "dev" not in repr(text)
    assert "dev" not in f"{text!s} {text!r} {[text]}"


def test_a_secret_that_is_learnt_later_is_not_shown_either() -> None:
    secrets = Secrets()
    text = OutsideText("echo Zx9!kQ7#Zx9!", secrets=secrets)
    secrets.learn("Zx9!kQ7#Zx9!")
    assert str(text) == "echo [secret]"


class AnsweredError(Exception):
    def __init__(self, code: object) -> None:
        self.response = {"Error": {"Code": code, "Message": "m"}}


def test_a_code_of_aws_is_a_word_and_no_secret() -> None:
    secrets = Secrets()
    secrets.learn("LettersOnlyPassword", "short7", "e")
    assert aws_code(AnsweredError("AccessDeniedException"), secrets) == "AccessDeniedException"
    for code in ("LettersOnlyPassword", "short7", "a b", "", None, {"a": 1}, "x" * 65):
        assert aws_code(AnsweredError(code), secrets) == "error"
    assert aws_code(ValueError("LettersOnlyPassword"), secrets) == "ValueError"


def test_names_are_listed_though_a_short_secret_is_part_of_them() -> None:
    secrets = Secrets()
    secrets.learn("me", "LettersOnlyPassword")
    assert listed(["name", "api_key"], secrets) == "name, api_key"
    assert "LettersOnly" not in listed(["LettersOnlyPassword", "name"], secrets)
    assert listed(["me"], secrets) == "(the text is left out: it may hold a secret)"
