"""The whole program with the configuration of `dev` and `prod`, as it stands in their files."""

from __future__ import annotations

import gc
import json
import runpy
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from tests.components.mocks.mocks import ACCOUNT, REGION, Cloud

ROOT = Path(__file__).parents[3]
STACKS = ("dev", "prod")
SECRET = "aws:secretsmanager/secret:Secret"
MOUNT = "vault:index/mount:Mount"
PLATFORM = "workload-secrets:platform:Platform"


def configuration(stack: str) -> dict[str, str]:
    """The defaults of Pulumi.yaml and the values of the stack's file, as the engine hands them over."""
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text("utf-8"))["config"]
    values = {key: about["default"] for key, about in project.items() if "default" in about}
    values |= yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text("utf-8"))["config"]
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


def texts(value: Any) -> Iterator[Any]:
    """Everything at the ends of nested lists and objects."""
    if isinstance(value, dict | list):
        for below in value.values() if isinstance(value, dict) else value:
            yield from texts(below)
    else:
        yield value


class Stack(Cloud):
    """A stack that ran. `exports` are its outputs; `unknown` and `secret` hold the places in them
    whose value is unknown or marked as secret."""

    def __init__(self, name: str, *, preview: bool = False) -> None:
        super().__init__(stack=name, preview=preview)
        self.exports: dict[str, Any] = {}
        self.unknown: set[tuple[str, ...]] = set()
        self.secret: set[tuple[str, ...]] = set()
        pulumi.runtime.test(self._run)()

    def _run(self) -> Any:
        self.begin()
        pulumi.runtime.set_all_config(configuration(self.stack))
        runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")
        root: Any = pulumi.runtime.get_root_resource()
        return self._read(root.outputs)

    async def _read(self, exports: dict[str, Any]) -> None:
        self.exports = {name: await self._value(value, name) for name, value in exports.items()}

    async def _value(self, value: Any, *place: str) -> Any:
        if isinstance(value, dict):
            return {key: await self._value(below, *place, key) for key, below in value.items()}
        if not isinstance(value, pulumi.Output):
            return value
        if not await value.is_known():
            self.unknown.add(place)
        if await value.is_secret():
            self.secret.add(place)
        return await value.future()

    def of(self, type_: str) -> dict[str, dict[str, Any]]:
        """Inputs of everything of a type, by name."""
        return {name: self[key, name].inputs for key, name in self.registered if key == type_}


@pytest.fixture(autouse=True)
def in_the_projects_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where the engine runs a program, which may tune the garbage collector for itself."""
    before = gc.get_threshold()
    monkeypatch.chdir(ROOT)
    yield
    gc.set_threshold(*before)


@cache
def ran(stack: str, *, preview: bool = False) -> Stack:
    """A stack, run once: what it registered doesn't change."""
    return Stack(stack, preview=preview)


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest, preview: bool) -> Stack:
    """`dev` and `prod`, at an update and at a preview."""
    return ran(request.param, preview=preview)


# --- what is made ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "secrets", "days"),
    [
        ("dev", {"PMP-Dev-Credentials", "dev/billing/payments"}, 7),
        ("prod", {"PMP-Prod-Credentials", "prod/billing/payments"}, 30),
    ],
)
def test_each_secret_is_made_under_its_name(name: str, secrets: set[str], days: int, preview: bool) -> None:
    made = ran(name, preview=preview).of(SECRET)
    assert {inputs["name"] for inputs in made.values()} == secrets
    assert {inputs["recoveryWindowInDays"] for inputs in made.values()} == {days}


def test_no_secret_has_a_version_and_no_template_a_value(stack: Stack) -> None:
    assert not [key for key in stack.registered if "Version" in key[0]]
    templates = [
        json.loads(inputs["template"]) for inputs in stack.of("workload-secrets:aws:Secret").values()
    ]
    assert len(templates) == 2
    assert set(texts(templates)) == {""}


