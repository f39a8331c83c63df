"""The real agent with our templates: content, modes, rotation, and failures that are loud."""

from __future__ import annotations

import json
import stat
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.documents.agent import MEMBERS, PKI_FILES, File, Source
from tests.sandbox.agent.conftest import Agents, Pods, Vault, kv

pytestmark = pytest.mark.sandbox
NASTY = (
    "a'b",
    "''",
    'say "hi"',
    "line one\nline two\n",
    "$HOME ${PATH} $(id) `id`",
    "back\\slash \\n \\' \\\\",
    "{{ .Data }} }} {{- end -}}",
    "# no comment; rm -rf / && true | cat > x",
    " leading and trailing \t",
    "",
    "ünïcødé 🔑 \u2028",
    "<&> </script> %s %v !bang ~ *",
    "\r\n",
    "'",
    "=a=b",
)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


def by_shell(file: Path) -> dict[str, str]:
    """The variables as a POSIX shell reads them."""
    done = subprocess.run(
        ["/bin/sh", "-ec", 'set -a; . "$1"; env -0', "sh", str(file)],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
    )
    pairs = (entry.partition("=") for entry in done.stdout.decode().split("\0") if entry)
    return {name: value for name, _, value in pairs if name.startswith("K")}


def _rendered(vault: Vault, pod: Pods, agent: Agents, values: dict[str, str]) -> list[dict[str, str]]:
    """The values as three kinds of file give them back."""
    vault.put("values", values)
    keys = tuple(values)
    files = [
        kv("values", keys),
        replace(kv("values", keys, format="json"), name="members"),
        replace(kv("values", keys, format="keys"), name="each"),
    ]
    with agent(pod(*files)) as running:
        ended = running.init()
        assert ended.code == 0, ended.reasons
        return [
            by_shell(running.file("config")),
            json.loads(running.file("members").read_text("utf-8")),
            {key: running.file(f"each/{key}").read_bytes().decode() for key in keys},
        ]


def test_values_arrive_as_they_are(vault: Vault, pod: Pods, agent: Agents) -> None:
    values = {f"K{number}": value for number, value in enumerate(NASTY)}
    for found in _rendered(vault, pod, agent, values):
        assert found == values


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXT, min_size=10, max_size=30))
def test_any_text_arrives_as_it_is(vault: Vault, pod: Pods, agent: Agents, texts: list[str]) -> None:
    values = {f"K{number}": value for number, value in enumerate(texts)}
    for found in _rendered(vault, pod, agent, values):
        assert found == values


@pytest.mark.parametrize("mode", ["0400", "0440", "0444"])
def test_a_file_has_its_mode(vault: Vault, pod: Pods, agent: Agents, mode: str) -> None:
    vault.put("modes", {"a": "1"})
    with agent(pod(kv("modes", ("a",), mode=mode))) as running:
        assert running.init().code == 0
        assert stat.S_IMODE(running.file("config").stat().st_mode) == int(mode, 8)


@pytest.mark.parametrize("format_", ["env", "json", "keys"])
def test_a_missing_key_ends_the_agent_and_writes_nothing(
    vault: Vault, pod: Pods, agent: Agents, format_: str
) -> None:
    vault.put("lacking", {"VCS.there": "1"})
    names = {"VCS.there": "A", "VCS.gone": "B"}
    with agent(pod(kv("lacking", ("VCS.there", "VCS.gone"), format=format_, names=names))) as running:
        ended = running.init()
        assert ended.code not in (0, None)
        assert any("has no key VCS.gone" in reason for reason in ended.reasons)
        assert not running.file("config").exists() or not running.file("config/B").exists()


