"""The hook that writes a template: once, into the right account, never over a value."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from components.aws.template_hook import TemplateError, TemplateTarget, write_template

TEXT = '{"VCS":{"GithubAdminPAT":""}}'
TARGET = TemplateTarget(
    account_id="111122223333", region="eu-central-1", secret_name="PMP-Dev-Credentials", text=TEXT
)
LIVE = "a-live-value"


class Aws:
    """One secret and one account. `failures` are raised by the next puts, in order."""

    def __init__(self, *, account: str = "111122223333", value: str | None = None) -> None:
        self.account, self.value = account, value
        self.failures: list[Exception] = []
        self.puts: list[dict[str, Any]] = []

    def __call__(self, service: str) -> Aws:
        assert service in ("sts", "secretsmanager")
        return self

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": self.account}

    def describe_secret(self, **request: Any) -> dict[str, Any]:
        assert request == {"SecretId": TARGET.secret_name}
        return {"VersionIdsToStages": {"one": ["AWSCURRENT"]} if self.value is not None else {}}

    def put_secret_value(self, **request: Any) -> dict[str, Any]:
        self.puts.append(request)
        if self.failures:
            raise self.failures.pop(0)
        self.value = request["SecretString"]
        return {"VersionStages": ["AWSCURRENT", *request["VersionStages"]]}


def denied(code: str = "AccessDeniedException") -> ClientError:
    error = {"Code": code, "Message": f"refused {LIVE}"}
    return ClientError({"Error": error}, "PutSecretValue")  # pyright: ignore[reportArgumentType]


def test_a_new_secret_gets_its_template():
    aws = Aws()
    assert write_template(TARGET, aws) is True
    assert aws.value == TEXT


def test_a_repeat_writes_nothing():
    aws = Aws()
    write_template(TARGET, aws)
    assert write_template(TARGET, aws) is False
    assert len(aws.puts) == 1


def test_a_live_value_is_never_overwritten():
    aws = Aws(value=LIVE)
    assert write_template(TARGET, aws) is False
    assert (aws.value, aws.puts) == (LIVE, [])


def test_a_hook_that_failed_once_can_be_repeated():
    aws = Aws()
    aws.failures = [denied("ThrottlingException")]
    with pytest.raises(TemplateError):
        write_template(TARGET, aws)
    assert write_template(TARGET, aws) is True
    assert aws.value == TEXT


def test_a_repeat_after_a_lost_answer_uses_the_same_token():
    aws = Aws()
    aws.failures = [EndpointConnectionError(endpoint_url="https://example")]
    with pytest.raises(TemplateError):
        write_template(TARGET, aws)
    write_template(TARGET, aws)
    assert len({put["ClientRequestToken"] for put in aws.puts}) == 1


def test_another_account_is_refused_before_any_write():
    aws = Aws(account="999999999999")
    with pytest.raises(TemplateError, match=r"account 999999999999, the stack to 111122223333"):
        write_template(TARGET, aws)
    assert aws.puts == []


def test_an_error_names_secret_and_code_and_quotes_nothing():
    aws = Aws()
    aws.failures = [denied()]
    with pytest.raises(
        TemplateError, match=r"PMP-Dev-Credentials.*AccessDeniedException.*keys seed"
    ) as caught:
        write_template(TARGET, aws)
    assert LIVE not in str(caught.value)
    assert caught.value.__suppress_context__
