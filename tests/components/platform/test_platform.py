"""The whole stack as the platform declares it."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest

from components.config.load import parse
from components.platform.platform import TOKEN, Platform, PlatformArgs
from tests.engine import ROOT, declare, names
from tests.stacks.read import changed
from workload_secrets.declaration import Declaration
from workload_secrets.graph.model import Graph, Mode, Resource

MODES: tuple[Mode, ...] = ("preview", "update")
ROLE = "aws:iam/role:Role"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"
PATCH = "kubernetes:core/v1:ServiceAccountPatch"
BINDING = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"
MOUNT = "vault:index/mount:Mount"
POLICY = "vault:index/policy:Policy"
VALUES = {
    "aws:kms/key:Key",
    "aws:secretsmanager/secret:Secret",
    "kubernetes:core/v1:Namespace",
    "vault:index/namespace:Namespace",
    MOUNT,
}
"""Types that hold what others put there: values, or a namespace's objects."""


def platform(stack: str = "dev", mode: Mode = "update", **changes: Any) -> Graph:
    """The graph of a stack; changes are at slash-separated places, written with `__`."""
    places = {place.replace("__", "/"): value for place, value in changes.items()}
    config = parse(changed(stack, places), file=f"Pulumi.{stack}.yaml")
    return declare(lambda _: Platform("platform", PlatformArgs(config=config, root=ROOT)), mode)


@cache
def plain(stack: str, mode: Mode = "update") -> Graph:
    return platform(stack, mode)


def account(graph: Graph, name: str) -> Resource:
    return next(r for r in graph.of(ACCOUNT) if r.inputs["metadata"]["name"] == name)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_everything_is_inside_the_platform_with_the_platforms_providers(stack: str, mode: Mode):
    graph = plain(stack, mode)
    own = [r for r in graph.resources if r.parent and "Platform" in r.urn]
    custom = [r for r in own if r.custom and not r.type.startswith("pulumi:providers:")]
    assert len(custom) > 35
    for resource in custom:
        assert resource.provider_urn, resource.urn
        provider = graph.get(resource.provider_urn)
        assert provider.type == f"pulumi:providers:{resource.type.partition(':')[0]}"
        assert provider.parent == graph.only(TOKEN).urn


def test_dev_and_prod_differ_by_the_reviewer_only_in_what_they_register():
    found = {
        stack: {(r.type, r.name) for r in plain(stack).resources if "jwt" not in r.type}
        for stack in ("dev", "prod")
    }
    more = {name for _, name in found["prod"] - found["dev"]}
    assert found["dev"] <= found["prod"]
    assert {name for name in more if not name.endswith("-role")} == {
        "reviewer",
        "reviewer-binding",
        "auth-backend",
        "auth-config",
    }


@pytest.mark.parametrize(("stack", "guarded"), [("dev", False), ("prod", True)])
def test_only_production_protects_what_holds_values_and_nothing_else(stack: str, guarded: bool):
    for resource in plain(stack).resources:
        expected = guarded and resource.type in VALUES
        assert resource.options.protect is expected, resource.urn
        assert resource.options.retain_on_delete is expected, resource.urn


@pytest.mark.parametrize(("stack", "days"), [("dev", 7), ("prod", 30)])
def test_the_recovery_window_follows_the_tier(stack: str, days: int):
    secrets = plain(stack).of("aws:secretsmanager/secret:Secret")
    assert {secret.inputs["recoveryWindowInDays"] for secret in secrets} == {days}


@pytest.mark.parametrize("mode", MODES)
def test_the_outputs_are_the_same_at_preview(mode: Mode):
    outputs = plain("dev", mode).only(TOKEN).outputs
    assert set(outputs) == set(Platform.__annotations__)
    declaration = Declaration.read(outputs["declaration"])
    assert set(declaration.principals) == {"pmp", "billing", "pmp-admin", "billing-admin"}
    assert outputs["panel"][0]["storage"] == "AWS"
    for name in ("declaration", "deployer", "prover", "panel"):
        assert outputs[name] == plain("dev", "update").only(TOKEN).outputs[name]


def test_no_input_is_a_secret_since_no_value_enters():
    assert [r.urn for r in plain("dev").resources if r.secrets] == []


def test_only_what_only_a_key_knows_is_unknown_at_preview():
    unknown = {
        (r.type.rpartition(":")[2], path) for r in plain("dev", "preview").resources for path in r.unknowns
    }
    assert unknown == {
        ("Alias", ("targetKeyId",)),
        ("Secret", ("kmsKeyId",)),
        ("SecretPolicy", ("secretArn",)),
        ("RolePolicy", ("policy",)),
    }


