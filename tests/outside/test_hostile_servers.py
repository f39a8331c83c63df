"""Servers that quote values, tokens and headers: no verb of the command line prints them."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.outside.echo import QUOTINGS, Asked, Echo, Said, echo_server
from tests.outside.leaks import leaks
from tests.stacks.read import ROOT, path
from workload_secrets.cli import database, identity, keys, kong_get, prove
from workload_secrets.cli.main import run
from workload_secrets.errors import Exit
from workload_secrets.graph.capture import capture

VALUE = "pa\"ss wörd/+%&'x\\3$y-7Kq9"
TOKEN = "Tok3n-without-a-known_shape.42+q/7"
CLUSTER_TOKEN = "Cluster-t0ken-of-the-prover=77+zz"
ADMIN = 'adm"in/pä ss%20wörd\\9'
AWS_KEY = "An-aws+secret/key-0f-40-characters=======9"
SECRETS = (VALUE, TOKEN, CLUSTER_TOKEN, ADMIN, AWS_KEY)
STACKS = ("dev", "database", "identities", "kong-token")
captured = cache(capture)
"""Each program runs once for all tests here."""


class Site:
    """Stacks whose Vault and cluster are one server that quotes."""

    def __init__(self, echo: Echo, folder: Path) -> None:
        self.echo = echo
        credential = folder / "credential.json"
        credential.write_text(json.dumps({"status": {"token": CLUSTER_TOKEN}}))
        self.files = {name: self._file(name, folder, credential) for name in STACKS}

    def _file(self, name: str, folder: Path, credential: Path) -> str:
        data: dict[str, Any] = yaml.safe_load(path(name).read_text("utf-8"))
        ends = data["config"]["workload-secrets:endpoints"]
        ca_file = str(self.echo.ca_file)
        ends["vault"] = {"address": self.echo.address, "caFile": ca_file}
        ends["cluster"] = {
            "apiServer": self.echo.address,
            "caFile": ca_file,
            "exec": {"command": "cat", "args": [str(credential)]},
        }
        if name == "dev":
            ends["aws"] = {"url": self.echo.address}
        file = folder / f"{name}.yaml"
        file.write_text(yaml.safe_dump(data))
        return str(file)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("hostile")
    with echo_server(folder) as echo:
        yield Site(echo, folder)


@pytest.fixture
def site(started: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    for module in (database, identity, keys, kong_get, prove):
        monkeypatch.setattr(module, "capture", captured)
    monkeypatch.setenv("VAULT_TOKEN", TOKEN)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "111122223333")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", AWS_KEY)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(started.echo.ca_file))
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    return started


VERBS = {
    "keys set": "keys set {dev} billing-api api_key",
    "keys status": "keys status {dev} --secret billing-api",
    "keys status as JSON": "keys status {dev} --secret billing-api --format json",
    "keys status as Markdown": "keys status {dev} --secret billing-api --format markdown",
    "database init": "database init {database}",
    "identity role-id": "identity role-id {identities} backup-host",
    "identity secret-id": "identity secret-id {identities} backup-host",
    "identity token": "identity token {kong-token} local-hand",
    "keys set of AWS": "keys set {dev} pmp-credentials VCS.GithubAdminPAT",
    "keys status of AWS": "keys status {dev} --secret pmp-credentials",
    "keys seed": "keys seed {dev}",
    "prove": "prove {dev}",
    "prove as JSON": "prove {dev} --format json",
    "prove as Markdown": "prove {dev} --format markdown",
    "kong get": "kong get {kong-token} REFERENCE --token-file TOKEN-FILE",
}
REFERENCE = "{vault://hand/edge/redis/password}"


def called(
    site: Site,
    verb: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    answer: Callable[[Asked], Said],
) -> int:
    """Runs a verb against a server that answers so."""
    site.echo.answer = answer
    token_file = tmp_path / "token"
    token_file.write_text(TOKEN)
    monkeypatch.setenv("ORDERS_DB_ADMIN_PASSWORD", ADMIN)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(VALUE.encode())))
    words = {"TOKEN-FILE": str(token_file), "REFERENCE": REFERENCE}
    words |= {f"{{{name}}}": file for name, file in site.files.items()}
    arguments = [words.get(word, word) for word in VERBS[verb].split()]
    return run([*arguments, "--project", str(ROOT)])


def assert_nothing_leaks(text: str) -> None:
    for secret in SECRETS:
        assert leaks(text, secret) == []


def quoted(asked: Asked, quoting: Callable[[str], str]) -> str:
    """What a server that dislikes a request may say of it."""
    known = [
        secret for secret in SECRETS if secret in asked.everything or json.dumps(secret)[1:-1] in asked.body
    ]
    parts = [asked.body, *asked.headers.values(), *known]
    return "failed to parse: " + "; ".join(quoting(part) for part in parts if part)


SENDING = ("keys set", "database init")
"""Verbs that send a value; each is tried with every quoting, the others with some."""
SOME = ("raw", "JSON in JSON", "URL form", "base64 after 1", "cut")
OTHERS = tuple(verb for verb in VERBS if verb.startswith(("identity", "kong")) or verb == "keys status")
QUOTED = [
    *((verb, quoting) for verb in SENDING for quoting in QUOTINGS),
    *((verb, quoting) for verb in OTHERS for quoting in SOME),
]


@pytest.mark.parametrize(("verb", "quoting"), QUOTED)
def test_no_verb_prints_what_an_error_quotes(
    site: Site,
    verb: str,
    quoting: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def answer(asked: Asked) -> Said:
        if asked.method == "GET" and verb in SENDING:
            # Far enough that the value, or the password, is sent.
            return Said(status=404 if verb == "keys set" else 200, body='{"data": {}}')
        return Said(status=400, body=json.dumps({"errors": [quoted(asked, QUOTINGS[quoting]), TOKEN]}))

    code = called(site, verb, monkeypatch, tmp_path, answer)
    shown = capsys.readouterr()
    assert code == (Exit.ACCESS if verb == "kong get" else Exit.SERVER), shown.err
    assert_nothing_leaks(shown.out + shown.err)
    assert "400" in shown.err
    assert "failed to parse" in shown.err


def everything(asked: Asked) -> str:
    """What was sent, and what the process has from its environment and standard input."""
    return f"{asked.everything} {TOKEN} {ADMIN} {AWS_KEY}"


def errors(asked: Asked) -> str:
    return json.dumps({"errors": ["permission denied", everything(asked)], "message": TOKEN})


def refused_by_aws(asked: Asked) -> Said:
    body = json.dumps({"__type": TOKEN, "message": everything(asked)})
    return Said(status=400, body=body, headers={"x-amzn-ErrorType": TOKEN})


def nested(asked: Asked) -> str:
    """Every field that some verb reads holds what was sent."""
    text = everything(asked)
    leaf = {"version": text, "created_time": text, text: text}
    data = {"data": leaf, "metadata": leaf, "role_id": text, "keys": [text], "current_version": text, **leaf}
    wrapped = {"token": TOKEN, "ttl": text}
    return json.dumps({"data": data, "auth": text, "wrap_info": wrapped, "status": leaf})


ANSWERS: dict[str, Callable[[Asked], Said]] = {
    "400 of text": lambda asked: Said(status=400, body=everything(asked)),
    "400 of one text": lambda asked: Said(status=400, body=json.dumps({"errors": everything(asked)})),
    "400 of objects": lambda asked: Said(
        status=400, body=json.dumps({"errors": [{TOKEN: asked.everything}]})
    ),
    "403": lambda asked: Said(status=403, body=errors(asked)),
    "403 of a Status": lambda asked: Said(status=403, body=json.dumps({"message": everything(asked)})),
    "400 of AWS": refused_by_aws,
    "500": lambda asked: Said(status=500, body=errors(asked)),
    "200 of nonsense": lambda asked: Said(status=200, body=nested(asked)),
    "200 of text": lambda asked: Said(status=200, body=everything(asked)),
    "200 of a list": lambda asked: Said(status=200, body=json.dumps([everything(asked)])),
    "200 of nothing": lambda _: Said(status=200, body=""),
    "200 without end": lambda _: Said(status=200, body="[" * 100_000),
    "a redirect": lambda asked: Said(
        status=307, body=everything(asked), headers={"Location": f"https://127.0.0.1:1/{TOKEN}"}
    ),
}


@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.parametrize("verb", VERBS)
def test_no_verb_prints_a_secret_whatever_the_answer_is(
    site: Site,
    verb: str,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = called(site, verb, monkeypatch, tmp_path, ANSWERS[kind])
    shown = capsys.readouterr()
    out = "" if verb.startswith("identity") and code == Exit.OK else shown.out
    assert_nothing_leaks(out + shown.err)
    assert code != Exit.INTERNAL, shown.err
