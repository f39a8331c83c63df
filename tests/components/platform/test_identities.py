"""What the platform declares for identities that are no pods."""

from __future__ import annotations

import pytest

from components import identities
from components.config.load import parse
from components.documents.deployer import courier, deployer
from tests.stacks.read import ROOT, data, path
from workload_secrets.decide.vault_acl import Policy
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph, Mode

APPROLE = "vault:appRole/authBackendRole:AuthBackendRole"
CERT = "vault:index/certAuthBackendRole:CertAuthBackendRole"
JWT = "vault:jwt/authBackendRole:AuthBackendRole"


@pytest.fixture(scope="module", params=["preview", "update"])
def graph(request: pytest.FixtureRequest) -> Graph:
    mode: Mode = request.param
    return capture(ROOT, str(path("identities")), mode=mode)


def test_one_mount_for_each_path_and_none_for_one_that_exists(graph: Graph) -> None:
    made = {r.name for r in graph.of("workload-secrets:vault:IdentityMount")}
    assert made == {"jwt", "tests/jwt", "approle", "machines", "cert"}
    paths = {r.inputs["path"] for r in graph.of("vault:index/authBackend:AuthBackend")}
    paths |= {r.inputs["path"] for r in graph.of("vault:jwt/authBackend:AuthBackend")}
    assert paths == {"build", "jwt", "approle", "machines", "cert"}
    (existing,) = graph.platform_output("declaration")["prerequisites"]
    assert existing == {
        "kind": "authMount",
        "name": "tests/jwt",
        "type": "jwt",
        "url": "https://gitlab.example/ci",
    }


def test_only_the_pod_has_an_account_and_a_role_on_the_clusters_mount(graph: Graph) -> None:
    accounts = graph.of("kubernetes:core/v1:ServiceAccount")
    assert [r.inputs["metadata"]["name"] for r in accounts] == ["shop"]
    here = [r for r in graph.of(JWT) if r.inputs["backend"] == "build"]
    assert [r.inputs["roleName"] for r in here] == ["shop"]


def test_every_identity_has_its_role_on_its_mount(graph: Graph) -> None:
    roles = {(r.inputs["backend"], r.inputs["roleName"]) for type_ in (APPROLE, JWT) for r in graph.of(type_)}
    roles |= {(r.inputs["backend"], r.inputs["name"]) for r in graph.of(CERT)}
    assert roles == {
        ("build", "shop"),
        ("jwt", "release"),
        ("jwt", "release-admin"),
        ("tests/jwt", "nightly"),
        ("approle", "backup-host"),
        ("approle", "restore-host"),
        ("machines", "vault-host"),
        ("cert", "edge-proxy"),
        ("cert", "edge-cache"),
    }
    rows = (*graph.platform_output("workloads").values(), *graph.platform_output("writers").values())
    assert {(row["authMount"], row["vaultRole"]) for row in rows} == roles


def test_the_deployers_policy_covers_every_role_and_mount_and_no_secret_id(graph: Graph) -> None:
    policy = Policy.parse(graph.platform_output("deployer")["vault"], "deployer")
    paths = {rule.path for rule in policy.rules}
    needed = {
        f"auth/{r.inputs['backend']}/role/{r.inputs['roleName']}"
        for type_ in (APPROLE, JWT)
        for r in graph.of(type_)
    }
    needed |= {f"auth/cert/certs/{r.inputs['name']}" for r in graph.of(CERT)}
    needed |= {f"sys/auth/{mount}" for mount in ("build", "jwt", "approle", "machines", "cert")}
    assert needed <= paths
    assert "sys/auth/tests/jwt" not in paths
    assert not [p for p in paths if "secret-id" in p]


def test_no_secret_id_is_registered_and_none_is_an_output(graph: Graph) -> None:
    assert not [r for r in graph.resources if "ecretID" in r.type or "ecretId" in r.type]
    outputs = [key for r in graph.resources for key in r.outputs]
    assert not [key for key in outputs if key.lower() in ("secretid", "secret_id", "wrappingtoken")]


def test_the_prover_has_no_right_on_anything_that_is_no_pod(graph: Graph) -> None:
    text = str(graph.platform_output("prover"))
    assert "shop" in text
    assert not [name for name in ("release", "backup-host", "edge-proxy") if name in text]


def test_without_machines_there_is_no_courier() -> None:
    config = parse(data("dev"), file="dev")
    assert identities.roles(config) == ()
    found = capture(ROOT, "dev").platform_output("courier")
    assert found == {"vault": None}


def test_in_a_namespace_the_couriers_paths_lie_there() -> None:
    changed = data("cluster-c")
    changed["workloads"]["host"] = {
        "identity": {"method": "approle", "boundCidrs": ["10.0.0.1"]},
        "reads": ["shop"],
    }
    config = parse(changed, file="c")
    assert 'path "team/c/auth/approle/role/host/secret-id"' in courier(config)["vault"]
    assert 'path "team/c/auth/approle/role/host/role-id"' in deployer(config)["vault"]
