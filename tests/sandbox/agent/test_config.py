"""The translation, against what vault-k8s 1.7.6 does (agent-inject/agent/config_test.go)."""

from typing import Any

import pytest

from workload_secrets.errors import InputError
from workload_secrets.sandbox.agent.config import Injection

P = "vault.hashicorp.com/"
TOKEN = {"audience": "vault", "expirationSeconds": 900, "path": "token"}
VOLUMES = [{"name": "tok", "projected": {"sources": [{"serviceAccountToken": TOKEN}]}}]
BASE = {
    "agent-inject": "true",
    "role": "api",
    "service": "https://vault:8200",
    "agent-service-account-token-volume-name": "tok",
}


def _pod(volumes: Any = VOLUMES, **annotations: str | None) -> Injection:
    given = BASE | {name.replace("_", "-"): value for name, value in annotations.items()}
    named = {f"{P}{name}": value for name, value in given.items() if value is not None}
    spec = {"serviceAccountName": "api-sa", "volumes": volumes}
    return Injection({"metadata": {"annotations": {**named, "other/annotation": "x"}}, "spec": spec})


def _with(files: dict[str, str], **annotations: str | None) -> Injection:
    spec = {"volumes": VOLUMES}
    named = {f"{P}{n}": v for n, v in {**BASE, **files}.items()}
    named |= {f"{P}{n.replace('_', '-')}": v for n, v in annotations.items() if v is not None}
    return Injection({"metadata": {"annotations": named}, "spec": spec})


def test_the_least_configuration() -> None:
    assert _pod().config(init=True) == {
        "auto_auth": {
            "method": {
                "type": "kubernetes",
                "mount_path": "auth/kubernetes",
                "config": {
                    "token_path": "/var/run/secrets/vault.hashicorp.com/serviceaccount/token",
                    "role": "api",
                },
            },
            "sink": [{"type": "file", "config": {"path": "/home/vault/.vault-token"}}],
        },
        "exit_after_auth": True,
        "pid_file": "/home/vault/.pid",
        "vault": {"address": "https://vault:8200"},
        "template": [],
        "template_config": {"exit_on_retry_failure": True},
    }


def test_the_sidecar_goes_on() -> None:
    assert _pod().config(init=False)["exit_after_auth"] is False


def test_a_file_has_its_template_mode_and_place() -> None:
    files = {
        "agent-inject-secret-Config": "secret/data/x",
        "agent-inject-template-Config": "{{ . }}",
        "agent-inject-perms-Config": "0400",
        "error-on-missing-key-Config": "true",
        "agent-inject-command-Config": "kill -HUP 1",
    }
    (made,) = _with(files).config(init=True)["template"]
    assert made == {
        "destination": "/vault/secrets/config",
        "contents": "{{ . }}",
        "left_delimiter": "{{",
        "right_delimiter": "}}",
        "command": "kill -HUP 1",
        "perms": "0400",
        "error_on_missing_key": True,
    }


def test_a_path_of_ones_own_keeps_its_capitals_and_folders() -> None:
    files = {
        "agent-inject-secret-a": "secret/data/x",
        "agent-inject-template-a": "t",
        "agent-inject-file-a": "Sub/File",
    }
    (made,) = _with(files, secret_volume_path="/run/app").config(init=True)["template"]
    assert made["destination"] == "/run/app/Sub/File"
    assert "error_on_missing_key" not in made


