"""Where texts leave the process: results, progress, errors nobody foresaw, hooks, logs, children."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from components.aws import template_hook
from components.aws.template_hook import TemplateError, TemplateTarget
from components.vault import database_hook
from components.vault.database_hook import DatabaseTarget, PasswordError, initialise
from tests.outside.echo import echo_server
from tests.outside.leaks import leaks
from workload_secrets.access.observed.cluster import ClusterClient, run_exec
from workload_secrets.cli import console, main
from workload_secrets.cli.main import run
from workload_secrets.errors import Exit, InputError, ServerError
from workload_secrets.graph.failures import translate
from workload_secrets.keys.database_root import AdminPassword, Connection
from workload_secrets.keys.vault_http import VaultHttp
from workload_secrets.outside import SECRETS, OutsideText
from workload_secrets.outside.payload import secret_name, secrets_of
from workload_secrets.sandbox.rest import Refused
from workload_secrets.sandbox.servers import Command, Servers

SECRET = 'Zx9!kQ7#-pä"ss/w0rd'
ROOT = Path(__file__).parents[2]


# --- what the verbs print ---


def test_a_result_that_holds_a_secret_by_mistake_is_printed_without_it(capsys: pytest.CaptureFixture[str]):
    SECRETS.learn(SECRET)
    console.write(f"billing-api: set api_key to {SECRET}")
    console.say(f"not readable: {json.dumps(SECRET)}")
    console.Progress(lambda: 0.0)(f"wrote {SECRET}")
    shown = capsys.readouterr()
    assert leaks(shown.out + shown.err, SECRET) == []
    assert shown.out == "billing-api: set api_key to [secret]\n"
    assert "[secret]" in shown.err


def test_json_stays_json(capsys: pytest.CaptureFixture[str]):
    SECRETS.learn(SECRET, '": {"a-1B": 2}, "c": "')
    console.write(json.dumps({"x": [SECRET, 1, None], SECRET: True, "a": {"a-1B": 2}, "c": "ü"}))
    assert json.loads(capsys.readouterr().out) == {
        "x": ["[secret]", 1, None],
        "[secret]": True,
        "a": {"a-1B": 2},
        "c": "ü",
    }


def test_names_that_somebody_uses_as_values_stay_in_results(capsys: pytest.CaptureFixture[str]):
    SECRETS.learn("dev", "billing-api", "password", "111122223333", "postgres")
    line = "dev: billing-api of 111122223333 has password and postgres"
    console.write(line)
    assert capsys.readouterr().out == f"{line}\n"


def test_what_was_asked_for_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]):
    SECRETS.learn(SECRET)
    console.write_secret(SECRET)
    assert capsys.readouterr().out == f"{SECRET}\n"


# --- errors nobody foresaw ---


@pytest.mark.parametrize(
    "error",
    [
        ValueError(f"Invalid header value b'{SECRET}'"),
        KeyError(SECRET),
        ServerError(f"said {SECRET}"),
        OSError(SECRET),
    ],
)
def test_no_error_of_a_verb_prints_its_text(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def fails(**_: object) -> int:
        value = SECRET  # a local that a traceback with locals would show
        raise error.with_traceback(None) from RuntimeError(value)

    SECRETS.learn(SECRET)
    monkeypatch.setattr(main, "app", fails)
    assert run(["keys", "status", "dev"]) in (Exit.INTERNAL, Exit.SERVER)
    shown = capsys.readouterr()
    assert leaks(shown.out + shown.err, SECRET) == []
    assert shown.err.startswith("error: ")


THREADS = f"""
import sys, threading, gc
from workload_secrets.cli import main
SECRET = {SECRET!r}

def app(**_):
    thread = threading.Thread(target=lambda: int(SECRET))
    thread.start()
    thread.join()
    class Late:
        def __del__(self):
            raise ValueError(SECRET)
    Late()
    gc.collect()
    sys.excepthook(*_raised())

def _raised():
    try:
        int(SECRET)
    except ValueError:
        return sys.exc_info()

