"""The KMS key of a stack."""

from __future__ import annotations

import json

import pytest

from components.aws.secrets_key import TOKEN, SecretsKey, SecretsKeyArgs
from tests.engine import SCOPE, declare, inside
from workload_secrets.graph.model import UNKNOWN, Graph, Mode

KEY = "aws:kms/key:Key"
ALIAS = "aws:kms/alias:Alias"
MODES: tuple[Mode, ...] = ("preview", "update")


def key(mode: Mode = "update", *, existing: str | None = None, protect: bool = False) -> Graph:
    args = SecretsKeyArgs(
        scope=SCOPE, alias="alias/dev-secrets", existing_arn=existing, protect=protect, tags={"a": "b"}
    )
    return declare(lambda opts: SecretsKey("secrets", args, opts), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_key_rotates_and_has_its_alias(mode: Mode):
    graph = key(mode)
    made = graph.only(KEY)
    assert made.name == "secrets-key"
    assert made.inputs["enableKeyRotation"] is True
    assert made.inputs["deletionWindowInDays"] == 30
    assert made.inputs["tags"] == {"a": "b"}
    assert graph.only(ALIAS).inputs["name"] == "alias/dev-secrets"
    assert {resource.type for resource in inside(graph, TOKEN)} == {KEY, ALIAS}


def test_the_alias_points_at_the_key_and_waits_for_it():
    graph = key()
    alias, made = graph.only(ALIAS), graph.only(KEY)
    assert alias.inputs["targetKeyId"] == made.outputs["keyId"]
    assert alias.options.property_dependencies["targetKeyId"] == (made.urn,)


def test_the_key_policy_is_known_before_the_key_exists():
    policy = json.loads(key("preview").only(KEY).inputs["policy"])
    assert policy["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}


@pytest.mark.parametrize("protect", [True, False])
def test_only_production_protects_and_retains_the_key(protect: bool):
    graph = key(protect=protect)
    assert graph.only(KEY).options.protect is protect
    assert graph.only(KEY).options.retain_on_delete is protect
    assert graph.only(ALIAS).options.retain_on_delete is False


@pytest.mark.parametrize("mode", MODES)
def test_a_given_key_registers_nothing(mode: Mode):
    arn = "arn:aws:kms:eu-central-1:111122223333:key/0a1b"
    graph = key(mode, existing=arn)
    assert inside(graph, TOKEN) == ()
    assert graph.only(TOKEN).outputs["key_arn"] == arn


def test_the_output_is_the_keys_arn_unknown_at_preview():
    assert key().only(TOKEN).outputs["key_arn"] == key().only(KEY).outputs["arn"]
    assert key("preview").only(TOKEN).outputs["key_arn"] is UNKNOWN