def test_everything_about_login_and_connection_arrives() -> None:
    made = _pod(
        auth_path="auth/eks",
        auth_min_backoff="2s",
        auth_max_backoff="9s",
        namespace="teams/a",
        agent_auto_auth_exit_on_err="true",
        ca_cert="/vault/tls/ca.crt",
        client_cert="/vault/tls/c.crt",
        client_key="/vault/tls/c.key",
        tls_server_name="vault",
        tls_skip_verify="false",
        template_config_exit_on_retry_failure="false",
        template_static_secret_render_interval="60s",
        template_max_connections_per_host="3",
        agent_disable_keep_alives="caching,templating",
        agent_inject_token="true",
    ).config(init=False)
    method = made["auto_auth"]["method"]
    assert method["mount_path"] == "auth/eks"
    assert (method["min_backoff"], method["max_backoff"]) == ("2s", "9s")
    assert (method["namespace"], method["exit_on_err"]) == ("teams/a", True)
    assert made["vault"] == {
        "address": "https://vault:8200",
        "ca_cert": "/vault/tls/ca.crt",
        "client_cert": "/vault/tls/c.crt",
        "client_key": "/vault/tls/c.key",
        "tls_server_name": "vault",
    }
    assert made["template_config"] == {
        "exit_on_retry_failure": False,
        "static_secret_render_interval": "60s",
        "max_connections_per_host": 3,
    }
    assert made["disable_keep_alives"] == ["caching", "templating"]
    assert [sink["config"]["path"] for sink in made["auto_auth"]["sink"]][1] == "/vault/secrets/token"


def test_a_way_to_end_it_brings_a_listener() -> None:
    made = _pod(agent_enable_quit="true").config(init=False)
    assert made["cache"] == {}
    assert made["listener"] == [
        {
            "type": "tcp",
            "address": "127.0.0.1:8200",
            "tls_disable": True,
            "agent_api": {"enable_quit": True},
        }
    ]


def test_what_the_container_gets_beside_it() -> None:
    found = _pod(client_timeout="30s", log_level="debug", go_max_procs="2").environment
    assert found == {
        "GOMAXPROCS": "2",
        "VAULT_CLIENT_TIMEOUT": "30s",
        "VAULT_LOG_LEVEL": "debug",
        "VAULT_LOG_FORMAT": "standard",
    }


@pytest.mark.parametrize(
    "name",
    [
        "agent-configmap",
        "agent-json-patch",
        "agent-inject-template-file-config",
        "agent-telemetry-statsd-address",
        "auth-config-role",
        "agent-inject-tokn",
        "ca-key",
    ],
)
def test_an_annotation_that_would_be_left_out_raises(name: str) -> None:
    with pytest.raises(InputError, match=f"{name}: not supported"):
        _with({name: "x"})


def test_a_volume_that_isnt_there_raises_as_the_injector_refuses_the_pod() -> None:
    with pytest.raises(InputError, match="no projected token volume 'tok'"):
        _pod(volumes=[])


def test_a_file_without_a_template_raises() -> None:
    with pytest.raises(InputError, match="without a template"):
        _with({"agent-inject-secret-a": "secret/data/x"}).config(init=True)


def test_no_role_and_no_boolean_raise() -> None:
    with pytest.raises(InputError, match="no Vault role"):
        _pod(role=None).config(init=True)
    with pytest.raises(InputError, match="neither true nor false"):
        _pod(tls_skip_verify="maybe").config(init=True)


def test_the_cache_raises_since_it_needs_another_token() -> None:
    with pytest.raises(InputError, match="needs Kubernetes' own token"):
        _pod(agent_cache_enable="true").config(init=True)


def test_account_audience_and_life_are_the_pods() -> None:
    pod = _pod()
    assert pod.service_account == "api-sa"
    assert (pod.token.audience, pod.token.seconds, pod.token.path) == ("vault", 900, "token")


def test_a_pod_can_be_made_to_ask_for_a_key_that_isnt_there() -> None:
    demand = '{{ if not (sprig_hasKey .Data.data "api_key") }}{{ sprig_fail "x" }}{{ end }}'
    files = {
        "agent-inject-secret-a": "secret/data/x",
        "agent-inject-template-a": f'{demand}{{{{ index "api_key" }}}}',
    }
    found = _with(files | {"agent-inject-secret-b": "p", "agent-inject-template-b": "t"}).asking_for("absent")
    assert found is not None
    (template,) = found[0].config(init=True)["template"]
    assert found[1] == "a"
    assert '"api_key"' not in template["contents"]
    assert template["contents"].count('"absent"') == 2
