"""What a preview says of a Mendix app whose account isn't named like it, and of `default`."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import yaml

from tests.stacks.read import ROOT, path
from workload_secrets.access.derived import declaration_of
from workload_secrets.access.notice import Notice
from workload_secrets.access.notices import notices
from workload_secrets.graph.capture import capture

VAULT_PAGE = "https://docs.mendix.com/private-mendix-platform/configure-hashicorp-vault/"
AWS_PAGE = "https://docs.mendix.com/private-mendix-platform/configure-aws-secret-manager/"
OPERATOR_PAGE = "https://docs.mendix.com/developerportal/deploy/private-cloud-technical-appendix-01/"
ABOUT = ("the app mxplatform", "its account is default")


@cache
def said(stack: str) -> tuple[Notice, ...]:
    graph = capture(ROOT, stack)
    about = [n for n in notices(graph, declaration_of(graph)) if any(text in n.text for text in ABOUT)]
    return tuple(about)


def test_an_app_with_an_account_of_its_name_needs_no_notice() -> None:
    assert said(str(ROOT / "examples/pmp-vault.yaml")) == ()
    assert said("dev") == ()


def test_a_custom_account_names_both_pages_the_command_and_what_lasts() -> None:
    (notice,) = said(str(ROOT / "examples/pmp-vault-aks.yaml"))
    assert notice.level == "warning"
    assert notice.text.startswith("pmp: ")
    assert VAULT_PAGE in notice.text
    assert OPERATOR_PAGE in notice.text
    assert AWS_PAGE not in notice.text, "it reads nothing there"
    command = (
        "kubectl patch runtime mxplatform -n feature-test --type merge "
        """-p '{"spec": {"template": {"spec": {"serviceAccountName": "pmp-secret-accessor"}}}}'"""
    )
    assert command in notice.text
    assert "`prove` looks at the Runtime" in notice.text
    assert "leave serviceAccount out" in notice.text


def test_the_page_of_aws_is_named_where_a_secret_is_there(tmp_path: Any) -> None:
    data: dict[str, Any] = yaml.safe_load((ROOT / "examples/pmp-aws.yaml").read_text("utf-8"))
    data["config"]["workload-secrets:workloads"]["pmp"]["serviceAccount"] = "pmp-secrets-access"
    stack = tmp_path / "pmp.yaml"
    stack.write_text(yaml.safe_dump(data), "utf-8")
    (notice,) = said(str(stack))
    assert all(page in notice.text for page in (VAULT_PAGE, AWS_PAGE, OPERATOR_PAGE))


def test_default_says_who_else_has_it_and_when_the_app_does() -> None:
    shared, app = said(str(ROOT / "examples/pmp-vault-openshift.yaml"))
    assert (shared.level, app.level) == ("warning", "warning")
    assert "every pod of namespace feature-test that names no account has its rights on pmp" in shared.text
    assert VAULT_PAGE in app.text
    assert "has no account mxplatform with the operator's annotation" in app.text


@pytest.mark.parametrize(
    ("stack", "names"), [("eks", "acquirer: acquirer, ledger"), ("existing", "worker: web-api")]
)
def test_default_of_any_workload_says_who_else_has_it(stack: str, names: str) -> None:
    (notice,) = said(str(path(stack)))
    name, _, secrets = names.partition(": ")
    assert notice.text.startswith(f"{name}: its account is default")
    assert f"has its rights on {secrets}:" in notice.text
