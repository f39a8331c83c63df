"""A secret in AWS Secrets Manager with its template."""

from __future__ import annotations

import json
from collections.abc import Coroutine

import pulumi
import pytest

from components.aws.secret import Secret, SecretArgs
from components.documents.arn import AwsScope
from tests.components.mocks.mocks import ACCOUNT, REGION, Cloud, deployed

SECRET = ("aws:secretsmanager/secret:Secret", "pmp-secret")
POLICY = ("aws:secretsmanager/secretPolicy:SecretPolicy", "pmp-policy")
COMPONENT = ("workload-secrets:aws:Secret", "pmp")
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0a1b"
ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:PMP-Dev-Credentials-a1B2c3"
TEMPLATE = '{"Email":{"SMTPPassword":""},"VCS":{"GithubAdminPAT":""}}'


def secret(*, protect: bool = False, template: str | None = TEMPLATE) -> Secret:
    args = SecretArgs(
        scope=AwsScope(account_id=ACCOUNT, region=REGION),
        secret_name="PMP-Dev-Credentials",
        description="Credentials of the platform",
        key_arn=KEY,
        recovery_window_days=7,
        template=template,
        protect=protect,
        tags={"owner": "platform"},
    )
    return Secret("pmp", args)


def test_it_makes_a_container_with_a_policy_and_no_version(preview: bool) -> None:
    cloud = deployed(secret, preview=preview)
    assert cloud.registered == {COMPONENT, SECRET, POLICY}
    assert cloud[SECRET].inputs == {
        "name": "PMP-Dev-Credentials",
        "description": "Credentials of the platform",
        "kmsKeyId": KEY,
        "recoveryWindowInDays": 7,
        "tags": {"owner": "platform"},
    }


def test_both_are_children_of_the_component(preview: bool) -> None:
    cloud = deployed(secret, preview=preview)
    assert cloud[SECRET].parent == cloud[POLICY].parent == "workload-secrets:aws:Secret::pmp"


def test_the_policy_is_for_this_secret_and_refuses_other_accounts() -> None:
    inputs = deployed(secret)[POLICY].inputs
    assert inputs["secretArn"] == ARN
    assert inputs["blockPublicPolicy"] is True
    (statement,) = json.loads(inputs["policy"])["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}


def test_the_template_is_bound_to_the_creation_and_every_value_in_it_is_empty(preview: bool) -> None:
    """Mocks run no hooks. What the hook does, once, into the right account and never over a value,
    is tested with its function in tests/components/aws/test_template_hook.py."""
    cloud = deployed(secret, preview=preview)
    assert cloud[SECRET].after_create == ["pmp-template"]
    written = json.loads(cloud[COMPONENT].inputs["template"])
    assert [value for group in written.values() for value in group.values()] == ["", ""]


def test_without_a_template_nothing_is_written() -> None:
    assert deployed(lambda: secret(template=None))[SECRET].after_create == []


@pytest.mark.parametrize("protect", [True, False])
def test_a_protected_secret_survives_its_code(protect: bool) -> None:
    made = deployed(lambda: secret(protect=protect))[SECRET]
    assert (made.protect, made.retain_on_delete) == (protect, protect)


def test_no_input_holds_a_secret_since_no_value_passes_here(preview: bool) -> None:
    assert deployed(secret, preview=preview).marked == set()


def test_a_secret_input_would_be_seen() -> None:
    """So the test above can fail: mocks show the mark where an input has one."""
    args = SecretArgs(
        scope=AwsScope(account_id=ACCOUNT, region=REGION),
        secret_name="PMP-Dev-Credentials",
        key_arn=pulumi.Output.secret(KEY),
        recovery_window_days=7,
    )
    assert deployed(lambda: Secret("pmp", args)).marked == {SECRET}


@pulumi.runtime.test
def test_the_outputs_are_the_arn_that_aws_gives_the_name_and_the_template() -> Coroutine[None, None, None]:
    Cloud().begin()
    made = secret()

    async def check() -> None:
        assert await made.secret_arn.future() == ARN
        assert await made.secret_name.future() == "PMP-Dev-Credentials"
        assert await made.template.future() == TEMPLATE
        for output in (made.secret_arn, made.secret_name, made.template):
            assert not await output.is_secret()

    return check()


@pulumi.runtime.test
def test_at_a_preview_the_name_is_known_and_the_arn_is_not() -> Coroutine[None, None, None]:
    Cloud(preview=True).begin()
    made = secret()

    async def check() -> None:
        assert await made.secret_name.is_known()
        assert not await made.secret_arn.is_known()

    return check()
