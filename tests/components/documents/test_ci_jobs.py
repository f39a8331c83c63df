"""What the jobs that deploy a stack may do: no more than whom they stand in for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components import ci
from components.config.ci import JOB_KINDS, JobKind
from components.config.errors import ConfigError
from components.config.load import parse
from components.config.stack import StackConfig
from components.documents import ci_jobs, deployer
from components.documents.read_only import read_only_iam, read_only_paths
from tests.stacks.read import ROOT, changed
from workload_secrets.decide import vault_acl
from workload_secrets.decide.answer import Answer

WRITES = ("create", "update", "patch", "delete")

LOOKING: tuple[JobKind, ...] = ("preview", "drift")


def config(**changes: Any) -> StackConfig:
    places = {place.replace("__", "/"): value for place, value in changes.items()}
    return parse(changed("ci", places), file="ci.yaml", folder=ROOT)


def actions(policy: str | None) -> set[str]:
    found: set[str] = set()
    for statement in json.loads(policy or '{"Statement": []}')["Statement"]:
        named = statement["Action"]
        found |= {named} if isinstance(named, str) else set(named)
    return found


def policy(text: str | None) -> vault_acl.Policy:
    return vault_acl.Policy.parse(text or "", "job")


def may(held: vault_acl.Policy, path: str, capability: str) -> bool:
    return vault_acl.allows([held], path, capability).answer is Answer.YES


def test_the_jobs_that_deploy_and_prove_have_exactly_the_documents_of_deployer_and_prover() -> None:
    assert ci_jobs.job_iam(config(), "deploy") == deployer.deployer(config())["iam"]
    assert ci_jobs.job_vault(config(), "deploy") == deployer.deployer(config())["vault"]
    assert ci_jobs.job_iam(config(), "prove") == deployer.prover(config())["iam"]
    assert ci_jobs.job_vault(config(), "prove") is None


def test_a_job_has_no_documents_of_a_namespace_above_its_own() -> None:
    inside = config(facts__vault__namespace="team")
    assert "team/" in str(deployer.deployer(inside)["vault"])
    for kind in ("preview", "drift", "deploy"):
        assert "team/" not in str(ci_jobs.job_vault(inside, kind))
    assert ci_jobs.administrator(inside)["vault"].count('path "team/') == ci_jobs.administrator(inside)[
        "vault"
    ].count("path ")


@pytest.mark.parametrize("kind", LOOKING)
def test_whoever_looks_changes_nothing_and_reads_no_value(kind: JobKind) -> None:
    named = actions(ci_jobs.job_iam(config(), kind))
    assert "secretsmanager:DescribeSecret" in named
    assert "iam:GetRolePolicy" in named
    assert all(name.partition(":")[2].startswith(("Describe", "Get", "List")) for name in named)
    assert not [name for name in named if "SecretValue" in name]
    held = policy(ci_jobs.job_vault(config(), kind))
    assert all(rule.capabilities == {"read"} for rule in held.rules)
    assert not may(held, "apps-release/data/ci/registry", "read")


@pytest.mark.parametrize("kind", LOOKING)
def test_whoever_looks_sees_all_that_either_deployer_makes(kind: JobKind) -> None:
    held = policy(ci_jobs.job_vault(config(), kind))
    made = policy(ci_jobs.administrator(config())["vault"])
    unseen = {r.path for r in made.rules if "read" in r.capabilities and not may(held, r.path, "read")}
    assert not unseen
    for mount in ("github", "release"):
        assert may(held, f"sys/mounts/auth/{mount}", "read"), "the provider reads a method there"
        assert may(held, f"sys/mounts/auth/{mount}/tune", "read")
        assert not may(held, f"sys/auth/{mount}", "read")


@pytest.mark.parametrize("kind", JOB_KINDS)
def test_no_job_changes_what_a_job_is(kind: Any) -> None:
    """A job that could would give itself any right."""
    written = [
        statement
        for statement in json.loads(ci_jobs.job_iam(config(), kind) or '{"Statement": []}')["Statement"]
        if not {a.partition(":")[2][:3] for a in statement["Action"]} <= {"Get", "Lis"}
    ]
    assert not [s for s in written if "release-ci-" in str(s["Resource"]) or "githubuser" in str(s)]
    held = policy(ci_jobs.job_vault(config(), kind))
    for path in (
        "auth/github/role/release-ci-deploy",
        "auth/github/role/another",
        "auth/github/config",
        "sys/auth/github",
        "sys/policies/acl/release-ci-deploy",
    ):
        assert not any(may(held, path, verb) for verb in WRITES)


def test_the_administrator_makes_what_a_job_is_and_has_the_deployers_rights() -> None:
    given = ci_jobs.administrator(config())
    own = json.loads(deployer.deployer(config())["iam"])["Statement"]
    statements = json.loads(given["iam"])["Statement"]
    assert statements[: len(own)] == own
    assert len({s["Sid"] for s in statements}) == len(statements)
    assert "arn:aws:iam::111122223333:role/release-ci-deploy" in str(statements[len(own) :])
    held = policy(given["vault"])
    for path in ("auth/github/role/release-ci-deploy", "sys/policies/acl/release-ci-preview"):
        assert all(may(held, path, verb) for verb in ("create", "read", "update", "delete"))


def test_what_exists_already_is_nobodys_to_change() -> None:
    existing = config(ci__aws={"manage": "existing"}, ci__vault={"manage": "existing"})
    given = ci_jobs.administrator(existing)
    assert "token.actions.githubusercontent.com" not in given["iam"]
    held = policy(given["vault"])
    for path in ("auth/github/config", "sys/auth/github"):
        assert not any(may(held, path, verb) for verb in ("read", *WRITES))
    assert may(held, "auth/github/role/release-ci-deploy", "update")


def test_a_stack_without_jobs_has_no_administrator() -> None:
    without = config(ci=...)
    assert ci_jobs.administrator(without) == {}
    assert ci.jobs(without) == ()
    assert ci.variables(without) == {}


def test_a_policy_over_the_limit_of_iam_is_refused() -> None:
    many = {
        f"s{n}": {"backend": "aws", "name": f"{'x' * 200}/{n:03}/secret", "keys": {"k": {}}}
        for n in range(30)
    }
    names = ["orders", "registry", "cards"]
    kept = {name: changed("ci", {})["secrets"][name] for name in names}
    with pytest.raises(ConfigError, match=r"for the job deploy; allowed: 10240"):
        ci_jobs.job_iam(config(secrets={**kept, **many}), "deploy")


def test_reading_is_taken_out_of_rights_without_a_value_among_it() -> None:
    document = json.dumps(
        {
            "Statement": [
                {"Sid": "ManageAll", "Action": ["secretsmanager:GetSecretValue", "iam:PutRolePolicy"]},
                {"Sid": "One", "Action": "kms:DescribeKey"},
            ]
        }
    )
    kept = json.loads(read_only_iam(document) or "")["Statement"]
    assert kept == [{"Sid": "One", "Action": ["kms:DescribeKey"]}]
    assert read_only_iam(json.dumps({"Statement": [{"Sid": "W", "Action": "iam:CreateRole"}]})) is None


def test_a_guarded_path_is_left_out_unless_only_its_list_is_guarded() -> None:
    rights = {
        "sys/auth/x": ("read", "sudo"),
        "sys/audit": ("read", "sudo"),
        "sys/audit/f": ("update", "sudo"),
    }
    assert read_only_paths(rights) == {"sys/audit": ("read", "sudo")}
