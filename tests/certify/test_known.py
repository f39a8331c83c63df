"""Where the values come from that are looked for."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from workload_secrets.certify.given import add_given
from workload_secrets.certify.known import Known, from_declaration, from_environment
from workload_secrets.errors import InputError

LONG = "a-value-of-the-test-"


def known_of(environment: dict[str, str]) -> Known:
    known = Known()
    from_environment(environment, known)
    return known


def given(text: str | bytes) -> Known:
    known = Known()
    add_given(text if isinstance(text, bytes) else text.encode(), "values.txt", known)
    return known


@pytest.mark.parametrize(
    "name",
    ["VAULT_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "PULUMI_CONFIG_PASSPHRASE",
     "PULUMI_ACCESS_TOKEN", "PGPASSWORD", "BILLING_DB_PASSWORD", "GITHUB_TOKEN", "SANDBOX_CREDENTIAL"],
)  # fmt: skip
def test_variables_whose_names_say_that_they_hold_a_secret(name: str) -> None:
    assert known_of({name: f" {LONG}1\n"}).names == {f"{LONG}1": name}


def test_other_variables_are_none() -> None:
    known = known_of(
        {"PATH": "/usr/bin:/bin/long", "PWD": "/home/user/project", "AWS_PROFILE": "production1"}
    )
    assert (known.names, known.not_looked_for) == ({}, [])


def test_a_password_in_an_address() -> None:
    assert known_of({"DATABASE_URL": f"postgres://app:{LONG}@db/x"}).names == {LONG: "DATABASE_URL"}


def test_two_variables_of_one_value_are_named_together() -> None:
    assert known_of({"A_TOKEN": LONG, "B_TOKEN": LONG}).names == {LONG: "A_TOKEN, B_TOKEN"}


def test_a_short_value_is_said_not_to_be_looked_for_and_an_empty_one_is_none() -> None:
    known = known_of({"PULUMI_CONFIG_PASSPHRASE": "", "A_TOKEN": "seven77"})
    assert known.names == {}
    assert [(one.what, "fewer than 8" in one.reason) for one in known.not_looked_for] == [("A_TOKEN", True)]
    assert "seven77" not in repr(known.not_looked_for)


def test_files_that_variables_name(tmp_path: Path) -> None:
    (tmp_path / "one").write_text(f"{LONG}1\n")
    (tmp_path / "two").write_text(f"{LONG}2\n")
    files = {
        "PULUMI_CONFIG_PASSPHRASE_FILE": "one",
        "A_TOKEN": "two",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "none",
    }
    known = known_of({name: str(tmp_path / file) for name, file in files.items()})
    assert known.names == {f"{LONG}1": "PULUMI_CONFIG_PASSPHRASE_FILE", f"{LONG}2": "A_TOKEN"}
    assert [one.what for one in known.not_looked_for] == ["AWS_WEB_IDENTITY_TOKEN_FILE"]


def test_files_of_tools(tmp_path: Path) -> None:
    key = base64.b64encode(f"{LONG}key".encode()).decode()
    users = [
        {"name": "a", "user": {"token": f"{LONG}token", "client-key-data": key, "tokenFile": "token"}},
        {"name": "b", "user": {"exec": {"env": [{"name": "X_TOKEN", "value": f"{LONG}exec"}]}}},
        {"name": "c", "user": {"auth-provider": {"config": {"refresh-token": f"{LONG}refresh"}}}},
        "malformed",
    ]
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube" / "config").write_text(json.dumps({"users": users}))
    (tmp_path / ".kube" / "token").write_text(f"{LONG}file")
    (tmp_path / ".aws").mkdir()
    credentials = f"[default]\naws_access_key_id = AKIA\naws_secret_access_key = {LONG}aws\n"
    (tmp_path / ".aws" / "credentials").write_text(credentials)
    (tmp_path / ".vault-token").write_text(f"{LONG}vault")
    known = known_of({"HOME": str(tmp_path)})
    assert known.names == {
        f"{LONG}token": "KUBECONFIG user a",
        key: "KUBECONFIG user a",
        f"{LONG}key": "KUBECONFIG user a",
        f"{LONG}file": "KUBECONFIG user a",
        f"{LONG}exec": "KUBECONFIG user b",
        f"{LONG}refresh": "KUBECONFIG user c",
        f"{LONG}aws": "AWS profile default aws_secret_access_key",
        f"{LONG}vault": "~/.vault-token",
    }
    assert known.not_looked_for == []


def test_a_file_of_a_tool_that_is_no_such_file_is_noted(tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.write_text("a: [\n")
    known = known_of(
        {
            "KUBECONFIG": f"{bad}:{tmp_path / 'none'}",
            "AWS_SHARED_CREDENTIALS_FILE": str(bad),
            "HOME": "/nowhere",
        }
    )
    assert [one.what for one in known.not_looked_for] == ["KUBECONFIG", "KUBECONFIG", "AWS credentials"]


def test_passwords_of_declared_databases(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{LONG}file")
    place = {"host": "db.example", "port": 5432, "caFile": "ca.pem"}
    databases = {
        "orders": {**place, "adminPassword": {"env": "ORDERS"}},
        "stock": {**place, "adminPassword": {"file": "secret"}},
        "plain": place,
        "other": {"host": "db.example"},
    }
    known = Known()
    from_declaration({"endpoints": {"databases": databases}}, {"ORDERS": LONG}, tmp_path, known)
    assert known.names == {
        LONG: "ORDERS, the admin password of database orders",
        f"{LONG}file": "secret, the admin password of database stock",
    }
    assert [one.what for one in known.not_looked_for] == ["the admin password of database other"]


def test_values_given_one_a_line() -> None:
    assert given(f"{LONG}1\r\n\n-----BEGIN PRIVATE KEY-----\n{{{LONG}\n").names == {
        f"{LONG}1": "--values line 1",
        f"{{{LONG}": "--values line 4",
    }


def test_a_name_that_holds_a_value_is_not_shown() -> None:
    known = given(json.dumps({LONG: LONG, f"x{LONG}": {"y": f"{LONG}2"}, "plain": f"{LONG}2"}))
    assert known.names == {
        LONG: "a value whose name holds a secret",
        f"{LONG}2": "a value whose name holds a secret, --values plain",
    }


def test_values_given_as_json() -> None:
    inner = json.dumps({"user": f"{LONG}3"})
    data = {"a": {"b.c": f"{LONG}1"}, "d": [f"{LONG}2", None, True, 12345678], "e": inner}
    assert given(json.dumps(data)).names == {
        f"{LONG}1": "--values a.b.c",
        f"{LONG}2": "--values d[0]",
        "12345678": "--values d[3]",
        inner: "--values e",
        f"{LONG}3": "--values e.user",
    }


@pytest.mark.parametrize(
    "content", [b"", b"\n \n", b"{}", b"[null]", b"\xff\xfe\x00", b"x" * (4 * 1024 * 1024 + 1)]
)
def test_a_file_without_a_value_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match=r"^--values values.txt: "):
        given(content)