def test_no_resource_waits_for_more_than_a_few_others():
    assert max(len(r.options.depends_on) for r in plain("dev").resources) <= 3


# --- the deployer's rights cover exactly what is registered ---------------------------


def deployer(graph: Graph) -> tuple[dict[str, Any], set[str]]:
    """Statements of the deployer's IAM policy by Sid, and the paths of its Vault policy."""
    held = graph.platform_output("deployer")
    statements = {s["Sid"]: s for s in json.loads(held["iam"])["Statement"]}
    return statements, set(re.findall(r'^path "([^"]+)"', held["vault"], re.MULTILINE))


def test_the_deployers_iam_names_exactly_the_registered_roles():
    graph = plain("dev")
    statements, _ = deployer(graph)
    assert statements["ManageRoles"]["Resource"] == sorted(r.outputs["arn"] for r in graph.of(ROLE))


def test_the_deployers_vault_policy_covers_every_registered_path():
    graph = plain("prod")
    _, paths = deployer(graph)
    needed = {f"sys/mounts/{r.inputs['path']}" for r in graph.of(MOUNT)}
    needed |= {f"sys/policies/acl/{r.inputs['name']}" for r in graph.of(POLICY)}
    roles = graph.of("vault:kubernetes/authBackendRole:AuthBackendRole")
    needed |= {f"auth/{r.inputs['backend']}/role/{r.inputs['roleName']}" for r in roles}
    assert needed <= paths
    assert not [path for path in paths if "/data" in path]


def test_the_stacks_tag_is_on_the_key_that_the_deployer_may_manage():
    graph = plain("dev")
    statements, _ = deployer(graph)
    condition = statements["ManageTaggedKeys"]["Condition"]["StringEquals"]
    tags = graph.only("aws:kms/key:Key").inputs["tags"]
    assert condition == {f"aws:ResourceTag/{key}": value for key, value in tags.items()}


# --- ServiceAccounts --------------------------------------------------------------------


def test_the_annotation_is_the_roles_arn_and_waits_for_it():
    graph = plain("dev")
    pmp = account(graph, "mxplatform")
    role = next(r for r in graph.of(ROLE) if r.name == "pmp-role")
    assert pmp.inputs["metadata"]["annotations"]["eks.amazonaws.com/role-arn"] == role.outputs["arn"]
    assert "pmp-role" in names(graph, pmp.options.depends_on)


def test_tokens_are_mounted_only_for_those_who_log_in_to_vault_with_them():
    graph = platform(workloads__billing__vaultAudience="vault")
    assert account(graph, "mxplatform").inputs["automountServiceAccountToken"] is True
    assert account(graph, "billing").inputs["automountServiceAccountToken"] is False


def test_an_existing_account_is_patched_and_the_deployer_may_only_patch_it():
    graph = platform(
        shared__namespaces__billing={"manage": "existing"},
        workloads__billing__serviceAccount={"name": "default", "manage": "existing"},
    )
    (patch,) = graph.of(PATCH)
    assert patch.inputs["metadata"]["name"] == "default"
    rbac = graph.platform_output("deployer")["rbac"]
    role = next(o for o in rbac if o["kind"] == "Role" and o["metadata"]["namespace"] == "billing")
    assert [rule["verbs"] for rule in role["rules"]] == [["get", "patch"]]


def test_pod_identity_has_an_association_and_no_annotation():
    graph = platform(workloads__billing__awsIdentity="podIdentity")
    assert len(graph.of("aws:eks/podIdentityAssociation:PodIdentityAssociation")) == 1
    annotations = account(graph, "billing").inputs["metadata"].get("annotations", {})
    assert "eks.amazonaws.com/role-arn" not in annotations
    statements, _ = deployer(graph)
    assert statements["PassRolesToPodIdentity"]["Resource"] == ["arn:aws:iam::111122223333:role/dev-billing"]


