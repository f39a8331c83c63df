"""Leaks in lines of text and in the engine's events."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from tests.certify.looking import CANARY, NAME, URN, VALUE, encrypted, finder, found, look_log, marked
from workload_secrets.graph.values import SECRET, SIGNATURE

BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
PEM = f"-----BEGIN EXAMPLE-----\n{BODY}\n-----END EXAMPLE-----"


def event(kind: str, **more: Any) -> str:
    return json.dumps({"sequence": 1, "timestamp": 1, kind: more})


def test_a_line_is_named_by_its_number() -> None:
    certificate = look_log(f"one\r\ntwo {VALUE} three\r\n")
    assert found(certificate) == {(NAME, "up.log:2")}
    assert certificate.findings[0].form == "raw"
    assert look_log("one\ntwo\n").verdict == "clean"


def test_an_event_is_named_by_its_line_resource_and_property() -> None:
    metadata = {"op": "create", "urn": URN, "new": {"urn": URN, "inputs": {"a": [VALUE]}}}
    text = "\n".join(
        [
            event("preludeEvent", config={}),
            event("resourcePreEvent", metadata=metadata),
            "",
            event("x", a="b"),
        ]
    )
    assert found(look_log(text)) == {(NAME, f"up.log:2 {URN} resourcePreEvent.metadata.new.inputs.a[0]")}
    said = event("diagnosticEvent", urn=URN, message=f"error: {VALUE}")
    assert found(look_log(said)) == {(NAME, f"up.log {URN} diagnosticEvent.message")}


def test_a_urn_that_holds_a_secret_is_not_shown() -> None:
    said = event("diagnosticEvent", urn=f"{URN}{VALUE}", message="x")
    certificate = look_log(f"{said}\n{said}")
    assert len(certificate.findings) == 2
    assert VALUE not in repr(certificate)


def test_a_secret_that_the_engine_masked_is_nothing_to_look_at() -> None:
    masked = {SIGNATURE: SECRET, "ciphertext": "[secret]"}
    event = {"resOutputsEvent": {"metadata": {"new": {"urn": URN, "outputs": {"token": masked}}}}}
    assert look_log(json.dumps(event)).verdict == "clean"
    both = {**masked, "plaintext": json.dumps(VALUE)}
    event["resOutputsEvent"]["metadata"]["new"]["outputs"] = {"token": both}
    assert look_log(json.dumps(event)).verdict == "leaked"


def test_marks_in_events() -> None:
    old = {"urn": URN, "inputs": {"a": marked(VALUE), "b": encrypted(), "c": "[secret]"}}
    certificate = look_log(event("resourcePreEvent", metadata={"old": old}) + "\n{}\n")
    assert [f.marked for f in certificate.findings] == [True]
    assert [n.reason for n in certificate.not_looked_at] == ["encrypted"]
    assert certificate.verdict == "leaked"


def test_one_document_over_many_lines() -> None:
    text = json.dumps({"steps": [{"urn": URN, "newState": {"a": VALUE}}]}, indent=2)
    assert found(look_log(text)) == {(NAME, f"up.log {URN} steps[0].newState.a")}


def test_a_value_of_several_lines_is_found_over_them() -> None:
    search = finder({PEM: "TLS_PRIVATE_KEY"})
    assert found(look_log(f"begin\n{PEM}\nend", search)) == {("TLS_PRIVATE_KEY", "up.log")}
    indented = PEM.replace("\n", "\n    ")
    assert found(look_log(f"begin\n    {indented}\nend", search)) == {("TLS_PRIVATE_KEY", "up.log")}


@pytest.mark.parametrize("wrap", [60, 76, 64])
def test_base64_that_was_broken_into_lines(wrap: int) -> None:
    text = base64.b64encode(gzip.compress(f"{'x' * 400}{VALUE}{'y' * 90}".encode())).decode()
    plain = base64.b64encode(f"{'x' * 41}{VALUE}{'y' * 90}".encode()).decode()
    for whole in (text, plain):
        lines = "\n".join(whole[at : at + wrap] for at in range(0, len(whole), wrap))
        assert {secret for secret, _ in found(look_log(f"log:\n{lines}\n"))} == {NAME}


@pytest.mark.parametrize("code", ["utf-16", "utf-8-sig", "utf-16-le"])
def test_logs_of_other_systems(code: str) -> None:
    assert {secret for secret, _ in found(look_log(f"a\n{VALUE}\n".encode(code)))} == {NAME}


def test_a_compressed_log_is_looked_at_up_to_the_limit() -> None:
    content = gzip.compress(f"a\n{VALUE}\n".encode())
    assert found(look_log(content)) == {(NAME, "up.log:2")}
    certificate = look_log(gzip.compress(b"\0" * 2_000_000))
    assert certificate.verdict == "incomplete"
    assert certificate.not_looked_at[0].reason == "it holds more than 1000000 bytes"


def test_what_only_looks_like_a_secret() -> None:
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    certificate = look_log(f"x\nAuthorization: {token}\n")
    assert found(certificate) == {("a GitHub token", "up.log:2")}
    assert token not in repr(certificate)


def test_canaries() -> None:
    assert found(look_log(f"got {CANARY}", finder({}))) == {("a canary", "up.log:1")}
    assert found(look_log(f"got {CANARY[:14]}", finder({}))) == {("a canary", "up.log:1")}