@pytest.mark.parametrize(("name", "account"), [("dev", "111122223333"), ("prod", "444455556666")])
def test_each_role_is_for_one_service_account_of_the_cluster(name: str, account: str, preview: bool) -> None:
    found = {}
    for inputs in ran(name, preview=preview).of("aws:iam/role:Role").values():
        (statement,) = json.loads(inputs["assumeRolePolicy"])["Statement"]
        assert statement["Principal"]["Federated"].startswith(f"arn:aws:iam::{account}:oidc-provider/")
        (condition,) = statement["Condition"].items()
        assert condition[0] == "StringEquals"
        subject = next(value for key, value in condition[1].items() if key.endswith(":sub"))
        found[inputs["name"]] = subject.removeprefix("system:serviceaccount:")
    assert found == {
        f"{name}-pmp": "feature-test:mxplatform",
        f"{name}-billing": "billing:billing",
        f"{name}-pmp-admin": "ops:pmp-admin",
        f"{name}-billing-admin": "ops:billing-admin",
    }


def test_the_policies_in_vault_name_exact_paths(stack: Stack) -> None:
    read, write = '["read"]', '["create", "read", "update"]'
    pmp, billing = f"pmp-{stack.stack}/data/admin", f"apps-{stack.stack}/data/billing/api"
    found = {inputs["name"]: inputs["policy"] for inputs in stack.of("vault:index/policy:Policy").values()}
    assert set(found) == {f"{stack.stack}-{who}" for who in ("pmp", "billing", "pmp-admin", "billing-admin")}
    for who, path, rights in (
        ("pmp", pmp, read),
        ("billing", billing, read),
        ("pmp-admin", pmp, write),
        ("billing-admin", billing, write),
    ):
        assert f'path "{path}" {{\n  capabilities = {rights}\n}}' in found[f"{stack.stack}-{who}"]
    assert not [text for text in found.values() if "*" in text or "+" in text]


def test_the_kv_mounts_are_of_version_two(stack: Stack) -> None:
    mounts = stack.of(MOUNT).values()
    assert {inputs["path"] for inputs in mounts} == {f"pmp-{stack.stack}", f"apps-{stack.stack}"}
    assert {(inputs["type"], inputs["options"]["version"]) for inputs in mounts} == {("kv", "2")}


def test_prod_asks_the_api_server_about_a_token_and_dev_checks_its_signature(preview: bool) -> None:
    dev, prod = ran("dev", preview=preview), ran("prod", preview=preview)
    assert [inputs["path"] for inputs in dev.of("vault:jwt/authBackend:AuthBackend").values()] == [
        "kubernetes"
    ]
    assert dev.of("vault:kubernetes/authBackendConfig:AuthBackendConfig") == {}
    (config,) = prod.of("vault:kubernetes/authBackendConfig:AuthBackendConfig").values()
    assert config["kubernetesHost"].startswith("https://B7C29EXAMPLE")
    (binding,) = prod.of("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding").values()
    assert binding["subjects"] == [{"kind": "ServiceAccount", "namespace": "vault", "name": "vault"}]


def test_each_service_account_has_the_role_of_its_workload(stack: Stack) -> None:
    found = {
        inputs["metadata"]["name"]: inputs["metadata"]["annotations"]["eks.amazonaws.com/role-arn"]
        for inputs in stack.of("kubernetes:core/v1:ServiceAccount").values()
    }
    account = {"dev": "111122223333", "prod": "444455556666"}[stack.stack]
    assert found == {
        service_account: f"arn:aws:iam::{account}:role/{stack.stack}-{workload}"
        for service_account, workload in (
            ("mxplatform", "pmp"),
            ("billing", "billing"),
            ("pmp-admin", "pmp-admin"),
            ("billing-admin", "billing-admin"),
        )
    }


# --- how it is made -------------------------------------------------------------------------------


def test_everything_is_in_a_component_of_the_one_platform(stack: Stack) -> None:
    for type_, name in stack.registered - {(PLATFORM, "platform")}:
        parent = stack[type_, name].parent
        if type_.startswith(("workload-secrets:", "pulumi:providers:")):
            assert parent == f"{PLATFORM}::platform"
        else:
            assert parent.startswith("workload-secrets:")
            assert not parent.startswith(PLATFORM)
    assert stack[PLATFORM, "platform"].parent == f"pulumi:pulumi:Stack::workload-secrets-{stack.stack}"


