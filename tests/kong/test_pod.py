"""`kong vault get` runs in the container, and only a length comes out of it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kong.fake_exec import FakeExec, fake_exec
from workload_secrets.errors import Exit, ServerError
from workload_secrets.kong.pod import SCRIPT, Api, Container, PodRefused, length

REFERENCE = "{vault://hcv-edge/customer/acme/name}"
PROXY = Container(namespace="kong", pod="edge-0", container="proxy")
GOOD = f"""[ "$*" = 'vault get {REFERENCE}' ] || exit 9
echo "a warning of kong's" >&2
echo 'the-value $HOME `id` ä'"""
VALUE = "the-value $HOME `id` ä".encode()


def asked(server: FakeExec, where: Container = PROXY, reference: str = REFERENCE) -> int:
    api = Api(server=f"https://127.0.0.1:{server.port}/", authority=server.authority, token="bearer")
    return length(api, where, reference)


def test_only_the_length_in_bytes_leaves_the_container(tmp_path: Path) -> None:
    with fake_exec(tmp_path, GOOD) as server:
        assert asked(server) == len(VALUE)
    assert b"value" not in server.sent
    assert b"warning" not in server.sent


def test_the_reference_is_an_argument_that_no_shell_reads(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    reference = f"{{vault://hcv-edge/a/$(touch${{IFS}}{trap})}}"
    with fake_exec(tmp_path, 'printf %s "$3" | wc -c >/dev/null; printf %s "$3"') as server:
        assert asked(server, reference=reference) == len(reference)
    assert not trap.exists()
    assert server.queries[0]["command"][-1] == reference


def test_whatever_the_value_is_its_length_alone_is_printed(tmp_path: Path) -> None:
    stored, kong = tmp_path / "value", tmp_path / "kong"
    kong.write_text(f'#!/bin/sh\ncat "{stored}"; echo; cat "{stored}" >&2\n')
    kong.chmod(0o700)

    @settings(max_examples=50, deadline=None, database=None)
    @given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60))
    def holds(value: str) -> None:
        stored.write_bytes(value.encode())
        done = subprocess.run(
            ["sh", "-c", SCRIPT, "kong-get", REFERENCE],
            env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.split() == [b"length", str(len(value.rstrip("\n").encode())).encode()]

    holds()


def test_who_asks_shows_its_token_and_wants_standard_output_alone(tmp_path: Path) -> None:
    with fake_exec(tmp_path, GOOD) as server:
        asked(server)
    assert server.tokens == ["Bearer bearer"]
    assert {k: v for k, v in server.queries[0].items() if k != "command"} == {
        "container": ["proxy"],
        "stdout": ["true"],
        "stderr": ["false"],
    }


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ('unable to retrieve secret from vault: {"errors":["permission denied"]}', "Vault refused Kong"),
        ("no authentication mechanism worked for vault", "Kong could not log in to Vault"),
        ("vault (hcv) did not return value for resource 'x' with a key of 'y'", "no such key"),
        ("invalid type (number), string expected", "is no string"),
        ("vault not found (hcv-edge)", "knows no vault with this prefix"),
        ("unable to retrieve secret from vault: not found", "Vault has nothing there"),
        ("vault hcv requires a license to be used", "no Enterprise licence"),
        ("something the-value else", "run it in the container to see its message"),
    ],
)
def test_why_kong_got_nothing_is_told_without_its_words(words: str, why: str, tmp_path: Path) -> None:
    kong = f"echo the-value; cat >&2 <<'END'\nError: {words}\nEND\nexit 1"
    with fake_exec(tmp_path, kong) as server, pytest.raises(PodRefused, match=why) as found:
        asked(server)
    assert found.value.exit_code == Exit.ACCESS
    assert "the-value" not in str(found.value)
    assert b"the-value" not in server.sent


def test_a_container_without_kong_is_named(tmp_path: Path) -> None:
    with (
        fake_exec(tmp_path, None) as server,
        pytest.raises(PodRefused, match="container proxy of pod kong/edge-0: there is no kong in it"),
    ):
        asked(server)


def test_a_container_that_runs_nothing_is_no_answer_of_kongs(tmp_path: Path) -> None:
    with fake_exec(tmp_path, GOOD) as server:
        server.status = '{"status": "Failure", "reason": "InternalError"}'
        with pytest.raises(ServerError, match="the container ran nothing"):
            asked(server)


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (403, "create and get on pods/exec"),
        (401, "log in to it first"),
        (400, "by --container"),
        (500, "HTTP 500"),
    ],
)
def test_a_refusal_of_the_cluster_says_what_to_do(status: int, why: str, tmp_path: Path) -> None:
    with fake_exec(tmp_path, GOOD) as server:
        server.refuse = status
        with pytest.raises(ServerError, match=why):
            asked(server)


def test_a_pod_that_is_not_there_is_named(tmp_path: Path) -> None:
    other = Container(namespace="kong", pod="edge-9", container="proxy")
    with fake_exec(tmp_path, GOOD) as server, pytest.raises(ServerError, match="there is no such pod"):
        asked(server, other)


def test_a_redirect_is_not_followed_with_the_token(tmp_path: Path) -> None:
    with fake_exec(tmp_path, GOOD) as server:
        server.refuse = 302
        with pytest.raises(ServerError):
            asked(server)
    assert len(server.tokens) == 1


def test_an_api_server_of_another_authority_gets_no_token(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with fake_exec(tmp_path, GOOD) as server, fake_exec(tmp_path / "other", GOOD) as other:
        server.authority = other.authority
        with pytest.raises(ServerError, match="can't be reached"):
            asked(server)
        assert server.tokens == []
