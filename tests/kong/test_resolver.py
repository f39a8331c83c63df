"""A reference resolves by the gateway's own request, and says why where it doesn't."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kong.fake_vault import Request, fake_vault
from workload_secrets.errors import Exit, InputError
from workload_secrets.kong.logins import Brought
from workload_secrets.kong.reference import Reference, parse
from workload_secrets.kong.resolver import Gateway, Resolved
from workload_secrets.kong.unresolved import Unresolved

TEXT = "{vault://hcv-edge/customer/acme/name}"
TOKEN = Brought(values={"token": "given"})


def kv2(data: Mapping[str, Any], version: int = 3) -> tuple[int, Any]:
    return 200, {"data": {"data": dict(data), "metadata": {"version": version}}}


def server(
    answer: tuple[int, Any], *, kv: str | None = "2", may: Mapping[str, list[str]] | None = None
) -> Any:
    """Answers reads with `answer`, and says of itself which KV version it is and what a token may."""

    def answers(request: Request) -> tuple[int, Any]:
        if request.path.startswith("sys/internal/ui/mounts/"):
            return (200, {"data": {"options": {"version": kv}}}) if kv else (403, {"errors": ["no"]})
        if request.path == "sys/capabilities-self":
            return 200, {"data": dict(may or {})}
        return answer

    return answers


def resolve(tmp_path: Path, answers: Any, text: str = TEXT, **fields: Any) -> tuple[Resolved, list[Request]]:
    with fake_vault(tmp_path, answers) as vault:
        gateway = Gateway({**vault.fields, **fields}, TOKEN, str(vault.ca_file))
        return gateway.log_in().resolve(parse(text)), vault.requests


def unresolved(tmp_path: Path, answers: Any, text: str = TEXT, **fields: Any) -> Unresolved:
    with pytest.raises(Unresolved) as found:
        resolve(tmp_path, answers, text, **fields)
    assert found.value.exit_code == Exit.ACCESS
    return found.value


def test_the_last_segment_is_the_key_and_the_rest_the_path(tmp_path: Path) -> None:
    found, requests = resolve(tmp_path, server(kv2({"name": "ACME Inc.", "other": "x"})))
    assert (found.value, found.version) == ("ACME Inc.", 3)
    assert [(r.method, r.path, r.token, r.namespace) for r in requests] == [
        ("GET", "apps/data/customer/acme", "given", None)
    ]
    assert "ACME" not in repr(found)


def test_a_pinned_version_and_the_namespace_go_with_the_read(tmp_path: Path) -> None:
    _, requests = resolve(
        tmp_path, server(kv2({"name": "x"})), "{vault://hcv-edge/customer/acme/name#2}", namespace="team"
    )
    assert [(r.path, r.namespace) for r in requests] == [("apps/data/customer/acme?version=2", "team")]


def test_a_single_segment_is_the_whole_secret_as_json(tmp_path: Path) -> None:
    found, requests = resolve(tmp_path, server(kv2({"a": "1", "b": "2"})), "{vault://hcv-edge/acme}")
    assert found.value == '{"a":"1","b":"2"}'
    assert requests[0].path == "apps/data/acme"


def test_kv_version_one_has_no_data_in_path_and_answer(tmp_path: Path) -> None:
    text = "{vault://hcv-edge/customer/acme/name#2}"
    found, requests = resolve(tmp_path, server((200, {"data": {"name": "x"}})), text, kv="v1")
    assert (found, requests[0].path) == (Resolved(value="x", version=None), "apps/customer/acme")


def test_slashes_around_the_mount_are_dropped(tmp_path: Path) -> None:
    _, requests = resolve(tmp_path, server(kv2({"name": "x"})), mount="/apps-dev/")
    assert requests[0].path == "apps-dev/data/customer/acme"


def test_options_of_a_reference_win_over_the_entity(tmp_path: Path) -> None:
    text = "{vault://hcv-edge/customer/acme/name?mount=other}"
    _, requests = resolve(tmp_path, server(kv2({"name": "x"})), text)
    assert requests[0].path == "other/data/customer/acme"


@pytest.mark.parametrize("option", ["host=evil.example", "port=1", "protocol=http", "ssl_verify=false"])
def test_an_option_sends_no_login_elsewhere(option: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"option {option.partition('=')[0]} of the reference"):
        resolve(tmp_path, server(kv2({})), f"{{vault://hcv-edge/customer/acme/name?{option}}}")


def test_base64_is_decoded_where_the_entity_says_so(tmp_path: Path) -> None:
    found, _ = resolve(tmp_path, server(kv2({"name": "QUNNRQ=="})), base64_decode=True)
    assert found.value == "ACME"


def test_what_is_no_base64_is_refused(tmp_path: Path) -> None:
    found = unresolved(tmp_path, server(kv2({"name": "ws-canary!"})), base64_decode=True)
    assert "key name is not base64, and the entity says base64_decode" in str(found)
    assert "canary" not in str(found)


@pytest.mark.parametrize("value", [5, True, ["x"], {"x": "y"}])
def test_a_value_that_is_no_string_is_refused_as_kong_refuses_it(value: Any, tmp_path: Path) -> None:
    found = unresolved(tmp_path, server(kv2({"name": value})))
    assert (found.step, "key name is no string" in str(found)) == ("value", True)


@pytest.mark.parametrize("data", [{"first": "x", "second": "y"}, {}, {"name": None, "first": "x"}])
def test_a_missing_key_is_named_with_those_there(data: dict[str, Any], tmp_path: Path) -> None:
    found = unresolved(tmp_path, server(kv2(data)))
    assert "the secret has no key name; it has " in str(found)
    assert ("first" in str(found)) == ("first" in data)


GONE: list[tuple[Any, str, str]] = [
    ({}, TEXT, "nothing is stored there"),
    ({"data": {"metadata": {"version": 4, "deletion_time": "2026-01-01"}}}, TEXT, "version 4 is deleted"),
    ({"data": {"metadata": {"version": 4, "destroyed": True}}}, TEXT, "version 4 is destroyed"),
    ({}, "{vault://hcv-edge/customer/acme/name#9}", "there is no version 9"),
]


@pytest.mark.parametrize(("body", "text", "why"), GONE)
def test_what_is_gone_is_told_apart(body: Any, text: str, why: str, tmp_path: Path) -> None:
    found = unresolved(tmp_path, server((404, body)), text)
    assert (found.step, found.status) == ("read", 404)
    assert f"apps/data/customer/acme: {why}" in str(found)


DENIED = (403, {"errors": ["permission denied"]})


def test_a_login_that_is_good_without_a_policy_is_a_refused_read(tmp_path: Path) -> None:
    found = unresolved(tmp_path, server(DENIED))
    assert (found.step, found.status) == ("read", 403)
    assert "the login is good and its policy lacks read on apps/data/customer/acme" in str(found)


def test_a_policy_without_data_is_recognised(tmp_path: Path) -> None:
    may = {"apps/customer/acme": ["read"], "apps/data/customer/acme": ["deny"]}
    found = unresolved(tmp_path, server(DENIED, may=may))
    assert "its policy reads apps/customer/acme, which is no path of KV version 2" in str(found)
    assert "it needs read on apps/data/customer/acme" in str(found)


@pytest.mark.parametrize("answer", [DENIED, (404, {})])
def test_a_mount_of_version_one_is_recognised(answer: Any, tmp_path: Path) -> None:
    found = unresolved(tmp_path, server(answer, kv="1"))
    assert "the entity says kv v2 and apps is a KV mount of version 1" in str(found)
    assert "vault kv enable-versioning apps" in str(found)


def test_kongs_default_kv_on_a_mount_of_version_two_is_recognised(tmp_path: Path) -> None:
    found = unresolved(tmp_path, server((404, {}), kv="2"), kv=None)
    assert "the entity says kv v1 and apps is a KV mount of version 2" in str(found)
    assert "set kv v2, which isn't Kong's default" in str(found)


def test_an_answer_of_version_one_to_a_request_of_version_two_is_recognised(tmp_path: Path) -> None:
    found = unresolved(tmp_path, server((200, {"data": {"name": "x"}}), kv=None))
    assert (found.step, "answers as a KV mount of version 1" in str(found)) == ("value", True)


def test_a_standby_that_redirects_is_not_called_a_lack_of_rights(tmp_path: Path) -> None:
    found = unresolved(tmp_path, server((307, {})))
    assert "apps/data/customer/acme: HTTP 307; Kong follows no redirect" in str(found)


def test_an_answer_without_data_is_no_secret(tmp_path: Path) -> None:
    assert "name a KV mount" in str(unresolved(tmp_path, server((200, {"keys": []}), kv=None)))


SEGMENT = st.text("abcXYZ019_-", min_size=1, max_size=8)


def test_every_string_under_every_key_resolves(tmp_path: Path) -> None:
    stored: dict[str, str] = {}
    with fake_vault(tmp_path, lambda _: kv2(stored)) as vault:
        session = Gateway(vault.fields, TOKEN, str(vault.ca_file)).log_in()

        @settings(max_examples=60, deadline=None, database=None)
        @given(
            path=st.lists(SEGMENT, min_size=1, max_size=3),
            key=st.text(min_size=1, max_size=8),
            value=st.text(),
        )
        def holds(path: list[str], key: str, value: str) -> None:
            stored.clear()
            stored.update({key: value, f"{key}-other": "z"})
            reference = Reference(prefix="hcv-edge", path="/".join(path), key=key)
            assert session.resolve(reference).value == value
            assert vault.requests[-1].path == f"apps/data/{'/'.join(path)}"

        holds()