@pytest.mark.parametrize("format_", ["env", "json", "keys"])
def test_an_optional_key_may_be_missing(vault: Vault, pod: Pods, agent: Agents, format_: str) -> None:
    vault.put("partly", {"b": "2"})
    optional = frozenset({"a", "c"})
    file = kv("partly", ("a", "b", "c"), format=format_, optional=optional)
    every = replace(file, name="every", optional=frozenset("abc"))
    with agent(pod(file, every)) as running:
        ended = running.init()
        assert ended.code == 0, ended.reasons
        for name in ("config", "every"):
            if format_ == "json":
                assert json.loads(running.file(name).read_text()) == {"b": "2"}
            elif format_ == "env":
                assert running.file(name).read_text() == "b='2'\n"
            else:
                assert running.file(f"{name}/b").read_text() == "2"


def test_new_values_are_written_and_a_key_that_goes_ends_the_sidecar(
    vault: Vault, pod: Pods, agent: Agents
) -> None:
    vault.put("turning", {"a": "old", "b": "x"})
    with agent(pod(kv("turning", ("a", "b")))) as running:
        file = running.file("config")
        running.start()
        assert running.wait(lambda: file.exists() and "old" in file.read_text(), 10)
        vault.put("turning", {"a": "new", "b": "x"})
        assert running.wait(lambda: "new" in file.read_text(), 6)
        vault.put("turning", {"a": "new"})
        ended = running.ended(15)
        assert ended.code not in (0, None)
        assert any("has no key b" in reason for reason in ended.reasons)
        assert "new" in file.read_text(), "the app keeps what it had"


def test_a_token_for_another_audience_does_not_log_in(vault: Vault, pod: Pods, agent: Agents) -> None:
    """Such as the one that IRSA's webhook mounts."""
    vault.put("modes", {"a": "1"})
    with agent(pod(kv("modes", ("a",))), audience="sts.amazonaws.com") as running:
        ended = running.init()
        assert ended.code not in (0, None)
        assert not running.file("config").exists()


def test_what_the_role_may_not_read_is_never_written_and_the_log_says_why(
    vault: Vault, pod: Pods, agent: Agents
) -> None:
    """The agent asks twelve times, each time later, before it ends: minutes in all."""
    vault.policy("narrow", "agent-kv/data/other", "read")
    vault.put("modes", {"a": "1"})
    with agent(pod(kv("modes", ("a",)), role="narrow")) as running:
        ended = running.init(seconds=4)
        assert ended.code is None
        assert "permission denied" in ended.reasons
        assert not running.file("config").exists()


def test_a_certificate_is_renewed_before_it_ends_and_fits_its_key(
    vault: Vault, pod: Pods, agent: Agents
) -> None:
    rest = vault.rest
    rest.call("POST", "/v1/sys/mounts/agent-pki", {"type": "pki"})
    rest.call("POST", "/v1/agent-pki/root/generate/internal", {"common_name": "root", "key_type": "ec"})
    role = {"allowed_domains": "api.example", "allow_bare_domains": True, "max_ttl": "1h", "key_type": "ec"}
    rest.call("POST", "/v1/agent-pki/roles/api", role)
    vault.policy("issuer", "agent-pki/issue/api", "update")
    request = {"common_name": "api.example", "ttl": "12s"}
    source = Source(kind="pki", path="agent-pki/issue/api", arguments=request)
    keys = MEMBERS["pki"]
    file = File(name="tls", source=source, format="keys", keys=keys, names=PKI_FILES, mode="0400")
    seen: dict[int, float] = {}

    def renewed() -> bool:
        crt, key = running.file("tls/tls.crt"), running.file("tls/tls.key")
        if not (crt.exists() and key.exists()):
            return False
        leaf = x509.load_pem_x509_certificates(crt.read_bytes())[0]
        if load_pem_private_key(key.read_bytes(), None).public_key() == leaf.public_key():
            seen.setdefault(leaf.serial_number, time.time())
        return len(seen) > 1

    with agent(pod(file, role="issuer")) as running:
        running.start()
        assert running.wait(renewed, 25)
    first, second = seen.values()
    assert second - first < 12, "the first had ended before the second came"
