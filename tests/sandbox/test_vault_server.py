"""A Vault of the user's own. OpenBao stands in for its binary, with a script that calls itself Vault:
the same API initialises and unseals it. A real Vault was not run."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from workload_secrets.access.derived import declaration_of
from workload_secrets.errors import ServerError
from workload_secrets.graph.capture import capture
from workload_secrets.sandbox import down, openbao, substitutes, up, vault_server
from workload_secrets.sandbox.handle import ClusterSpec, Sandbox, StackSpec
from workload_secrets.sandbox.rest import Refused, Rest
from workload_secrets.sandbox.tools import tools

ROOT = Path(__file__).parents[2]
_TOKEN = re.compile(rb"\b(?:hv|)[sbr]\.[A-Za-z0-9]{24,}")
OWN = 'path "sys/mounts/owned" { capabilities = ["create", "read", "update"] }\n'
ISSUER = "https://oidc.eks.eu-central-1.amazonaws.com/id/ABCDEF0123456789"


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_openbao_stands_in_where_no_binary_is_named() -> None:
    assert vault_server.find({}) is None
    assert vault_server.find({vault_server.VARIABLE: ""}) is None


@pytest.mark.parametrize(
    ("says", "version"),
    [
        ("Vault v1.21.4 (abc), built 2026-01-01T00:00:00Z", "1.21.4"),
        ("Vault v1.19.0+ent (abc)", "1.19.0+ent"),
    ],
)
def test_a_binary_that_answers_as_vault_is_used_and_shown(tmp_path: Path, says: str, version: str) -> None:
    path = script(tmp_path / "vault", f"echo '{says}'")
    variables = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), vault_server.VARIABLE: str(path)}
    assert vault_server.find(variables) == vault_server.VaultBinary(path=path, version=version)
    shown = next(tool for tool in tools(variables) if tool.what == "Vault")
    assert (shown.version, shown.origin) == (version, f"{path} (WORKLOAD_SECRETS_VAULT)")


@pytest.mark.parametrize("text", ["echo OpenBao v2.7.2", "echo hello", "echo Vault v1.21.4; exit 1", None])
def test_what_is_no_vault_is_refused_and_shown_as_that(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "vault" if text is None else script(tmp_path / "vault", text)
    variables = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), vault_server.VARIABLE: str(path)}
    with pytest.raises(ServerError, match=r"doesn't answer as Vault; name the path .* or unset it"):
        vault_server.find(variables)
    shown = next(tool for tool in tools(variables) if tool.what == "Vault")
    assert shown.origin.endswith("(WORKLOAD_SECRETS_VAULT), which is no Vault")


def spec(stack: str, product: str, server: str) -> StackSpec:
    return StackSpec(
        stack=stack,
        cluster=ClusterSpec(name="one", issuer=ISSUER, api_audience="https://kubernetes.default.svc"),
        uses_vault=True,
        vault_policy=OWN,
        vault_product=product,
        vault_server=server,
    )


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Stack `vault` declares the product Vault, `bao` OpenBao, each at an address of its own."""
    folder = tmp_path_factory.mktemp("vault-server")
    more = folder / "more.hcl"
    more.write_text("unsafe_allow_api_audit_creation = true\n")  # OpenBao alone needs it
    version = '[ "$1" = version ] && echo "Vault v1.21.4" && exit 0'
    path = script(folder / "vault", f'{version}\nexec "{openbao.binary()}" "$@" -config="{more}"')
    specs = [spec("vault", "vault", "https://vault.example"), spec("bao", "openbao", "https://bao.example")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(vault_server.VARIABLE, str(path))
        made = up(specs, name="own", root=folder / ".sandbox", owner="process", progress=lambda _: None)
    yield made
    down("own", folder / ".sandbox")


def rest(sandbox: Sandbox, stack: str, token_file: Path | None) -> Rest:
    address = sandbox.stacks[stack].vault_address
    assert address
    assert token_file
    return Rest(address, sandbox.ca_file, {"X-Vault-Token": token_file.read_text()})


@pytest.mark.sandbox
def test_only_a_stack_of_that_product_gets_it(sandbox: Sandbox) -> None:
    parts = {part.address: (part.name, part.version) for part in sandbox.parts}
    assert parts[str(sandbox.stacks["vault"].vault_address)] == ("vault", "1.21.4")
    assert parts[str(sandbox.stacks["bao"].vault_address)][0] == "openbao-1"
    assert sandbox.has_own_vault("vault")
    assert not sandbox.has_own_vault("bao")


@pytest.mark.sandbox
def test_the_deployer_has_its_exact_rights_there(sandbox: Sandbox) -> None:
    own = rest(sandbox, "vault", sandbox.stacks["vault"].vault_token_file)
    own.call("POST", "/v1/sys/mounts/owned", {"type": "kv", "options": {"version": "2"}})
    with pytest.raises(Refused, match="403"):
        own.call("POST", "/v1/sys/mounts/other", {"type": "kv"})


@pytest.mark.sandbox
def test_its_root_token_is_revoked_and_written_nowhere(sandbox: Sandbox) -> None:
    access = sandbox.stacks["vault"]
    given = [access.vault_token_file, access.vault_admin_token_file]
    known = {file.read_bytes() for file in given if file}
    folder = sandbox.folder / "vault"
    for file in [*folder.rglob("*"), *(sandbox.folder / "logs").glob("vault*")]:
        if file.is_file():
            assert set(_TOKEN.findall(file.read_bytes())) <= known, file.name
    entries = [json.loads(line) for line in (folder / "audit.log").read_text().splitlines()]
    answers = [entry for entry in entries if entry["type"] == "response"]
    revoked = [e for e in answers if e["request"]["path"] == "auth/token/revoke-self"]
    assert [entry["auth"]["policies"] for entry in revoked] == [["root"]]
    last = max(i for i, e in enumerate(answers) if "root" in (e.get("auth") or {}).get("policies", ()))
    assert answers[last] == revoked[0]


@pytest.mark.sandbox
def test_a_substitution_is_named_only_where_there_is_one(sandbox: Sandbox) -> None:
    graph = capture(ROOT, "examples/pmp-vault.yaml")
    declaration = declaration_of(graph)
    assert declaration.facts.vault is not None
    assert declaration.facts.vault.product == "vault"
    said = {
        name: substitutes.product(replace(sandbox, stacks={graph.stack: access}), graph.stack, declaration)
        for name, access in sandbox.stacks.items()
    }
    assert said == {"vault": None, "bao": f"product vault {declaration.facts.vault.version} → OpenBao"}
