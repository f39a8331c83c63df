"""Who the jobs of a stack are: names, subjects, and what workflows are set up with."""

from __future__ import annotations

from typing import Any

from components import ci
from components.config.load import parse
from components.config.stack import StackConfig
from tests.stacks.read import ROOT, changed


def config(stack: str = "ci", **changes: Any) -> StackConfig:
    places = {place.replace("__", "/"): value for place, value in changes.items()}
    return parse(changed(stack, places), file="ci.yaml", folder=ROOT)


def test_each_kind_of_job_is_one_environment_of_one_repository() -> None:
    plain = config(ci__github={"repository": "Acme/Platform.web"})
    assert [job.subject for job in ci.jobs(plain)] == [
        "repo:Acme/Platform.web:environment:release-preview",
        "repo:Acme/Platform.web:environment:release-drift",
        "repo:Acme/Platform.web:environment:release",
        "repo:Acme/Platform.web:environment:release-prove",
    ]


def test_the_ids_stand_beside_the_names_where_they_are_given() -> None:
    subjects = [job.subject for job in ci.jobs(config())]
    assert subjects[2] == "repo:acme@1234567/platform@987654321:environment:release"


def test_an_environment_may_have_another_name() -> None:
    named = config(ci__github__environments={"deploy": "production"})
    assert [job.environment for job in ci.jobs(named)] == [
        "release-preview",
        "release-drift",
        "production",
        "release-prove",
    ]


def test_a_stack_without_anything_in_vault_has_roles_in_aws_alone() -> None:
    alone = config("aws-only", ci={"github": {"repository": "acme/platform"}})
    assert [(job.in_aws, job.in_vault) for job in ci.jobs(alone)] == [(True, False)] * 4
    assert set(ci.variables(alone)["deploy"]["variables"]) == {"AWS_REGION", "AWS_ROLE_ARN"}


def test_a_stack_without_aws_has_roles_in_vault_alone() -> None:
    alone = config("identities", ci={"github": {"repository": "acme/platform"}})
    assert [(job.in_aws, job.in_vault) for job in ci.jobs(alone)] == [
        (False, True),
        (False, True),
        (False, True),
        (False, False),
    ]
    assert ci.variables(alone)["prove"]["variables"] == {}
    assert ci.variables(alone)["deploy"]["variables"] == {
        "VAULT_ADDR": "https://openbao.build.example:8200",
        "VAULT_AUDIENCE": "vault-build",
        "VAULT_AUTH_MOUNT": "github",
        "VAULT_CACERT": "certs/dev-vault.pem",
        "VAULT_ROLE": "build-ci-deploy",
    }
