"""What counts as written as declared, and what each deviation is called."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from workload_secrets.access.observed.attempt import digest
from workload_secrets.access.usage.agent_files import current, faults, paths
from workload_secrets.declaration.delivery import DeliveredFile
from workload_secrets.declaration.secret import PkiFacts, Secret

KV = Secret(backend="vault", mount="m", path="p")
DATABASE = Secret(backend="database", mount="m", path="p")
PKI = Secret(backend="pki", mount="m", path="p", pki=PkiFacts(common_name="api.example"))
VALUES = {"VCS.X": "it's\n$HOME", "b": "2"}
STORED = {key: digest(value) for key, value in VALUES.items()}
NAMES = {"VCS.X": "X", "b": "B"}
Write = Callable[[dict[str, str]], Callable[[str], Path]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(files: dict[str, str], mode: int = 0o400) -> Callable[[str], Path]:
        for name, text in files.items():
            file = tmp_path / name
            file.parent.mkdir(exist_ok=True)
            file.unlink(missing_ok=True)
            file.write_text(text, "utf-8", newline="")
            file.chmod(mode)
        return lambda path: tmp_path / path

    return make


def _file(format_: Any, **fields: Any) -> DeliveredFile:
    given: dict[str, Any] = {"name": "config", "secret": "s", "mode": "0400", "names": NAMES} | fields
    return DeliveredFile(format=format_, **given)


RIGHT: dict[str, dict[str, str]] = {
    "env": {"config": "X='it'\\''s\n$HOME'\nB='2'\n"},
    "json": {"config": json.dumps({"X": VALUES["VCS.X"], "B": "2"})},
    "keys": {"config/X": VALUES["VCS.X"], "config/B": "2"},
}


@pytest.mark.parametrize("format_", RIGHT)
def test_what_was_stored_is_no_fault_and_current(write: Write, format_: str) -> None:
    place, file = write(RIGHT[format_]), _file(format_)
    assert list(faults(file, KV, place, STORED)) == []
    assert current(file, place, STORED)
    assert not current(file, place, STORED | {"b": digest("3")})


@pytest.mark.parametrize("format_", RIGHT)
def test_anything_else_names_the_key_and_never_the_value(write: Write, format_: str) -> None:
    place = write(RIGHT[format_])
    (fault,) = faults(_file(format_), KV, place, STORED | {"b": digest("hunter2")})
    assert fault == "config holds something else than what was stored, in b"


def test_a_file_that_is_missing_or_open_is_a_fault(write: Write) -> None:
    place = write(RIGHT["env"])
    assert list(faults(_file("env", name="other"), KV, place, STORED)) == ["other was not written"]
    assert not current(_file("env", name="other"), place, STORED)
    found = list(faults(_file("env", mode="0440"), KV, place, STORED))
    assert found == ["config has mode 0400, declared is 0440"]


def test_a_key_that_is_left_out_is_a_fault_unless_optional(write: Write) -> None:
    place = write({"config": "X='it'\\''s\n$HOME'\n"})
    assert list(faults(_file("env"), KV, place, STORED)) == ["config lacks b"]
    assert list(faults(_file("env", optional=("b",)), KV, place, STORED)) == []


@pytest.mark.parametrize(("format_", "text"), [("env", "X='open"), ("json", "{")])
def test_what_can_t_be_read_is_a_fault(write: Write, format_: str, text: str) -> None:
    assert list(faults(_file(format_), KV, write({"config": text}), STORED)) == [
        f"config is no {format_} file"
    ]


def test_a_text_of_ones_own_is_only_searched_for_what_go_prints(write: Write) -> None:
    file = _file("template", names={})
    assert list(faults(file, KV, write({"config": "key = 1"}), STORED)) == []
    (fault,) = faults(file, KV, write({"config": "key = <no value>"}), STORED)
    assert "a key that isn't there" in fault


def test_credentials_that_an_engine_makes_must_be_there(write: Write) -> None:
    file = _file("env", names={"username": "U", "password": "P"})
    assert list(faults(file, DATABASE, write({"config": "U='u'\nP='p'\n"}), {})) == []
    assert list(faults(file, DATABASE, write({"config": "U='u'\nP=''\n"}), {})) == [
        "config has nothing in password"
    ]


def _pair(name: str) -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1, now, now + datetime.timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made.public_bytes(serialization.Encoding.PEM).decode(), key.private_bytes(*form).decode()


def test_a_certificate_has_its_key_and_its_name(write: Write) -> None:
    names = {"certificate": "tls.crt", "private_key": "tls.key", "ca_chain": "ca.crt"}
    file = _file("keys", names=names)
    right, foreign = _pair("api.example"), _pair("other.example")

    def found(certificate: str, key: str) -> list[str]:
        texts = {"config/tls.crt": certificate, "config/tls.key": key, "config/ca.crt": certificate}
        return list(faults(file, PKI, write(texts), {}))

    assert found(*right) == []
    assert found(right[0], foreign[1]) == ["config holds a key that is not its certificate's"]
    assert found(*foreign) == ["config holds a certificate without the name api.example"]
    assert found("x", right[1]) == ["config holds a key that is not its certificate's"]
    assert found(right[0], "x") == ["config holds no certificate with its key"]
    assert paths(file) == ("config/tls.crt", "config/tls.key", "config/ca.crt")