# --- reviewer modes and things that exist -------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "subjects"),
    [
        ({"reviewer": "in-cluster", "reviewerServiceAccount": "vault/vault"}, {("vault", "vault")}),
        ({"reviewer": "dedicated", "reviewerServiceAccount": "ops/reviewer"}, {("ops", "reviewer")}),
        (
            {"reviewer": "client"},
            {
                ("billing", "billing"),
                ("feature-test", "mxplatform"),
                ("ops", "billing-admin"),
                ("ops", "pmp-admin"),
            },
        ),
    ],
)
@pytest.mark.parametrize("mode", MODES)
def test_a_reviewer_mode_binds_exactly_its_accounts(
    facts: dict[str, str], subjects: set[tuple[str, str]], mode: Mode
):
    vault = {"product": "openbao", "version": "2.7", "authMount": "kubernetes", **facts}
    graph = platform(mode=mode, facts__vault=vault)
    binding = graph.only(BINDING)
    assert {(s["namespace"], s["name"]) for s in binding.inputs["subjects"]} == subjects
    assert len(graph.of("vault:kubernetes/authBackendRole:AuthBackendRole")) == 4
    made = [r for r in graph.of(ACCOUNT) if r.name == "reviewer-account"]
    assert len(made) == (facts["reviewer"] == "dedicated")


def test_jwt_binds_nobody():
    assert plain("dev").of(BINDING) == ()


def test_a_created_vault_namespace_comes_before_what_lies_in_it():
    graph = platform(
        facts__vault__namespace="team",
        shared__vaultNamespace={"manage": "create"},
        workloads__pmp__reads=["pmp-credentials"],  # PMP can't reach a namespace
    )
    namespace = graph.only("vault:index/namespace:Namespace")
    assert namespace.provider.get("namespace") is None
    for resource in (*graph.of(MOUNT), *graph.of(POLICY), *graph.of("vault:jwt/authBackend:AuthBackend")):
        assert resource.provider["namespace"] == "team"
        assert namespace.urn in resource.options.depends_on
    _, paths = deployer(graph)
    assert {path for path in paths if not path.startswith("team/")} == {"sys/namespaces/team"}


def test_a_nested_vault_namespace_is_made_from_within_its_parent_which_is_a_prerequisite():
    graph = platform(
        facts__vault__namespace="team/billing",
        shared__vaultNamespace={"manage": "create"},
        workloads__pmp__reads=["pmp-credentials"],
    )
    namespace = graph.only("vault:index/namespace:Namespace")
    assert namespace.inputs["path"] == "billing"
    assert namespace.provider["namespace"] == "team"
    required = graph.platform_output("declaration")["prerequisites"]
    assert {"kind": "vaultNamespace", "name": "team"} in required


def test_existing_shared_things_are_declared_and_never_registered():
    arn = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000"
    graph = platform(
        shared__kmsKey={"manage": "existing", "arn": arn},
        shared__oidcProvider={"manage": "existing"},
        shared__authMount={"manage": "existing"},
        shared__kvMounts__pmp__manage="existing",
        shared__namespaces__billing={"manage": "existing"},
    )
    assert graph.of("aws:kms/key:Key") == ()
    assert graph.of("aws:iam/openIdConnectProvider:OpenIdConnectProvider") == ()
    assert graph.of("vault:jwt/authBackend:AuthBackend") == ()
    assert [r.inputs["path"] for r in graph.of(MOUNT)] == ["apps-dev"]
    statements, paths = deployer(graph)
    assert not {"CreateTaggedKeys", "ManageOidcProvider"} & set(statements)
    assert not {"sys/mounts/pmp-dev", "sys/auth/kubernetes"} & paths
    declared = Declaration.read(graph.platform_output("declaration"))
    assert {"kmsKey", "oidcProvider", "authMount", "kvMount"} <= {p.kind for p in declared.prerequisites}


def test_each_operator_namespace_is_patched_once():
    second = {
        "namespace": "feature-test",
        "mendix": {"app": "second", "operatorNamespace": "mendix"},
        "vaultRole": "second",
        "reads": ["pmp-vault"],
    }
    graph = platform(workloads__second=second)
    assert len(graph.where(lambda r: r.type.endswith(":OperatorConfigurationPatch"))) == 1


def test_a_declared_namespace_stays_without_its_workloads():
    """Deleting it would delete everything in it."""
    names = (
        "workloads__billing",
        "secrets__billing-api",
        "secrets__billing-payments",
        "writers__billing-admin",
    )
    gone: dict[str, Any] = dict.fromkeys(names, ...)
    graph = platform("dev", **gone)
    made = [found.inputs["metadata"]["name"] for found in graph.of("kubernetes:core/v1:Namespace")]
    assert made == ["billing", "ops"]
    (named,) = [
        rule["resourceNames"]
        for found in graph.platform_output("deployer")["rbac"]
        for rule in found.get("rules", ())
        if rule["resources"] == ["namespaces"] and "patch" in rule["verbs"]
    ]
    assert named == made
