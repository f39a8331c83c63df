"""Large, deep and hostile input: bounded, and what is left out is said."""

from __future__ import annotations

import base64
import gzip
import io
import json
import time
import zipfile

import pytest

from tests.certify.forms import in_base64
from tests.certify.looking import NAME, VALUE, entry, finder, look, state
from workload_secrets.certify.finder import Finder, Limits
from workload_secrets.certify.search import Search

SMALL = Limits(depth=3, unpacked=100_000, inner=1_000_000)


def reasons(text: str, limits: Limits = SMALL) -> tuple[str, ...]:
    return finder(limits=limits).look(text).skipped


def test_a_bomb_is_not_unpacked() -> None:
    bomb = in_base64(gzip.compress(gzip.compress(b"\0" * 50_000_000)))
    started = time.monotonic()
    assert reasons(bomb) == ("compressed data that holds more than 100000 bytes",)
    assert time.monotonic() - started < 5
    assert look(state(entry({"a": bomb})), finder(limits=SMALL)).verdict == "incomplete"


def test_a_bomb_hides_nothing_beside_it() -> None:
    bomb = in_base64(gzip.compress(b"\0" * 1_000_000))
    looked = finder(limits=SMALL).look(json.dumps([bomb, {"a": VALUE}]))
    assert [hit.secret for hit in looked.hits] == [NAME]
    assert looked.skipped


def test_many_small_bombs_and_many_beginnings_of_compressed_data_end_soon() -> None:
    started = time.monotonic()
    one = gzip.compress(b"\0" * 90_000)
    assert reasons(in_base64(one * 2000))
    assert reasons(in_base64(b"\x1f\x8b\x08" * 200_000))
    assert time.monotonic() - started < 30


def test_too_many_layers_are_said_and_so_many_as_allowed_are_looked_at() -> None:
    text = VALUE
    for layer in range(6):
        looked = finder(limits=SMALL).look(text)
        assert bool(looked.hits) == (layer <= 3) or looked.hits
        assert bool(looked.hits) or "what is wrapped in more than 3 layers" in looked.skipped
        text = base64.b64encode(f"{text}  padded".encode()).decode()


def test_what_grows_beyond_measure_is_cut() -> None:
    text = json.dumps([f"{n}%41\\\\u0041&amp;{'ab' * 40}\n" for n in range(20_000)])
    assert any("beyond 1000000 characters" in reason for reason in reasons(text))


def test_backslashes_in_backslashes_end() -> None:
    started = time.monotonic()
    finder().look("\\" * 1_000_000 + VALUE)
    finder().look('["' * 50_000 + VALUE)
    assert time.monotonic() - started < 30


def test_the_end_of_time_is_said() -> None:
    ticks = iter(range(1_000_000))
    late = Finder(Search({}, "ws-canary-"), lambda _: None, Limits(seconds=3), clock=lambda: next(ticks))
    certificate = look(state(entry({"a": "b", "c": "d"}), entry()), late)
    assert certificate.verdict == "incomplete"
    assert {one.reason for one in certificate.not_looked_at} == {"the time was up"}


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x28\xb5\x2f\xfd" + b"\x04\x00" * 9, "data compressed by zstd"),
        (b"\xfd7zXZ\x00" + b"\x04\x00" * 9, "data compressed by xz"),
        (b"BZh91AY&SY" + b"\x04\x00" * 9, "data compressed by bzip2"),
    ],
)
def test_what_cant_be_unpacked_is_not_called_clean(data: bytes, what: str) -> None:
    assert reasons(in_base64(data)) == (f"{what} in it",)


def test_archives_are_not_called_clean() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", VALUE)
    assert reasons(in_base64(out.getvalue())) == ("a zip archive in it",)


def test_cut_and_damaged_data_is_looked_at_as_far_as_it_goes() -> None:
    data = gzip.compress(f"{VALUE}{'filler ' * 200}".encode())
    for broken in (data[:-20], data[:-8] + b"\0" * 8):
        assert [hit.secret for hit in finder().look(in_base64(broken)).hits] == [NAME]


def test_a_large_state_takes_seconds() -> None:
    entries = [
        entry({"policy": json.dumps({"Resource": f"arn:aws:secretsmanager:eu:1:secret:{n}-??????"})},
              {"arn": f"arn:aws:iam::1:role/{n}", "tags": {"number": str(n), "name": f"some name of {n}"}},
              urn=f"urn:pulumi:dev::shop::aws:iam/role:Role::role-{n}")
        for n in range(5000)
    ]  # fmt: skip
    entries[-1]["outputs"]["deep"] = in_base64(gzip.compress(VALUE.encode()))
    started = time.monotonic()
    certificate = look(state(*entries))
    assert [str(f.place).partition("::role-")[2] for f in certificate.findings] == ["4999 outputs.deep"]
    assert time.monotonic() - started < 60