main.app = app
sys.argv = ["workload-secrets", "preview"]
main.main()
"""


def test_threads_and_the_interpreters_end_print_no_text_of_an_error():
    done = subprocess.run(
        [sys.executable, "-c", THREADS], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert leaks(done.stdout + done.stderr, SECRET) == []
    assert done.stderr.count("builtins.ValueError") == 3
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("token", [f"{SECRET}\nX-Other: 1", "tök€n-with-letters"])
def test_a_token_that_no_header_may_have_is_bad_input_and_not_shown(token: str, tmp_path: Path):
    with echo_server(tmp_path) as server:
        vault = VaultHttp(server.address, str(server.ca_file), token)
        cluster = ClusterClient(server.address, server.ca_file.read_text(), token)
        for call in (lambda: vault.call("GET", "sys/health"), lambda: cluster.read("/version")):
            with pytest.raises(InputError) as refused:
                call()
            assert leaks(str(refused.value), token) == []


# --- hooks run in the engine's process, which logs the text of any error ---

TARGET = DatabaseTarget(
    address="https://vault.example:8200",
    ca_file=None,
    namespace=None,
    connection=Connection(mount="database", name="postgres"),
    password=AdminPassword(env="DB_ADMIN"),
)
TEMPLATE = TemplateTarget(account_id="111122223333", region="eu-central-1", secret_name="s", text="{}")


@pytest.mark.parametrize("kind", [ValueError, KeyError, RuntimeError, TypeError])
def test_the_hook_of_a_database_shows_no_text_of_an_error(
    kind: type[Exception], monkeypatch: pytest.MonkeyPatch
):
    def fails(*_: object) -> None:
        raise kind(f"quoted {SECRET}")

    monkeypatch.setattr(database_hook, "hand_over", fails)
    with pytest.raises(PasswordError) as refused:
        initialise(TARGET, {"VAULT_TOKEN": "a-token-of-the-deployer", "DB_ADMIN": SECRET})
    assert leaks(str(refused.value), SECRET) == []
    assert kind.__name__ in str(refused.value)
    assert "run `workload-secrets database init`" in str(refused.value)
    assert refused.value.__suppress_context__


class Hooked:
    """What a hook registered."""

    run: Callable[[Any], None]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError(f"quoted {SECRET}"), "ValueError"),
        (ClientError({"Error": {"Code": SECRET, "Message": SECRET}}, "PutSecretValue"), "error"),
        (ClientError({"Error": {"Code": "AccessDenied", "Message": SECRET}}, "x"), "AccessDenied"),
    ],
)
def test_the_hook_of_a_template_shows_no_text_of_an_error(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch
):
    def fails(_: TemplateTarget) -> None:
        raise error

    def hook(_: str, function: Callable[[Any], None]) -> Hooked:
        made = Hooked()
        made.run = function
        return made

    SECRETS.learn(SECRET)
    monkeypatch.setattr(template_hook, "_boto3_client", lambda _: lambda _service: fails(TEMPLATE))
    monkeypatch.setattr(template_hook.pulumi, "ResourceHook", hook)
    made: Any = template_hook.template_hook("h", TEMPLATE)
    with pytest.raises(TemplateError) as refused:
        made.run(None)
    assert leaks(str(refused.value), SECRET) == []
    assert f"({said})" in str(refused.value)
    assert "run `keys seed`" in str(refused.value)


# --- children, tools and servers of the sandbox ---


def test_a_program_that_fails_with_a_secret_in_its_error_shows_it_not():
    SECRETS.learn(SECRET)
    for error in (TypeError(f"bad {SECRET}"), AttributeError(SECRET), RuntimeError(SECRET)):
        assert leaks(str(translate(error, ROOT)), SECRET) == []


def test_a_command_that_fails_after_printing_a_secret_shows_it_not():
    with pytest.raises(ServerError) as failed:
        run_exec("sh", ("-c", f"echo '{SECRET}'; echo '{SECRET}' >&2; exit 3"), {})
    assert leaks(str(failed.value), SECRET) == []
    with pytest.raises(ServerError) as failed:
        run_exec("sh", ("-c", f"echo '{SECRET}'"), {})
    assert leaks(str(failed.value), SECRET) == []


def test_the_log_of_a_part_that_fails_is_shown_without_its_secrets(tmp_path: Path):
    servers = Servers(tmp_path / "box", "process")
    script = 'echo "starting"; echo "seal secret is $SEAL_SECRET"; env; exit 1'
    try:
        part = servers.start(
            Command(
                name="part",
                version="1",
                address="a",
                argv=["sh", "-c", script],
                environment={"SEAL_SECRET": SECRET},
            )
        )
        with pytest.raises(ServerError) as failed:
            servers.wait(part, lambda: False)
    finally:
        servers.abort()
    text = str(failed.value)
    assert leaks(text, SECRET) == []
    assert "part ended while starting; its log ends with:\nstarting\nseal secret is [secret]\n" in text


def test_only_the_last_lines_of_a_log_are_shown(tmp_path: Path):
    log = tmp_path / "x.log"
    log.write_text("\n".join(f"line {number}" for number in range(30)))
    assert str(OutsideText.of_log(log, 3)) == "line 27\nline 28\nline 29"
    assert str(OutsideText.of_log(tmp_path / "none.log")) == "(no log)"


def test_a_refusal_of_the_sandboxs_servers_can_be_asked_and_shows_no_secret():
    SECRETS.learn(SECRET)
    said = OutsideText.of_answer({"errors": [f"path is already in use at x/, {SECRET}"]})
    refused = Refused(400, "POST /v1/sys/mounts/x", said)
    assert "path is already in use" in refused.said
    assert str(refused) == "POST /v1/sys/mounts/x: 400 path is already in use at x/, [secret]"


# --- what is learnt ---


def test_fields_for_secrets_are_known_by_their_names():
    for name in ("secret_id", "client_token", "X-Vault-Token", "PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "jwt"):
        assert secret_name(name), name
    for name in (
        "token_ttl",
        "secret_name",
        "SSL_CERT_FILE",
        "token_policies",
        "username",
        "VAULT_TOKEN_FILE",
    ):
        assert not secret_name(name), name


@pytest.mark.parametrize(
    ("message", "request_", "found"),
    [
        ({"data": {"api_key": "v", "deep": {"x": ["y"]}}, "options": {"cas": 1}}, True, {"v", "y"}),
        ({"data": {"data": {"api_key": "v", "n": 12}, "metadata": {"version": 3}}}, False, {"v", "12"}),
        ({"data": {"keys": ["one", "two"], "path": "p"}}, False, set()),
        ({"data": {"keys": {"1": "exported"}}}, False, {"exported"}),
        ({"auth": {"client_token": "t", "policies": ["p"]}, "wrap_info": {"token": "w"}}, False, {"t", "w"}),
        ({"data": {"username": "u", "password": "p"}}, False, {"p"}),
        ({"connection_url": "postgresql://admin:p%40ss@db/app", "name": "x"}, True, {"p%40ss", "p@ss"}),
        ({"connection_url": "postgresql://{{username}}:{{password}}@db/app"}, True, set()),
        ({"kind": "Secret", "data": {"a": "djE="}, "stringData": {"b": "v2"}}, False, {"djE=", "v2"}),
        ({"Authorization": "Bearer abc"}, False, {"Bearer abc", "abc"}),
        ([{"token": "t"}], False, set()),
        ("text", True, set()),
        (
            {
                "kind": "ExternalSecret",
                "spec": {"data": [{"secretKey": "api_key", "remoteRef": {"key": "api"}}]},
            },
            True,
            set(),
        ),
        ({"SecretId": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:api-a1B2c3"}, True, set()),
        ({"role_id": "r", "secret_id": "s"}, True, {"s"}),
        ({"data": {"token/": {"type": "token", "config": {"default_lease_ttl": 0}}}}, False, set()),
    ],
)
def test_messages_tell_their_secrets(message: object, request_: bool, found: set[str]):
    assert set(secrets_of(message, request=request_)) == found


def test_the_environment_tells_its_secrets_but_not_where_one_works(monkeypatch: pytest.MonkeyPatch):
    SECRETS.learn_environment({"PWD": str(ROOT), "DB_ADMIN_PASSWORD": SECRET, "HOME": "/home/somebody"})
    assert str(OutsideText(f"{ROOT} /home/somebody {SECRET}")) == f"{ROOT} /home/somebody [secret]"
    assert os.environ.get("PWD") is None or "[secret]" not in str(OutsideText(os.environ["PWD"]))
