"""A Secrets Manager secret: container, policy and template, never a value."""

from __future__ import annotations

import json

import pytest

from components.aws.secret import TOKEN, Secret, SecretArgs
from tests.engine import SCOPE, declare, inside
from workload_secrets.graph.model import UNKNOWN, Graph, Mode

SECRET = "aws:secretsmanager/secret:Secret"
POLICY = "aws:secretsmanager/secretPolicy:SecretPolicy"
KEY = "arn:aws:kms:eu-central-1:111122223333:key/0a1b"
TEMPLATE = '{"VCS":{"GithubAdminPAT":""}}'
MODES: tuple[Mode, ...] = ("preview", "update")


def secret(mode: Mode = "update", *, template: str | None = TEMPLATE, protect: bool = False) -> Graph:
    args = SecretArgs(
        scope=SCOPE,
        secret_name="PMP-Dev-Credentials",
        key_arn=KEY,
        recovery_window_days=7,
        description="Credentials",
        template=template,
        protect=protect,
        tags={"a": "b"},
    )
    return declare(lambda opts: Secret("pmp", args, opts), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_secret_has_exactly_the_declared_inputs(mode: Mode):
    assert secret(mode).only(SECRET).inputs == {
        "name": "PMP-Dev-Credentials",
        "description": "Credentials",
        "kmsKeyId": KEY,
        "recoveryWindowInDays": 7,
        "tags": {"a": "b"},
    }


@pytest.mark.parametrize("mode", MODES)
def test_nothing_registered_is_a_version_and_all_is_inside_the_component(mode: Mode):
    graph = secret(mode)
    assert {(resource.type, resource.name) for resource in inside(graph, TOKEN)} == {
        (SECRET, "pmp-secret"),
        (POLICY, "pmp-policy"),
    }


def test_the_policy_blocks_the_public_and_belongs_to_the_secret():
    graph = secret()
    policy = graph.only(POLICY)
    assert policy.inputs["blockPublicPolicy"] is True
    assert policy.inputs["secretArn"] == graph.only(SECRET).outputs["arn"]
    assert policy.options.property_dependencies["secretArn"] == (graph.only(SECRET).urn,)
    assert json.loads(policy.inputs["policy"])["Statement"][0]["Effect"] == "Deny"


@pytest.mark.parametrize("mode", MODES)
def test_the_template_is_written_by_a_hook_after_the_create_only(mode: Mode):
    assert secret(mode).only(SECRET).options.hooks == {"after_create": ("pmp-template",)}


def test_without_keys_there_is_no_hook():
    assert secret(template=None).only(SECRET).options.hooks == {}


@pytest.mark.parametrize("protect", [True, False])
def test_only_production_protects_and_retains_the_secret(protect: bool):
    options = secret(protect=protect).only(SECRET).options
    assert (options.protect, options.retain_on_delete) == (protect, protect)


def test_the_outputs_are_arn_name_and_template():
    graph = secret()
    made = graph.only(SECRET)
    assert graph.only(TOKEN).outputs == {
        "secret_arn": made.outputs["arn"],
        "secret_name": "PMP-Dev-Credentials",
        "template": TEMPLATE,
    }


def test_the_template_is_known_at_preview_and_the_arn_is_not():
    outputs = secret("preview").only(TOKEN).outputs
    assert outputs["template"] == TEMPLATE
    assert outputs["secret_arn"] is UNKNOWN
