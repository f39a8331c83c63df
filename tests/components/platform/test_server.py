"""The whole stack of a server as its platform declares it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from components.platform.server import TOKEN, VaultServerPlatform, VaultServerPlatformArgs
from tests.engine import ROOT, declare, names
from tests.stacks import server
from workload_secrets.declaration import Declaration
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph, Mode

RELEASE = "kubernetes:helm.sh/v3:Release"
KEY = "aws:kms/key:Key"
MODES: tuple[Mode, ...] = ("preview", "update")
SHAMIR: dict[str, Any] = {"vaultServer/seal": {"type": "shamir"}, "facts/aws": ...}


def platform(changes: dict[str, Any] | None = None, mode: Mode = "update") -> Graph:
    args = VaultServerPlatformArgs(stack=server.stack(changes), root=ROOT)
    return declare(lambda _: VaultServerPlatform("platform", args), mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("changes", [{}, server.VAULT, SHAMIR])
def test_everything_has_the_platforms_own_providers(changes: dict[str, Any], mode: Mode) -> None:
    graph = platform(changes, mode)
    inside = [r for r in graph.resources if "VaultServerPlatform" in r.urn and r.custom]
    for resource in (r for r in inside if not r.type.startswith("pulumi:providers:")):
        assert resource.provider_urn, resource.urn
        assert graph.get(resource.provider_urn).parent == graph.only(TOKEN).urn


def test_the_release_waits_for_what_unseals() -> None:
    graph = platform()
    assert {"unseal-role", "unseal-key", "unseal-alias", "unseal-unseal"} <= names(
        graph, graph.only(RELEASE).options.depends_on
    )


def test_without_kms_nothing_is_in_aws() -> None:
    graph = platform(SHAMIR)
    assert [r.urn for r in graph.resources if r.type.startswith("aws:")] == []
    assert [r.urn for r in graph.of("pulumi:providers:aws") if r.parent == graph.only(TOKEN).urn] == []


@pytest.mark.parametrize(
    ("changes", "skips"),
    [
        ({}, False),
        ({"vaultServer/phase": "firstStart"}, True),
        (SHAMIR, True),
    ],
)
def test_it_waits_for_pods_that_become_ready_by_themselves(changes: dict[str, Any], skips: bool) -> None:
    assert platform(changes).only(RELEASE).inputs["skipAwait"] is skips


def test_address_and_ca_are_handed_to_other_stacks() -> None:
    outputs = platform({"vaultServer/tls": {"source": "generated"}}).only(TOKEN).outputs
    assert outputs["address"] == "https://openbao.vault.svc:8200"
    assert outputs["ca"] == {"secret": "vault/openbao-tls", "key": "ca.crt"}
    pem = (ROOT / "certs/prod-vault.pem").read_text("ascii")
    assert platform().only(TOKEN).outputs["ca"] == {"pem": pem}


def test_injected_agents_trust_a_ca_that_is_known() -> None:
    pem = (ROOT / "certs/prod-vault.pem").read_bytes()
    injector = platform().only(RELEASE).inputs["values"]["injector"]
    assert base64.b64decode(injector["extraEnvironmentVars"]["AGENT_INJECT_VAULT_CACERT_BYTES"]) == pem
    unknown = platform({"vaultServer/tls": {"source": "generated"}}).only(RELEASE).inputs["values"]
    assert unknown["injector"]["extraEnvironmentVars"] == {}


def test_the_declaration_holds_the_server_and_nobody_elses_secrets() -> None:
    found = Declaration.read(platform().platform_output("declaration"))
    assert found.vault_server is not None
    assert found.vault_server.peers[0] == "openbao-0.openbao-internal.vault.svc"
    assert (dict(found.secrets), dict(found.principals)) == ({}, {})
    assert [item.kind for item in found.prerequisites] == ["namespace"]


def test_what_the_seal_needs_and_others_make_is_a_prerequisite() -> None:
    arn = "arn:aws:kms:eu-central-1:777788889999:key/1-2"
    given = {"key": "existing", "keyArn": arn, "oidcProvider": "existing", "type": "awskms"}
    graph = platform({"vaultServer/seal": given})
    found = Declaration.read(graph.platform_output("declaration"))
    assert [item.kind for item in found.prerequisites] == ["namespace", "oidcProvider", "kmsKey"]
    assert graph.of(KEY) == ()


def test_production_protects_the_key_and_the_release() -> None:
    for tier, protected in (("production", True), ("development", False)):
        graph = platform({"tier": tier})
        assert graph.only(KEY).options.protect is protected
        assert graph.only(RELEASE).options.protect is protected


def test_the_real_program_registers_the_same_and_exports_address_and_ca() -> None:
    graph = capture(ROOT, str(server.FILE))
    assert graph.outputs == {
        "address": "https://openbao.vault.svc:8200",
        "ca": {"pem": (ROOT / "certs/prod-vault.pem").read_text("ascii")},
    }
    assert graph.platform_output("declaration") == platform().platform_output("declaration")
