"""The Vault evaluator against OpenBao's own answer, on 10,000 generated pairs."""

from __future__ import annotations

import os
import random
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hvac
import pytest
from hvac.exceptions import InvalidRequest

from workload_secrets.decide.vault_acl import Policy, capabilities

pytestmark = pytest.mark.sandbox

SETS = 400
PATHS = 25
SEGMENTS: tuple[str, ...] = ("a", "b", "ab", "data", "metadata", "team", "team-x", "x")
CAPABILITIES: tuple[str, ...] = ("create", "read", "update", "delete", "list", "sudo", "patch", "scan")


@dataclass(frozen=True)
class Case:
    """Policies that one token holds, and the paths asked with it."""

    policies: tuple[str, ...]
    paths: tuple[str, ...]


@pytest.fixture(scope="module")
def openbao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A development server on a free port of 127.0.0.1 that writes nothing outside its own folder."""
    home = tmp_path_factory.mktemp("openbao")
    token = secrets.token_hex(16)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    program = Path(sys.executable).parent / "bao"
    arguments = ["server", "-dev", "-dev-no-store-token", f"-dev-listen-address={address}"]
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "BAO_DEV_ROOT_TOKEN_ID": token}
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            [str(program), *arguments], cwd=home, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        client: Any = hvac.Client(url=f"http://{address}", token=token)
        _wait(client, server)
        yield client
    finally:
        server.terminate()
        server.wait(timeout=10)


def _wait(client: Any, server: subprocess.Popen[bytes]) -> None:
    """Until our own server answers to our own token; another listener would not know it."""
    for _ in range(200):
        assert server.poll() is None, "OpenBao ended at start"
        try:
            if client.is_authenticated():
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError("OpenBao did not answer in 20 s")


def cases(seed: int) -> list[Case]:
    chance = random.Random(seed)
    return [_case(chance) for _ in range(SETS)]


def _case(chance: random.Random) -> Case:
    texts = tuple(_policy(chance) for _ in range(chance.randint(1, 3)))
    patterns = [line.split('"')[1] for text in texts for line in text.splitlines() if line.startswith("path")]
    return Case(policies=texts, paths=tuple(_asked(chance, patterns) for _ in range(PATHS)))


def _asked(chance: random.Random, patterns: list[str]) -> str:
    """Half are drawn freely, half fill in or narrowly miss one of the patterns."""
    if chance.random() < 0.5:
        return _free(chance)
    parts = chance.choice(patterns).lstrip("/").split("/")
    filled = "/".join(chance.choice(SEGMENTS) if p == "+" else p for p in parts)
    if filled.endswith("*"):
        filled = filled[:-1] + chance.choice(("", "a", "team-x", "a/b", "b/"))
    if chance.random() < 0.2 and not filled.endswith("/"):
        filled += "/"
    return filled or "a"


def _free(chance: random.Random) -> str:
    path = "/".join(chance.choices(SEGMENTS, k=chance.randint(1, 5)))
    return path + ("/" if chance.random() < 0.25 else "")


def _pattern(chance: random.Random) -> str:
    """Exact paths, trailing globs, plus segments, plus inside a segment, stars in the middle."""
    pool = (*SEGMENTS, "+", "+", "+", "+a") if chance.random() < 0.6 else SEGMENTS
    parts = chance.choices(pool, k=chance.randint(1, 5))
    if chance.random() < 0.05:
        parts[chance.randrange(len(parts))] = "*"
    path = "/".join(parts) + chance.choice(("", "", "", "/", "/*", "*"))
    path = ("/" if chance.random() < 0.05 else "") + path
    return path.replace("+*", "+/*")


def _policy(chance: random.Random) -> str:
    blocks = [_block(chance) for _ in range(chance.randint(1, 6))]
    if chance.random() < 0.1:
        blocks.append(blocks[0])
    return (
        chance.choice(("", "", "# a comment\n", "// another\n"))
        + "\n".join(blocks)
        + chance.choice(("", "\n"))
    )


def _block(chance: random.Random) -> str:
    granted = list(chance.sample(CAPABILITIES, k=chance.randint(0, 4)))
    if chance.random() < 0.12:
        granted.append("deny")
    listed = ", ".join(f'"{c}"' for c in granted)
    lines = [f"  capabilities = [{listed}]"]
    if chance.random() < 0.05:
        lines = [f'  policy = "{chance.choice(("read", "write", "sudo", "deny"))}"']
    return "\n".join([f'path "{_pattern(chance)}" {{', *lines, "}"])


def _server_answers(client: Any, case: Case, number: int) -> dict[str, Any]:
    names = [f"case-{number}-{index}" for index in range(len(case.policies))]
    for name, text in zip(names, case.policies, strict=True):
        client.sys.create_or_update_acl_policy(name, text)
    token = client.auth.token.create(policies=names, no_default_policy=True, no_parent=True, ttl="5m")
    body: dict[str, Any] = {"token": token["auth"]["client_token"], "paths": list(case.paths)}
    return dict(client.adapter.post("/v1/sys/capabilities", json=body)["data"])


def test_ten_thousand_answers_agree_with_openbao(openbao: Any) -> None:
    asked = 0
    granted = 0
    for number, case in enumerate(cases(seed=20261121)):
        answers = _server_answers(openbao, case, number)
        policies = [Policy.parse(text, f"p{index}") for index, text in enumerate(case.policies)]
        for path in case.paths:
            asked += 1
            ours, theirs = capabilities(policies, path), frozenset[str](answers[path])
            granted += "deny" not in theirs
            assert ours == theirs, f"{path} under {case.policies}"
    assert asked == 10_000
    assert granted > 2_000, "the generator must grant often enough to mean something"


@pytest.mark.parametrize(
    "text",
    [
        'path "a" { capabilities = ["reed"] }',
        'path "a" { capabilities = "read" }',
        'path "a" { capability = ["read"] }',
        'path "+*" { capabilities = ["read"] }',
        'path "a" { policy = "all" }',
        'path "a/{{b" { policy = "read" }',
        'path "a}}" { policy = "read" }',
        'paths "a" { capabilities = ["read"] }',
        'path "a" { capabilities = ["read"',
    ],
)
def test_what_openbao_refuses_we_refuse(openbao: Any, text: str) -> None:
    with pytest.raises(InvalidRequest):
        openbao.sys.create_or_update_acl_policy("refused", text)
    with pytest.raises(ValueError, match="Vault policy refused"):
        Policy.parse(text, "refused")


@pytest.mark.parametrize(
    "text",
    [
        'path "a" { capabilities = ["read"] }\npath "a" { capabilities = ["list"] }',
        'path "a" { capabilities = ["read"] }\npath "a" { capabilities = ["deny"] }',
        'path "a" { capabilities = ["read"]\n capabilities = ["list"] }',
        'path "a" { capabilities = ["read"]\n capabilities = ["deny"] }',
        'path "a" { capabilities = ["list"]\n policy = "read" }',
        'path a { capabilities = ["read"] }',
        '{"path": {"a": {"capabilities": ["read", "list"]}}}',
        '{"path": [{"a": {"policy": "write"}}]}',
        'path "/a" { capabilities = ["read"] }',
        'name = "x"\npath "a" {}',
        'path "a" { capabilities = ["read"]\n comment = "why" }',
    ],
)
def test_unusual_forms_mean_what_openbao_takes_them_for(openbao: Any, text: str) -> None:
    answers = _server_answers(openbao, Case(policies=(text,), paths=("a", "a/")), 0)
    for path in ("a", "a/"):
        assert capabilities([Policy.parse(text, "p")], path) == frozenset[str](answers[path])


def test_templated_paths_are_filled_as_openbao_fills_them(openbao: Any) -> None:
    """A login by name and password has an alias, as one by a ServiceAccount has."""
    openbao.sys.enable_auth_method("userpass")
    accessor = openbao.sys.list_auth_methods()["data"]["userpass/"]["accessor"]
    alias = f"identity.entity.aliases.{accessor}"
    paths = (
        f"own/{{{{{alias}.name}}}}",
        f"glob/{{{{ {alias}.name }}}}/*",
        f"metadata/{{{{{alias}.metadata.absent}}}}",
        f"other/{{{{{alias.replace(accessor, 'auth_userpass_other')}.name}}}}",
        "nonsense/{{identity.nothing}}",
    )
    text = "".join(f'path "{path}" {{\n  capabilities = ["read"]\n}}\n' for path in paths)
    openbao.sys.create_or_update_acl_policy("templated", text)
    password = secrets.token_hex(16)
    openbao.auth.userpass.create_or_update_user("pmp", password=password, policies=["templated"])
    login = openbao.auth.userpass.login("pmp", password, use_token=False)
    asked = [f"{p.split('/')[0]}/{name}" for p in paths for name in ("pmp", "pmp/x", "other", "absent", "")]
    body: dict[str, Any] = {"token": login["auth"]["client_token"], "paths": asked}
    answers: dict[str, Any] = openbao.adapter.post("/v1/sys/capabilities", json=body)["data"]
    identity = {f"{alias}.name": "pmp", f"{alias}.metadata.username": "pmp"}
    policies = [Policy.parse(text, "templated")]
    for path in asked:
        assert capabilities(policies, path, identity) == frozenset[str](answers[path]), path
    assert capabilities(policies, "own/pmp", identity) == {"read"}