def test_every_resource_has_the_platforms_provider_of_its_system(stack: Stack) -> None:
    for type_, name in stack.registered:
        system = type_.partition(":")[0]
        if system in ("aws", "vault", "kubernetes"):
            assert stack[type_, name].provider == f"pulumi:providers:{system}::{system}"


def test_no_provider_holds_a_credential(stack: Stack) -> None:
    (aws,) = stack.of("pulumi:providers:aws").values()
    account = {"dev": "111122223333", "prod": "444455556666"}[stack.stack]
    assert json.loads(aws["allowedAccountIds"]) == [account]
    assert not {"accessKey", "secretKey", "token", "profile"} & set(aws)
    (vault,) = stack.of("pulumi:providers:vault").values()
    assert not {"token", "authLogin", "authLoginUserpass"} & set(vault)
    (kubernetes,) = stack.of("pulumi:providers:kubernetes").values()
    (user,) = json.loads(kubernetes["kubeconfig"])["users"]
    assert set(user["user"]) == {"exec"}


def test_production_keeps_what_holds_values_or_workloads(stack: Stack) -> None:
    kept = {key for key in stack.registered if stack[key].protect and stack[key].retain_on_delete}
    holding = (SECRET, MOUNT, "aws:kms/key:Key", "kubernetes:core/v1:Namespace")
    holders = {key for key in stack.registered if key[0] in holding}
    assert len(holders) == 7
    assert kept == (holders if stack.stack == "prod" else set())


def test_no_secret_is_registered(stack: Stack) -> None:
    assert stack.marked == set()


# --- what is exported -----------------------------------------------------------------------------


def test_at_a_preview_only_arns_are_unknown_and_nothing_is_ever_secret(stack: Stack) -> None:
    assert stack.secret == set()
    assert {place[-1] for place in stack.unknown} == (
        {"arn", "kmsKeyArn", "roleArn"} if stack.preview else set()
    )


def test_where_each_secret_is() -> None:
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/secrets-key"
    assert ran("dev").exports["secrets"] == {
        "pmp-credentials": {
            "backend": "aws",
            "name": "PMP-Dev-Credentials",
            "arn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:PMP-Dev-Credentials-a1B2c3",
            "kmsKeyArn": key,
        },
        "pmp-vault": {
            "backend": "vault",
            "mount": "pmp-dev",
            "path": "admin",
            "paths": {"read": "pmp-dev/data/admin"},
            "url": "https://vault.dev.example:8200/pmp-dev/admin",
        },
        "billing-api": {
            "backend": "vault",
            "mount": "apps-dev",
            "path": "billing/api",
            "paths": {"read": "apps-dev/data/billing/api"},
            "url": "https://vault.dev.example:8200/apps-dev/billing/api",
        },
        "billing-payments": {
            "backend": "aws",
            "name": "dev/billing/payments",
            "arn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:dev/billing/payments-a1B2c3",
            "kmsKeyArn": key,
        },
    }


def test_what_each_workload_logs_in_with() -> None:
    exports = ran("prod").exports
    assert set(exports["workloads"]) == {"pmp", "billing"}
    assert set(exports["writers"]) == {"pmp-admin", "billing-admin"}
    assert exports["workloads"]["pmp"] == {
        "identity": "kubernetes",
        "namespace": "feature-test",
        "serviceAccount": "mxplatform",
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/prod-pmp",
        "awsAudience": "sts.amazonaws.com",
        "authMount": "kubernetes",
        "vaultRole": "pmp-secret-accessor-role",
        "vaultAudience": "https://kubernetes.default.svc",
    }


def test_what_a_person_types_into_the_panel(stack: Stack) -> None:
    rows = {row["credential"]: row for row in stack.exports["panel"]}
    assert len(rows) == 30
    assert rows["VCS.GitlabAdminPAT"]["secretName"] == f"PMP-{stack.stack.capitalize()}-Credentials"
    url = stack.exports["secrets"]["pmp-vault"]["url"]
    assert rows["Email.SMTPPassword"]["secretName"] == url
