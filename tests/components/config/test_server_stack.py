"""A server's stack file: what it may say, what it may not, and in which words it is refused."""

import contextvars
import json
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.config.collisions import collisions
from components.config.errors import ConfigError
from components.config.load import load, parse, parse_server
from components.config.stack import StackConfig
from components.config.vault_server import ServerStack
from tests.stacks import server
from tests.stacks.read import ROOT
from tests.stacks.read import data as config_data

TEXTS = {"environment", "tier"}


def refused(changes: dict[str, Any]) -> list[str]:
    with pytest.raises(ConfigError) as error:
        parse_server(server.data(changes), file="server.yaml", folder=ROOT)
    return str(error.value).splitlines()


def loaded(data: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch) -> StackConfig | ServerStack:
    """Loads texts as the engine passes them, with the project's defaults among them."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(pulumi, "get_stack", lambda: "server")
    texts = {
        f"workload-secrets:{key}": value if key in TEXTS else json.dumps(value) for key, value in data.items()
    }

    def inside() -> StackConfig | ServerStack:
        pulumi.runtime.set_all_config(texts, [])
        return load(pulumi.Config("workload-secrets"))

    return contextvars.copy_context().run(inside)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the real defaults, certificates, and a file of the stack `server`."""
    (tmp_path / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text("utf-8"), "utf-8")
    (tmp_path / "certs").symlink_to(ROOT / "certs")
    (tmp_path / "Pulumi.server.yaml").write_text(server.FILE.read_text("utf-8"), "utf-8")
    return tmp_path


def with_defaults() -> dict[str, Any]:
    defaults = config_data("dev")
    return {key: defaults[key] for key in ("shared", "secrets", "workloads", "writers")} | server.data()


