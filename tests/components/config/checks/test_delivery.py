from typing import Any

import pytest

from components.config.errors import ConfigError
from components.config.load import parse
from tests.stacks.read import ROOT, changed

KV = {"secret": "api-service"}


def _lines(change: dict[str, Any]) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        parse(changed("agent", change), file="agent.yaml", folder=ROOT)
    return str(refused.value).removeprefix("agent.yaml: ").split("\nagent.yaml: ")


def _file(**fields: Any) -> dict[str, Any]:
    return {"workloads/api-service/files/config": {**KV, **fields}}


def test_the_stack_itself_is_accepted() -> None:
    parse(changed("agent", {}), file="agent.yaml", folder=ROOT)


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        (_file(secret="dotted"), "files.config.secret", "secrets that the workload reads: api-service"),
        (_file(format="template"), "files.config.template", "a text with format: template"),
        (_file(template="x"), "files.config.template", "and with no other format"),
        (
            _file(format="template", template='{{ with secret "a/b" }}{{ end }}'),
            "files.config.template",
            "secret",
        ),
        (
            _file(format="template", template="{{ file `/etc/passwd` }}"),
            "files.config.template",
            "function file",
        ),
        (
            _file(format="template", template="x", optional=["api_key"]),
            "files.config.optional",
            "says itself",
        ),
        (
            _file(names={"apikey": "X"}),
            "files.config.names",
            'got "apikey"; allowed: keys in use of api-service',
        ),
        (_file(names={"api_key": "9X"}), "files.config.names", "a shell variable"),
        (_file(names={"api_key": "A-B"}), "files.config.names", "a shell variable"),
        (_file(names={"api_key": "X", "database_url": "X"}), "files.config.names", "its own for each key"),
        (_file(format="keys", names={"api_key": "../x"}), "files.config.names", "a file name"),
        (_file(format="json", names={"api_key": 'a"b'}), "files.config.names", "without quotes"),
        (_file(optional=["nothing"]), "files.config.optional", "keys in use"),
        (_file(mode="400"), "files.config.mode", "four octal digits"),
        (_file(mode="0480"), "files.config.mode", "four octal digits"),
        ({"workloads/api-service/files/Config": KV}, "files.Config", "more than capitals"),
        ({"workloads/api-service/files": {}}, "files", "one file at least"),
        ({"workloads/api-service/delivery": "direct"}, "files", "the app reads its secrets itself"),
        ({"workloads/itself/agent": {}}, "agent", "options of direct"),
        ({"workloads/itself/tokenSeconds": 599}, "tokenSeconds", "600 to 86400"),
        ({"workloads/nightly/agent/initOnly": False}, "agent.initOnly", "it would never end"),
        (
            {"workloads/pasted/agent": {"caCert": "/vault/tls/ca.crt"}},
            "agent.caCert",
            "mounted into the agent",
        ),
        ({"workloads/pasted/agent": {"clientCert": "/a/b", "tlsSecret": "x"}}, "agent.clientKey", "together"),
        ({"workloads/pasted/agent": {"caCert": "/vault/../etc"}}, "agent.caCert", "without .."),
        ({"workloads/pasted/agent": {"tlsSkipVerify": True}}, "agent.tlsSkipVerify", "not known"),
        (
            {"workloads/pasted/agent": {"runAsSameUser": True, "runAsUser": 7}},
            "agent.runAsUser",
            "runAsSameUser",
        ),
        ({"workloads/pasted/agent": {"runAsUser": 0}}, "agent.runAsUser", "never runs as root"),
        (
            {"workloads/pasted/agent": {"authMinBackoffSeconds": 9, "authMaxBackoffSeconds": 3}},
            "agent.authMinBackoffSeconds",
            "at most authMaxBackoffSeconds, 3",
        ),
        ({"workloads/itself/target/kind": "DaemonSet"}, "target.kind", "'CronJob'"),
        ({"workloads/itself/target": {"kind": "Deployment", "name": "api-service"}}, "target", "one account"),
        ({"shared/namespaces/production/manage": "create"}, "target", "nothing is in it yet"),
    ],
)
def test_it_is_refused(change: dict[str, Any], key: str, words: str) -> None:
    lines = [line for line in _lines(change) if f".{key}: " in line]
    assert lines, _lines(change)
    assert words in lines[0]
    assert "; remedy: " in lines[0]


def test_a_file_of_a_secret_in_aws_is_refused() -> None:
    change = {
        "workloads/pmp/delivery": "agent",
        "workloads/pmp/mendix": ...,
        "workloads/pmp/files": {"config": {"secret": "pmp-credentials"}},
    }
    with pytest.raises(ConfigError, match="which is in AWS"):
        parse(changed("dev", change), file="dev.yaml", folder=ROOT)


def test_mendix_makes_its_pods_itself() -> None:
    change = {"workloads/pmp/target": {"kind": "Deployment", "name": "mxplatform"}}
    with pytest.raises(ConfigError, match="its operator makes the pods"):
        parse(changed("dev", change), file="dev.yaml", folder=ROOT)


def test_a_life_of_a_token_that_nobody_mounts_is_refused() -> None:
    change = {"workloads/billing/tokenSeconds": 900}
    with pytest.raises(ConfigError, match="only where a token is projected"):
        parse(changed("dev", change), file="dev.yaml", folder=ROOT)


def test_a_template_is_never_shown() -> None:
    lines = _lines(_file(format="template", template="hunter2" * 4000))
    assert all("hunter2" not in line for line in lines)


def test_an_identity_that_is_no_pod_has_no_delivery() -> None:
    identity = {"method": "approle", "boundCidrs": ["10.0.0.0/24"]}
    change: dict[str, Any] = {
        "workloads/pasted/identity": identity,
        "workloads/pasted/namespace": ...,
    }
    lines = [line for line in _lines(change) if "pasted." in line]
    assert any(".delivery: " in line and "no pod" in line for line in lines), lines
    assert any(".files: " in line and "no pod" in line for line in lines), lines