def test_the_projects_defaults_are_ignored(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(loaded(with_defaults(), project, monkeypatch), ServerStack)


def test_what_the_stack_file_itself_states_is_refused(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = project / "Pulumi.server.yaml"
    file.write_text(file.read_text() + "  workload-secrets:secrets:\n    a: {backend: aws, name: a}\n")
    with pytest.raises(ConfigError) as error:
        loaded(with_defaults(), project, monkeypatch)
    assert str(error.value) == (
        "Pulumi.server.yaml: secrets: got an object; allowed: nothing beside vaultServer: one stack runs the "
        "server, another configures it; remedy: move secrets to a stack file without vaultServer; it reaches "
        "the server by its address"
    )


def test_an_empty_object_states_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = project / "Pulumi.server.yaml"
    file.write_text(file.read_text() + "  workload-secrets:workloads: {}\n")
    assert isinstance(loaded(with_defaults() | {"workloads": {}}, project, monkeypatch), ServerStack)


def test_a_stack_without_the_section_is_of_the_other_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(loaded(config_data("dev"), ROOT, monkeypatch), StackConfig)


def test_the_example_is_a_server_with_every_default() -> None:
    made = server.stack().vault_server
    assert (made.release, made.address, made.replicas, made.phase) == (None, None, 3, "running")
    assert [device.kind for device in made.audit.values()] == ["file", "stdout"]


SEAL = "vaultServer/seal"
REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "the Vault of a configuration": (
        {"facts/vault": {"product": "openbao", "version": "2.7", "reviewer": "jwt"}},
        "server.yaml: facts.vault: got an object; allowed: nothing beside vaultServer: the server's product, "
        "version and address stand there; remedy: remove it here, and write it in a stack of its own "
        "for what "
        "is configured in the server",
    ),
    "the address of a configuration": (
        {"endpoints/vault": {"address": "https://openbao.vault.svc:8200"}},
        "server.yaml: endpoints.vault: got an object; allowed: nothing beside vaultServer: the server's "
        "product, version and address stand there; remedy: remove it here, and write it in a stack of "
        "its own "
        "for what is configured in the server",
    ),
    "four replicas": (
        {"vaultServer/replicas": 4},
        "server.yaml: vaultServer.replicas: got 4; allowed: 3 or 5; remedy: use 3; phase: firstStart "
        "runs one "
        "of them",
    ),
    "one replica": (
        {"vaultServer/replicas": 1},
        "server.yaml: vaultServer.replicas: got 1; allowed: 3 or 5; remedy: use 3; phase: firstStart "
        "runs one "
        "of them",
    ),
    "a seal that went": (
        {"vaultServer/version": "2.7.2"},
        'server.yaml: vaultServer.seal.type: got "awskms"; allowed: a seal that openbao 2.7.2 has built in; '
        "remedy: stay below 2.7, or use static, transit or shamir",
    ),
    "a seal that Vault has not": (
        {**server.VAULT, SEAL: server.STATIC},
        'server.yaml: vaultServer.seal.type: got "static"; allowed: a seal that vault 2.0.4 has built in; '
        "remedy: use awskms, transit or shamir on Vault",
    ),
    "an old server": (
        {"vaultServer/version": "2.3.2"},
        'server.yaml: vaultServer.version: got "2.3.2"; allowed: openbao 2.4 or newer; remedy: name the '
        "version "
        "of a maintained release",
    ),
    "half a version": (
        {"vaultServer/version": "2.6"},
        'server.yaml: vaultServer.version: got "2.6"; allowed: MAJOR.MINOR.PATCH, such as 2.6.2: it is '
        "also the "
        "image's tag; remedy: write the whole version in quotes",
    ),
    "a setting of another seal": (
        {f"{SEAL}/keyId": "a"},
        "server.yaml: vaultServer.seal.keyId: allowed: for seal awskms: key, keyArn, administrators, "
        "oidcProvider; remedy: remove the key",
    ),
    "a seal without its settings": (
        {SEAL: {"type": "static", "keyId": "a"}},
        "server.yaml: vaultServer.seal.secret: got nothing; allowed: a value, seal static needs it; "
        "remedy: add "
        "the key",
    ),
    "a key of one's own without its ARN": (
        {f"{SEAL}/key": "existing"},
        "server.yaml: vaultServer.seal.keyArn: got nothing; allowed: the ARN of the key with key: existing, "
        "nothing with key: create; remedy: add the key",
    ),
    "KMS without an account": (
        {"facts/aws": ...},
        "server.yaml: facts.aws: got nothing; allowed: the account and region of the key that unseals; "
        "remedy: "
        "add facts.aws, or choose another seal",
    ),
    "KMS without a public issuer": (
        {"facts/cluster/privateIssuer": True},
        'server.yaml: vaultServer.seal.type: got "awskms"; allowed: awskms only where AWS can read the '
        "cluster's issuer: the pod takes its role by it; remedy: publish the issuer, or choose another seal",
    ),
    "a setting of a seal that has none": (
        {SEAL: {"type": "shamir", "keyId": "a"}},
        "server.yaml: vaultServer.seal.keyId: allowed: for seal shamir: nothing more; remedy: remove the key",
    ),
    "an issuer nobody asked for": (
        {"vaultServer/tls": {"source": "secret", "issuer": {"name": "ca"}}},
        "server.yaml: vaultServer.tls.issuer: got an object; allowed: cert-manager's issuer with source: "
        "issuer, nothing else; remedy: remove the key: source is secret",
    ),
    "no issuer where one is asked for": (
        {"vaultServer/tls": {"source": "issuer"}},
        "server.yaml: vaultServer.tls.issuer: got nothing; allowed: cert-manager's issuer with source: "
        "issuer, "
        "nothing else; remedy: add the key",
    ),
    "no TLS": (
        {"vaultServer/tls": ...},
        "server.yaml: vaultServer.tls: got nothing; allowed: a value, this key is required; remedy: add "
        "the key",
    ),
    "an address without TLS": (
        {"vaultServer/address": "http://vault.example:8200"},
        'server.yaml: vaultServer.address: got "http://vault.example:8200"; allowed: an address that begins '
        "with https://; remedy: use TLS: secrets would travel in clear text",
    ),
    "an address without a port": (
        {"vaultServer/address": "https://vault.example"},
        'server.yaml: vaultServer.address: got "https://vault.example"; allowed: an address with its '
        "port, such "
        "as https://openbao.vault.svc:8200; remedy: write the port: other stacks compare the whole address",
    ),
    "no audit file": (
        {"vaultServer/audit": {"stdout": {"kind": "stdout"}}},
        "server.yaml: vaultServer.audit: got 1 devices, none with kind: file; allowed: at least one "
        "device of "
        "kind: file: a pod's log goes with the pod; remedy: add file: {kind: file}",
    ),
    "a key that is not known": (
        {"vaultServer/tlsDisable": True},
        "server.yaml: vaultServer.tlsDisable: got a key that is not known; allowed: address, audit, "
        "bootstrap, "
        "imageDigest, ingress, injector, namespace, phase, product, release, replicas, resources, seal, "
        "storage, telemetry, tls, trust, version; remedy: remove the key",
    ),
}


@pytest.mark.parametrize("claim", REFUSALS)
def test_it_is_refused_in_these_words(claim: str) -> None:
    changes, line = REFUSALS[claim]
    assert refused(changes) == [line]


@pytest.mark.parametrize(
    "changes",
    [
        server.VAULT,
        {SEAL: server.STATIC, "vaultServer/version": "2.7.2"},
        {SEAL: {"type": "shamir"}, "facts/aws": ...},
        {
            SEAL: {
                "type": "transit",
                "secret": {"name": "other", "key": "token"},
                "address": "https://other.example:8200",
                "mount": "transit",
                "keyName": "unseal",
            }
        },
        {f"{SEAL}/key": "existing", f"{SEAL}/keyArn": "arn:aws:kms:eu-central-1:777788889999:key/1-2"},
        {"vaultServer/replicas": 5, "vaultServer/phase": "firstStart"},
        {"vaultServer/tls": {"source": "issuer", "issuer": {"name": "corporate"}}},
        {"vaultServer/tls": {"source": "secret", "caFile": "certs/prod-vault.pem"}},
    ],
)
def test_every_way_to_run_a_server_is_taken(changes: dict[str, Any]) -> None:
    assert isinstance(server.stack(changes), ServerStack)


def test_two_servers_in_one_place_collide() -> None:
    found = collisions({"a": server.stack(), "b": server.stack()})
    assert [line.split(": ")[0] for line in found] == [
        "Helm release vault/openbao at "
        "https://A1B2C3EXAMPLE4D5E6F7A8B9C0D1E2F3.gr7.eu-central-1.eks.amazonaws.com",
        "IAM role guide-openbao-unseal in account 777788889999",
        "KMS alias alias/guide-unseal in account 777788889999, eu-central-1",
        "OIDC provider https://oidc.eks.eu-central-1.amazonaws.com/id/A1B2C3EXAMPLE4D5E6F7A8B9C0D1E2F3 "
        "in account 777788889999",
        "Vault server https://openbao.vault.svc:8200",
    ]


def test_a_server_and_its_configuration_claim_nothing_twice() -> None:
    configuration = parse(config_data("dev"), file="dev")
    assert collisions({"dev": configuration, "server": server.stack()}) == []
